"""Keys of events that came lately, in memory and beside it in a log: what SQLite's writer asks first.

Keys are random. A tree of them on the disk changes one page a key, which costs more than writing the event; a log of
them grows by sixteen bytes a key. So a group's keys are one row of `inbox_recent`, and the writer holds them in memory.
When they are many they are put away: sorted, a slice in a transaction of its own, into the tree
`inbox_seen`, where a page then takes many at once; with the last slice their rows of the log go.

Several processes may write. The numbers of the inbox tell whether another one did: its rows are read then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from patron.engines.key_runs import KeyRuns, split

MOST = 1_000_000  # keys that are held before they are put away: 16 MB, and as much again meanwhile
YOUNG = 32_768  # keys that are held in a set before they are sorted
SLICE = 4_000  # keys put away in one transaction: tens of milliseconds


class RecentKeys:
    """The keys of the log, as far as this process has read them. For transactions that hold the writer's lock."""

    def __init__(self) -> None:
        self.settled = True  # whether keys may stand in the tree
        self.lose()

    def lose(self) -> None:
        """Hold nothing, and read the log anew the next time: it is not known what was committed."""
        self._young: set[bytes] = set()
        self._grown = KeyRuns()
        self._leaving = KeyRuns()  # being put away; known until they are
        self._slices: Iterator[list[bytes]] = iter(())  # of them
        self._slice: list[bytes] = []  # the next one
        self._upto: int | None = None  # the last row of the log that they come from
        self._last: int | None = None  # the number up to which the log is read
        self._day = 0

    def catch_up(self, cursor: Any, number: int) -> None:
        """Read what others wrote; `number` is the last that was given before this transaction."""
        if self._last == number:
            return
        if self._last is None or number < self._last:  # the first time; or it is another database than it was
            self.lose()
        rows = cursor.execute("SELECT day, keys FROM inbox_recent WHERE number > ?", (self._last or 0,)).fetchall()
        for day, keys in rows:
            self.add(split(keys), number=number, day=day)
        self.settled = cursor.execute("SELECT EXISTS (SELECT 1 FROM inbox_seen)").fetchone()[0] == 1
        self._last = number

    def among(self, keys: Sequence[bytes]) -> set[bytes]:
        """Return those of some keys that are held."""
        return self._young.intersection(keys) | self._grown.among(keys) | self._leaving.among(keys)

    def add(self, keys: Iterable[bytes], *, number: int, day: int) -> None:
        """Hold the keys of a group that was committed; `number` is that of its last event."""
        self._young.update(keys)
        self._last, self._day = number, max(self._day, day)
        if len(self._young) >= YOUNG:
            self._grown.add(self._young)
            self._young = set()

    def next_slice(self) -> tuple[list[bytes], int]:
        """Return the next keys to put away, sorted, and their day; none while few are held."""
        if self._upto is None and len(self._grown) + len(self._young) >= MOST:
            self._grown.add(self._young)
            self._leaving, self._upto = self._grown, self._last or 0
            self._young, self._grown = set(), KeyRuns()
            self._slices = self._leaving.slices(SLICE)
            self._slice = next(self._slices)
        return self._slice, self._day

    def put_away(self) -> None:
        """Note that the slice was committed."""
        self.settled = True
        self._slice = next(self._slices, [])
        if not self._slice:
            self._leaving = KeyRuns()

    @property
    def over(self) -> int | None:
        """The row up to which the log may go, once the last slice is put away."""
        return None if self._slice else self._upto

    def log_gone(self) -> None:
        """Note that those rows of the log are gone."""
        self._upto = None


__all__ = ["RecentKeys"]
