"""The step `experiments`: what was tried, who is in which arm, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.contracts.experiment import ASSIGNMENTS, EXPERIMENT_FINDINGS, EXPERIMENTS
from patron.experiments import merged
from patron.experiments.browsers import browsers
from patron.experiments.elsewhere import elsewhere, elsewhere_arms
from patron.experiments.findings import arm_counts
from patron.experiments.held import held, standing_holdouts
from patron.experiments.known import (
    Known,
    experiment_tables,
    known_audience,
    known_elsewhere,
    known_experiment,
    known_holdout,
)
from patron.identity import events_with_customer
from patron.pipeline.step import Context, Step, has_rows
from patron.profile import known_by

Tables = Mapping[str, ir.Table]

RAW = "raw_assignments"


def _experiments(context: Context) -> Tables:
    as_of = context.as_of
    # What was started later is not known yet on the run's day.
    audiences = known_by(context.kept.audiences, as_of=as_of, column="assigned_on").to_pyarrow().to_pylist()
    started = [one for one in context.kept.experiments if one.started_on <= as_of]
    holdouts = standing_holdouts(context.kept.holdouts, as_of=as_of)
    known = [known_audience(row, as_of=as_of) for row in audiences]
    known += [known_experiment(one, as_of=as_of) for one in started]
    known += [known_holdout(now, as_of=as_of) for now, _ in holdouts.values()]
    taken = [one.row["experiment"] for one in known]
    known += _elsewhere(context, taken)
    if not known:
        return {table.name: table.empty() for table in (EXPERIMENTS, ASSIGNMENTS, EXPERIMENT_FINDINGS)}
    drawn = [_frozen(context)] if audiences or started else []
    drawn += [browsers(_events(context), one, as_of=as_of) for one in started if one.unit == "visitor"]
    drawn += [held(context["profiles"], holdouts)] if holdouts else []
    drawn += [elsewhere(context[RAW], context["links"], as_of=as_of, taken=taken)] if len(known) > len(taken) else []
    assignments = context.keep("assignments", ibis.union(*drawn) if len(drawn) > 1 else drawn[0])
    experiments, findings = experiment_tables(
        known, arm_counts(assignments, context["orders"], as_of=as_of), as_of=as_of
    )
    return {"experiments": experiments, "assignments": assignments, "experiment_findings": findings}


def _frozen(context: Context) -> ir.Table:
    """Return who is in which arm of the lists and experiments that were frozen, by the run's customers."""
    drawn = ibis.union(context.kept.assignments, context.kept.members)
    return merged(known_by(drawn, as_of=context.as_of, column="assigned_on"), context["links"])


def _events(context: Context) -> ir.Table:
    return events_with_customer(context["raw_events"], context["links"])


def _elsewhere(context: Context, taken: list[str]) -> Iterator[Known]:
    if not has_rows(context[RAW]):
        return
    rows = elsewhere_arms(context[RAW], as_of=context.as_of, taken=taken)
    for name, arms in groupby(rows, key=lambda row: row["experiment"]):
        yield known_elsewhere(list(arms), _promised(context, name))


def _promised(context: Context, name: str) -> Mapping[str, Any] | None:
    """Return what the settings say of an experiment that was run elsewhere."""
    said = context.settings.experiments.get(name)
    return None if said is None else said.promised()


def _state(context: Context) -> Any:
    kept = context.kept
    return kept.audiences.to_pyarrow().to_pylist(), list(kept.experiments), list(kept.holdouts)


EXPERIMENT_STEP = Step(
    "experiments", (RAW, "raw_events", "links", "profiles", "orders"),
    ("experiments", "assignments", "experiment_findings"), _experiments, ("experiments",), state=_state,
)  # fmt: skip
