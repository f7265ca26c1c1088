"""How many of a file's rows would a platform not find, and why? A forecast before anything leaves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from patron.activation.match_keys.causes import CAUSES, Effect, Target, causes_of
from patron.activation.match_keys.columns import columns_of, values_of
from patron.activation.match_keys.google import google_keys
from patron.activation.match_keys.meta import meta_keys
from patron.activation.match_keys.person import Person
from patron.errors import SourceError
from patron.language import failure, listing

FIRST = 5
"""So many rows are named of each cause."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One cause: in how many rows, what it does, and the first of them; the first row after the header is 1."""

    cause: str
    effect: Effect
    rows: int
    share: float
    first: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Lint:
    """What a platform would make of a file. `lost` rows find nobody: they have no key, or an earlier row has theirs."""

    target: Target
    columns: Mapping[str, str]  # those that were understood, and as what
    rows: int
    lost: int
    findings: tuple[Finding, ...]

    @property
    def lost_share(self) -> float:
        """The share of rows that find nobody; 0 of a file without any."""
        return self.lost / self.rows if self.rows else 0.0


@dataclass
class _Count:
    rows: int = 0
    first: list[int] = field(default_factory=list)


def lint(
    rows: Iterable[Mapping[str, object]], *, columns: Iterable[str], target: Target, country: str | None = None
) -> Lint:
    """Judge rows without showing anything of them.

    Parameters
    ----------
    rows : iterable of mapping
        By the names of the columns. 8 bytes of each are kept, to know it again.
    columns : iterable of str
        All columns of the file.
    target : str
        Whose rules hold: ``google`` or ``meta``.
    country : str, optional
        The country of rows that name none.

    Raises
    ------
    SourceError
        No column is one by which a platform finds anybody.

    Examples
    --------
    >>> found = lint([{"email": "ann@example.org"}, {"email": "ann@"}], columns=["email"], target="meta")
    >>> found.lost, [(one.cause, one.first) for one in found.findings]
    (1, [('no_usable_key', (2,)), ('malformed_email', (2,))])
    """
    names = list(columns)
    known = columns_of(names)
    if not known:
        raise failure(SourceError, "match_keys.no_column", came=listing(names))
    counts: dict[str, _Count] = {}
    seen: set[bytes] = set()
    read, lost = 0, 0
    for read, row in enumerate(rows, start=1):
        causes = _judged(values_of(row, known), target, country, seen)
        lost += any(CAUSES[cause] == "lost" for cause in causes)
        for cause in causes:
            count = counts.setdefault(cause, _Count())
            count.rows += 1
            if len(count.first) < FIRST:
                count.first.append(read)
    findings = tuple(
        Finding(
            cause=cause, effect=effect, rows=counts[cause].rows, share=counts[cause].rows / read,
            first=tuple(counts[cause].first),
        )
        for cause, effect in CAUSES.items()
        if cause in counts
    )  # fmt: skip
    return Lint(target=target, columns=known, rows=read, lost=lost, findings=findings)


def _judged(
    values: Mapping[str, tuple[str, ...]], target: Target, country: str | None, seen: set[bytes]
) -> frozenset[str]:
    """Return the causes of one row."""
    if not values.keys() - {"country"}:
        return frozenset({"empty"})
    land = values["country"][0] if "country" in values else country
    keys = (google_keys if target == "google" else meta_keys)(_person(values, land))
    found = set(causes_of(values, target=target, country=land))
    if not keys:
        return frozenset(found | {"no_usable_key"})
    mark = hashlib.blake2b(json.dumps(keys, sort_keys=True).encode(), digest_size=8).digest()
    if mark in seen:
        found.add("duplicate")
    seen.add(mark)
    return frozenset(found)


def _person(values: Mapping[str, tuple[str, ...]], land: str | None) -> Person:
    first = {kind: told[0] for kind, told in values.items()}
    return Person(
        emails=values.get("email", ()), phones=values.get("phone", ()), mobile_ids=values.get("mobile_id", ()),
        given_name=first.get("given_name"), family_name=first.get("family_name"), city=first.get("city"),
        region=first.get("region"), postal_code=first.get("postal_code"), country=land,
        birth_date=first.get("birth_date"), gender=first.get("gender"),
    )  # fmt: skip


__all__ = ["Finding", "Lint", "lint"]
