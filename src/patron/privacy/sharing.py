"""The gate through which every table passes before it is shared: a report, an answer, a page.

A run's own tables are exact, for their owner alone. What others see passes here: cells about too few people lose their
figures (`patron.privacy.anonymity`), and cells that changed for too few people since an earlier report show what that
report showed (`patron.privacy.repeated`). What was shared is remembered in a file beside the runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from patron.engines.atomic import aside
from patron.engines.lock import hold
from patron.privacy.anonymity import LEAST, checked, withheld
from patron.privacy.evidence import Evidence, evidence, moved
from patron.privacy.people_behind import BEHIND, BUYERS
from patron.privacy.repeated import Cell, Shown, Version, repeated
from patron.privacy.shared_table import Key, Row, SharedTable
from patron.privacy.shared_tables import SHARED


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A version of a cell, and the day that the report knew which showed it."""

    version: Version
    as_of: date


@dataclass(frozen=True, kw_only=True)
class SharedRows:
    """What may be shared of a table: the rows to show, and those that are named without their figures."""

    shown: tuple[Row, ...]
    withheld: tuple[Row, ...]
    repeated: int


@dataclass
class Sharing:
    """What one report may show, and what the reports before it showed.

    Parameters
    ----------
    tables : mapping of str to Table
        The run's tables, exact.
    as_of : date
        The run's day.
    least : int
        The smallest number of people that a figure, or a change of one, may be about.
    memory : mapping of str to sequence of Seen
        What was shared before, by table, oldest first.

    Raises
    ------
    ArgumentError
        `least` is below 2.
    """

    tables: Mapping[str, ir.Table]
    as_of: date
    least: int = LEAST
    memory: Mapping[str, Sequence[Seen]] = field(default_factory=dict)
    made: dict[str, tuple[Shown, ...]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        checked(self.least)

    def share(self, name: str, rows: Sequence[Row]) -> SharedRows:
        """Return what may be shared of the rows of a table.

        Parameters
        ----------
        name : str
            A key of `patron.privacy.shared_tables.SHARED`.
        rows : sequence of dict
            All of its rows, exact.
        """
        rule = SHARED[name]
        cells = self._cells(name, rule, rows)
        seen = [one for one in self.memory.get(name, ()) if not _apart(rule, one, cells)]
        shown = repeated(cells, [one.version for one in seen], least=self.least, whole=rule.whole)
        self.made[name] = shown
        states = [(dict(one.state.row), one.repeated) for one in shown]
        return SharedRows(
            shown=tuple(row for row, _ in states if not row["withheld"]),
            withheld=tuple(row for row, _ in states if row["withheld"]),
            repeated=sum(again for row, again in states if not row["withheld"]),
        )

    @property
    def repeats(self) -> bool:
        """Whether something is shown as an earlier report showed it."""
        return any(one.repeated for shown in self.made.values() for one in shown)

    @property
    def withholds(self) -> bool:
        """Whether something is withheld."""
        return any(one.state.row["withheld"] for shown in self.made.values() for one in shown)

    def remembered(self) -> dict[str, list[Seen]]:
        """Return what was shared up to and including this report."""
        kept = {name: list(seen) for name, seen in self.memory.items()}
        for name, shown in self.made.items():
            known = {(one.version.key, _text(one.version.row)): one for one in kept.get(name, ())}
            for one in shown:
                if not one.repeated:  # the newest showing of an equal state is the one that counts
                    state = Version(
                        key=one.state.key, people=one.state.people, row=one.state.row, groups=one.state.groups
                    )
                    known.pop((state.key, _text(state.row)), None)
                    known[state.key, _text(state.row)] = Seen(version=state, as_of=self.as_of)
            kept[name] = list(known.values())
        return kept

    @cached_property
    def _active(self) -> dict[Key, int]:
        """Who bought, visited, was written to or answered, by month and segment: the people behind a metric."""
        kpis = self.tables["kpis"]
        rows = kpis.filter(kpis.metric.isin([BUYERS, *sorted(set(BEHIND.values()))])).to_pyarrow().to_pylist()
        names = ("metric", "month", "segmentation", "segment")
        return {tuple(row[name] for name in names): int(row["value"] or 0) for row in rows}

    def _cells(self, name: str, rule: SharedTable, rows: Sequence[Row]) -> list[Cell]:
        people = [rule.people(row, self._active if name in ("kpis", "targets") else {}) for row in rows]
        groups = [rule.grouped(row) for row in rows]
        ways = [[group[way] for group in groups] for way in range(len(rule.groups))]
        already = _small_cohorts(rows, self.least) if name == "cohorts" else ()
        hidden = withheld(people, ways, least=self.least, already=already)
        since, proof = self._last(name), self._evidence(name, rule)
        return [
            Cell(
                key=rule.cell(row),
                people=count,
                row=_state(row, rule.figures, hide=hide),
                groups=group,
                moved=moved(proof, rule.matched(row), since[rule.cell(row)]) if rule.cell(row) in since else 0,
            )
            for row, count, group, hide in zip(rows, people, groups, hidden, strict=True)
        ]

    def _evidence(self, name: str, rule: SharedTable) -> Evidence:
        return evidence(rule.evidence, self.tables) if self.memory.get(name) else {}

    def _last(self, name: str) -> dict[Key, date]:
        """Return the day of the report that last showed each cell anew."""
        return {one.version.key: one.as_of for one in sorted(self.memory.get(name, ()), key=lambda one: one.as_of)}


def _small_cohorts(rows: Sequence[Row], least: int) -> list[bool]:
    """Tell of each row whether its whole cohort is too small, or must go with one that is: all of them add up."""
    sizes = {row["cohort"]: int(row["customers"]) for row in rows}
    hidden = dict(zip(sizes, withheld(list(sizes.values()), [[()] * len(sizes)], least=least), strict=True))
    return [hidden[row["cohort"]] for row in rows]


def _state(row: Row, figures: Sequence[str], *, hide: bool) -> Row:
    return {name: None if hide and name in figures else value for name, value in row.items()} | {"withheld": hide}


def _apart(rule: SharedTable, seen: Seen, cells: Sequence[Cell]) -> bool:
    return bool(cells) and rule.apart(
        dict(cells[0].row), dict(seen.version.row)
    )  # all of a table are about the same days


@contextmanager
def remembering(file: Path) -> Iterator[None]:
    """Let one process at a time read what was shared before, share, and write that down."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = hold(file.with_suffix(".lock"), waiting=lambda _holder: None)
    try:
        yield
    finally:
        lock.release()


def read_memory(file: Path) -> dict[str, list[Seen]]:
    """Read what was shared before; nothing when nothing was."""
    if not file.exists():
        return {}
    tables = json.loads(file.read_text(encoding="utf-8"), object_hook=_typed)
    return {
        name: [
            Seen(
                version=Version(
                    key=tuple(one["key"]), people=one["people"], row=one["row"],
                    groups=SHARED[name].grouped(one["row"]),
                ),
                as_of=one["as_of"],
            )
            for one in seen
        ]
        for name, seen in tables.items()
        if name in SHARED
    }  # fmt: skip


def write_memory(file: Path, memory: Mapping[str, Sequence[Seen]]) -> None:
    """Write what was shared, for the reports to come."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = {
        name: [
            {"key": one.version.key, "people": one.version.people, "row": one.version.row, "as_of": one.as_of}
            for one in seen
        ]
        for name, seen in memory.items()
    }
    with aside(file, owned=True) as part:
        part.write_text(_text(content), encoding="utf-8")


def _text(content: object) -> str:
    return json.dumps(content, default=_tagged, ensure_ascii=False)


def _tagged(value: object) -> dict[str, str]:
    return {"day": value.isoformat()} if isinstance(value, date) else {"amount": str(value)}


_TYPES: Mapping[str, Callable[[str], object]] = {"day": date.fromisoformat, "amount": Decimal}


def _typed(found: dict[str, Any]) -> object:
    """Read a day or an amount as what it was."""
    name = next(iter(found), "")
    if len(found) == 1 and name in _TYPES and isinstance(found[name], str):
        return _TYPES[name](found[name])
    return found
