"""What does the whole loop bring in half a year, against the same shop without it, and does its hold-out tell the truth?

A simulated shop (`patron.simulate.World`) is lived for 26 weeks. Twice a week signals are found in what the shop can see,
triggers make candidates of them, eligibility and the auction decide (`patron.decisions.eligible`, `auction`), a learner
of message variants chooses the words (`VariantLearner`), and what each trigger brings is read anew from its own hold-out.
The same candidates go to two other policies with the same number of messages on each day: first come first served, and
the customers first who are most likely to order. All worlds of a seed share their chances.

    python benchmarks/references/closed_loop.py 20            # seeds; the shop as it is
    python benchmarks/references/closed_loop.py 10 grid       # and shops without effect, growth at the top, no fatigue
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from patron.contracts.trigger import CANDIDATES
from patron.decisions.attention import ContactBudget, auction, fatigue
from patron.decisions.eligibility import Circumstances, contacts, eligible
from patron.decisions.learning import VariantLearner

from patron.decisions import Holdout
from patron.decisions.hash_space import digits, place_of
from patron.simulate import World
from patron.simulate.world.state import State

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CUSTOMERS, DAYS, EVERY = 5_000, 182, (0, 3)  # decided on the first and the fourth day of each week
HELD, OWN_HELD = 0.10, 0.10  # the global hold-out, and that of each trigger
BUDGET = ContactBudget(most=1, window_days=7)
GOAL_DAYS = 21
BELIEVED, DOUBT = 0.02, 0.03  # orders that a message is thought to bring before anything is known, and how sure that is
LIFTS = {"headline": {"plain": 1.0, "warm": 1.25, "loud": 0.8}, "copy": {"short": 1.0, "story": 1.2}}
COST = 0.002  # of an e-mail
POLICIES = ("auction", "first_come", "propensity")
SHOPS: dict[str, dict[str, Any]] = {
    "as it is": {}, "no effect": {"reaches": "nowhere"}, "growth at the top": {"reaches": "top"},
    "no fatigue": {"fatigue": 0.0},
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Play:
    """A trigger of the shop: when it fires, what it does, how long it stays fresh."""

    name: str
    action: str
    fires: Callable[[State, int], Bools]
    fresh: int = 3
    off: float = 0.0


def _gap(seen: State) -> Floats:
    return (seen.last_order - seen.first_order) / np.maximum(seen.orders - 1, 1)


def _since(seen: State, day: int) -> Ints:
    return day - seen.last_order


PLAYS: tuple[Play, ...] = (
    Play(name="cart", action="remind", fires=lambda s, d: (d - s.left_cart <= 2) & (s.left_cart >= s.last_order)),
    Play(name="browse", action="remind", fires=lambda s, d: (d - s.looked <= 2) & (s.looked >= s.last_order)),
    Play(
        name="replenish", action="replenish",
        fires=lambda s, d: (s.orders >= 3) & (_since(s, d) >= 0.9 * _gap(s)) & (_since(s, d) <= 1.2 * _gap(s)),
    ),
    Play(name="second", action="second_order", fires=lambda s, d: (s.orders == 1) & (_since(s, d) >= 14) & (_since(s, d) <= 60)),
    Play(name="late", action="protect", fires=lambda s, d: (s.orders >= 2) & (_since(s, d) > 1.5 * _gap(s)) & (_since(s, d) <= 150)),
    Play(
        name="offer", action="discount", off=0.10,
        fires=lambda s, d: (s.orders >= 2) & (_since(s, d) > 2 * _gap(s)) & (_since(s, d) <= 365),
    ),
    Play(name="back", action="win_back", fires=lambda s, d: (s.orders >= 1) & (_since(s, d) > 180)),
    Play(name="more", action="cross_sell", fires=lambda s, d: (s.orders >= 1) & (_since(s, d) <= 120)),
    Play(name="refer", action="refer", fires=lambda s, d: s.orders >= 4, fresh=14),
)  # fmt: skip
NAMES = tuple(play.name for play in PLAYS)
HOLDOUTS = (Holdout(name="global", share=HELD), *(Holdout(name=f"trigger:{name}", share=OWN_HELD) for name in NAMES))


@dataclass(kw_only=True)
class Reading:
    """What is known of one trigger: for whom it fired, in which arm, and what these ordered afterwards."""

    who: list[Ints] = field(default_factory=list)
    day: list[Ints] = field(default_factory=list)
    held: list[Bools] = field(default_factory=list)
    last: Ints = field(default_factory=lambda: np.full(CUSTOMERS, -10_000))
    effect: float = BELIEVED  # orders by a message

    def fired(self, who: Ints, held: Bools, day: int) -> None:
        """Note for whom it fired; once in the days of the goal."""
        new = day - self.last[who] > GOAL_DAYS
        self.last[who[new]] = day
        self.who.append(who[new])
        self.day.append(np.full(int(new.sum()), day))
        self.held.append(held[new])

    def read(self, orders: Ints, sent: Ints, *, day: int) -> None:
        """Read the trigger against its hold-out: orders and messages by customer and day, summed up to each day."""
        who, since, held = (np.concatenate(part) for part in (self.who, self.day, self.held))
        over = since + GOAL_DAYS <= day
        who, since, held = who[over], since[over], held[over]
        got = orders[who, since + GOAL_DAYS] - orders[who, since]
        messages = sent[who, since + GOAL_DAYS] - sent[who, since]
        if held.sum() < 20 or (~held).sum() < 20:
            return
        each = float(messages[~held].mean())
        if each < 0.05:
            return
        seen = (got[~held].mean() - got[held].mean()) / each
        noise = np.sqrt(got[~held].var(ddof=1) / (~held).sum() + got[held].var(ddof=1) / held.sum()) / each
        weight = DOUBT**2 / (DOUBT**2 + noise**2)
        self.effect = float(weight * seen + (1 - weight) * BELIEVED)


class Loop:
    """One shop under one policy."""

    def __init__(self, seed: int, policy: str, **shop: Any) -> None:
        self.policy = policy
        self.variants = {
            f"headline={h}/copy={c}": a * b for (h, a), (c, b) in product(*(LIFTS[p].items() for p in LIFTS))
        }
        self.world = World(customers=CUSTOMERS, seed=seed, days=DAYS, variants=self.variants, **shop)
        self.ids = np.array([f"C{number:06d}" for number in range(1, CUSTOMERS + 1)])
        self.arms = {
            one.name: np.array([place_of(i, salt=one.salt) for i in self.ids]) < digits(one.share) for one in HOLDOUTS
        }
        self.readings = {name: Reading() for name in NAMES}
        self.learners = {name: VariantLearner({p: list(o) for p, o in LIFTS.items()}, seed=seed) for name in NAMES}
        self.orders = np.zeros((CUSTOMERS, DAYS + GOAL_DAYS + 1), np.int64)  # so far, by day
        self.sent = {name: np.zeros((CUSTOMERS, DAYS + GOAL_DAYS + 1), np.int64) for name in NAMES}
        self.log: list[pd.DataFrame] = []  # messages
        self.told = pd.DataFrame(
            {"customer_id": [], "channel": [], "campaign": [], "sent_at": [], "unsubscribed_at": []}
        )
        self.daily: list[int] = []
        self.first = dict.fromkeys(NAMES, np.zeros(0))
        self.answers = {name: [1.0, 50.0] for name in NAMES}  # clicks and messages, for the propensity

    def run(self, quota: Sequence[int] | None = None) -> Loop:
        """Live all days; `quota` is how many messages may be sent on each, without it the policy says so."""
        for number in range(DAYS):
            rows = self.decided(number, None if quota is None else quota[number]) if number % 7 in EVERY else None
            lived = self.world.step(rows)
            self.daily.append(lived.messages.num_rows)
            self.note(number, lived.messages.to_pandas())
            if number % 7 == 6:
                self.learn(number)
        return self

    def candidates(self, number: int) -> pd.DataFrame:
        """Return who could get what today, by what the shop sees, with what it is expected to bring."""
        seen = self.world.state
        now = seen.day
        worth = np.where(seen.orders > 0, seen.margin / np.maximum(seen.orders, 1), 0) / 100
        mean = worth[seen.orders > 0].mean()
        usual = (seen.margin / 100 + 2 * mean) / (seen.orders + 2)
        paid = (seen.revenue / 100) / np.maximum(seen.orders, 1)
        parts = []
        for play in PLAYS:
            who = np.flatnonzero(play.fires(seen, now) & seen.here)
            brings = self.readings[play.name].effect
            if play.name == "refer":
                value = np.full(len(who), 0.004 * 2 * mean)
            else:
                rate = 14 * seen.orders[who] / np.maximum(now - seen.first_order[who], 90)
                value = brings * usual[who] - play.off * paid[who] * (rate + max(brings, 0.0))
            parts.append(
                pd.DataFrame(
                    {"place": who, "trigger": play.name, "action": play.action, "value": value, "fresh": play.fresh}
                )
            )
        return pd.concat(parts, ignore_index=True)

    def decided(self, number: int, quota: int | None) -> pa.Table:
        """Return what is sent today."""
        rows = self.candidates(number)
        as_of = self.world.day
        table = _as_candidates(rows, self.ids, as_of)
        messages = ibis.memtable(_raw(self.told)) if len(self.told) else None
        sent = contacts(messages, as_of=as_of) if messages is not None else None
        known = Circumstances(holdouts=HOLDOUTS, messages=messages, contacts=sent)
        judged = ibis.memtable(eligible(table, as_of=as_of, known=known).to_pyarrow())
        if self.policy == "auction":
            felt = fatigue(messages, as_of=as_of, window_days=BUDGET.window_days) if messages is not None else None
            made = auction(judged, contact_budget=BUDGET, as_of=as_of, contacts=sent, fatigue=felt)
            found = made.decisions.select(
                "customer_id", "trigger", "action", "channel", "outcome", "held_by"
            ).to_pandas()
        else:
            found = judged.select(
                "customer_id", "trigger", "action", "channel", "outcome", "held_by", "value"
            ).to_pandas()
            found = self.ranked(found, quota or 0, number)
        self.noted(found, number)
        chosen = found[found.outcome == "sent"].copy()
        chosen["off"] = chosen.trigger.map({play.name: play.off for play in PLAYS}).astype(float)
        chosen["variant"] = self.worded(chosen.trigger.to_numpy())
        return pa.Table.from_pandas(
            chosen[["customer_id", "trigger", "action", "channel", "off", "variant"]], preserve_index=False
        )

    def worded(self, triggers: NDArray[np.object_]) -> NDArray[np.object_]:
        """Return a variant for each message."""
        words = np.empty(len(triggers), dtype=object)
        for name in np.unique(triggers.astype(str)):
            mine = triggers == name
            proposed = self.learners[name].propose(int(mine.sum()))
            words[mine] = [
                f"headline={h}/copy={c}"
                for h, c in zip(proposed["headline"].to_pylist(), proposed["copy"].to_pylist(), strict=True)
            ]
        return words

    def ranked(self, found: pd.DataFrame, quota: int, number: int) -> pd.DataFrame:
        """Choose by another policy, under the same contact budget."""
        seen, now = self.world.state, self.world.state.day
        place = found.customer_id.str[1:].astype(int) - 1
        fresh = (now - seen.last_sent[place]) >= BUDGET.window_days
        open_to = found.outcome.isna() & fresh
        if self.policy == "first_come":
            key = found.trigger.map({name: rank for rank, name in enumerate(NAMES)}) + 0.5 * np.sin(
                place * 12.9898 + number
            )
        else:
            rate = (
                seen.orders[place]
                / np.maximum(now - seen.first_order[place] + 30, 60)
                * np.exp(-_since(seen, now)[place] / 120)
            )
            clicks = found.trigger.map({name: a / b for name, (a, b) in self.answers.items()})
            key = -rate * clicks
        best = (
            found[open_to].assign(key=key[open_to]).sort_values(["key", "customer_id"]).drop_duplicates("customer_id")
        )
        found.loc[open_to, "outcome"] = "queued"
        found.loc[best.index[:quota], "outcome"] = "sent"
        return found

    def noted(self, found: pd.DataFrame, number: int) -> None:
        """Note for whom each trigger fired who would have been allowed a message, in which arm."""
        for name, some in found[found.outcome.isin(["sent", "queued", "held_out"])].groupby("trigger"):
            own = some[(some.outcome != "held_out") | (some.held_by == f"trigger:{name}")]
            place = own.customer_id.str[1:].astype(int).to_numpy() - 1
            self.readings[str(name)].fired(place, (own.outcome == "held_out").to_numpy(), number)

    def note(self, number: int, messages: pd.DataFrame) -> None:
        """Note what the day brought."""
        self.orders[:, number + 1 :] = self.world.state.orders[:, None]
        if not len(messages):
            return
        place = messages.customer_id.str[1:].astype(int).to_numpy() - 1
        self.log.append(messages)
        self.told = pd.concat([self.told, messages], ignore_index=True)
        for name in NAMES:
            mine = (messages.campaign == name).to_numpy()
            np.add.at(self.sent[name], place[mine], (np.arange(self.orders.shape[1]) > number).astype(np.int64))
            self.answers[name][0] += float(messages.clicked_at[mine].notna().sum())
            self.answers[name][1] += float(mine.sum())

    def learn(self, number: int) -> None:
        """Read each trigger anew, and teach its learner what the week's messages brought."""
        for name in NAMES:
            self.readings[name].read(self.orders, self.sent[name], day=number)
        week = pd.concat(self.log) if self.log else None
        self.log = []
        if week is None:
            return
        for name, some in week.groupby("campaign"):
            parts = some.variant.str.extract(r"headline=(?P<headline>\w+)/copy=(?P<copy>\w+)")
            counted = (
                parts.assign(responses=some.clicked_at.notna().astype(int), sends=1)
                .groupby(["headline", "copy"], as_index=False)
                .sum()
            )
            self.learners[str(name)].update(pa.Table.from_pandas(counted, preserve_index=False))


def _raw(messages: pd.DataFrame) -> pa.Table:
    moments = ("sent_at", "delivered_at", "opened_at", "clicked_at", "unsubscribed_at", "bounced_at")
    schema = pa.schema(
        [
            (name, pa.timestamp("us") if name in moments else pa.string())
            for name in ("message_id", "customer_id", "channel", "campaign", "message", "variant", *moments)
        ]
    )
    return pa.Table.from_pandas(messages[schema.names], schema=schema, preserve_index=False)


def _as_candidates(rows: pd.DataFrame, ids: NDArray[np.str_], as_of: date) -> ibis.Table:
    """Return rows as candidates, all by e-mail."""
    count = len(rows)
    fixed: dict[str, Any] = {
        "form": "trigger", "kind": "promotion", "iteration": 1, "subject_kind": "none", "subject": "", "channel": "email",
        "purpose": "marketing", "cost": COST, "evidence": "modelled", "fired_on": as_of,
    }  # fmt: skip
    given = {
        "customer_id": ids[rows.place], "trigger": rows.trigger, "action": rows.action, "signal": rows.trigger,
        "value": rows.value, "value_low": rows.value * 0.0, "value_high": rows.value * 2.0,
        "expires_on": [as_of + timedelta(days=int(fresh)) for fresh in rows.fresh],
    }  # fmt: skip
    schema = CANDIDATES.schema.to_pyarrow()
    columns = [
        pa.array(list(given[name]) if name in given else [fixed.get(name)] * count, schema.field(name).type)
        for name in schema.names
    ]
    return ibis.memtable(pa.table(columns, names=schema.names))


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What one policy did to one shop; money per half a year."""

    margin: float  # incremental, messages paid
    without: float  # margin of the shop without it
    messages: int
    left: int  # who unsubscribed
    acquisition: float  # what a new customer cost
    retention: float  # share of those who ordered in the half-year before who did again
    read: float  # what the global hold-out says of one customer
    error: float
    truth: float  # what it truly was

    @property
    def covered(self) -> bool:
        """Whether the 95 % interval of the reading holds the truth."""
        return abs(self.read - self.truth) <= 1.959963984540054 * self.error


def brought(loop: Loop) -> Brought:
    """Hold a shop that has been lived against its truth."""
    world, truth = loop.world, loop.world.truth()["customers"].to_pandas()
    got, alone, cost = (truth[name].astype(float).to_numpy() for name in ("with_decisions", "without", "cost"))
    known = world.known()
    bought = known["order_lines"].to_pandas()
    start = pd.Timestamp(world.day) - pd.Timedelta(days=DAYS - 1)
    before = bought[
        (bought.ordered_at < start) & (bought.ordered_at >= start - pd.Timedelta(days=365))
    ].customer_id.dropna()
    lately = set(before[bought.loc[before.index, "ordered_at"] >= start - pd.Timedelta(days=DAYS)])
    again = set(bought[bought.ordered_at >= start].customer_id.dropna())
    acquired = known["customers"].to_pandas().acquired_on
    new = int((pd.to_datetime(acquired) >= start).sum())
    spent = known["spend"].to_pandas()
    spent = float(spent[pd.to_datetime(spent.day) >= start].amount.astype(float).sum())
    lines = bought[(bought.ordered_at < start)].groupby("customer_id").unit_price.count()
    past = np.array([float(lines.get(name, 0.0)) for name in loop.ids])
    base = np.flatnonzero(past > 0)
    held = loop.arms["global"][base]
    net = got[base] - cost[base]
    slope = np.cov(net, past[base])[0, 1] / past[base].var(ddof=1)
    even = net - slope * (past[base] - past[base].mean())
    read = even[~held].mean() - even[held].mean()
    error = float(np.sqrt(even[~held].var(ddof=1) / (~held).sum() + even[held].var(ddof=1) / held.sum()))
    return Brought(
        margin=float((got - alone - cost).sum()), without=float(alone.sum()), messages=sum(loop.daily),
        left=int((~world.state.subscribed).sum()), acquisition=(spent + float(cost.sum())) / max(new, 1),
        retention=len(lately & again) / max(len(lately), 1), read=float(read), error=error,
        truth=float((net - alone[base])[~held].mean()),
    )  # fmt: skip


def untouched(seed: int, **shop: Any) -> Brought:
    """Return the same shop without any message."""
    loop = Loop(seed, "none", **shop)
    for _ in range(DAYS):
        loop.world.step()
    return brought(loop)


def compare(seeds: int, **shop: Any) -> dict[str, list[Brought]]:
    """Live shops under each policy, with the auction's number of messages on each day."""
    found: dict[str, list[Brought]] = {name: [] for name in ("none", *POLICIES)}
    for seed in range(1, seeds + 1):
        found["none"].append(untouched(seed, **shop))
        first = Loop(seed, "auction", **shop).run()
        found["auction"].append(brought(first))
        for policy in POLICIES[1:]:
            found[policy].append(brought(Loop(seed, policy, **shop).run(first.daily)))
    return found


def mean_of(values: Sequence[float]) -> str:
    """Return a mean with its 95 % interval over seeds."""
    some = np.asarray(values, dtype=np.float64)
    half = 1.96 * some.std(ddof=1) / np.sqrt(len(some)) if len(some) > 1 else np.nan
    return f"{some.mean():,.1f} ({some.mean() - half:,.1f} to {some.mean() + half:,.1f})"


def told(name: str, found: dict[str, list[Brought]]) -> None:
    """Print what was found."""
    print(f"## {name}: {len(found['none'])} shops of {CUSTOMERS:,} customers, {DAYS // 7} weeks")
    print(
        "| policy | messages | incremental margin | % of the margin without | unsubscribed | cost of a new customer | retention |"
    )
    print("|---|---|---|---|---|---|---|")
    for policy, rows in found.items():
        share = mean_of([100 * row.margin / row.without for row in rows])
        cells = [f"{np.mean([row.messages for row in rows]):,.0f}", mean_of([row.margin for row in rows]), share,
                 f"{np.mean([row.left for row in rows]):,.0f}", f"{np.mean([row.acquisition for row in rows]):.2f}",
                 f"{100 * np.mean([row.retention for row in rows]):.2f} %"]  # fmt: skip
        print("| " + " | ".join([policy, *cells]) + " |")
    best = np.array([row.margin for row in found["auction"]])
    for policy in POLICIES[1:]:
        other = np.array([row.margin for row in found[policy]])
        print(
            f"auction - {policy}: {mean_of((best - other).tolist())}; {100 * (best.sum() / other.sum() - 1):.0f} % of its own; better in {int((best > other).sum())} of {len(best)}"
        )
    covered = [row.covered for row in found["auction"]]
    print(
        f"the global hold-out's 95 % interval holds the truth in {sum(covered)} of {len(covered)}; reading - truth {mean_of([row.read - row.truth for row in found['auction']])}, truth {mean_of([row.truth for row in found['auction']])}\n"
    )


def main() -> None:
    """Compare the policies."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    shops = SHOPS if "grid" in sys.argv else {"as it is": {}}
    for name, shop in shops.items():
        began = time.process_time()
        told(name, compare(seeds, **shop))
        print(f"{time.process_time() - began:.0f} s of processor time", flush=True)


if __name__ == "__main__":
    main()
