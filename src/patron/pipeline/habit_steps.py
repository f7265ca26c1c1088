"""The steps `habits` and `gateways`: what customers who stay have in common, as far as the data can tell."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from patron.contracts.habit import CRITICAL_DAYS, GATEWAYS, HABITS
from patron.errors import NotEnoughData
from patron.identity import events_with_customer
from patron.models import Habits, gateways
from patron.models.habit_events import frequent
from patron.pipeline.step import Context, Step, has_rows
from patron.profile import deeds
from patron.profile.watching import horizon_of

TIMES = (0, 7, 14, 30, 60, 90)
"""Times that a deed may take, in days after its anchor."""

THRESHOLDS, HALF = (0.20, 0.10), 0.5
"""Chances to come below which silence is called a signal; and half of what it is at once."""

ANCHORS = ("first_order", "second_order")
OUTCOME = "order"
PARTS = ("category:", "channel:", "discount")
"""How deeds are called that are a part of an order."""

LATER = ("fourth_order", "tenth_order")
"""Orders with which a customer enters a segment of purchase days so far, as in `demand`: known when silence begins."""

REPEATED = ("first_", "second_order", "third_order", *LATER)
"""How events are called that say of an order what `order`, ``category:`` and the like say too."""

BEGINNINGS = ("first_category:", "first_channel:", "first_discount", "third_order", *LATER)
"""What events are called from which silence alone is counted."""

MOST_BEGINNINGS, LEAST = 30, 50

TICKETS, EVENTS = "raw_tickets", "raw_events"

Tables = Mapping[str, ir.Table]


def _habits(context: Context) -> Tables:
    horizon = _horizon(context)
    if horizon is None:
        return {"habits": HABITS.empty(), "critical_days": CRITICAL_DAYS.empty()}
    dated = context.keep("deeds", _deeds(context))
    asked_for = _asked_for(dated)
    if not asked_for:
        return {"habits": HABITS.empty(), "critical_days": CRITICAL_DAYS.empty()}
    try:
        model = Habits(
            anchors=ANCHORS, deeds=asked_for, outcomes=(OUTCOME,), again=(OUTCOME,), horizon_days=horizon,
            within_days=[days for days in TIMES if days <= horizon], on_the_day=PARTS,
            silent_after=_beginnings(dated),
        ).fit(dated, as_of=context.as_of)  # fmt: skip
    except NotEnoughData:  # too few, or nobody watched for long enough: nothing to tell, and no failure of the run
        return {"habits": HABITS.empty(), "critical_days": CRITICAL_DAYS.empty()}
    found = {"habits": model.habits_, "critical_days": model.critical_days(thresholds=THRESHOLDS, relative=(HALF,))}
    return {name: ibis.memtable(table) for name, table in found.items()}


def _gateways(context: Context) -> Tables:
    horizon = _horizon(context)
    if horizon is None:
        return {"gateways": GATEWAYS.empty()}
    lines = context.of_customers("order_lines")
    return {"gateways": gateways(lines, context["orders"], as_of=context.as_of, horizon_days=horizon)}


def _horizon(context: Context) -> int | None:
    """Return the horizon; none where there are no orders, or only a sample of them, which hides what was done."""
    if context.settings.sampled or not context.settings.sells:
        return None
    first = context["orders"].ordered_at.date().min().to_pyarrow().as_py()
    return None if first is None else horizon_of(first, context.as_of)


def _deeds(context: Context) -> ir.Table:
    links = context["links"]
    lines = context.of_customers("order_lines")
    tickets = context.of_customers("tickets") if has_rows(context[TICKETS]) else None
    events = events_with_customer(context[EVENTS], links) if has_rows(context[EVENTS]) else None
    return deeds(
        lines, context["orders"], as_of=context.as_of, covariates=context["covariates"], tickets=tickets, events=events
    )  # fmt: skip


def _asked_for(dated: ir.Table) -> tuple[str, ...]:
    """Return the deeds that enough customers have, each once."""
    return tuple(name for name, many in frequent(dated).items() if many >= LEAST and not name.startswith(REPEATED))


def _beginnings(dated: ir.Table) -> tuple[str, ...]:
    """Return the ways to begin that most customers have; the silence after each is counted for itself."""
    began = dated.filter(ibis.or_(*(dated.event.startswith(name) for name in BEGINNINGS)))
    many = began.group_by("event").aggregate(customers=began.customer_id.nunique())
    most = many.filter(many.customers >= 100).order_by(many.customers.desc(), "event").limit(MOST_BEGINNINGS)
    return tuple(most.to_pyarrow()["event"].to_pylist())


HABIT_STEPS = (
    Step(
        "habits", ("raw_order_lines", TICKETS, EVENTS, "links", "orders", "covariates"), ("habits", "critical_days"),
        _habits, ("sampled",),
    ),
    Step("gateways", ("raw_order_lines", "links", "orders"), ("gateways",), _gateways, ("sampled",)),
)  # fmt: skip
