"""The step `responses`: whom an action moves, learned from experiments that ran for long enough.

Of an experiment with too few customers, or whose arms are not of the planned sizes, nothing is foretold; the table
`response_models` says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from patron.contracts.response import RESPONSE_MODELS, RESPONSES
from patron.errors import LeakError, NotEnoughData
from patron.experiments.past_trials import Plan, arm_counts, planned, trial_rows
from patron.models import Response
from patron.models.response_judged import HeldOut
from patron.pipeline.propensities import dated_facts
from patron.pipeline.step import Context, Step, has_rows
from patron.profile.facts import Facts
from patron.profile.features import features

METRIC = "margin"

Row = dict[str, Any]
Tables = Mapping[str, ir.Table]


def _responses(context: Context) -> Tables:
    plans = _plans(context)
    if not plans:
        return {"responses": RESPONSES.empty(), "response_models": RESPONSE_MODELS.empty()}
    cards = [_card(one) for one in plans if one.status != "learned"]
    wanted = [one for one in plans if one.status == "learned"]
    scored: list[ir.Table] = []
    if wanted:
        dated = dated_facts(context)
        today = features(dated, days=[context.as_of]).to_pyarrow().sort_by("customer_id")
        for plan in wanted:
            found, card = _learned(context, plan, dated, today)
            cards.append(card)
            if found is not None:
                scored.append(context.keep(f"responses_{plan.experiment}", ibis.memtable(found)))
    rows = pa.Table.from_pylist(cards, schema=RESPONSE_MODELS.schema.to_pyarrow())
    told = ibis.union(*scored) if len(scored) > 1 else next(iter(scored), RESPONSES.empty())
    return {"responses": RESPONSES.shape(told), "response_models": RESPONSE_MODELS.shape(ibis.memtable(rows))}


def _plans(context: Context) -> list[Plan]:
    """Return the experiments that could be learned from; those whose arms are not of the planned sizes say so."""
    if context.settings.sampled or not context.settings.sells or not has_rows(context["experiments"]):
        return []
    tried = context["experiments"].to_pyarrow().to_pylist()
    arms = arm_counts(context["assignments"], as_of=context.as_of).to_pyarrow().to_pylist()
    plans = planned(tried, arms, as_of=context.as_of)
    effects = context["effects"]
    skewed = set(effects.filter(effects.status == "sample_ratio").experiment.to_pyarrow().to_pylist())
    return [one.refused("sample_ratio") if one.experiment in skewed else one for one in plans]


def _learned(context: Context, plan: Plan, dated: Facts, today: pa.Table) -> tuple[pa.Table | None, Row]:
    """Return what is foretold of the customers of today, and how the model did."""
    rows = trial_rows(plan, context["assignments"], context["takings"], dated, as_of=context.as_of, keep=context.keep)
    if not rows.num_rows:  # nobody of them had bought before
        return None, _card(plan.refused("too_few"))
    model = Response(control=plan.control, costs=plan.cost)
    try:
        model.fit(
            rows.drop_columns(["propensity"]), treatment="arm", outcome="outcome", propensity=_chances(plan, rows)
        )
    except NotEnoughData as error:
        return None, _card(plan.refused("too_few" if "arm" in error.data else "nothing_bought"))
    except LeakError:
        return None, _card(plan.refused("leak"))
    card = _card(plan) | {"units": model.customers_} | _judged(model.held_out_)
    people = _asked(context, plan, today)
    if not people.num_rows:
        return None, card
    told = model.responses(people)
    facts = {"experiment": plan.experiment, "metric": METRIC, "window_days": plan.window_days}
    for name, value in facts.items():
        told = told.append_column(name, pa.array([value] * told.num_rows, RESPONSES.schema[name].to_pyarrow()))
    return told, card


def _chances(plan: Plan, rows: pa.Table) -> Any:
    """Return the chance of each action: as planned, as told of each customer, or none where it has to be estimated."""
    arms = sorted(rows["arm"].unique().to_pylist())
    actions = [name for name in arms if name != plan.control]
    if plan.shares is not None and set(arms) <= set(plan.shares):
        return {name: plan.shares[name] for name in actions}
    if len(actions) == 1 and not rows["propensity"].null_count:
        mine = pc.equal(rows["arm"], actions[0])
        return pc.if_else(mine, rows["propensity"], pc.subtract(1.0, rows["propensity"]))
    return None


def _asked(context: Context, plan: Plan, today: pa.Table) -> pa.Table:
    """Return the customers of today whom the experiment was about: those of its segment, where it names one."""
    members = context["memberships"]
    segmentation, _, segment = plan.segment.partition(".")
    inside = members.filter(members.segmentation == segmentation, members.segment == segment).customer_id.to_pyarrow()
    if not len(inside):
        return today
    return today.filter(pc.is_in(today["customer_id"], value_set=inside.cast(today["customer_id"].type)))


def _card(plan: Plan) -> Row:
    learned = plan.status == "learned"
    return {
        "experiment": plan.experiment, "metric": METRIC, "status": plan.status, "units": plan.units,
        "window_days": plan.window_days if learned else None,
    }  # fmt: skip


def _judged(found: HeldOut) -> Row:
    """Return what a model is worth, by the columns of RESPONSE_MODELS."""
    said: Row = {"share": found.share, "action": found.action}
    for name in ("targeted", "everybody", "against_everybody"):
        gain = getattr(found, name)
        if gain is not None:
            said |= {name: gain.value, f"{name}_low": gain.low, f"{name}_high": gain.high}
    return said


UPLIFT_STEP = Step(
    "responses",
    (
        "raw_order_lines", "raw_customers", "raw_events", "raw_tickets", "links", "households", "takings",
        "memberships", "experiments", "assignments", "effects",
    ),
    ("responses", "response_models"), _responses, ("sampled",),
)  # fmt: skip
