"""Make one run: load, go through the steps, publish.

Nothing is visible before the very end; whatever fails leaves the published run as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
from ibis.backends import BaseBackend

from patron.contracts import TABLES
from patron.engines.manifest import Manifest, StepFacts, TableFacts
from patron.engines.store import Draft, Run, Store
from patron.errors import NotEnoughData, SettingsError
from patron.language import failure
from patron.pipeline.fingerprint import code_version, fingerprint
from patron.pipeline.settings import Settings
from patron.pipeline.step import Context, Earlier, Made, Step
from patron.pipeline.steps import RAW, STEPS
from patron.privacy import permitted
from patron.sources.files import find_files
from patron.sources.load import Loader

LOAD = "load"


@dataclass(frozen=True)
class Progress:
    """One step begun (`seconds` is None) or ended."""

    step: str
    number: int
    steps: int
    seconds: float | None = None
    rows: int = 0
    reused: bool = False


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a run is asked to be."""

    folder: Path
    settings: Settings
    as_of: date | None
    today: date
    audiences: ir.Table
    assignments: ir.Table
    clock: Callable[[], float]
    tell: Callable[[Progress], None] = lambda _progress: None


@dataclass
class _Making:
    """A run while it is made."""

    order: Order
    connection: BaseBackend
    draft: Draft
    store: Store
    last: Run | None
    tables: dict[str, ir.Table] = field(default_factory=dict)
    prints: dict[str, str] = field(default_factory=dict)
    steps: dict[str, StepFacts] = field(default_factory=dict)
    models: dict[str, dict[str, float]] = field(default_factory=dict)

    def make(self) -> Run:
        """Go through everything and publish."""
        inputs = self._inputs()
        as_of = self._load(inputs)
        earlier = self._earlier(as_of)
        for step in STEPS:
            self._step(step, as_of, earlier)
        return self.draft.publish(self._manifest(as_of, inputs, earlier))

    def _inputs(self) -> dict[str, str]:
        sources = self.order.settings.sources
        found = {name: find_files(spec.paths, base=self.order.folder, source=name) for name, spec in sources.items()}
        return {f"{name}: {file.name}": file.fingerprint() for name, files in found.items() for file in files}

    def _load(self, inputs: Mapping[str, str]) -> date:
        """Load the sources, or take the raw tables over, and return the run's day."""
        settings = self.order.settings
        asked = self.order.as_of or settings.as_of
        if asked is not None and asked > self.order.today:
            raise failure(SettingsError, "settings.future", key="as_of", came=asked, today=self.order.today)
        mark = fingerprint(
            step=LOAD, code=code_version(), inputs=inputs, as_of=asked, zone=settings.timezone,
            sources={name: spec.model_dump() for name, spec in settings.sources.items()},
        )  # fmt: skip
        begun = self._begin(LOAD)
        if self.last is not None and self._same(LOAD, mark) and self._days_stay_plausible(self.last):
            self._take_over(RAW, self.last)
            as_of, reused = self.last.manifest.as_of, True
        else:
            loader = Loader(self.connection, self._keep, self.order.folder, self.order.today, asked)
            loaded = loader.load(dict(settings.sources))
            for name in RAW:
                self._write(name, loaded.tables[name])
            if not self.draft.rows("raw_order_lines"):
                raise failure(NotEnoughData, "errors.nothing_kept", as_of=loaded.as_of, folder=str(self.order.folder))
            as_of, reused = loaded.as_of, False
        # The day it is today is not in the mark: up to as_of, which lies before it, the cleaned tables are the same.
        self._end(LOAD, RAW, begun, mark, reused=reused)
        return as_of

    def _days_stay_plausible(self, last: Run) -> bool:
        """Tell whether no day that was refused as not yet come could be plausible by now."""
        if self.order.today == last.manifest.today:
            return True
        quality = last.table("quality", self.connection)
        refused = quality.filter(quality.check == "implausible_date").count().to_pyarrow().as_py()
        return not refused and self.order.today > last.manifest.today

    def _earlier(self, as_of: date) -> Earlier | None:
        """Return the run about the latest earlier day, of those in which value means the same."""
        terms = self.order.settings.terms()
        runs = [run for run in self.store.readable() if run.manifest.as_of < as_of and run.manifest.terms == terms]
        if not runs:
            return None
        run = max(runs, key=lambda run: run.manifest.as_of)  # of two about one day the one made first; they are equal
        memberships, forecasts = (run.table(name, self.connection) for name in ("memberships", "forecasts"))
        return Earlier(run.manifest.run_id, run.manifest.as_of, memberships, forecasts)

    def _step(self, step: Step, as_of: date, earlier: Earlier | None) -> None:
        purpose = self.order.settings.purpose_of(step.makes[0])
        context = Context(
            settings=self.order.settings,
            as_of=as_of,
            tables={name: _allowed(self.tables[name], name, purpose) for name in step.needs},
            keep=lambda name, table: self._keep(f"{step.name}_{name}", table),
            earlier=earlier,
            audiences=self.order.audiences,
            assignments=self.order.assignments,
        )
        chosen = self.order.settings.model_dump(include=set(step.settings))
        mark = fingerprint(
            step=step.name, code=code_version(), as_of=as_of, settings=chosen, purpose=purpose,
            needs={name: self.prints[name] for name in step.needs}, state=step.state(context),
        )  # fmt: skip
        begun = self._begin(step.name)
        reused = self.last is not None and self._same(step.name, mark)
        if self.last is not None and reused:
            self._take_over(step.makes, self.last)
            self.models |= {
                name: value for name, value in self.last.manifest.models.items() if step.name == "forecasts"
            }
        else:
            made = step.function(context)
            if isinstance(made, Made):
                self.models |= {name: dict(value) for name, value in made.models.items()}
                made = made.tables
            for name in step.makes:
                self._write(name, made[name])
        self._end(step.name, step.makes, begun, mark, reused=reused)

    def _same(self, step: str, mark: str) -> bool:
        facts = self.last.manifest.steps.get(step) if self.last else None
        return facts is not None and facts.fingerprint == mark

    def _take_over(self, names: tuple[str, ...], last: Run) -> None:
        for name in names:
            self.tables[name] = self.draft.reuse(name, last, self.connection)

    def _write(self, name: str, table: ir.Table) -> None:
        self.tables[name] = self.draft.write(name, table, self.connection)

    def _keep(self, name: str, table: ir.Table) -> ir.Table:
        return self.draft.scratch(name, table, self.connection)

    def _begin(self, step: str) -> float:
        self.order.tell(Progress(step, len(self.steps) + 1, len(STEPS) + 1))
        return self.order.clock()

    def _end(self, step: str, names: tuple[str, ...], begun: float, mark: str, *, reused: bool) -> None:
        seconds = self.order.clock() - begun
        self.prints |= dict.fromkeys(names, mark)
        self.steps[step] = StepFacts(seconds=round(seconds, 3), reused=reused, fingerprint=mark, tables=names)
        rows = sum(self.draft.rows(name) for name in names)
        self.order.tell(Progress(step, len(self.steps), len(STEPS) + 1, seconds, rows, reused))

    def _manifest(self, as_of: date, inputs: dict[str, str], earlier: Earlier | None) -> Manifest:
        settings = self.order.settings
        return Manifest(
            run_id=self.draft.run_id(as_of),
            as_of=as_of,
            today=self.order.today,
            horizon_days=settings.horizon,
            currency=settings.currency,
            terms=settings.terms(),
            code_version=code_version(),
            settings_hash=settings.digest(),
            inputs=inputs,
            compared_with=earlier.run_id if earlier else None,
            **self._rows(),
            steps=self.steps,
            tables={
                name: TableFacts(rows=self.draft.rows(name), purpose=settings.purpose_of(name)) for name in self.tables
            },
            models=self.models,
        )

    def _rows(self) -> dict[str, Any]:
        """Return how many rows came in and what became of them, over all sources."""
        quality = self.tables["quality"]
        outcomes = quality.group_by("outcome").aggregate(rows=quality.rows.sum()).to_pyarrow().to_pylist()
        counted = {record["outcome"]: int(record["rows"]) for record in outcomes}
        return {
            f"rows_{ours}": counted.get(outcome, 0)
            for ours, outcome in (
                ("in", "read"), ("kept", "kept"), ("rejected", "rejected"), ("later", "later"), ("removed", "removed")
            )
        }  # fmt: skip


def _allowed(table: ir.Table, name: str, purpose: str) -> ir.Table:
    """Pass the rows that name a customer through the one purpose filter; raw rows pass it once they have a customer."""
    if name.startswith("raw_") or "customer_id" not in TABLES[name].names:
        return table
    return permitted(table, purpose=purpose, stage="evaluation")


def make_run(order: Order, *, connection: BaseBackend, store: Store) -> Run:
    """Make a run and publish it.

    Raises
    ------
    PatronError
        Whatever was wrong; nothing is published then.
    """
    draft = store.draft()
    try:
        last = next((run for run in store.readable() if run.manifest.run_id == store.last_id()), None)
        return _Making(order, connection, draft, store, last).make()
    finally:
        draft.discard()
