"""What does the whole loop bring in half a year, against the same shop without it, and is its hold-out right?

Simulated shops (`patron.simulate.World`) are lived for 26 weeks. Twice a week signals are found in what the shop can
see, triggers make candidates of them, eligibility and the auction decide (`patron.decisions`), a learner of variants
chooses the words, and what each trigger brings is read anew every week from its own hold-out. Two other policies choose
from the same candidates with the auction's number of messages on each day: first come first served, and the customers
first who are most likely to answer and to order. All worlds of a seed share their chances.

    python benchmarks/references/closed_loop.py 20         # seeds; the shop as it is
    python benchmarks/references/closed_loop.py 20 grid    # and without effect, with growth at the top, without fatigue
    python benchmarks/references/closed_loop.py 20 week    # one message a week at most, in place of three in four weeks

All seeds are decided at once, for speed: each is a level of its own, with its own prices of attention. Only what is
known of fatigue is shared.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.stats import t

from patron.contracts.trigger import CANDIDATES
from patron.decisions.attention import ContactBudget, Fatigue, auction, fatigue
from patron.decisions.eligibility import Circumstances, contacts, eligible
from patron.decisions.hash_space import digits, place_of
from patron.decisions.holdouts import Holdout
from patron.decisions.learning import VariantLearner
from patron.models import MbgNbd
from patron.simulate import World
from patron.simulate.world.state import State

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CUSTOMERS, DAYS, EVERY = 5_000, 182, (0, 3)  # decided on the first and the fourth day of each week
HELD = OWN_HELD = 0.10  # the global hold-out, and that of each trigger
BUDGETS = {"week": ContactBudget(most=1, window_days=7), "month": ContactBudget(most=3, window_days=28)}
BUDGET = BUDGETS["month"]
GOAL_DAYS = 21
BELIEVED, DOUBT = 0.02, 0.03  # orders that a message is thought to bring before anything is known, and how surely
LIFTS = {"headline": {"plain": 1.0, "warm": 1.25, "loud": 0.8}, "copy": {"short": 1.0, "story": 1.2}}
PARTS = {part: list(options) for part, options in LIFTS.items()}
VARIANTS = {
    f"headline={head}/copy={copy}": one * other
    for (head, one), (copy, other) in product(LIFTS["headline"].items(), LIFTS["copy"].items())
}
COST, VOUCHER_DAYS = 0.002, 14  # money of an e-mail
NEWCOMER_ORDERS = 2.0  # of a newcomer in her first months, as the shop's own newcomers show
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
    fires: Callable[[State, Ints, Floats], Bools]  # of what is seen, days since the last order, days between orders
    fresh: int = 3
    off: float = 0.0


PLAYS: tuple[Play, ...] = (
    Play(name="cart", action="remind", fires=lambda s, *_: (s.day - s.left_cart <= 2) & (s.left_cart >= s.last_order)),
    Play(name="browse", action="remind", fires=lambda s, *_: (s.day - s.looked <= 2) & (s.looked >= s.last_order)),
    Play(name="replenish", action="replenish", fires=lambda s, d, g: (s.orders >= 3) & (d >= 0.9 * g) & (d <= 1.2 * g)),
    Play(name="second", action="second_order", fires=lambda s, d, _: (s.orders == 1) & (d >= 14) & (d <= 60)),
    Play(name="late", action="protect", fires=lambda s, d, g: (s.orders >= 2) & (d > 1.5 * g) & (d <= 150)),
    Play(name="offer", action="discount", off=0.1, fires=lambda s, d, g: (s.orders >= 2) & (d > 2 * g) & (d <= 365)),
    Play(name="back", action="win_back", fires=lambda s, d, _: (s.orders >= 1) & (d > 180)),
    Play(name="more", action="cross_sell", fires=lambda s, d, _: (s.orders >= 1) & (d <= 120)),
    Play(name="refer", action="refer", fires=lambda s, *_: s.orders >= 4, fresh=14),
)  # fmt: skip
NAMES = tuple(play.name for play in PLAYS)
OFFS = {play.name: play.off for play in PLAYS}
HOLDOUTS = (Holdout(name="global", share=HELD), *(Holdout(name=f"trigger:{name}", share=OWN_HELD) for name in NAMES))


@dataclass(kw_only=True)
class Reading:
    """What is known of one trigger: for whom it fired, in which arm, and what these ordered afterwards."""

    fired_for: list[tuple[Ints, Ints, Bools]] = field(default_factory=list)  # customer, day, held out
    last: Ints = field(default_factory=lambda: np.full(CUSTOMERS, -10_000))
    effect: float = BELIEVED  # orders by a message
    clicks: float = 1.0
    sends: float = 50.0

    def fired(self, who: Ints, held: Bools, day: int) -> None:
        """Note for whom it fired; once in the days of the goal."""
        new = day - self.last[who] > GOAL_DAYS
        self.last[who[new]] = day
        self.fired_for.append((who[new], np.full(int(new.sum()), day), held[new]))

    def read(self, orders: Ints, sent: Ints, *, day: int) -> None:
        """Read it against its hold-out, from orders and messages of each customer up to each day."""
        who, since, held = (np.concatenate(part) for part in zip(*self.fired_for, strict=True))
        over = since + GOAL_DAYS <= day
        who, since, held = who[over], since[over], held[over]
        got, messages = (table[who, since + GOAL_DAYS] - table[who, since] for table in (orders, sent))
        if min(held.sum(), (~held).sum()) < 20 or (each := float(messages[~held].mean())) < 0.05:
            return
        seen = (got[~held].mean() - got[held].mean()) / each
        noise = (got[~held].var(ddof=1) / (~held).sum() + got[held].var(ddof=1) / held.sum()) / each**2
        weight = DOUBT**2 / (DOUBT**2 + noise)
        self.effect = float(weight * seen + (1 - weight) * BELIEVED)


class Living:
    """One shop under one policy, and what it has learned."""

    def __init__(self, seed: int, **shop: Any) -> None:
        self.seed = seed
        self.world = World(customers=CUSTOMERS, seed=seed, days=DAYS, variants=VARIANTS, **shop)
        self.ids = np.array([f"{seed}-C{number:06d}" for number in range(1, CUSTOMERS + 1)], dtype=object)
        self.total = np.zeros((CUSTOMERS, DAYS + GOAL_DAYS + 1), np.int16)  # messages up to each day
        self.brings = 1.0 / 150  # newcomers by a request to refer, as referral codes record them
        self.arms = {
            one.name: np.array([place_of(name, salt=one.salt) for name in self.ids]) < digits(one.share)
            for one in HOLDOUTS
        }
        self.readings = {name: Reading() for name in NAMES}
        self.learners = {name: VariantLearner(PARTS, seed=seed) for name in NAMES}
        days = DAYS + GOAL_DAYS + 1
        self.orders = np.zeros((CUSTOMERS, days), np.int16)  # up to each day
        self.sent = {name: np.zeros((CUSTOMERS, days), np.int16) for name in NAMES}
        self.week: list[pd.DataFrame] = []
        self.number, self.messages = 0, 0
        self.model = MbgNbd().fit(self._history(np.flatnonzero(self.world.state.orders > 0)))

    def _history(self, who: Ints) -> pd.DataFrame:
        """Return what the purchase model asks of customers with an order."""
        seen = self.world.state
        first, last = seen.first_order[who], seen.last_order[who]
        columns = {"frequency": seen.orders[who] - 1, "recency": last - first, "T": seen.day - first}
        return pd.DataFrame({"customer_id": self.ids[who], **columns})

    def _alive(self) -> Floats:
        """Return each customer's chance to be one still, 0 of those without an order."""
        who = np.flatnonzero(self.world.state.orders > 0)
        found = np.zeros(CUSTOMERS)
        found[who] = np.asarray(self.model.probability_alive(self._history(who)), dtype=np.float64)
        return found

    def possible(self) -> pd.DataFrame:
        """Return who could get what today, by what the shop sees, with what it is expected to bring."""
        seen = self.world.state
        since = seen.day - seen.last_order
        gap = (seen.last_order - seen.first_order) / np.maximum(seen.orders - 1, 1)
        some = np.maximum(seen.orders, 1)
        mean = float(seen.margin.sum() / max(seen.orders.sum(), 1)) / 100
        usual, paid = (seen.margin / 100 + 2 * mean) / (seen.orders + 2), seen.revenue / 100 / some
        rate = seen.orders / np.maximum(seen.day - seen.first_order, 90)
        alive = self._alive()
        likely = rate * alive
        parts = []
        for rank, play in enumerate(PLAYS):
            who = np.flatnonzero(play.fires(seen, since, gap) & seen.here)
            known = self.readings[play.name]
            given = play.off * paid[who] * (VOUCHER_DAYS * rate[who] + max(known.effect, 0.0))
            stake = usual[who] * alive[who] / max(float(alive[who].mean() if len(who) else 1.0), 1e-9)
            value = known.effect * stake - given
            if play.name == "refer":
                value = np.full(len(who), self.brings * NEWCOMER_ORDERS * mean)
            parts.append(pd.DataFrame({
                "place": who, "customer_id": self.ids[who], "trigger": play.name, "action": play.action, "rank": rank,
                "value": value, "likely": likely[who] * known.clicks / known.sends, "fresh": play.fresh,
            }))  # fmt: skip
        return pd.concat(parts, ignore_index=True)

    def live(self, found: pd.DataFrame | None) -> pa.Table:
        """Live a day with what was decided, and return its messages under the ids of the whole."""
        lived = self.world.step(None if found is None else self._orders(found))
        day, messages = self.number, lived.messages.to_pandas()
        self.orders[:, day + 1 :] = self.world.state.orders[:, None]
        self.number += 1
        self.messages += len(messages)
        place = messages.customer_id.str[1:].astype(int).to_numpy() - 1
        for name, some in messages.groupby("campaign") if len(messages) else ():
            self.sent[str(name)][place[some.index], day + 1 :] += 1
            self.readings[str(name)].clicks += float(some.clicked_at.notna().sum())
            self.readings[str(name)].sends += float(len(some))
        self.total[:, day + 1 :] += np.bincount(place, minlength=CUSTOMERS).astype(np.int16)[:, None]
        self.week.append(messages)
        if self.number % 7 == 0:
            self._learn()
        ids = pc.binary_join_element_wise(f"{self.seed}", lived.messages["customer_id"], "-")
        place_of_ids = lived.messages.column_names.index("customer_id")
        return lived.messages.set_column(place_of_ids, "customer_id", ids)

    def _orders(self, found: pd.DataFrame) -> pa.Table:
        """Note for whom each trigger fired, and return what is sent in the words that are proposed."""
        for name, some in found[found.outcome.isin(["sent", "queued", "held_out"])].groupby("trigger"):
            own = some[(some.outcome != "held_out") | (some.held_by == f"trigger:{name}")]
            self.readings[str(name)].fired(own.place.to_numpy(), (own.outcome == "held_out").to_numpy(), self.number)
        chosen = found[found.outcome == "sent"].sort_values(["trigger", "place"]).copy()
        words: list[str] = []
        for name, some in chosen.groupby("trigger", sort=True):
            told = self.learners[str(name)].propose(len(some)).to_pydict()
            words += [f"headline={h}/copy={c}" for h, c in zip(told["headline"], told["copy"], strict=True)]
        return pa.table({
            "customer_id": pa.array(chosen.customer_id.str.split("-").str[1].tolist(), pa.string()),
            "trigger": pa.array(chosen.trigger.tolist(), pa.string()), "variant": pa.array(words, pa.string()),
            "action": pa.array(chosen.action.tolist(), pa.string()), "off": chosen.trigger.map(OFFS).to_numpy(float),
            "channel": pa.array(["email"] * len(chosen), pa.string()),
        })  # fmt: skip

    def _learn(self) -> None:
        """Read each trigger anew, and teach its learner what the week's messages brought."""
        for name, one in self.readings.items():
            one.read(self.orders, self.sent[name], day=self.number - 1)
        week = pd.concat(self.week)
        self.week = []
        records = int(self.world.truth()["messages"]["referred"].to_numpy().sum())
        self.brings = (1 + records) / (150 + self.readings["refer"].sends - 50)
        for name, some in week.groupby("campaign"):
            parts = some.variant.str.extract(r"headline=(?P<headline>\w+)/copy=(?P<copy>\w+)")
            parts = parts.assign(responses=some.clicked_at.notna().astype(int), sends=1)
            counted = parts.groupby(["headline", "copy"], as_index=False).sum()
            self.learners[str(name)].update(pa.Table.from_pandas(counted, preserve_index=False))


class Fleet:
    """All seeds under one policy."""

    def __init__(self, policy: str, seeds: Sequence[int], **shop: Any) -> None:
        self.policy = policy
        self.shops = [Living(seed, **shop) for seed in seeds]
        self.told: list[pa.Table] = []
        self.felt: dict[str, Fatigue] | None = None
        levels = [(name, shop.seed) for shop in self.shops for name in shop.ids]
        self.levels = ibis.memtable(pa.table({
            "customer_id": [name for name, _ in levels], "level": pa.array([level for _, level in levels], pa.int64()),
        }))  # fmt: skip

    def day(self, number: int, quota: dict[int, int] | None) -> dict[int, int]:
        """Live a day in all shops, and return how many messages each sent; others have no more than the `quota`."""
        if number % 7 not in EVERY:
            self.told.append(pa.concat_tables([shop.live(None) for shop in self.shops]))
            return {}
        found = self._decided(number, quota or {})
        sent = found[found.outcome == "sent"].groupby("seed").size()
        by_seed = dict(list(found.groupby("seed")))
        self.told.append(pa.concat_tables([shop.live(by_seed[shop.seed]) for shop in self.shops]))
        return {int(seed): int(many) for seed, many in sent.items()}

    def _decided(self, number: int, quota: dict[int, int]) -> pd.DataFrame:
        as_of = self.shops[0].world.day
        rows = pd.concat([shop.possible().assign(seed=shop.seed) for shop in self.shops], ignore_index=True)
        if self.policy != "auction":
            return self._ranked(self._allowed(rows), quota, number)
        sent, ended = self._messages(as_of)
        known = Circumstances(holdouts=HOLDOUTS, messages=ended, contacts=sent)
        judged = ibis.memtable(eligible(_as_candidates(rows, as_of), as_of=as_of, known=known).to_pyarrow())
        if number % 28 == 0 and self.told:
            every = ibis.memtable(pa.concat_tables(self.told[-56:]))
            self.felt = fatigue(every, as_of=as_of, window_days=BUDGET.window_days)
        made = auction(judged, contact_budget=BUDGET, as_of=as_of, contacts=sent, fatigue=self.felt, levels=self.levels)
        told = made.decisions.select("customer_id", "trigger", "outcome", "held_by").to_pandas()
        return rows.merge(told, on=["customer_id", "trigger"])

    def _allowed(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Judge by hold-outs and unsubscriptions, as `eligible` does: for the policies that do without the auction."""
        outcome, by = np.full(len(rows), None, dtype=object), np.full(len(rows), None, dtype=object)
        for shop in self.shops:
            mine = np.flatnonzero(rows.seed == shop.seed)
            place, trigger = rows.place.to_numpy()[mine], rows.trigger.to_numpy()[mine]
            for one in reversed(HOLDOUTS):  # the widest is named
                own = shop.arms[one.name][place]
                own = own & ((trigger == one.name.removeprefix("trigger:")) | (one.name == "global"))
                outcome[mine[own]], by[mine[own]] = "held_out", one.name
            outcome[mine[~shop.world.state.subscribed[place]]] = "refused"
        return rows.assign(outcome=outcome, held_by=by)

    def _ranked(self, found: pd.DataFrame, quota: dict[int, int], number: int) -> pd.DataFrame:
        """Choose by another policy, under the same contact budget and as many in each shop."""
        fresh = np.zeros(len(found), np.bool_)
        for shop in self.shops:
            mine = (found.seed == shop.seed).to_numpy()
            before = shop.total[:, max(number - BUDGET.window_days + 1, 0)]
            fresh[mine] = (shop.total[:, number] - before)[found.place[mine]] < BUDGET.most
        free = found.outcome.isna() & fresh
        lot = np.random.default_rng([number, 5]).random(len(found))
        key = (
            lot if self.policy == "first_come" else -found.likely
        )  # all fired since yesterday: who came first is chance
        best = found[free].assign(key=key[free]).sort_values(["seed", "key", "rank", "place"])
        best = best.drop_duplicates("customer_id")
        turn = best.groupby("seed").cumcount()
        best = best[turn < best.seed.map(quota).fillna(0)]
        found.loc[found.outcome.isna(), "outcome"] = "queued"
        found.loc[best.index, "outcome"] = "sent"
        return found

    def _messages(self, as_of: Any) -> tuple[ibis.Table | None, ibis.Table | None]:
        """Return the contacts of the window, and the messages by which somebody unsubscribed."""
        if not self.told:
            return None, None
        every = pa.concat_tables(self.told)
        left = every.filter(pc.is_valid(every["unsubscribed_at"]))
        return contacts(ibis.memtable(pa.concat_tables(self.told[-BUDGET.window_days :])), as_of=as_of), ibis.memtable(
            left
        )


def _as_candidates(rows: pd.DataFrame, as_of: Any) -> ibis.Table:
    """Return rows as candidates, all by e-mail."""
    count = len(rows)
    fixed: dict[str, Any] = {
        "form": "trigger", "kind": "promotion", "iteration": 1, "subject_kind": "none", "subject": "",
        "channel": "email", "purpose": "marketing", "cost": COST, "evidence": "modelled", "fired_on": as_of,
    }  # fmt: skip
    value = rows.value.to_numpy(float)
    given: dict[str, Any] = {
        "customer_id": rows.customer_id.tolist(), "trigger": rows.trigger.tolist(), "action": rows.action.tolist(),
        "signal": rows.trigger.tolist(), "value": value, "value_low": np.minimum(value, 0) * 2,
        "value_high": np.maximum(value, 0) * 2, "expires_on": [as_of + timedelta(days=int(one)) for one in rows.fresh],
    }  # fmt: skip
    schema = CANDIDATES.schema.to_pyarrow()
    columns = [
        pa.array(given[name], schema.field(name).type) if name in given
        else pa.array([fixed.get(name)] * count, schema.field(name).type)
        for name in schema.names
    ]  # fmt: skip
    return ibis.memtable(pa.table(columns, names=schema.names))


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What one policy did to one shop in half a year."""

    margin: float  # incremental, messages paid
    without: float  # margin of the shop without messages
    messages: int
    left: int  # who unsubscribed
    acquisition: float  # what a new customer cost
    retention: float  # share of those who ordered in the half-year before who did again
    read: float  # margin of one customer by the global hold-out
    error: float
    truth: float  # what it truly was

    @property
    def covered(self) -> bool:
        """Whether the 95 % interval of the reading holds the truth."""
        return abs(self.read - self.truth) <= 1.959963984540054 * self.error


def brought(shop: Living, before: State) -> Brought:
    """Hold a shop that has been lived against its truth; `before` is what was seen on the eve of the first day."""
    truth = shop.world.truth()["customers"].to_pandas()
    got, alone, cost = (truth[name].astype(float).to_numpy() for name in ("with_decisions", "without", "cost"))
    state, began = shop.world.state, before.day
    lately = before.last_order > began - DAYS
    spent = shop.world.known()["spend"].to_pandas()
    spent = spent[pd.to_datetime(spent.day).dt.date > shop.world.day - timedelta(days=DAYS)].amount.astype(float).sum()
    new = int((state.here & ~before.here).sum())
    base = np.flatnonzero(before.orders > 0)
    held = shop.arms["global"][base]
    net, past = (got - cost)[base], before.margin[base] / (began - before.first_order[base] + 90)
    even = net - np.cov(net, past)[0, 1] / past.var(ddof=1) * (past - past.mean())
    return Brought(
        margin=float((got - alone - cost).sum()), without=float(alone.sum()), messages=shop.messages,
        left=int((~state.subscribed).sum()), acquisition=float(spent + cost.sum()) / max(new, 1),
        retention=float((state.last_order[lately] > began).mean()),
        read=float(even[~held].mean() - even[held].mean()),
        error=float(np.sqrt(even[~held].var(ddof=1) / (~held).sum() + even[held].var(ddof=1) / held.sum())),
        truth=float((net - alone[base])[~held].mean()),
    )  # fmt: skip


def compare(seeds: int, **shop: Any) -> dict[str, list[Brought]]:
    """Live shops under each policy, and without one."""
    every = range(1, seeds + 1)
    eve = {seed: World(customers=CUSTOMERS, seed=seed, days=DAYS, **shop).state for seed in every}
    quiet = [Living(seed, **shop) for seed in every]
    for one in quiet:
        for _ in range(DAYS):
            one.world.step()
    fleets = {policy: Fleet(policy, every, **shop) for policy in POLICIES}
    for number in range(DAYS):
        quota = None
        for policy in POLICIES:  # the auction's come first
            sent = fleets[policy].day(number, quota)
            quota = sent if policy == POLICIES[0] else quota
        if number % 28 == 27:
            print(f"week {(number + 1) // 7}", file=sys.stderr, flush=True)
    return {
        "none": [brought(one, eve[one.seed]) for one in quiet],
        **{policy: [brought(one, eve[one.seed]) for one in fleet.shops] for policy, fleet in fleets.items()},
    }


def spread(values: Sequence[float]) -> str:
    """Return a mean with its 95 % interval over seeds."""
    some = np.asarray(values, dtype=np.float64)
    half = t.ppf(0.975, len(some) - 1) * some.std(ddof=1) / np.sqrt(len(some)) if len(some) > 1 else np.nan
    return f"{some.mean():,.2f} ({some.mean() - half:,.2f} to {some.mean() + half:,.2f})"


def report(name: str, found: dict[str, list[Brought]]) -> str:
    """Return what was found, as Markdown."""
    lines = [
        f"## {name}: {len(found['none'])} shops of {CUSTOMERS:,} customers, {DAYS // 7} weeks", "",
        "| policy | messages | incremental margin, % of the shop's | unsubscribed | a new customer costs | retention |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for policy, rows in found.items():
        mean = {key: np.mean([getattr(row, key) for row in rows]) for key in ("messages", "left", "acquisition")}
        gain, stays = spread([100 * row.margin / row.without for row in rows]), [100 * row.retention for row in rows]
        more = spread([100 * (row.retention - one.retention) for row, one in zip(rows, found["none"], strict=True)])
        lines.append(
            f"| {policy} | {mean['messages']:,.0f} | {gain} | {mean['left']:,.0f} | {mean['acquisition']:.2f} | "
            f"{np.mean(stays):.2f} %; {more} more |"
        )
    best = np.array([row.margin for row in found["auction"]])
    for policy in POLICIES[1:]:
        other = np.array([row.margin for row in found[policy]])
        lines.append(
            f"\nauction - {policy}: {spread((best - other).tolist())} of {best.mean():,.0f}; "
            f"{best.mean() / other.mean():.2f} times as much; better in {(best > other).sum()} of {len(best)}"
        )
    for policy in POLICIES:
        rows = found[policy]
        lines.append(
            f"\nglobal hold-out, {policy}: the interval holds the truth in {sum(row.covered for row in rows)} of "
            f"{len(rows)}; reading {spread([row.read for row in rows])}, truth {spread([row.truth for row in rows])}, "
            f"standard error {np.mean([row.error for row in rows]):.2f}"
        )
    return "\n".join(lines)


def main() -> None:
    """Compare the policies."""
    global BUDGET, DAYS
    BUDGET = BUDGETS["week" if "week" in sys.argv else "month"]
    DAYS = next((7 * int(one.removeprefix("weeks=")) for one in sys.argv if one.startswith("weeks=")), DAYS)
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    for name, shop in (SHOPS if "grid" in sys.argv else {"as it is": {}}).items():
        began = time.process_time()
        print(report(name, compare(seeds, **shop)))
        print(f"{time.process_time() - began:.0f} s of processor time\n", flush=True)


if __name__ == "__main__":
    main()
