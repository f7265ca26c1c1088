"""The steps `stages` and `behaviour`: where each customer stands, and by which kinds of behaviour customers differ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.customer import MEMBERSHIPS
from patron.contracts.segment import BEHAVIOUR, BEHAVIOUR_SEGMENTS, SEGMENT_MODELS, STUCK_POINTS
from patron.errors import NotEnoughData
from patron.identity import events_with_customer
from patron.pipeline.step import Context, Step, has_rows
from patron.profile import behaviour
from patron.segments import BehaviourSegments, behaviour_memberships, stages, stuck_points

EVENTS = "raw_events"
MODEL = "behaviour"
SAID = ("reviews", "surveys")
DESCRIBED_BY = ("raw_order_lines", EVENTS, *(f"raw_{name}" for name in SAID), "sessions", "links")
"""What says how a customer behaves, beside her orders and her profile."""

Tables = Mapping[str, ir.Table]


def _stages(context: Context) -> Tables:
    chosen = context.settings.stages
    people = known_people(context.of_customers("customers"), context["profiles"])
    placed = stages(
        context["orders"], context["rhythm"], people, as_of=context.as_of,
        at_risk_factor=chosen.at_risk_factor, loyal_from=chosen.loyal_from,
    )  # fmt: skip
    kept = context.keep("stages", placed)
    if not context.settings.sells:
        return {"stages": kept, "stuck_points": STUCK_POINTS.empty()}
    return {"stages": kept, "stuck_points": stuck_points(kept, context["orders"], as_of=context.as_of)}


def known_people(customers: ir.Table, profiles: ir.Table) -> ir.Table:
    """Return everybody who is known, with the day since when: by a record, or by a profile."""
    recorded = customers.select("customer_id", known_since="acquired_on")
    return recorded.union(profiles.select("customer_id", known_since="first_order_on"))


def _behaviour(context: Context) -> Tables:
    if not context.settings.sells:
        return _nobody(BEHAVIOUR.empty())
    described = context.keep(
        "behaviour", _described(context, context["profiles"], context["orders"], as_of=context.as_of)
    )
    chosen = context.settings.behaviour
    model = BehaviourSegments(features=chosen.features, segments=chosen.segments, names=chosen.names)
    try:
        model.fit(described, before=_before(context), as_of=context.as_of)
    except NotEnoughData:  # too few or all alike: nobody is divided, and it is no failure of the run
        return _nobody(described)
    divided = context.keep("divided", _placed(model, described))
    sizes = divided.group_by("segment").aggregate(customers=divided.count()).to_pyarrow().to_pydict()
    told = model.described(dict(zip(sizes["segment"], sizes["customers"], strict=True)))
    saved = pa.table({"name": [MODEL], "description": [model.to_json()]})
    return {
        "behaviour": divided, "behaviour_segments": ibis.memtable(told), "segment_models": ibis.memtable(saved),
    }  # fmt: skip


def behaviour_of(context: Context, profiles: ir.Table, orders: ir.Table, *, as_of: date) -> ir.Table:
    """Return who behaved like which of the run's segments, as known on an earlier day: MEMBERSHIPS."""
    model = _model(context["segment_models"])
    if model is None:
        return MEMBERSHIPS.empty()
    described = context.keep("described_before", _described(context, profiles, orders, as_of=as_of))
    return behaviour_memberships(_placed(model, described), context["behaviour_segments"])


def _described(context: Context, profiles: ir.Table, orders: ir.Table, *, as_of: date) -> ir.Table:
    events = events_with_customer(context[EVENTS], context["links"]) if has_rows(context[EVENTS]) else None
    said = {name: context.of_customers(name) for name in SAID if has_rows(context[f"raw_{name}"])}
    visits = context["sessions"] if events is not None else None
    return behaviour(
        profiles, orders, context.of_customers("order_lines"), as_of=as_of, events=events, sessions=visits, **said
    )


def _placed(model: BehaviourSegments, described: ir.Table) -> ir.Table:
    found = model.assign(described)
    return BEHAVIOUR.shape(described.drop("segment", "certainty").inner_join(found, "customer_id"))


def _nobody(described: ir.Table) -> Tables:
    return {
        "behaviour": described, "behaviour_segments": BEHAVIOUR_SEGMENTS.empty(),
        "segment_models": SEGMENT_MODELS.empty(),
    }  # fmt: skip


def _before(context: Context) -> BehaviourSegments | None:
    """Return the model of the run before, whatever its horizon, currency and costs: its segments keep their ids."""
    return _model(context.learned.segment_models) if context.learned else None


def _model(saved: ir.Table) -> BehaviourSegments | None:
    texts = saved.filter(saved.name == MODEL).to_pyarrow()["description"].to_pylist()
    return BehaviourSegments.from_json(texts[0]) if texts else None


BEHAVIOUR_STEPS: tuple[Step, ...] = (
    Step(
        "stages", ("raw_customers", "links", "orders", "rhythm", "profiles"), ("stages", "stuck_points"), _stages,
        ("stages",),
    ),
    Step(
        "behaviour", (*DESCRIBED_BY, "orders", "profiles"),
        ("behaviour", "behaviour_segments", "segment_models"), _behaviour, ("behaviour",),
        state=lambda context: context.learned and context.learned.run_id,
    ),
)  # fmt: skip
"""Both, in the order in which they run."""
