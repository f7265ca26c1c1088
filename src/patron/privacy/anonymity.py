"""Which figures are about so few people that they must not be shared, and which others would give them away?

A cell about one to `least` - 1 people is small and is withheld. Where the totals of its row or column are known, the
totals less all other cells would be the small one again, so further cells are withheld (complementary suppression)
until subtraction leaves a choice.

**What is guaranteed.** Take everybody's knowledge to be: every cell that is shown, every total of every group in `by`,
and that a withheld cell holds somebody. Then for each withheld cell at least `least` - 1 different counts are possible,
as many as there are small counts, and so no figure of it (money, a mean) is fixed either. This is checked exactly, cell
by cell, by a flow: raising one cell by one must be made good by alternating changes along a cycle of withheld cells.
Where even withholding everything leaves fewer choices, because the totals themselves are about so few, it is as many as
that would leave.

**What is not.** Somebody who himself is one of the people behind a cell can take his own figures off. The mark tells
that a cell is withheld, and whoever knows this program may weigh why. Where a whole table is too small, all of it is
withheld, but its totals are not this function's to hide.

Five is the usual smallest cell in the field, where statistical offices work with 3 to 10: below it, one acquaintance
inside the group already isolates the others.

Ref  Willenborg & de Waal (2001), Elements of Statistical Disclosure Control, chapters 5 and 6 (audit of a pattern)
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from patron.errors import ArgumentError
from patron.language import did_you_mean, failure

LEAST = 5
WITHHELD = "withheld"
_OUTSIDE = ("outside",)
_TIDIED = 200  # withheld cells; of more, finding out which could be shown again takes seconds

Node = tuple[Hashable, ...]


def suppressed(
    table: ir.Table, *, people: str, figures: Sequence[str], by: Sequence[Sequence[str]] = (), least: int = LEAST
) -> ir.Table:
    """Return a small table without the figures that are about too few people, or that would give those away.

    Parameters
    ----------
    table : Table
        Small: it is read into memory. A row about nobody is never withheld.
    people : str
        The column that counts the people behind a row.
    figures : sequence of str
        The columns that withheld rows lose; `people` is always among them.
    by : sequence of sequences of str
        At most two ways of grouping the rows whose totals are known, for example rows and columns of a two-way table.
        A row that has nothing (null) in one of the columns is in no group of that way.
    least : int
        The smallest number of people that may be shown.

    Returns
    -------
    Table
        All rows, with `figures` none where ``withheld`` (boolean, added) says so.

    Raises
    ------
    ArgumentError
        `least` is below 2, `people` is no column, or there are more than two ways of grouping.

    Examples
    --------
    >>> import ibis
    >>> groups = ibis.memtable({"group": ["a", "b", "c"], "customers": [2, 9, 40], "money": [1.0, 2.0, 3.0]})
    >>> shown = suppressed(groups, people="customers", figures=["money"], by=[[]])
    >>> shown.money.to_pyarrow().to_pylist()
    [None, None, 3.0]
    """
    least = checked(least)
    if people not in table.columns:
        raise failure(ArgumentError, "anonymity.people", came=people, hint=did_you_mean(people, table.columns))
    if len(by) > 2:
        raise failure(ArgumentError, "anonymity.groupings", came=len(by))
    exact = table.to_pyarrow()
    counts = [int(count or 0) for count in exact.column(people).to_pylist()]
    hidden = withheld(counts, [_groups(exact, columns) for columns in by], least=least)
    return ibis.memtable(_blanked(exact, {people, *figures}, hidden))


def withheld(
    people: Sequence[int], groups: Sequence[Sequence[Node | None]], *, least: int, already: Sequence[bool] = ()
) -> list[bool]:
    """Tell for each cell whether it must be withheld.

    Parameters
    ----------
    people : sequence of int
        How many people are behind each cell.
    groups : at most two sequences
        For each way of grouping, the group of each cell; none for a cell that enters no known total.
    least : int
        The smallest number of people that may be shown.
    already : sequence of bool
        Cells that are withheld for another reason; none when left out.

    Examples
    --------
    >>> withheld([2, 9, 40, 0], [[("all",)] * 4], least=5)
    [True, True, False, False]
    """
    hidden = [0 < count < least or other for count, other in zip(people, already or [False] * len(people), strict=True)]
    if not groups:
        return hidden
    ends = [_ends(groups, place) for place in range(len(people))]
    patterns = (_protected(_Pattern(people, ends, closing=closing), hidden, least=least) for closing in (True, False))
    best = min(patterns, key=lambda cells: (sum(people[place] for place in cells), len(cells)))
    return [place in best for place in range(len(people))]


def _protected(pattern: _Pattern, hidden: Sequence[bool], *, least: int) -> set[int]:
    """Withhold more cells until each is free enough, or as free as withholding everything would make it."""
    most = _Pattern(pattern.people, pattern.ends, closing=pattern.closing)
    for place, count in enumerate(pattern.people):
        if hidden[place] or count:
            most.add(place)
        if hidden[place]:
            pattern.add(place)
    wanted: dict[int, int] = {}
    waiting = deque(sorted(pattern.cells))
    while waiting:
        place = waiting.popleft()
        if pattern.freedom(place, enough=least - 1) >= least - 1:  # never shrinks again: cells are only added
            wanted[place] = least - 1
            continue
        if place not in wanted:
            wanted[place] = most.freedom(place, enough=least - 1)
        if pattern.freedom(place, enough=wanted[place]) >= wanted[place]:
            continue
        helper = pattern.helper(place)
        if helper is not None:
            pattern.add(helper)
            waiting.extend((helper, place))
    if len(pattern.cells) <= _TIDIED:
        _tidy(pattern, wanted, hidden)
    return pattern.cells


def _tidy(pattern: _Pattern, wanted: Mapping[int, int], hidden: Sequence[bool]) -> None:
    """Show again what turned out to protect nothing, the largest first."""
    for helper in sorted(pattern.cells, key=lambda place: (-pattern.people[place], place)):
        if hidden[helper]:
            continue
        pattern.remove(helper)
        if any(pattern.freedom(place, enough=wanted[place]) < wanted[place] for place in pattern.cells):
            pattern.add(helper)


def checked(least: int) -> int:
    """Return `least` when it is a smallest cell.

    Raises
    ------
    ArgumentError
        It is below 2.
    """
    if isinstance(least, bool) or least < 2:
        raise failure(ArgumentError, "anonymity.least", came=least)
    return least


@dataclass
class _Pattern:
    """Withheld cells as edges between their two groups, on which changes that no total shows run around cycles."""

    people: Sequence[int]
    ends: Sequence[tuple[Node, Node]]
    closing: bool
    cells: set[int] = field(default_factory=set)
    edges: dict[Node, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, place: int) -> None:
        self.cells.add(place)
        for end in set(self.ends[place]):
            self.edges[end].append(place)

    def remove(self, place: int) -> None:
        self.cells.discard(place)
        for end in set(self.ends[place]):
            self.edges[end].remove(place)

    def freedom(self, place: int, *, enough: int) -> int:
        """Return how many counts a cell could have, given all totals; not above `enough`."""
        left, right = self.ends[place]
        found = 1 + self._flow(right, left, without=place, most=enough - 1)
        if found < enough:
            fall = min(self.people[place] - 1, enough - found)
            found += self._flow(left, right, without=place, most=fall)
        return found

    def helper(self, place: int) -> int | None:
        """Return the cell to withhold next for the sake of one: the smallest, `closing` a cycle before others."""
        mine = [end for end in self.ends[place] if end[0] != _OUTSIDE[0]]
        choice = [
            other
            for other, ends in enumerate(self.ends)
            if other not in self.cells and self.people[other] and any(end in ends for end in mine)
        ]

        def cost(other: int) -> tuple[int, int, int]:
            opens, people = self._opens(other), self.people[other]
            return (opens, people, other) if self.closing else (people, opens, other)

        return min(choice, key=cost, default=None)

    def _opens(self, place: int) -> int:
        """Count the groups of a cell in which nothing is withheld yet."""
        return sum(not self.edges.get(end) for end in self.ends[place])

    def _flow(self, start: Node, goal: Node, *, without: int, most: int) -> int:
        """Return how much can be passed on: along a cell from left to right it grows, backwards it falls to one."""
        change: dict[int, int] = defaultdict(int)
        passed = 0
        while passed < most and (path := self._path(start, goal, without, change)) is not None:
            room = min((self._fall(cell, change) for cell, up in path if not up), default=most)
            amount = min(room, most - passed)
            for cell, up in path:
                change[cell] += amount if up else -amount
            passed += amount
        return passed

    def _fall(self, cell: int, change: dict[int, int]) -> int:
        return self.people[cell] - 1 + change[cell]

    def _path(self, start: Node, goal: Node, without: int, change: dict[int, int]) -> list[tuple[int, bool]] | None:
        came: dict[Node, tuple[Node, int, bool]] = {}
        reached, seen = deque([start]), {start}
        while reached:
            node = reached.popleft()
            if node == goal:
                return list(_steps(came, start, goal))
            for cell in self.edges.get(node, ()):
                left, right = self.ends[cell]
                up = node == left
                onward = right if up else left
                if cell == without or onward in seen or (not up and self._fall(cell, change) < 1):
                    continue
                seen.add(onward)
                came[onward] = (node, cell, up)
                reached.append(onward)
        return None


def _steps(came: dict[Node, tuple[Node, int, bool]], start: Node, goal: Node) -> Iterable[tuple[int, bool]]:
    node = goal
    while node != start:
        node, cell, up = came[node]
        yield cell, up


def _ends(groups: Sequence[Sequence[Node | None]], place: int) -> tuple[Node, Node]:
    """Return the two groups of a cell; what is in no known total shares one outside that takes up any change."""
    named = [_OUTSIDE if group[place] is None else (way, *(group[place] or ())) for way, group in enumerate(groups)]
    return named[0], named[1] if len(named) > 1 else _OUTSIDE


def _groups(table: pa.Table, columns: Sequence[str]) -> list[Node | None]:
    if not columns:
        return [()] * table.num_rows
    rows = zip(*(table.column(name).to_pylist() for name in columns), strict=True)
    return [None if None in row else tuple(row) for row in rows]


def _blanked(table: pa.Table, figures: set[str], hidden: Sequence[bool]) -> pa.Table:
    keep = pa.array([not one for one in hidden], pa.bool_())
    columns = {
        name: pc.if_else(keep, table.column(name), pa.scalar(None, table.schema.field(name).type))
        if name in figures
        else table.column(name)
        for name in table.column_names
    }
    return pa.table({**columns, WITHHELD: pa.array(hidden, pa.bool_())})
