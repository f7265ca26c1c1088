"""The step `effects`: what each experiment changed, for everybody and by what was known before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.contracts.effect import EFFECTS
from patron.experiments import effects
from patron.experiments.acts import Sources, acts
from patron.experiments.known_then import Foretold, bought, known_then
from patron.experiments.units import drawn, units
from patron.identity.record_owners import record_owners
from patron.pipeline.step import Context, Step, has_rows

TOLD = ("tickets", "messages", "surveys")
"""Sources that tell guardrails, where they are there."""

STATUS_OF = {"arm_unseen": "empty_arm"}

Tables = Mapping[str, ir.Table]


def _effects(context: Context) -> Tables:
    experiments, assignments = context["experiments"], context["assignments"]
    if not has_rows(assignments):
        return {"effects": EFFECTS.empty()}
    everyone = context.keep("drawn", drawn(experiments, assignments, as_of=context.as_of))
    started = _started(context)
    foretold = {name: run for name, day in started.items() if (run := _foretold(context, day)) is not None}
    history = context.keep("bought", bought(context.of_customers("order_lines")))
    known = known_then(everyone, history, started, foretold)
    drawn_units = context.keep("units", units(everyone, acts(_sources(context), as_of=context.as_of), known))
    days = {name: run.as_of for name, run in foretold.items()}
    found = effects(drawn_units, experiments, as_of=context.as_of, segments_as_of=days, blocked=_blocked(context))
    return {"effects": found}


def _started(context: Context) -> dict[str, date]:
    rows = context["experiments"].select("experiment", "started_on").order_by("experiment").to_pyarrow().to_pylist()
    return {row["experiment"]: row["started_on"] for row in rows}


def _blocked(context: Context) -> dict[str, str]:
    """Return what is so wrong with an experiment that it cannot be read."""
    findings = context["experiment_findings"]
    rows = findings.filter(findings.blocks).order_by("experiment", "finding").to_pyarrow().to_pylist()
    return {row["experiment"]: STATUS_OF.get(row["finding"], row["finding"]) for row in reversed(rows)}


def _foretold(context: Context, day: date) -> Foretold | None:
    """Return what the last run of a day knew, under the ids that its customers have now."""
    run = context.known_at(day)
    if run is None:
        return None
    owners = record_owners(context["links"]).select(owned="record_id", owner_id="customer_id")

    def now(table: ir.Table) -> ir.Table:
        joined = table.left_join(owners, table.customer_id == owners.owned)
        return joined.mutate(customer_id=ibis.coalesce(joined.owner_id, joined.customer_id)).select(table.columns)

    return Foretold(as_of=run.as_of, forecasts=now(run.forecasts), memberships=now(run.memberships))


def _sources(context: Context) -> Sources:
    told = {name: context.of_customers(name) for name in TOLD if has_rows(context[f"raw_{name}"])}
    return Sources(orders=context["orders"], takings=context["takings"], **told)


def _state(context: Context) -> Any:
    """Return which runs told how customers stood when experiments began."""
    runs = (context.known_at(day) for day in sorted(set(_started(context).values())))
    return [run.run_id for run in runs if run is not None]


EFFECT_STEP = Step(
    "effects",
    ("experiments", "assignments", "experiment_findings", "orders", "takings", "links", "raw_order_lines",
     *(f"raw_{name}" for name in TOLD)),
    ("effects",), _effects, state=_state,
)  # fmt: skip
