"""Who was erased must not come back with a later import, and the list of them must not tell who they were.

``<project>/erased.jsonl`` stands beside patron.yaml, outside of ``.patron``, so that a restored backup of the latter
brings nobody back. Its first line holds a random salt, made once; every further line one certificate: its id, the day,
and by kind the tokens of what was erased::

    token = SHA-256 of  salt + length of kind + ":" + kind + value      (UTF-8, as 64 hexadecimal digits)

A salted SHA-256 and no HMAC, because both engines can compute it: what an HMAC guards against, that somebody without
the salt goes on from a token, gains nothing here. Values are compared as they are; who adds and who asks normalise
them alike. The salt makes tokens worthless beside any other list and against tables made beforehand. Who has this file
and a list of candidates can still try these one by one, so that only its owner may read it.

A line that was cut off by a kill is no line: it is passed over, and cut away before the next one is written. What
else cannot be read is an error, since a list of the erased that is skipped in part would bring somebody back.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.engines.atomic import aside
from patron.engines.lock import Lock, hold
from patron.errors import RunError
from patron.language import failure

TOMBSTONES_FILE = "erased.jsonl"
"""Its name in the project's folder."""

CUSTOMER_ID = "customer_id"
"""The kind of all ids of records and customers: what loading compares."""

LOCK_FILE = Path(".patron") / "erased.lock"

_NOTHING = sha256(b"").hexdigest()


@dataclass(frozen=True)
class _Read:
    """The file as it was read."""

    salt: str
    certificates: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Tombstones:
    """The list of the erased in one file, which need not be there yet. Every question reads it anew."""

    path: Path

    def add(
        self,
        certificate: str,
        values: Mapping[str, Iterable[str]],
        *,
        day: date,
        draw: Callable[[], str] = lambda: secrets.token_hex(32),
    ) -> dict[str, int]:
        """Write what was erased, and return once it is on the disk.

        Parameters
        ----------
        certificate : str
            Its id.
        values : mapping of kind to values
            Ids of all records and of the customer as `CUSTOMER_ID`; further kinds by the names of `identifiers`.
        day : date
            Of the erasure.
        draw : callable
            Makes the salt of a new file; the operating system's randomness.

        Returns
        -------
        dict
            How many tokens by kind. The same once more adds nothing.

        Raises
        ------
        RunError
            The file cannot be read.
        """
        lock = self._lock()
        try:
            self._begin(draw)
            read = self._read()
            tokens = {
                kind: sorted({_token(read.salt, kind, v) for v in known}) for kind, known in sorted(values.items())
            }
            line = {"certificate": certificate, "day": day.isoformat(), "tokens": tokens}
            if line not in read.certificates:
                self._append(json.dumps(line, sort_keys=True, separators=(",", ":")))
        finally:
            lock.release()
        return {kind: len(made) for kind, made in tokens.items()}

    def holds(self, kind: str, value: str) -> bool:
        """Tell whether the value was erased."""
        return self.certificate_of(kind, value) is not None

    def certificate_of(self, kind: str, value: str) -> str | None:
        """Return the certificate under which the value was erased; of several the first."""
        read = self._read()
        token = _token(read.salt, kind, value)
        found = (str(line["certificate"]) for line in read.certificates if token in line["tokens"].get(kind, ()))
        return next(found, None)

    def erased(self, column: ir.StringValue, *, kind: str = CUSTOMER_ID) -> ir.BooleanValue:
        """Return an expression that is true where the column's value was erased, and never missing.

        It hashes every row; `without` hashes every value once.
        """
        read = self._read()
        tokens = _tokens(read, kind)
        if not tokens:
            return ibis.literal(False)
        listed = ibis.memtable({"token": tokens}, schema={"token": "string"})
        hashed = (ibis.literal(_prefix(read.salt, kind)) + column).hexdigest("sha256")
        return hashed.isin(listed.token).fill_null(False)

    def asked(self) -> Callable[..., ir.BooleanValue] | None:
        """Return `erased` where anybody was, else none: then nobody has to be asked for."""
        return self.erased if self._read().certificates else None

    def asker(self) -> Callable[[str, str], bool] | None:
        """Return a function of kind and value that tells whether it was erased, of the list as it is now.

        None where nobody was: then nobody has to be asked for.
        """
        read = self._read()
        if not read.certificates:
            return None
        kinds = {kind for line in read.certificates for kind in line["tokens"]}
        tokens = {kind: frozenset(_tokens(read, kind)) for kind in kinds}
        return lambda kind, value: kind in tokens and _token(read.salt, kind, value) in tokens[kind]

    def without(self, table: ir.Table, column: str = CUSTOMER_ID, *, kind: str = CUSTOMER_ID) -> ir.Table:
        """Return the rows whose value in `column` was not erased; a row without a value stays."""
        if not _tokens(self._read(), kind):
            return table
        values = table.select(column).distinct()
        return table.anti_join(values.filter(self.erased(values[column], kind=kind)), column)

    def digest(self) -> str:
        """Return a fingerprint that changes whenever anything was added: an input of every run."""
        return sha256(b"\n".join(self._lines())).hexdigest() if self.path.exists() else _NOTHING

    def _read(self) -> _Read:
        if not self.path.exists():
            return _Read("", ())
        opening, *rest = self._lines() or [b""]
        salt = self._record(opening, 1).get("salt")
        if not isinstance(salt, str):
            raise self._unreadable(1)
        certificates = []
        for number, line in enumerate(rest, 2):
            record = self._record(line, number)
            if not isinstance(record.get("tokens"), dict) or "certificate" not in record:
                raise self._unreadable(number)
            certificates.append(record)
        return _Read(salt, tuple(certificates))

    def _lines(self) -> list[bytes]:
        """Return the whole lines."""
        return self.path.read_bytes().split(b"\n")[:-1]

    def _record(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            record = json.loads(line)
        except ValueError as error:
            raise self._unreadable(number) from error
        if not isinstance(record, dict):
            raise self._unreadable(number)
        return record

    def _unreadable(self, number: int) -> RunError:
        return failure(RunError, "requests.tombstones", file=self.path.name, line=number)

    def _begin(self, draw: Callable[[], str]) -> None:
        """Make the file with its salt, in one step."""
        if self.path.exists():
            return
        with aside(self.path) as beside:
            opening = json.dumps({"format": 1, "salt": draw()}, separators=(",", ":"))
            handle = os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(f"{opening}\n")

    def _append(self, line: str) -> None:
        with self.path.open("r+b") as file:
            os.chmod(self.path, 0o600)  # noqa: PTH101 - a copied project may have lost it
            whole = sum(len(known) + 1 for known in self._lines())
            file.truncate(whole)
            file.seek(whole)
            file.write(f"{line}\n".encode("ascii"))
            file.flush()
            os.fsync(file.fileno())

    def _lock(self) -> Lock:
        place = self.path.parent / LOCK_FILE
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return hold(place, waiting=lambda _holder: None)


def _tokens(read: _Read, kind: str) -> list[str]:
    return sorted({token for line in read.certificates for token in line["tokens"].get(kind, ())})


def _prefix(salt: str, kind: str) -> str:
    return f"{salt}{len(kind)}:{kind}"  # the length, so that no kind and value run into another kind's


def _token(salt: str, kind: str, value: str) -> str:
    # What is no Unicode text (undecodable bytes typed in a terminal) equals nothing that an engine holds.
    return sha256((_prefix(salt, kind) + value).encode("utf-8", "backslashreplace")).hexdigest()
