"""One run while it is made: load, go through the steps, take over what is known already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from patron.engines.connect import connected
from patron.engines.draft import Draft
from patron.engines.exhausted import telling_what_ran_out
from patron.engines.manifest import Manifest, StepFacts, TableFacts
from patron.engines.run_folder import Run
from patron.errors import NotEnoughData
from patron.identity import Identified, Resolution
from patron.language import failure
from patron.pipeline.carried import Grew
from patron.pipeline.fingerprint import code_version, fingerprint
from patron.pipeline.guarding import guard_of
from patron.pipeline.inputs import Inputs
from patron.pipeline.leavable import nothing_of, said_of
from patron.pipeline.loading import LOAD, RAW, Loading, Read
from patron.pipeline.micro_steps import as_before, latest_before
from patron.pipeline.order import Order, Progress
from patron.pipeline.people_settings import IdentitySettings
from patron.pipeline.people_steps import IDENTIFYING, RECORDS, records_seen
from patron.pipeline.propensities import left_out
from patron.pipeline.reuse import Held, Reuse
from patron.pipeline.settings import Settings
from patron.pipeline.step import Context, Earlier, Handed, Learned, Made, Step
from patron.pipeline.wanted import wanted
from patron.privacy import Guard, permitted

UNFILTERED = {"links", "identifiers", "match_keys", "raw_consents", "consents", "requests"}
"""Tables that say who is who and what is allowed: they are obeyed, and nothing else is made of them."""

NOT_KEPT = {"engine", "memory", "state"}
"""Settings that say where the work is done, not what comes out; two of them are URLs that may hold a password."""

HANDED = ("firings", "triggers", "trigger_iterations")
"""What a run hands on to the next: a signal passes, that it fired has to be remembered."""

HANDED_TO = ("triggers", "learning", "decisions")

FRESH_DAYS = 31
"""For how long a run says how customers stand."""


@contextmanager
def engine_of(settings: Settings, draft: Draft) -> Iterator[BaseBackend]:
    """Open the engine for one run, which spills into its draft; where memory or disk ran out, the error says so."""
    with (
        telling_what_ran_out(draft.runs, memory=settings.memory),
        connected(settings.engine, spill=draft.aside / "spill", memory=settings.memory) as connection,
    ):
        yield connection


@dataclass
class Making:
    """A run while it is made.

    A run that is made to be published takes over what it can (`reuse`) and remembers the steps that it finished. A
    replay computes everything, but for the raw tables where it is given them.
    """

    order: Order
    connection: BaseBackend
    draft: Draft
    inputs: Inputs
    earlier_of: Callable[[date], Run | None]
    learned_of: Callable[[date], Run | None]
    handed_of: Callable[[date], Run | None] = lambda _as_of: None
    reuse: Reuse | None = None
    raw: Held | None = None
    tables: dict[str, ir.Table] = field(default_factory=dict)
    allowed: dict[tuple[str, str], ir.Table] = field(default_factory=dict)
    prints: dict[str, str] = field(default_factory=dict)
    steps: dict[str, StepFacts] = field(default_factory=dict)
    grew: Grew | None = None
    guard: Guard | None = None
    notes: tuple[str, ...] = ()

    def make(self) -> Manifest:
        """Go through everything, and return what is to be said of it."""
        as_of = self._load()
        earlier, learned = self._earlier(as_of), self._learned(as_of)
        for step in self._chosen:
            self._step(step, as_of, earlier, learned)
        return self._manifest(as_of, earlier, learned)

    @cached_property
    def _chosen(self) -> tuple[Step, ...]:
        return wanted(self.order.only)

    def _earlier(self, as_of: date) -> Earlier | None:
        """Return the run that movements are measured against, opened."""
        run = self.earlier_of(as_of)
        if run is None:
            return None
        memberships, forecasts = (run.table(name, self.connection) for name in ("memberships", "forecasts"))
        cards = run.table("model_cards", self.connection) if run.holds(("model_cards",)) else None
        old, old_id = self._before(run, as_of)
        return Earlier(
            run_id=run.manifest.run_id, as_of=run.manifest.as_of, memberships=memberships, forecasts=forecasts,
            cards=cards, before=old, before_id=old_id,
        )  # fmt: skip

    def _known_at(self, day: date) -> Earlier | None:
        """Return the last run of a day or of up to `FRESH_DAYS` before, opened."""
        found = self._earlier(day + timedelta(days=1))
        return found if found is not None and (day - found.as_of).days <= FRESH_DAYS else None

    def _learned(self, as_of: date) -> Learned | None:
        """Return the segment models that this run goes on from."""
        run = self.learned_of(as_of)
        if run is None:
            return None
        names = ("theme_texts", "theme_words")
        themes = {name: run.table(name, self.connection) for name in names} if run.holds(names) else {}
        return Learned(run.manifest.run_id, run.table("segment_models", self.connection), **themes)

    def _handed(self, as_of: date) -> Handed | None:
        """Return what the run before hands on to the triggers of this one."""
        run = self.handed_of(as_of)
        if run is None:
            return None
        decided, sent = (
            run.table(name, self.connection) if run.holds((name,)) else None for name in ("decisions", "contacts")
        )
        firings, triggers, iterations = (run.table(name, self.connection) for name in HANDED)
        learned = {"learning": "learning", "plans": "variant_plan"}
        known = run.holds(tuple(learned.values()))
        more = {as_: run.table(name, self.connection) for as_, name in learned.items()} if known else {}
        return Handed(
            run_id=run.manifest.run_id, as_of=run.manifest.as_of, firings=firings, triggers=triggers,
            iterations=iterations, decisions=decided, contacts=sent, **more,
        )  # fmt: skip

    def _before(self, run: Run, as_of: date) -> tuple[ir.Table | None, str]:
        """Return where customers were some weeks ago: in a run of that time, else where the earlier run began."""
        latest = latest_before(as_of)
        old = self.earlier_of(latest + timedelta(days=1))
        if old is not None:
            members = old.table("memberships", self.connection)
            return as_before(members, day=old.manifest.as_of), old.manifest.run_id
        if not run.holds(("memberships_before",)):
            return None, ""
        known = run.table("memberships_before", self.connection)
        return known.filter(known.as_of <= ibis.literal(latest)), run.manifest.run_id

    def _load(self) -> date:
        """Load the sources, or take the raw tables over, and return the run's day."""
        settings, asked = self.order.settings, self.order.asked
        mark = fingerprint(
            step=LOAD, code=code_version(), inputs=self.inputs.fingerprints, as_of=asked, zone=settings.timezone,
            currency=settings.currency, rates=settings.model_dump(mode="json", include={"rates"}),
            erased=self.order.erased.digest(), retention=settings.privacy.retention,
            sources={name: spec.model_dump() for name, spec in settings.sources.items()},
        )  # fmt: skip
        begun = self._begin(LOAD)
        # The day it is today is not in the mark: up to as_of, which lies before it, the cleaned tables are the same.
        known = (held for held in self._find(LOAD, mark, RAW) if self._days_stay_plausible(held))
        held = self.raw or next(known, None)
        if held is not None:
            self._take_over(RAW, held)
            as_of, batches = held.as_of, held.batches
        else:
            read = self._read()
            as_of, batches, self.grew = read.as_of, read.batches, read.grew
        self._end(LOAD, RAW, begun, mark, as_of=as_of, held=held, batches=batches)
        return as_of

    def _read(self) -> Read:
        loading = Loading(
            order=self.order, connection=self.connection, draft=self.draft, inputs=self.inputs,
            base=self.reuse.base if self.reuse else None, earlier_of=self.earlier_of,
        )  # fmt: skip
        read = loading.read()
        self.tables |= read.tables
        self.inputs.check_unchanged()
        if self.order.settings.sells and not self.draft.rows("raw_order_lines"):
            raise failure(NotEnoughData, "errors.nothing_kept", as_of=read.as_of, folder=str(self.order.folder))
        return read

    def _days_stay_plausible(self, held: Held) -> bool:
        """Tell whether no day that was refused as not yet come could be plausible by now."""
        if self.order.today == held.today:
            return True
        if not self.order.settings.sells:  # nothing is refused there: a customer of tomorrow just does not count
            return False
        quality = held.table("quality", self.connection)
        refused = quality.filter(quality.check == "implausible_date").count().to_pyarrow().as_py()
        return not refused and self.order.today > held.today

    def _step(self, step: Step, as_of: date, earlier: Earlier | None, learned: Learned | None) -> None:
        purpose = self.order.settings.purpose_of(step.makes[0])
        context = Context(
            settings=self.order.settings,
            as_of=as_of,
            tables={name: self._allowed(name, purpose) for name in step.needs},
            keep=lambda name, table: self._keep(f"{step.name}_{name}", table),
            earlier=earlier,
            learned=learned,
            grew=self.grew if self._same_people() else None,
            kept=self.order.kept,
            resolved_before=self._resolved_before() if step.name == "links" else None,
            identified_before=self._identified_before() if step.name == "identifiers" else None,
            known_at=self._known_at,
            handed=self._handed(as_of) if step.name in HANDED_TO else None,
        )
        chosen = self.order.settings.model_dump(include=set(step.settings))
        left_out = {"left_out": True} if step.name in self.order.settings.leave_out else {}
        mark = fingerprint(
            step=step.name, code=code_version(), as_of=as_of, settings=chosen, purpose=purpose,
            needs={name: self.prints[name] for name in step.needs}, state=step.state(context),
            guard=self.guard and (self.prints["consents"], self.guard.policy), **left_out,
        )  # fmt: skip
        begun = self._begin(step.name)
        held = next(self._find(step.name, mark, step.makes), None)
        models: dict[str, dict[str, float]] = {}
        if held is not None:
            self._take_over(step.makes, held)
        else:
            made = nothing_of(step.makes) if left_out else step.function(context)
            if isinstance(made, Made):
                models = {name: dict(value) for name, value in made.models.items()}
                made = made.tables
            for name in step.makes:
                self._write(name, self._passed(made[name], self.order.settings.purpose_of(name)))
        if step.name == "consents":
            self._set_guard()
        self._end(step.name, step.makes, begun, mark, as_of=as_of, held=held, models=models)

    def _allowed(self, name: str, purpose: str) -> ir.Table:
        """Return a table as a step of `purpose` may see it."""
        # Without what was agreed and whose records are whose, nothing else could be held to it.
        if name in UNFILTERED:
            return self.tables[name]
        if (name, purpose) not in self.allowed:
            self.allowed[name, purpose] = self._passed(self.tables[name], purpose, raw=name in RAW)
        return self.allowed[name, purpose]

    def _passed(self, table: ir.Table, purpose: str, *, raw: bool = False) -> ir.Table:
        """Pass the rows that name a customer through the one purpose filter, once it is known what people allow."""
        if self.guard is None or "customer_id" not in table.columns:
            return table
        links = self.tables["links"] if raw else None
        return permitted(table, purpose=purpose, stage="evaluation", guard=self.guard, links=links)

    def _set_guard(self) -> None:
        """From here on nothing is computed from people who do not allow it."""
        raw, stated = self.tables["raw_consents"], self.order.kept.statements
        self.guard, self.notes = guard_of(self.tables["consents"], raw, stated, settings=self.order.settings)
        self.allowed.clear()

    def _same_people(self) -> bool:
        """Tell whether customers may be carried over: in neither run anybody is kept out of anything."""
        base = self.reuse.base if self.reuse else None
        if base is None or self.guard is None or self.guard.denied or not base.holds(("consents",)):
            return False
        before = base.table("consents", self.connection)
        return not before.filter(~before.allowed).count().to_pyarrow().as_py()

    def _resolved_before(self) -> Resolution | None:
        """Return the resolution of the run that this one may grow from."""
        names = ("identifiers", "match_keys", "links")
        base = self._base(*names, *RAW)
        if base is None:
            return None
        identifiers, keys, linked = (base.table(name, self.connection) for name in names)
        people = records_seen({name: base.table(name, self.connection) for name in RECORDS.values()})
        return Resolution(linked, keys, identifiers, people, _identity_of(base).chosen())

    def _identified_before(self) -> Identified | None:
        """Return what the run that this one may grow from knew of its records."""
        base = self._base("identifiers", *IDENTIFYING)
        if base is None:
            return None
        raw = {name: base.table(name, self.connection) for name in IDENTIFYING}
        read = base.table("identifiers", self.connection)
        return Identified(raw=raw, country=_identity_of(base).country, identifiers=read)

    def _base(self, *names: str) -> Run | None:
        """Return the run that this one may grow from, where the same code made it and it holds these tables."""
        base = self.reuse.base if self.reuse else None
        if base is None or base.manifest.code_version != code_version() or not base.holds(names):
            return None
        return base

    def _find(self, step: str, mark: str, names: tuple[str, ...]) -> Iterator[Held]:
        return self.reuse.find(step, mark, names) if self.reuse else iter(())

    def _take_over(self, names: tuple[str, ...], held: Held) -> None:
        for name in names:
            self.tables[name] = self.draft.reuse(name, held.where, self.connection)

    def _write(self, name: str, table: ir.Table) -> None:
        self.tables[name] = self.draft.write(name, table, self.connection)

    def _keep(self, name: str, table: ir.Table) -> ir.Table:
        return self.draft.scratch(name, table, self.connection)

    def _begin(self, step: str) -> float:
        self.order.tell(Progress(step, len(self.steps) + 1, len(self._chosen) + 1))
        return self.order.clock()

    def _end(
        self, step: str, names: tuple[str, ...], begun: float, mark: str, *, as_of: date, held: Held | None,
        models: dict[str, dict[str, float]] | None = None, batches: tuple[dict[str, Any], ...] = (),
    ) -> None:  # fmt: skip
        """Note a finished step, and remember it for the next run should this one not be published."""
        if held is not None:
            models = {name: dict(values) for name, values in held.models.items()}
        elif self.reuse is not None:
            self.draft.finish(
                step, names, fingerprint=mark, as_of=as_of, today=self.order.today, models=models or {}, batches=batches
            )
        seconds = self.order.clock() - begun
        known = {"reused": held is not None, "resumed": held is not None and held.resumed}
        self.prints |= dict.fromkeys(names, mark)
        self.steps[step] = StepFacts(
            seconds=round(seconds, 3), fingerprint=mark, tables=names, models=models or {}, batches=batches, **known
        )
        rows = sum(self.draft.rows(name) for name in names)
        self.order.tell(Progress(step, len(self.steps), len(self._chosen) + 1, seconds, rows, **known))

    def _manifest(self, as_of: date, earlier: Earlier | None, learned: Learned | None) -> Manifest:
        order, settings = self.order, self.order.settings
        return Manifest(
            run_id=self.draft.run_id(as_of),
            as_of=as_of,
            today=order.today,
            made_at=order.made_at,
            asked=order.asked,
            horizon_days=settings.horizon,
            currency=settings.currency,
            terms=settings.terms(),
            code_version=code_version(),
            settings_hash=settings.digest(),
            settings=settings.model_dump(mode="json", exclude=NOT_KEPT),
            inputs=dict(self.inputs.fingerprints),
            collected_to=self.inputs.collected_to,
            compared_with=earlier.run_id if earlier else None,
            goes_on_from=learned.run_id if learned else None,
            audiences=order.kept.names(),
            only=order.only,
            notes=(*self.notes, *said_of(order.settings.leave_out), *self._left_out()),
            erased=order.erased.digest(),
            **self._rows(),
            steps=self.steps,
            tables={
                name: TableFacts(rows=self.draft.rows(name), purpose=settings.purpose_of(name)) for name in self.tables
            },
            models={name: values for step in self.steps.values() for name, values in step.models.items()},
        )

    def _left_out(self) -> tuple[str, ...]:
        """Return which models could not be learned, and why."""
        return tuple(left_out(self.tables["model_cards"])) if "model_cards" in self.tables else ()

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


def _identity_of(run: Run) -> IdentitySettings:
    return IdentitySettings.model_validate(run.manifest.settings.get("identity", {}))
