"""The attention auction against first come first served and propensity ranking, on true incremental margin.

A shop of its own small kind, whose truth is known: signals fire at random and stay fresh for a while, each message
brings its customer's scale x its trigger's effect, less with each message that she got in the week before, and may make
her unsubscribe for good. The policies see estimates with an error, never the truth. All of them keep the same contact
budget, and meet the same signals: what differs is whom they write to.

What is compared is the expected incremental margin less the cost of sending, over 26 weeks. Since the auction leaves
contacts unused that do not pay, the others are also thinned at random to as many contacts: "equal contacts".

Run:   python benchmarks/references/auction_grid.py [--seeds 10] [--customers 1000] [--weeks 26]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.decision import CONTACTS
from patron.contracts.trigger import CANDIDATES
from patron.decisions import ContactBudget, Fatigue, auction

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIRST = date(2026, 1, 5)
WINDOW = 7

TRIGGERS = ("browse", "cart", "replenish", "second", "win_back", "review", "birthday", "category", "newsletter")
RATE = np.array([0.12, 0.04, 0.06, 0.05, 0.05, 0.05, 0.01, 0.10, 0.0])  # signals a customer and day
FRESH = np.array([2, 3, 7, 10, 14, 7, 3, 5, 1])  # days
EFFECT = np.array([0.25, 1.2, 0.35, 1.5, 0.9, 0.10, 0.6, 0.30, 0.12])  # money, for a customer of scale 1
PROPENSITY = np.array([0.08, 0.25, 0.30, 0.10, 0.03, 0.12, 0.15, 0.10, 0.06])  # who buys, with or without a message
COST = 0.02


@dataclass(frozen=True)
class Shop:
    """What is true of a shop, and how far estimates are off."""

    name: str
    most: int = 3
    load: float = 1.0  # how many signals there are
    spread: float = 0.8  # of customers' scales, on the log scale
    noise: float = 0.6  # of estimates, on the log scale
    habituation: float = 0.10
    unsubscribe: float = 0.002
    growth: float = 1.15
    effect: float = 1.0
    top_only: bool = False
    alike: bool = False


GRID = (
    Shop("defaults"),
    Shop("one contact a week", most=1),
    Shop("few signals", load=0.25),
    Shop("many signals", load=2.0),
    Shop("only the top tier grows", top_only=True),
    Shop("no fatigue", habituation=0.0, unsubscribe=0.0),
    Shop("strong fatigue", habituation=0.25, unsubscribe=0.006),
    Shop("estimates nearly worthless", noise=2.0),
    Shop("all messages alike", alike=True, spread=0.0, noise=0.6),
    Shop("no effect at all", effect=0.0),
)


@dataclass
class Pool:
    """The messages that are possible, one place for each customer and trigger."""

    fired: Ints  # day, -1 where there is none
    value: Floats  # as estimated
    truth: Floats


@dataclass(frozen=True)
class Result:
    """What a policy brought in all, by seed."""

    margin: Floats
    contacts: Floats


Policy = Callable[["Day"], tuple[Ints, Ints]]


@dataclass(frozen=True)
class Day:
    """What a policy sees: rows of possible messages, how much each customer was sent, who may be written to."""

    day: int
    who: Ints
    trigger: Ints
    fired: Ints
    value: Floats
    used: Ints  # of each customer, in the window
    sent: Ints  # customers x last days
    propensity: Floats
    level: Ints
    shop: Shop


def by_order(key: Callable[[Day], Floats]) -> Policy:
    """Send the rows that come first by a key, while her contacts last."""

    def policy(seen: Day) -> tuple[Ints, Ints]:
        order = np.lexsort((seen.trigger, key(seen), seen.who))
        who, trigger = seen.who[order], seen.trigger[order]
        starts = np.concatenate([[True], who[1:] != who[:-1]])
        place = np.arange(len(who)) - np.maximum.accumulate(np.where(starts, np.arange(len(who)), 0))
        goes = place < seen.shop.most - seen.used[who]
        return who[goes], trigger[goes]

    return policy


def by_auction(*, reserve: bool) -> Policy:
    """Send what `patron.decisions.auction` chooses."""

    def policy(seen: Day) -> tuple[Ints, Ints]:
        found = auction(
            _candidates(seen), contact_budget=ContactBudget(most=seen.shop.most, window_days=WINDOW),
            as_of=FIRST + timedelta(days=seen.day - 1), contacts=_contacts(seen), levels=_levels(seen),
            fatigue={"email": Fatigue(channel="email", mean_used=float(seen.used.mean()))}, reserve=reserve,
        )  # fmt: skip
        chosen = found.chosen.select("customer_id", "trigger").to_pyarrow()
        names = {name: place for place, name in enumerate(TRIGGERS)}
        who = np.array([int(one) for one in chosen["customer_id"].to_pylist()], np.int64)
        return who, np.array([names[one] for one in chosen["trigger"].to_pylist()], np.int64)

    return policy


def _candidates(seen: Day) -> ibis.Table:
    count = len(seen.who)
    text = {
        "form": "trigger", "kind": "promotion", "subject_kind": "none", "subject": "", "action": "remind",
        "channel": "email", "purpose": "marketing", "evidence": "modelled",
    }  # fmt: skip
    fired = pa.array([FIRST + timedelta(days=int(day)) for day in seen.fired], pa.date32())
    last = [FIRST + timedelta(days=int(day)) for day in seen.fired + FRESH[seen.trigger] - 1]
    columns = {
        "customer_id": pa.array(seen.who).cast(pa.string()), "trigger": pa.array(np.asarray(TRIGGERS)[seen.trigger]),
        "iteration": np.ones(count, np.int64), "value": seen.value, "value_low": seen.value, "value_high": seen.value,
        "cost": np.full(count, COST), "fired_on": fired, "expires_on": pa.array(last, pa.date32()),
        **{name: pa.array([value] * count, pa.string()) for name, value in text.items()},
    }  # fmt: skip
    schema = CANDIDATES.schema.to_pyarrow()
    return ibis.memtable(
        pa.table(
            [pa.array(columns[f.name]) if f.name in columns else pa.nulls(count, f.type) for f in schema], schema=schema
        )
    )


def _contacts(seen: Day) -> ibis.Table:
    who, ago = np.nonzero(seen.sent)
    days = pa.array([FIRST + timedelta(days=seen.day - 1 - int(one)) for one in ago], pa.date32())
    return ibis.memtable(
        pa.table(
            {
                "customer_id": pa.array(who).cast(pa.string()), "channel": pa.array(["email"] * len(who), pa.string()),
                "campaign": pa.array(["any"] * len(who), pa.string()), "sent_on": days,
                "messages": pa.array(seen.sent[who, ago]), "source": pa.array(["told"] * len(who), pa.string()),
            },
            schema=CONTACTS.schema.to_pyarrow(),
        )
    )  # fmt: skip


def _levels(seen: Day) -> ibis.Table:
    return ibis.memtable(
        pa.table({"customer_id": pa.array(np.arange(len(seen.level))).cast(pa.string()), "level": seen.level})
    )


def _people(shop: Shop, many: int) -> tuple[Floats, Floats, Floats, Ints]:
    """Return what each message brings from each customer, what is believed of it, who is keen, and the levels."""
    rng = np.random.default_rng(11)
    scale = np.exp(shop.spread * rng.standard_normal(many) - shop.spread**2 / 2)
    lean = np.exp(0.5 * rng.standard_normal((many, len(TRIGGERS))) - 0.125)  # her own answer to each trigger
    guess = np.exp(0.4 * rng.standard_normal(many) - 0.08)  # how far her scale is misjudged
    keen = np.exp(0.5 * rng.standard_normal(many))
    effect = np.full(len(TRIGGERS), 0.5) if shop.alike else EFFECT
    truth = scale[:, None] * effect * (1.0 if shop.alike else lean)
    if shop.top_only:
        truth = truth * np.where(scale >= np.quantile(scale, 0.9), 4.0, 0.1)[:, None]
    level = (np.argsort(np.argsort(scale * guess)) * 5 // many + 1).astype(np.int64)
    return truth * shop.effect, truth * guess[:, None], keen, level


def run(shop: Shop, policy: Policy, *, seeds: int, customers: int, days: int, keeps: float = 1.0) -> Result:
    """Let a policy run a shop of `seeds` x `customers` people; `keeps` is the share of its messages that are sent."""
    many = seeds * customers
    truth, belief, keen, level = _people(shop, many)
    pool = Pool(np.full((many, len(TRIGGERS)), -1), np.zeros((many, len(TRIGGERS))), truth)
    sent = np.zeros((many, WINDOW), np.int64)  # by how many days ago
    here = np.ones(many)
    margin, contacts = np.zeros(many), np.zeros(many)
    for day in range(days):
        drawn = np.random.default_rng([13, day])
        chance = drawn.random((many, len(TRIGGERS)))
        error = np.exp(shop.noise * drawn.standard_normal((many, len(TRIGGERS))) - shop.noise**2 / 2)
        leaves, kept = drawn.random((many, len(TRIGGERS))), drawn.random((many, len(TRIGGERS)))
        fires = chance < RATE * shop.load
        fires[:, -1] = day % 7 == 0  # the newsletter goes to everybody once a week
        pool.fired[(pool.fired >= 0) & (day > pool.fired + FRESH - 1)] = -1
        new = fires & (pool.fired < 0)
        pool.fired[new], pool.value[new] = day, (belief * error)[new]
        who, trigger = np.nonzero((pool.fired >= 0) & (here[:, None] > 0.5))
        used = sent[:, : WINDOW - 1].sum(axis=1)
        seen = Day(
            day, who, trigger, pool.fired[who, trigger], pool.value[who, trigger], used, sent[:, : WINDOW - 1],
            PROPENSITY[trigger] * keen[who], level, shop,
        )  # fmt: skip
        whom, what = policy(seen)
        pool.fired[whom, what] = -1
        goes = kept[whom, what] < keeps
        whom, what = whom[goes], what[goes]
        order = np.argsort(whom, kind="stable")
        whom, what = whom[order], what[order]
        starts = np.concatenate([[True], whom[1:] != whom[:-1]]) if len(whom) else np.zeros(0, bool)
        place = np.arange(len(whom)) - np.maximum.accumulate(np.where(starts, np.arange(len(whom)), 0))
        tired = used[whom] + place
        assert (tired < shop.most).all(), "over the contact budget"
        np.add.at(margin, whom, truth[whom, what] * np.exp(-shop.habituation * tired) - COST)
        np.add.at(contacts, whom, 1)
        gone = leaves[whom, what] < shop.unsubscribe * shop.growth**tired
        here[whom[gone]] = 0.0
        today = np.bincount(whom, minlength=many)
        sent = np.concatenate([today[:, None], sent[:, : WINDOW - 1]], axis=1)
    return Result(margin.reshape(seeds, customers).sum(axis=1), contacts.reshape(seeds, customers).sum(axis=1))


FIRST_COME = by_order(lambda seen: seen.fired.astype(np.float64))
BY_PROPENSITY = by_order(lambda seen: -seen.propensity)
BY_VALUE = by_order(lambda seen: -seen.value)


def main() -> None:
    """Print the grid as a table of Markdown."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=10)
    asked.add_argument("--customers", type=int, default=1000)
    asked.add_argument("--weeks", type=int, default=26)
    asked.add_argument("--only", type=int, nargs="*")
    wanted = asked.parse_args()
    size = {"seeds": wanted.seeds, "customers": wanted.customers, "days": 7 * wanted.weeks}
    heads = ("shop", "auction: margin, contacts", "no reserve", "first come", "propensity")
    print(f"| {' | '.join((*heads, 'equal: first come', 'equal: propensity'))} |")
    print("|---|---|---|---|---|---|---|")
    for place, shop in enumerate(GRID):
        if wanted.only and place not in wanted.only:
            continue
        ours = run(shop, by_auction(reserve=True), **size)
        cells = [f"{ours.margin.mean():,.0f}, {ours.contacts.mean():,.0f}"]
        cells.append(_against(ours, run(shop, by_auction(reserve=False), **size)) if place == 0 else "")
        rivals = [(policy, run(shop, policy, **size)) for policy in (FIRST_COME, BY_PROPENSITY)]
        cells += [_against(ours, theirs) for _, theirs in rivals]
        for policy, theirs in rivals:
            share = min(float(ours.contacts.sum() / theirs.contacts.sum()), 1.0)
            for _ in range(3):  # thinning frees contacts that are filled again
                even = run(shop, policy, **size, keeps=share)
                share = min(share * float(ours.contacts.sum() / even.contacts.sum()), 1.0)
            cells.append(_against(ours, even))
        print(f"| {shop.name} | {' | '.join(cells)} |", flush=True)


def _against(ours: Result, theirs: Result) -> str:
    """Say by how much ours is more, with the interval over seeds of the paired difference."""
    gap = ours.margin - theirs.margin
    error = 1.96 * gap.std(ddof=1) / np.sqrt(len(gap))
    base = theirs.margin.mean()
    if abs(base) < 1e-9 or base < 0:
        return f"{gap.mean():+,.0f} ± {error:,.0f} in money ({theirs.contacts.mean():,.0f})"
    return f"{gap.mean() / base:+.1%} ± {error / base:.1%} ({theirs.contacts.mean():,.0f})"


if __name__ == "__main__":
    main()

__all__ = ["BY_VALUE", "GRID", "Shop", "by_auction", "by_order", "replace", "run"]
