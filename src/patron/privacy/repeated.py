"""Which figures may be shared again, so that two reports compared do not reveal a person?

Two reports before and after somebody was erased, or a day and one customer apart, differ in her figures: subtraction
reads them off, however large the cells are. So a cell that changed is shared anew only when the change is about `least`
people or more, against **every** version of it that was shared before; else what was last shared is repeated, and
marked. How many people a change is about is only known from below, and counts as

- the difference between the numbers of people, or
- `moved`: people of the cell who bought after the day of the report that showed it, which that could not know,

whichever is more. (Sets of people are not kept: they would be personal data, and would have to be erased.) What the
repeated cells of a group changed together must again be about `least` people, because the group's total may be shared
anew; so the cell that changed least among the others is repeated with them, until that holds.

**What must be impossible.** That a cell shows something else in two reports of this project, and fewer than `least`
people account for the difference. In particular, when one person came, went, or changed, no cell differs: it cannot
even be seen which ones the person was in. For that, a cell that is new or gone with fewer than `least` people stays
away, or stays; and one that grew too small to be shown is repeated, too (what it showed is known already).

**What is not guaranteed.** Groups are checked one by one, not jointly. Whoever knows what all but one of the people in
a change did knows the last one. Reports from before the memory began, or made elsewhere, are not known here. In a shop
of a few hundred customers many figures will be repeated, until enough people have bought again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Version:
    """One state of a cell: which, how many people, the groups it is in, and what is shown of it."""

    key: Key
    people: int
    row: Row
    groups: tuple[Key | None, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cell(Version):
    """A cell as it is now, and how many of its people certainly changed since the last report."""

    moved: int = 0


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a report shows of a cell: itself as it is now, or what was shown before."""

    state: Version
    repeated: bool


def repeated(cells: Sequence[Cell], before: Sequence[Version], *, least: int, whole: bool = False) -> tuple[Shown, ...]:
    """Return what is to be shown of each cell: its state now, or the last one that was shared.

    Parameters
    ----------
    cells : sequence of Cell
        All cells of a table, as they are now; small ones have lost their figures already.
    before : sequence of Version
        Every state in which its cells were shared, oldest first. Empty when nothing ever was: all is shown.
    least : int
        The smallest number of people that a change may be about.
    whole : bool
        Repeat everything when one cell must be repeated: for tables whose cells are no sums over people.

    Examples
    --------
    >>> was = Version(key=("stars",), people=40, row={"money": 100.0})
    >>> now = Cell(key=("stars",), people=41, moved=1, row={"money": 120.0})
    >>> [shown.state.row["money"] for shown in repeated([now], [was], least=5)]
    [100.0]
    """
    if not before:
        return tuple(Shown(state=cell, repeated=False) for cell in cells)
    known: dict[Key, list[Version]] = defaultdict(list)
    for version in before:
        known[version.key].append(version)
    table = _Table(cells, known, least)
    held = {place for place, cell in enumerate(cells) if not table.may_change(cell)}
    held = set(range(len(cells))) if whole and held else table.protected(held)
    here = {cell.key for cell in cells}
    lost = [
        versions[-1]
        for key, versions in known.items()
        if key not in here and ((whole and held) or _small(versions, least))
    ]
    shown = [
        Shown(state=known[cell.key][-1] if place in held else cell, repeated=place in held)
        for place, cell in enumerate(cells)
        if place not in held or known[cell.key]
    ]
    return (*shown, *(Shown(state=version, repeated=True) for version in lost))


def _small(versions: Sequence[Version], least: int) -> bool:
    """Tell whether a cell's going would be seen as that of fewer than `least` people."""
    return any(0 < version.people < least for version in versions)


@dataclass(frozen=True)
class _Table:
    cells: Sequence[Cell]
    known: Mapping[Key, Sequence[Version]]
    least: int

    def may_change(self, cell: Cell) -> bool:
        versions = self.known[cell.key]
        if not versions:  # it comes with all of its people
            return not 0 < cell.people < self.least
        return all(version.row == cell.row or self._change(cell, version) >= self.least for version in versions)

    def protected(self, held: set[int]) -> set[int]:
        """Repeat more cells, until what is not shown anew in a group changed for nobody or for enough people."""
        held = set(held)
        while (more := self._next(held)) is not None:
            held.add(more)
        return held

    def _change(self, cell: Cell, version: Version) -> int:
        return max(cell.moved, abs(cell.people - version.people))

    def _next(self, held: set[int]) -> int | None:
        for places, left in self._groups():
            quiet = [place for place in places if place in held]
            choice = [place for place in places if place not in held and self._differs(self.cells[place])]
            if quiet and choice and not self._covered(quiet, left):
                return min(choice, key=lambda place: (self._last_change(self.cells[place]), place))
        return None

    def _differs(self, cell: Cell) -> bool:
        return bool(self.known[cell.key]) and self.known[cell.key][-1].row != cell.row

    def _last_change(self, cell: Cell) -> int:
        return self._change(cell, self.known[cell.key][-1])

    def _covered(self, quiet: Sequence[int], left: int) -> bool:
        """Tell whether the change of these cells together is about enough people."""
        cells = [self.cells[place] for place in quiet]
        was = sum(self.known[cell.key][-1].people for cell in cells if self.known[cell.key])
        moved = sum(cell.moved for cell in cells)
        return max(moved, abs(sum(cell.people for cell in cells) - was - left)) >= self.least

    def _groups(self) -> list[tuple[list[int], int]]:
        """Return the cells of each group, and how many people were in cells of it that are gone."""
        members: dict[tuple[int, Key], list[int]] = defaultdict(list)
        left: dict[tuple[int, Key], int] = defaultdict(int)
        for place, cell in enumerate(self.cells):
            for way, group in enumerate(cell.groups):
                if group is not None:
                    members[way, group].append(place)
        here = {cell.key for cell in self.cells}
        for key, versions in self.known.items():
            if key not in here and versions:
                for way, group in enumerate(versions[-1].groups):
                    left[way, group or ()] += versions[-1].people
        return [(places, left[group]) for group, places in members.items()]
