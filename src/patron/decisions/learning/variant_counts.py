"""How often was each variant sent by each plan, and how often was it answered?

In   messages of customers, orders, the days on which plans began
Out  counts by trigger, plan, segment and variant
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

import ibis
import ibis.expr.types as ir
import pyarrow as pa

STEP = "/"
"""Between a sequence and its step, as messages of steps are named."""

EVERYBODY, OTHERS = "all", "other"
"""The one segment where none are told apart; and those who are in none of the segmentation."""

Response = Literal["click", "order"]
_PLANS = pa.schema([("trigger", pa.string()), ("iteration", pa.int64()), ("after", pa.date32()), ("to", pa.date32())])


def variant_counts(
    messages: ir.Table,
    orders: ir.Table,
    *,
    plans: Mapping[str, Sequence[tuple[int, date]]],
    as_of: date,
    within_days: int,
    response: Response = "click",
    segments: Mapping[date, ir.Table] | None = None,
) -> ir.Table:
    """Count what was sent and answered.

    Parameters
    ----------
    messages : Table
        `raw_messages` with customers' ids; ``campaign`` is the trigger, and of a sequence ``message`` the step.
    orders : Table
        ``customer_id, ordered_at``; looked at where the response is an order.
    plans : mapping of trigger to its plans
        Number and day of each, in the order of time; a plan holds from the day after.
    as_of : date
    within_days : int
        What was sent later than so many days ago has not had its time, and does not count; nor do later answers.
    response : str
        What counts as an answer.
    segments : mapping of day to table, optional
        ``customer_id, segment`` as of the days of the plans; without it everybody is in one segment.

    Returns
    -------
    Table
        ``trigger, iteration, segment, variant, sends, responses, first_on``. What came back undelivered does not count.
    """
    sent = _sent(messages, sorted(plans), last=as_of - timedelta(days=within_days))
    by_plan = _by_plan(sent, plans)
    known = by_plan if segments is None else _in_segments(by_plan, segments)
    answered = _ordered(known, orders, within_days) if response == "order" else _clicked(known, within_days)
    return answered.group_by("trigger", "iteration", "segment", "variant").aggregate(
        sends=answered.count(), responses=answered.answered.cast("int64").sum().cast("decimal(38, 0)").cast("int64"),
        first_on=answered.sent_on.min(),
    )  # fmt: skip


def _sent(messages: ir.Table, triggers: Sequence[str], *, last: date) -> ir.Table:
    ours = messages.filter(messages.variant.notnull(), messages.bounced_at.isnull())
    of_step = ours.campaign.concat(STEP, ours.message)
    trigger = ibis.cases((of_step.isin(triggers), of_step), (ours.campaign.isin(triggers), ours.campaign))
    ours = ours.select(
        "message_id", "customer_id", "variant", "sent_at", "clicked_at", trigger=trigger, sent_on=ours.sent_at.date(),
        segment=ibis.literal(EVERYBODY),
    )  # fmt: skip
    return ours.filter(ours.trigger.notnull(), ours.sent_on <= ibis.literal(last))


def _by_plan(sent: ir.Table, plans: Mapping[str, Sequence[tuple[int, date]]]) -> ir.Table:
    """Add which plan each message was sent by: 0 before the first."""
    rows = [
        {"trigger": trigger, "iteration": number, "after": after, "to": to}
        for trigger, own in plans.items()
        for (number, after), to in zip(
            [(0, date.min), *own], [*(day for _, day in own), date.max], strict=True
        )
    ]  # fmt: skip
    spans = ibis.memtable(pa.Table.from_pylist(rows, schema=_PLANS)).rename(of_trigger="trigger")
    inside = [sent.trigger == spans.of_trigger, sent.sent_on > spans.after, sent.sent_on <= spans.to]
    return sent.join(spans, inside).drop("of_trigger", "to")


def _in_segments(sent: ir.Table, segments: Mapping[date, ir.Table]) -> ir.Table:
    """Put customers into the segments in which they were when the plan was made; before the first plan, as of it."""
    days = sorted(segments)
    placed = [
        segments[day].select(member_id="customer_id", member_of="segment", member_on=ibis.literal(day)) for day in days
    ]
    members = ibis.union(*placed) if len(placed) > 1 else placed[0]
    of_day = ibis.ifelse(sent.iteration == 0, ibis.literal(days[0]), sent.after)
    dated = sent.mutate(placed_on=of_day)
    same = [dated.customer_id == members.member_id, dated.placed_on == members.member_on]
    joined = dated.left_join(members, same)
    return joined.mutate(segment=joined.member_of.fill_null(OTHERS)).select(*sent.columns)


def _clicked(sent: ir.Table, within_days: int) -> ir.Table:
    in_time = sent.clicked_at.date().delta(sent.sent_on, unit="day") <= within_days
    return sent.mutate(answered=(sent.clicked_at.notnull() & in_time).fill_null(False))


def _ordered(sent: ir.Table, orders: ir.Table, within_days: int) -> ir.Table:
    bought = orders.select(buyer="customer_id", ordered_at="ordered_at")
    joined = sent.join(bought, [sent.customer_id == bought.buyer, bought.ordered_at > sent.sent_at])
    in_time = joined.filter(joined.ordered_at.date().delta(joined.sent_on, unit="day") <= within_days)
    answering = in_time.select(by_message="message_id", by_customer="customer_id").distinct()
    same = [sent.message_id == answering.by_message, sent.customer_id == answering.by_customer]
    both = sent.left_join(answering, same)
    return both.mutate(answered=both.by_message.notnull()).select(*sent.columns, "answered")
