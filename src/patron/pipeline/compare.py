"""What changed between two runs: what went in, what came out, and who moved."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from patron.contracts import TABLES
from patron.engines.run_folder import Run
from patron.engines.store import Store


@dataclass(frozen=True)
class Changed:
    """A setting that differs; as JSON, or nothing where it was not set."""

    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Files:
    """Source files that only one of the runs read, or that changed in between."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """One figure in both runs; none where it has none."""

    name: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Moved:
    """What became of the members of one segmentation."""

    segmentation: str
    stayed: int
    moved: int
    came: int
    left: int


@dataclass(frozen=True)
class Compared:
    """Two runs, side by side."""

    before: str
    after: str
    days: tuple[date, date]
    settings: tuple[Changed, ...]
    code: tuple[str, str]
    files: Files
    rows: tuple[Figure, ...]
    figures: tuple[Figure, ...]
    memberships: tuple[Moved, ...]

    @property
    def code_changed(self) -> bool:
        """Whether another version made the later run."""
        return self.code[0] != self.code[1]


def compare(store: Store, before: str, after: str, *, connection: BaseBackend) -> Compared:
    """Compare two runs of a project.

    Raises
    ------
    RunError
        One of them is not there.
    MissingTable
        One of them lacks a table that is looked into.
    """
    old, new = store.run(before), store.run(after)
    return Compared(
        before=before,
        after=after,
        days=(old.manifest.as_of, new.manifest.as_of),
        settings=tuple(changed_settings(old.manifest.settings, new.manifest.settings)),
        code=(old.manifest.code_version, new.manifest.code_version),
        files=changed_files(old.manifest.inputs, new.manifest.inputs),
        rows=tuple(_rows(old, new)),
        figures=tuple(_figures(old, new, connection)),
        memberships=tuple(_moved(old.table("memberships", connection), new.table("memberships", connection))),
    )


def changed_settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Changed]:
    """Yield the settings that differ, by their whole key.

    Examples
    --------
    >>> list(changed_settings({"costs": {"per_order": 4.5}}, {"costs": {"per_order": 5.0}}))
    [Changed(key='costs.per_order', before='4.5', after='5.0')]
    """
    old, new = dict(_flat(before)), dict(_flat(after))
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield Changed(key, old.get(key), new.get(key))


def changed_files(before: Mapping[str, str], after: Mapping[str, str]) -> Files:
    """Compare the fingerprints of two runs' files."""
    return Files(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(key for key in before.keys() & after.keys() if before[key] != after[key])),
    )


def _flat(section: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in section.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", json.dumps(value, ensure_ascii=False)


def _rows(old: Run, new: Run) -> Iterator[Figure]:
    before, after = ({name: facts.rows for name, facts in run.manifest.tables.items()} for run in (old, new))
    for name in TABLES:
        if name in before or name in after:
            yield Figure(name, before.get(name), after.get(name))


_FIGURES = (
    ("customers", "profiles", None),
    ("orders", "profiles", "orders"),
    ("net_revenue", "profiles", "net_revenue"),
    ("margin", "profiles", "margin"),
    ("expected_orders", "forecasts", "expected_orders"),
    ("predicted_value", "forecasts", "predicted_value"),
)
"""The figures by name: the table, and the column to be summed; without one its rows are counted."""


def _figures(old: Run, new: Run, connection: BaseBackend) -> Iterator[Figure]:
    for name, table, column in _FIGURES:
        yield Figure(name, *(_total(run.table(table, connection), column) for run in (old, new)))


def _total(table: ir.Table, column: str | None) -> float | None:
    total = table.count() if column is None else table[column].cast("float64").sum()
    value = total.to_pyarrow().as_py()
    return None if value is None else float(value)


def _moved(before: ir.Table, after: ir.Table) -> Iterator[Moved]:
    old = before.select("customer_id", "segmentation", was="segment")
    new = after.select(who=after.customer_id, way=after.segmentation, is_now=after.segment)
    both = old.outer_join(new, [old.customer_id == new.who, old.segmentation == new.way])
    counts = {
        "stayed": (both.was == both.is_now).fill_null(False).sum(),
        "moved": (both.was != both.is_now).fill_null(False).sum(),
        "came": both.was.isnull().sum(),
        "left": both.is_now.isnull().sum(),
    }
    by_way = both.group_by(segmentation=ibis.coalesce(both.segmentation, both.way)).aggregate(**counts)
    for record in by_way.order_by("segmentation").to_pyarrow().to_pylist():
        yield Moved(record["segmentation"], *(int(record[name]) for name in counts))
