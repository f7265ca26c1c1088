"""Direct identifiers at rest: sealed when they are written into a run, opened when they are read from it.

With a key in the environment variable ``PATRON_KEY``, columns that a contract calls `direct` are written sealed, under
a name that says so and with which key: ``email`` becomes ``email__sealed_3f9a0c1d_string``. Whoever reads the run
through Patron sees the columns as they are; whoever reads its files does not.

The cipher is AES-SIV with a key of 512 bits, derived by HKDF from the 256 of the variable. It is deterministic: equal
values of equally named columns look equal. So a thief of the files learns which rows share a value and how often, and
how long values are, never what they are; in return runs are equal byte for byte when they are made again, and large
tables are grouped and joined without being opened. SIV also notices every change of a value.

Rows stand in the order of their plain key. What a run computes with on its way (scratch and spilled files) is not
sealed; it lies in folders of the owner's own and goes with the run's end. Ids, orders and money are not sealed: they
are what the files are for.

**Another key.** A run is opened with the key that made it. To change keys, set the new one and make the run again from
the sources (`patron run`: tables under another key are not taken over), then prune the older runs.

Ref  RFC 5297 (AES-SIV), RFC 5869 (HKDF)
"""

from __future__ import annotations

import atexit
import base64
import binascii
import os
import re
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from ibis.backends import BaseBackend

from patron.contracts import Contract
from patron.errors import RunError, SettingsError
from patron.language import failure

VARIABLE = "PATRON_KEY"
COMMAND = "python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())'"
KEY_BYTES = 32
_SEALED = re.compile(r"(?P<column>.+)__sealed_(?P<key>[0-9a-f]{8})_(?P<type>\w+)")
_DISTINCT_FROM = 256  # rows; below, finding equal values costs more than sealing them twice


class Cipher:
    """Seals and opens values under one key; it never shows the key, nor do its errors.

    Parameters
    ----------
    secret : bytes
        32 bytes.

    Examples
    --------
    >>> cipher = Cipher(bytes(32))
    >>> sealed = cipher.seal(pa.array(["ann@example.org", None]), "email")
    >>> "ann" in sealed[0].as_py(), cipher.open(sealed, "email").to_pylist()
    (False, ['ann@example.org', None])
    """

    def __init__(self, secret: bytes) -> None:
        self._siv = AESSIV(_derived(secret, b"patron: seal", 64))
        self.name = _derived(secret, b"patron: name of the key", 4).hex()

    def __repr__(self) -> str:
        """Name the key without showing it."""
        return f"Cipher({self.name})"

    def seal(self, values: pa.Array, column: str) -> pa.Array:
        """Seal texts; each distinct one once."""
        bound = [column.encode()]
        return _each(values, lambda text: base64.b64encode(self._siv.encrypt(text.encode(), bound)).decode())

    def open(self, values: pa.Array, column: str) -> pa.Array:
        """Open what `seal` sealed for the same column."""
        bound = [column.encode()]
        return _each(values, lambda text: self._siv.decrypt(base64.b64decode(text), bound).decode())


def current() -> Cipher | None:
    """Return the cipher of the key in the environment; none without a key.

    Raises
    ------
    SettingsError
        The variable does not hold 32 bytes as base64.
    """
    text = os.environ.get(VARIABLE, "").strip()
    return _cipher(text) if text else None


def sealed(table: ir.Table, contract: Contract, connection: BaseBackend) -> ir.Table:
    """Return a table of a contract as it is to be written: with a key, direct identifiers are sealed."""
    cipher = current()
    if cipher is None or not any(column.direct for column in contract.columns):
        return table
    _close_at_exit(connection)
    columns = {}
    for column in contract.columns:
        value = table[column.name]
        if column.direct:
            columns[f"{column.name}__sealed_{cipher.name}_{column.type}"] = _seal(value, column.name)
        else:
            columns[column.name] = value
    return table.select(**columns)


def opened(table: ir.Table, connection: BaseBackend) -> ir.Table:
    """Return a table as it was before it was sealed.

    Raises
    ------
    RunError
        It was sealed, and there is no key, or another one.
    """
    found = {name: _SEALED.fullmatch(name) for name in table.columns}
    if not any(found.values()):
        return table
    _holding([match["key"] for match in found.values() if match])
    _close_at_exit(connection)
    columns = {}
    for name, match in found.items():
        if match:
            columns[match["column"]] = _open(table[name], match["column"]).cast(match["type"])
        else:
            columns[name] = table[name]
    return table.select(**columns)


def _holding(keys: Sequence[str]) -> Cipher:
    """Return the cipher whose key sealed columns with keys of these names."""
    cipher = current()
    if cipher is None:
        raise failure(RunError, "cipher.no_key", variable=VARIABLE, key=keys[0])
    if any(key != cipher.name for key in keys):
        raise failure(RunError, "cipher.other_key", variable=VARIABLE, key=keys[0], came=cipher.name)
    return cipher


@dataclass(frozen=True)
class SealedColumn:
    """A column that stands sealed in a file: its own name, its type, and the name of the key."""

    name: str
    type: str
    key: str

    @classmethod
    def of(cls, stored: str) -> SealedColumn | None:
        """Read the name that a column has in a file; none where it is not sealed."""
        match = _SEALED.fullmatch(stored)
        return None if match is None else cls(match["column"], match["type"], match["key"])

    def seal(self, text: str) -> str:
        """Return one text as it stands in the file.

        Raises
        ------
        RunError
            There is no key, or another one.
        """
        return str(_holding([self.key]).seal(pa.array([text]), self.name)[0].as_py())

    def open(self, text: str) -> Any:
        """Return one value as it was before it was sealed.

        Raises
        ------
        RunError
            There is no key, or another one.
        """
        value = _holding([self.key]).open(pa.array([text]), self.name)
        return value.cast(ibis.dtype(self.type).to_pyarrow())[0].as_py()


def sealed_as_now(columns: Sequence[str], contract: Contract) -> bool:
    """Tell whether a file's columns are sealed as they would be if it were written now."""
    cipher = current()
    keys = {column.name: cipher.name if cipher and column.direct else "" for column in contract.columns}
    found = [_SEALED.fullmatch(name) for name in columns]
    stand = {
        match["column"] if match else name: match["key"] if match else ""
        for name, match in zip(columns, found, strict=True)
    }
    return all(stand.get(name, "") == key for name, key in keys.items())


@ibis.udf.scalar.pyarrow  # type: ignore[untyped-decorator]
def patron_seal(value: str, column: str) -> str:
    """Seal a column; the engine calls this for a batch of rows."""
    cipher = current()
    assert cipher is not None
    return cipher.seal(value, column[0].as_py()) if len(value) else value  # type: ignore[attr-defined]


@ibis.udf.scalar.pyarrow  # type: ignore[untyped-decorator]
def patron_open(value: str, column: str) -> str:
    """Open a column; the engine calls this for a batch of rows."""
    cipher = current()
    assert cipher is not None
    return cipher.open(value, column[0].as_py()) if len(value) else value  # type: ignore[attr-defined]


@lru_cache(maxsize=4)
def _cipher(text: str) -> Cipher:
    try:
        secret = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != KEY_BYTES:  # neither the text nor a part of it is repeated: it may be nearly the key
        raise failure(SettingsError, "cipher.key", variable=VARIABLE, command=COMMAND) from None
    return Cipher(secret)


def _seal(value: ir.Value, column: str) -> ir.Value:
    return patron_seal(value.cast("string"), column)


def _open(value: ir.Value, column: str) -> ir.Value:
    return patron_open(value, column)


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(secret)


def _each(values: pa.Array, turn: Any) -> pa.Array:
    """Turn each distinct text of a column."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if len(values) < _DISTINCT_FROM:
        return pa.array([None if text is None else turn(text) for text in values.to_pylist()], pa.string())
    coded = pc.dictionary_encode(values)
    turned = pa.array([None if text is None else turn(text) for text in coded.dictionary.to_pylist()], pa.string())
    return turned.take(coded.indices)


_USED: weakref.WeakSet[BaseBackend] = weakref.WeakSet()


def _close_at_exit(connection: BaseBackend) -> None:
    """DuckDB complains about functions of ours that are still there when Python has gone."""
    if not _USED:
        atexit.register(_close_all)
    _USED.add(connection)


def _close_all() -> None:
    for connection in list(_USED):
        if connection.name == "duckdb":
            connection.disconnect()
