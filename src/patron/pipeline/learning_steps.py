"""The step `learning`: what triggers have learned of the variants of their messages, and what is sent next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.contract import Contract
from patron.contracts.learning import LEARNING, LEARNING_OPTIONS, LEARNING_VARIANTS, VARIANT_PLAN
from patron.decisions.learning.message_parts import MOST_MESSAGES
from patron.decisions.learning.trigger_learning import (
    LearnedTrigger,
    Sending,
    even_shares,
    learning_row,
    option_rows,
    past_effects,
    plan_rows,
    variant_rows,
)
from patron.decisions.learning.variant_counts import EVERYBODY, OTHERS, STEP, variant_counts
from patron.decisions.messages.message import Message
from patron.decisions.messages.variants import combinations, many, variant_name
from patron.pipeline.check_messages import messages_of
from patron.pipeline.step import Context, Step, has_rows

Floats = NDArray[np.float64]
Row = dict[str, Any]
Tables = Mapping[str, ir.Table]

MADE = (LEARNING, LEARNING_OPTIONS, LEARNING_VARIANTS, VARIANT_PLAN)
MESSAGES = "raw_messages"
SEED = 10
"""Of the draws that shares are made of; the same counts give the same plan."""

UNKNOWN_RATE = 0.03
"""What is expected of messages before any was counted."""


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What all triggers share."""

    segments: tuple[str, ...]
    families: Mapping[str, str]
    margin: float


def _learning(context: Context) -> Tables:
    messages = messages_of(context.settings)
    learnable = {name: one for name, one in messages.items() if 2 <= many(one.options()) <= MOST_MESSAGES}
    if not messages:
        return {contract.name: contract.empty() for contract in MADE}
    handed = _handed(context)
    known = _Known(segments=_segments(context), families=_families(context), margin=_margin(context))
    counts = _counts(context, learnable, handed)
    triggers = [_trigger(context, one, known, handed.get(name, []), counts) for name, one in learnable.items()]
    rows: dict[str, list[Row]] = {contract.name: [] for contract in MADE}
    rows["learning"] += [_alone(name) for name in messages if name not in learnable]
    past = past_effects(triggers)
    for one in triggers:
        _told(context, one, past, rows)
    rows["learning"] += _learned_before(context, rows["learning"])
    return {contract.name: _table(rows[contract.name], contract) for contract in MADE}


def _told(context: Context, one: LearnedTrigger, past: Sequence[Any], rows: dict[str, list[Row]]) -> None:
    """Add what is to be said of a trigger; make a new plan where the last one has stood long enough."""
    learner = one.learner(past)
    sendings = list(one.sendings)
    last = sendings[-1] if sendings and sendings[-1].number else None
    if last is None or (context.as_of - last.began_on).days >= context.settings.learning.every:
        nothing = np.zeros(learner.shape)
        number = last.number + 1 if last else 1
        last = Sending(
            number=number, began_on=context.as_of, sends=nothing, responses=nothing, share=learner.plan.share,
            expected=learner.plan.rate,
        )  # fmt: skip
        sendings.append(last)
    rows["learning"].append(learning_row(one, learner, iteration=last.number, began_on=last.began_on))
    rows["learning_options"] += option_rows(one, learner)
    rows["learning_variants"] += variant_rows(one, learner)
    for sending in sendings:
        rows["variant_plan"] += plan_rows(one, learner, sending, standing=sending is last)


def _trigger(
    context: Context, message: Message, known: _Known, plans: Sequence[Row], counts: Mapping[Any, Row]
) -> LearnedTrigger:
    """Return a trigger with what was sent by each of its plans."""
    name = message.trigger
    launched = context.settings.launched[name.partition(STEP)[0]]
    segments = known.segments or (EVERYBODY,)
    names = [variant_name(chosen) for chosen in combinations(message.options())]
    sendings = [_before_plans(segments, names, name, counts)]
    by_number: dict[int, list[Row]] = {}
    for row in plans:
        by_number.setdefault(row["iteration"], []).append(row)
    for number in sorted(number for number in by_number if number):
        sendings.append(_by_plan(segments, names, name, counts, by_number[number]))
    return LearnedTrigger(
        trigger=name, family=known.families.get(getattr(launched, "signal", None) or "", ""),
        channel=message.channels()[0], parts=message.options(), segments=known.segments, seed=SEED,
        worth=_worth(message, known.margin), floor=context.settings.learning.floor,
        sendings=[one for one in sendings if one.sends.sum() or one.number],
    )  # fmt: skip


def _before_plans(segments: Sequence[str], names: Sequence[str], trigger: str, counts: Mapping[Any, Row]) -> Sending:
    sends, responses, first = _of_plan(segments, names, trigger, 0, counts)
    return Sending(
        number=0, began_on=first or date.min, sends=sends, responses=responses, share=even_shares(sends),
        expected=np.full(sends.shape, UNKNOWN_RATE),
    )  # fmt: skip


def _by_plan(
    segments: Sequence[str], names: Sequence[str], trigger: str, counts: Mapping[Any, Row], plan: Sequence[Row]
) -> Sending:
    sends, responses, _ = _of_plan(segments, names, trigger, plan[0]["iteration"], counts)
    share, expected = np.full(sends.shape, np.nan), np.full(sends.shape, np.nan)
    for row in plan:
        if row["segment"] in segments and row["variant"] in names:
            at = segments.index(row["segment"]), names.index(row["variant"])
            share[at], expected[at] = np.nan if row["share"] is None else row["share"], row["expected"]
    known = float(np.nanmean(expected)) if np.isfinite(expected).any() else 0.0
    return Sending(
        number=plan[0]["iteration"], began_on=plan[0]["began_on"], sends=sends, responses=responses, share=share,
        expected=np.where(np.isnan(expected), known, expected),
    )  # fmt: skip


def _of_plan(
    segments: Sequence[str], names: Sequence[str], trigger: str, number: int, counts: Mapping[Any, Row]
) -> tuple[Floats, Floats, date | None]:
    """Return sends and responses by segment and message, and the first day."""
    found = [[counts.get((trigger, number, segment, name)) for name in names] for segment in segments]
    sends = np.array([[row["sends"] if row else 0 for row in line] for line in found], dtype=np.float64)
    responses = np.array([[row["responses"] if row else 0 for row in line] for line in found], dtype=np.float64)
    return sends, responses, min((row["first_on"] for line in found for row in line if row), default=None)


def _counts(context: Context, learnable: Mapping[str, Message], handed: Mapping[str, list[Row]]) -> dict[Any, Row]:
    """Return what was sent and answered, by trigger, plan, segment and variant."""
    if not learnable or not has_rows(context[MESSAGES]):
        return {}
    settings = context.settings.learning
    plans = {
        name: sorted({(row["iteration"], row["began_on"]) for row in handed.get(name, []) if row["iteration"]})
        for name in learnable
    }
    counted = variant_counts(
        context.of_customers("messages"), context["orders"], plans=plans, as_of=context.as_of,
        within_days=settings.within, response=settings.response, segments=_members(context, plans),
    )  # fmt: skip
    rows = counted.to_pyarrow().to_pylist()
    return {(row["trigger"], row["iteration"], row["segment"], row["variant"]): row for row in rows}


def _members(context: Context, plans: Mapping[str, Sequence[tuple[int, date]]]) -> dict[date, ir.Table] | None:
    """Return who was in which segment when each plan was made; as it is now where no run of that day is left."""
    if context.settings.learning.segmentation is None:
        return None
    days = sorted({day for own in plans.values() for _, day in own}) or [context.as_of]
    return {day: _segment_of(context, context.known_at(day)) for day in days}


def _segment_of(context: Context, then: Any) -> ir.Table:
    members = context["memberships"] if then is None else then.memberships
    return members.filter(members.segmentation == context.settings.learning.segmentation).select(
        "customer_id", "segment"
    )


def learning_segments(context: Context) -> ir.Table | None:
    """Return in which of the plans' segments customers are now: ``customer_id, segment``; none where none are told."""
    return None if context.settings.learning.segmentation is None else _segment_of(context, None)


def _segments(context: Context) -> tuple[str, ...]:
    if context.settings.learning.segmentation is None:
        return ()
    found = _segment_of(context, None).segment.to_pyarrow().unique().to_pylist()
    return (*sorted(found), OTHERS) if found else ()


def _handed(context: Context) -> dict[str, list[Row]]:
    """Return the plans so far, by trigger."""
    if context.handed is None or context.handed.plans is None:
        return {}
    plans: dict[str, list[Row]] = {}
    for row in context.handed.plans.order_by("trigger", "iteration", "segment", "place").to_pyarrow().to_pylist():
        plans.setdefault(row["trigger"], []).append(row)
    return plans


def _learned_before(context: Context, now: Sequence[Row]) -> list[Row]:
    """Return the rows of earlier plans, as they were when these last stood."""
    if context.handed is None or context.handed.learning is None:
        return []
    told = {(row["trigger"], row["iteration"]) for row in now}
    rows: list[Row] = context.handed.learning.to_pyarrow().to_pylist()
    return [row for row in rows if (row["trigger"], row["iteration"]) not in told and row["iteration"]]


def _families(context: Context) -> dict[str, str]:
    states = context["signal_states"].select("signal", "family").to_pyarrow().to_pylist()
    return {row["signal"]: row["family"] for row in states}


def _margin(context: Context) -> float:
    """Return what is left of a sale, as a share of it; all of it where costs are not known."""
    takings = context["takings"]
    sums = takings.aggregate(margin=takings.margin.sum(), revenue=takings.net_revenue.sum()).to_pyarrow().to_pylist()[0]
    return float(sums["margin"] / sums["revenue"]) if sums["revenue"] and sums["margin"] > 0 else 1.0


def _worth(message: Message, margin: float) -> dict[tuple[str, str], float]:
    """Return what an answer is worth with each offer: what the discount leaves of the margin."""
    offers = message.parts.get("offer", {})
    return {
        ("offer", name): max(0.0, (margin - option.discount) / margin)
        for name, option in offers.items()
        if option.discount is not None
    }


def _alone(trigger: str) -> Row:
    return {
        "trigger": trigger, "iteration": 0, "state": "one_message", "messages": 1, "sends": 0, "responses": 0,
        "stop": True, "reason": "enough",
    }  # fmt: skip


def _table(rows: Sequence[Row], contract: Contract) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(list(rows), schema=contract.schema.to_pyarrow()))


def _state(context: Context) -> Any:
    return context.handed and context.handed.run_id


LEARNING_STEP = Step(
    "learning",
    (MESSAGES, "links", "orders", "takings", "memberships", "signal_states", "variants"),
    tuple(contract.name for contract in MADE), _learning,
    ("learning", "messages", "sender", "triggers", "sequences", "campaigns"), state=_state,
)  # fmt: skip
