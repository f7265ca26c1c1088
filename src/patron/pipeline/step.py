"""What one step of a run is: its inputs, its tables, and one pure function between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir

from patron.identity import Identified, Resolution, with_customer
from patron.pipeline.carried import Grew
from patron.pipeline.kept import Kept
from patron.pipeline.settings import Settings


@dataclass(frozen=True)
class Earlier:
    """The published run before this one, where movements begin."""

    run_id: str
    as_of: date
    memberships: ir.Table
    forecasts: ir.Table
    cards: ir.Table | None = None
    before: ir.Table | None = None  # MEMBERSHIPS_BEFORE: as of a day that is long enough ago to count what came since
    before_id: str = ""


@dataclass(frozen=True)
class Learned:
    """The published run before this one, whatever value meant in it, by whose models segments keep their ids."""

    run_id: str
    segment_models: ir.Table
    theme_texts: ir.Table | None = None
    theme_words: ir.Table | None = None


@dataclass(frozen=True, kw_only=True)
class Handed:
    """What the published run before this one hands on: whom triggers fired for, how they stood, what was decided."""

    run_id: str
    as_of: date
    firings: ir.Table
    triggers: ir.Table
    iterations: ir.Table | None = None
    decisions: ir.Table | None = None
    contacts: ir.Table | None = None
    learning: ir.Table | None = None
    plans: ir.Table | None = None


@dataclass(frozen=True)
class Context:
    """What a step may know."""

    settings: Settings
    as_of: date
    tables: Mapping[str, ir.Table]
    keep: Callable[[str, ir.Table], ir.Table]
    earlier: Earlier | None
    kept: Kept
    learned: Learned | None = None
    grew: Grew | None = None
    resolved_before: Resolution | None = None
    identified_before: Identified | None = None
    known_at: Callable[[date], Earlier | None] = lambda _day: None
    handed: Handed | None = None

    def __getitem__(self, name: str) -> ir.Table:
        """Return a table that an earlier step made."""
        return self.tables[name]

    def of_customers(self, source: str) -> ir.Table:
        """Return the cleaned rows of a source with the id of the customer that each belongs to."""
        return with_customer(self[f"raw_{source}"], self["links"], source=source)


def has_rows(table: ir.Table) -> bool:
    """Tell whether there is anything in a table."""
    return bool(table.limit(1).count().to_pyarrow().as_py())


@dataclass(frozen=True)
class Made:
    """What a step returns: its tables, and the parameters of models it fitted."""

    tables: Mapping[str, ir.Table]
    models: Mapping[str, Mapping[str, float]]


Function = Callable[[Context], Mapping[str, ir.Table] | Made]


@dataclass(frozen=True)
class Step:
    """One step.

    `needs` and `settings` decide whether it has to run again: it is skipped when the tables that it needs and the
    settings that it names are those of the run before.
    """

    name: str
    needs: tuple[str, ...]
    makes: tuple[str, ...]
    function: Function
    settings: tuple[str, ...] = ()
    state: Callable[[Context], Any] = lambda _context: None
