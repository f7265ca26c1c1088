"""Messages of triggers that the shop has sent in its last weeks, made of parts of which it is known what they do.

Each is sent when its signal fires: the weeks after a first order, the own rhythm of orders coming round, half a year of
silence. Its variant is drawn evenly. What the options change is whether people click; orders they move none, so that
the shop is in all else what it would be without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.campaigns.reach import Orders, sales_of
from patron.simulate.dealings.messages import HOUR, NEVER, moments
from patron.simulate.lines import DAY, Lines
from patron.simulate.tables import ids_column, moments_column, money_column, names_column

OVER_TRIGGERED = 81
"""Opens the seed of what is drawn here, so that all else draws what it always drew."""

WEEK, WEEKS = 7, 20
OPENS = 1.6  # how many more open than click, at least
LEAVES, BOUNCES = 0.004, 0.012
COST = 20  # of one message, in hundredths of a cent
MOST_CLICKS = 0.9

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A trigger's message: how often it is clicked, and what each option does to that."""

    trigger: str
    base: float
    parts: Mapping[str, Mapping[str, float]]

    def variants(self) -> dict[str, float]:
        """Return the chance of a click by variant, named as `headline=thanks/offer=none`."""
        found = {}
        for chosen in product(*(options.items() for options in self.parts.values())):
            name = "/".join(f"{part}={option}" for part, (option, _) in zip(self.parts, chosen, strict=True))
            found[name] = min(self.base * float(np.prod([factor for _, factor in chosen])), MOST_CLICKS)
        return found


SPOKEN: tuple[Spoken, ...] = (
    Spoken(
        trigger="second_order", base=0.08,
        parts={
            "headline": {"thanks": 1.0, "question": 1.5},
            "copy": {"short": 1.0, "story": 0.8},
            "offer": {"none": 1.0, "ten": 1.6},
        },
    ),
    Spoken(
        trigger="replenish", base=0.14,
        parts={"headline": {"running_low": 1.0, "usual": 0.7}, "copy": {"short": 1.0, "list": 1.2}},
    ),
    Spoken(
        trigger="win_back", base=0.04,
        parts={
            "headline": {"miss_you": 1.0, "whats_new": 1.7},
            "copy": {"short": 1.0},
            "offer": {"none": 1.0, "gift": 1.3},
        },
    ),
)  # fmt: skip
"""In the order in which they are drawn."""


def with_triggered(
    seed: int, sources: Mapping[str, pa.Table], true: Mapping[str, pa.Table], *, lines: Lines, ids: pa.Array,
    calendar: Calendar,
) -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:  # fmt: skip
    """Return the sources with the messages of triggers among the others, and the truth with ``triggered``.

    ``truth["triggered"]`` has one row per variant: ``trigger, variant, clicks``, the chance of a click. They go to
    those who were sent e-mails before and never unsubscribed.
    """
    rng = np.random.default_rng([seed, OVER_TRIGGERED])
    open_to = _open_to(sources["messages"], ids)
    orders = sales_of(lines, calendar=calendar)
    parts = [
        _sent(chance, one, *_fired(one.trigger, orders, open_to, calendar), ids=ids, calendar=calendar)
        for one, chance in zip(SPOKEN, rng.spawn(len(SPOKEN)), strict=True)
    ]
    more = pa.concat_tables(parts)
    more = more.take(pc.sort_indices(more, [("sent_at", "ascending"), ("customer_id", "ascending")]))
    more = more.add_column(0, "message_id", ids_column("T", np.arange(1, more.num_rows + 1), digits=8))
    every = pa.concat_tables([sources["messages"], more], promote_options="default")
    by = pc.sort_indices(every, [("sent_at", "ascending"), ("message_id", "ascending")])
    told = [(one.trigger, name, clicks) for one in SPOKEN for name, clicks in one.variants().items()]
    trigger, variant, clicks = zip(*told, strict=True)
    truth = pa.table({"trigger": trigger, "variant": variant, "clicks": clicks})
    return {**sources, "messages": every.take(by)}, {**true, "triggered": truth}


def _open_to(messages: pa.Table, ids: pa.Array) -> Bools:
    """Tell who of all customers gets e-mails and has never unsubscribed."""
    mailed = messages.filter(pc.equal(messages["channel"], "email"))["customer_id"]
    left = messages.filter(pc.is_valid(messages["unsubscribed_at"]))["customer_id"]
    reads = pc.is_in(ids, value_set=pc.unique(mailed))
    gone = pc.is_in(ids, value_set=pc.unique(left))
    return np.asarray(pc.and_not(reads, gone).to_numpy(zero_copy_only=False))


def _fired(trigger: str, orders: Orders, open_to: Bools, calendar: Calendar) -> tuple[Ints, Ints]:
    """Return for whom the trigger's signal fired, and on which day: once a customer and trigger."""
    who, day = orders.customer, orders.day
    first = np.diff(who, prepend=-1) != 0
    last = np.append(who[1:] != who[:-1], True) if len(who) else first
    after = np.where(last, np.iinfo(np.int64).max, np.append(day[1:], 0))
    waits = {"second_order": 21, "win_back": 180}.get(trigger)
    fires = day + (_own_rhythm(orders, first) if waits is None else waits)
    fits = first if trigger == "second_order" else np.ones(len(who), np.bool_)
    fits &= (fires >= calendar.days - WEEKS * WEEK) & (fires < calendar.days - 1) & (after > fires) & open_to[who]
    some = np.flatnonzero(fits)
    some = some[np.unique(who[some], return_index=True)[1]]
    return who[some], fires[some]


def _own_rhythm(orders: Orders, first: Bools) -> Ints:
    """Return the mean number of days between each customer's orders so far; a long time before the third."""
    began = np.flatnonzero(first)
    turn = np.arange(len(first)) - np.repeat(began, np.diff(began, append=len(first)))
    since = orders.day - orders.day[np.arange(len(first)) - turn]
    return np.where(turn >= 2, since // np.maximum(turn, 1), 10_000)


def _sent(
    rng: np.random.Generator, one: Spoken, who: Ints, day: Ints, *, ids: pa.Array, calendar: Calendar
) -> pa.Table:
    """Send each a variant, and draw what comes of it."""
    names, clicks = list(one.variants()), np.array(list(one.variants().values()))
    count = len(who)
    variant = rng.integers(0, len(names), count)
    chance = clicks[variant]
    bounced, draw = rng.random(count) < BOUNCES, rng.random(count)
    clicked = ~bounced & (draw < chance)
    opened = ~bounced & (draw < np.minimum(chance * OPENS + 0.15, 0.95))
    left = opened & ~clicked & (rng.random(count) < LEAVES)
    sent = day * DAY + 9 * HOUR + rng.integers(0, HOUR, count)
    arrived = sent + rng.integers(1, 120, count)
    look = arrived + rng.exponential(5 * HOUR, count).astype(np.int64)
    press = look + rng.integers(5, 300, count)
    told = {
        "delivered_at": (arrived, ~bounced), "opened_at": (look, opened), "clicked_at": (press, clicked),
        "unsubscribed_at": (press, left), "bounced_at": (arrived, bounced),
    }  # fmt: skip
    return pa.table({
        "customer_id": ids.take(pa.array(who)), "sent_at": moments_column(calendar.first_day, sent),
        "channel": pa.array(["email"] * count, pa.string()), "campaign": pa.array([one.trigger] * count, pa.string()),
        "message": pa.array([one.trigger] * count, pa.string()), "variant": names_column(names, variant),
        **{name: moments(np.where(true, moment, NEVER), calendar) for name, (moment, true) in told.items()},
        "cost": money_column(np.full(count, COST), digits=4),
    })  # fmt: skip
