"""How the smallest cell applies to one shared table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
Key = tuple[Any, ...]
Grouping = Callable[[Row], Key | None]


@dataclass(frozen=True, kw_only=True)
class SharedTable:
    """How the smallest cell applies to one shared table.

    Parameters
    ----------
    key : tuple of str
        The columns that name a cell, whatever day it is about.
    people : callable
        From a row, and the people by ``(metric, month, segmentation, segment)``, how many people are behind it.
    figures : tuple of str
        The columns that a withheld row loses.
    groups : tuple of callables
        For each way in which cells add up to a total that is known, the group of a row; none where it is in none.
    evidence : str
        What counts the people of a cell who bought since a day (`patron.privacy.evidence`); empty when nothing does.
    matched : callable
        From a row, the key of its evidence.
    apart : callable
        Tells of two states of a cell whether they are about days that do not overlap: then they are different figures.
    whole : bool
        Its cells are no sums over people, so that they are repeated all or none.
    """

    key: tuple[str, ...]
    people: Callable[[Row, Mapping[Key, int]], int]
    figures: tuple[str, ...]
    groups: tuple[Grouping, ...] = ()
    evidence: str = ""
    matched: Callable[[Row], Key] = lambda _row: ()
    apart: Callable[[Row, Row], bool] = lambda _now, _then: False
    whole: bool = False

    def cell(self, row: Mapping[str, Any]) -> Key:
        """Return the name of a row's cell."""
        return tuple(row[name] for name in self.key)

    def grouped(self, row: Row) -> tuple[Key | None, ...]:
        """Return the groups that a row is in."""
        return tuple(group(row) for group in self.groups)
