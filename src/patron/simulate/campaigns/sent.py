"""What the campaigns sent, who opened, clicked and unsubscribed, and who complained.

Loud arms drive some customers away: those unsubscribe and complain far more often. Of all others a few do.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.campaigns.draws import Drawn
from patron.simulate.campaigns.plans import CONTROL, Plan
from patron.simulate.campaigns.reach import Base
from patron.simulate.dealings.messages import BOUNCES, CLICKING, HOUR, NEVER, OPENNESS, moments
from patron.simulate.lines import DAY
from patron.simulate.tables import ids_column, moments_column, money_column

UNSUBSCRIBES = (0.004, 0.25)  # chance by a message, and by a loud one of those whom it drives away; not by post
COMPLAINS = (0.002, 0.15)
DELAY = 3.0  # mean days from a message to the complaint
ANSWERED = 48.0  # mean hours to the answer
NEXT_DAY = 2  # days until a letter arrives

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Messages:
    """One entry a message in every array; seconds since the start of the shop's first day, NEVER for none."""

    customer: Ints
    arm: Ints
    sent_at: Ints
    delivered_at: Ints
    opened_at: Ints
    clicked_at: Ints
    unsubscribed_at: Ints
    bounced_at: Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class Sent:
    """The messages of one campaign, and the complaints about it; `left` are places in the base."""

    plan: Plan
    messages: Messages
    left: Ints
    complaint_by: Ints  # who complained, place among all customers
    complaint_of: Ints  # arm of each
    complaint_at: Ints


def sent(rng: np.random.Generator, *, base: Base, plan: Plan, drawn: Drawn, still: bool) -> Sent:
    """Send one message to everybody outside of the control arm.

    Where the shop is `still`, nobody is driven away.
    """
    treated = np.flatnonzero(drawn.arm > 0)
    who, arm = drawn.who[treated], drawn.arm[treated]
    count = len(who)
    annoys = np.array([one.annoys for one in plan.arms])[arm] & base.driven[who] & (not still)
    second = drawn.day * DAY + 10 * HOUR + rng.integers(0, HOUR, count)
    chances = rng.random((5, count))
    openness, clicking = rng.beta(*OPENNESS, count), rng.beta(*CLICKING, count)
    delays = rng.exponential(7 * HOUR, count).astype(np.int64) + 60
    by_post = plan.channel == "post"
    bounced = (chances[0] < BOUNCES) & (not by_post)
    arrival = second + (NEXT_DAY * DAY if by_post else rng.integers(1, 120, count))
    opened = ~bounced & (chances[1] < openness) & (not by_post)
    clicked = opened & (chances[2] < clicking)
    left = opened & ~clicked & (chances[3] < np.where(annoys, UNSUBSCRIBES[1], UNSUBSCRIBES[0]))
    left |= annoys & ~bounced & (not by_post) & (chances[3] < UNSUBSCRIBES[1])
    opened |= left
    angry = chances[4] < np.where(annoys, COMPLAINS[1], COMPLAINS[0])
    look, press = arrival + delays, arrival + delays + rng.integers(5, 300, count)
    waits = (rng.exponential(DELAY, count) * DAY).astype(np.int64) + HOUR

    def at(moment: Ints, happens: NDArray[np.bool_]) -> Ints:
        return np.where(happens, moment, NEVER)

    return Sent(
        plan=plan,
        messages=Messages(
            customer=base.customer[who], arm=arm, sent_at=second, delivered_at=at(arrival, ~bounced),
            opened_at=at(look, opened), clicked_at=at(press, clicked & ~left), unsubscribed_at=at(press, left),
            bounced_at=at(arrival, bounced),
        ),
        left=who[left], complaint_by=base.customer[who][angry], complaint_of=arm[angry],
        complaint_at=(arrival + waits)[angry],
    )  # fmt: skip


def messages_table(every: tuple[Sent, ...], *, ids: pa.Array, calendar: Calendar) -> pa.Table:
    """Return all messages by moment; columns as in `contracts.raw.FIELDS`."""
    parts = [_table(one, ids, calendar) for one in every]
    if not parts:
        return pa.table({})
    table = pa.concat_tables(parts)
    number = ids_column("N", np.arange(1, table.num_rows + 1), digits=8)
    return table.add_column(0, "message_id", number)


def _table(one: Sent, ids: pa.Array, calendar: Calendar) -> pa.Table:
    told = one.messages
    order = np.lexsort((told.customer, told.sent_at))
    mine = {field.name: getattr(told, field.name)[order] for field in fields(Messages)}
    several = len(one.plan.arms) > 2
    names = pa.array([arm.name if several and arm.name != CONTROL else None for arm in one.plan.arms], pa.string())
    cost = np.array([arm.cost for arm in one.plan.arms])[mine["arm"]]
    count = len(order)
    return pa.table({
        "customer_id": ids.take(pa.array(mine["customer"])),
        "sent_at": moments_column(calendar.first_day, mine["sent_at"]),
        "channel": pa.array([one.plan.channel] * count, pa.string()),
        "campaign": pa.array([one.plan.name] * count, pa.string()),
        "message": pa.array([one.plan.name] * count, pa.string()),
        "variant": names.take(pa.array(mine["arm"])),
        **{name: moments(mine[name], calendar) for name in ("delivered_at", "opened_at", "clicked_at",
                                                            "unsubscribed_at", "bounced_at")},
        "cost": money_column(cost, digits=4),
    })  # fmt: skip


def complaints_table(every: tuple[Sent, ...], *, ids: pa.Array, calendar: Calendar) -> pa.Table:
    """Return the complaints up to the last day as tickets, by moment; all of them were answered."""
    nobody = np.zeros(0, np.int64)
    who = np.concatenate([nobody, *(one.complaint_by for one in every)])
    at = np.concatenate([nobody, *(one.complaint_at for one in every)])
    order = np.lexsort((who, at))
    order = order[at[order] < calendar.days * DAY]
    who, at = who[order], at[order]
    hours = 1 + (np.arange(len(at)) * 37) % int(2 * ANSWERED)
    closed = at + hours * HOUR
    return pa.table({
        "ticket_id": ids_column("Q", np.arange(1, len(at) + 1), digits=7),
        "customer_id": ids.take(pa.array(who)),
        "opened_at": moments_column(calendar.first_day, at),
        "closed_at": moments(closed, calendar),
        "topic": pa.array(["complaint"] * len(at), pa.string()),
        "channel": pa.array(["email"] * len(at), pa.string()),
        "order_id": pa.nulls(len(at), pa.string()),
        "satisfaction": pa.nulls(len(at), pa.float64()),
    })  # fmt: skip


def beside(usual: pa.Table, more: pa.Table, *, truth: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Put the campaigns' messages beside the usual ones, and return them with their truth.

    Who unsubscribed by a campaign gets no usual message any more; who got one by e-mail or push had not unsubscribed
    before, whatever the usual messages say.
    """
    if not more.num_rows:
        return usual, truth
    who = pc.unique(pa.chunked_array([*usual["customer_id"].chunks, *more["customer_id"].chunks]))
    mine, theirs = (_places(table["customer_id"], who) for table in (usual, more))
    sent_at = _micro(usual["sent_at"])
    left = np.full(len(who), np.iinfo(np.int64).max)
    gone = pc.is_valid(more["unsubscribed_at"]).to_numpy()
    np.minimum.at(left, theirs[gone], _micro(more["unsubscribed_at"])[gone])
    last = np.full(len(who), np.iinfo(np.int64).min)
    by_net = pc.not_equal(more["channel"], "post").to_numpy()
    np.maximum.at(last, theirs[by_net], _micro(more["sent_at"])[by_net])
    stays = sent_at <= left[mine]
    forgotten = pa.array(_micro(usual["unsubscribed_at"]) < last[mine])
    place = usual.column_names.index("unsubscribed_at")
    column = usual["unsubscribed_at"]
    kept = usual.set_column(place, "unsubscribed_at", pc.if_else(forgotten, pa.scalar(None, column.type), column))
    chosen = pa.array(stays)
    table = pa.concat_tables([kept.filter(chosen), more], promote_options="default")
    return table.take(pc.sort_indices(table, [("sent_at", "ascending"), ("message_id", "ascending")])), truth.filter(
        chosen
    )


def _places(column: pa.ChunkedArray, among: pa.Array) -> Ints:
    return np.asarray(pc.index_in(column, value_set=among).to_numpy(), dtype=np.int64)


def _micro(column: pa.ChunkedArray) -> Ints:
    """Return moments as microseconds; 0 for none."""
    return np.asarray(pc.fill_null(column.cast(pa.int64()), 0).to_numpy())
