"""What an export of a known system looks like, and what its columns are to us: data, nothing else.

A signature holds only columns that were seen: in the maker's documentation or source, or else in files of that shape
that others have published; `pages` says where, and each file says what could not be verified.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


def plain(name: str) -> str:
    """Return a column's name as names are compared: letters, digits and the dollar sign, in lower case.

    Examples
    --------
    >>> plain("Record ID - Contact"), plain("$value")
    ('recordidcontact', '$value')
    """
    return "".join(letter for letter in name.lower() if letter.isalnum() or letter == "$")


@dataclass(frozen=True)
class Condition:
    """Which orders count as called off, by one of our fields.

    `values` are compared in lower case; with `only`, all other values are called off. `reason` is a sentence's key.
    """

    field: str
    values: tuple[str, ...]
    reason: str
    only: bool = False


@dataclass(frozen=True)
class Part:
    """What one of our sources takes from the export.

    `columns` names for each of our fields the export's columns that may hold it, best first. Of rows without the
    field `first_row`, the source takes nothing: order columns stand in the first row of each order only. Without any
    of the fields `one_of` the export has nothing for the source.
    """

    source: str
    columns: Mapping[str, tuple[str, ...]]
    conditions: tuple[Condition, ...] = ()
    first_row: str | None = None
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Signature:
    """One export of one system."""

    system: str
    export: str
    must: tuple[tuple[str, ...], ...]
    """Columns that must be there; of several in one place, one is enough."""
    parts: tuple[Part, ...]
    notes: tuple[str, ...]
    """Keys of the sentences that a person should read before trusting the figures."""
    pages: tuple[str, ...]
    """Where the columns were seen."""

    @property
    def name(self) -> str:
        """The system and its export, for a person."""
        return f"{self.system}: {self.export}"

    def fits(self, header: Sequence[str]) -> bool:
        """Tell whether a header has all columns that the export must have."""
        held = {plain(name) for name in header}
        return all(any(plain(name) in held for name in choice) for choice in self.must)

    @property
    def weight(self) -> int:
        """How much a fit says: of two signatures that fit, the one that asks for more is meant."""
        return len(self.must)
