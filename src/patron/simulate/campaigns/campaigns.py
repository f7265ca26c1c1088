"""The campaigns of a simulated shop: randomised, with true effects that differ from customer to customer.

The shop without campaigns is what everything is compared with: the same customers, the same chances. Campaigns add
orders to it, take orders away and lower prices; what changed, for whom and by which campaign is the truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.campaigns.draws import Drawn, draw, hold_out
from patron.simulate.campaigns.moves import Shop, moves, with_off
from patron.simulate.campaigns.plans import BEFORE, GLOBAL, PLANS, PROGRAMME, WITH_HOLDOUT, Growth
from patron.simulate.campaigns.reach import Base, base_of, sales_of, tiers_on
from patron.simulate.campaigns.runs import Run
from patron.simulate.campaigns.sent import beside, complaints_table, messages_table, sent
from patron.simulate.campaigns.told import assignments, truth
from patron.simulate.campaigns.visitors import visitor_test
from patron.simulate.catalogue import Catalogue
from patron.simulate.habits import Habits
from patron.simulate.lines import Lines, together

Ints = NDArray[np.int64]

_BY_MOMENT = ("opened_at", "ticket_id")

OVER_CAMPAIGNS = 60
"""Opens the seed of what is drawn here, so that all else draws what it always drew."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Campaigns:
    """The lines of the shop with its campaigns, the new source, what was sent and asked, and the truth."""

    lines: Lines
    assignments: pa.Table
    messages: pa.Table
    complaints: pa.Table
    chance: np.random.Generator  # of what is drawn among visitors
    calendar: Calendar
    truth: dict[str, pa.Table]

    def beside(
        self, sources: Mapping[str, pa.Table], true: Mapping[str, pa.Table]
    ) -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:
        """Return the sources and the truth with those of the campaigns.

        `sources` and `true` are what the shop has without them; messages and tickets of campaigns come beside others.
        """
        found = {**sources, "assignments": self.assignments, "messages": self.messages, "tickets": self.complaints}
        told = {**true, **self.truth}
        if "events" in sources and self.assignments.num_rows:
            tested = visitor_test(self.chance, sources["events"], calendar=self.calendar)
            found["assignments"] = pa.concat_tables([self.assignments, tested], promote_options="default")
        if "messages" in sources:
            found["messages"], told["messages"] = beside(sources["messages"], self.messages, truth=true["messages"])
        if "tickets" in sources:
            both = pa.concat_tables([sources["tickets"], self.complaints])
            found["tickets"] = both.take(pc.sort_indices(both, [(name, "ascending") for name in _BY_MOMENT]))
        return found, told


def campaigns(
    seed: int, *, lines: Lines, habits: Habits, catalogue: Catalogue, ids: pa.Array, calendar: Calendar,
    growth: Growth, groups: tuple[Ints, Ints] | None,
) -> Campaigns:  # fmt: skip
    """Run all campaigns on a shop.

    Parameters
    ----------
    seed : int
        The shop's.
    lines : Lines
        The true lines without any campaign, those of the year after the last day included.
    growth : {"top", "middle", "bottom", "nowhere"}
        In which tier of past value campaigns bring orders; nowhere, they change nothing at all.
    groups : pair of arrays, optional
        Person and household of each customer; without them everybody is one person, and households are made up.

    Returns
    -------
    Campaigns
        A shop that is too young for its first campaign has none.
    """
    source = np.random.default_rng([seed, OVER_CAMPAIGNS])
    basis, holding, headers, *each = source.spawn(3 + len(PLANS))
    orders = sales_of(lines, calendar=calendar)
    shop = Shop(lines=lines, orders=orders, habits=habits, catalogue=catalogue, calendar=calendar)
    base = base_of(basis, orders=orders, habits=habits, groups=groups or _made_up(basis, len(ids)), calendar=calendar)
    holdouts = _holdouts(holding, base, calendar) if calendar.days > BEFORE else ()
    runs = _runs(each, base, holdouts, shop, growth) if holdouts else ()
    post = tuple(run.sent for run in runs)
    return Campaigns(
        lines=_with_campaigns(lines, runs),
        assignments=assignments(base, (*holdouts, *(run.drawn for run in runs)), ids=ids, calendar=calendar),
        messages=messages_table(post, ids=ids, calendar=calendar),
        complaints=complaints_table(post, ids=ids, calendar=calendar),
        chance=headers,
        calendar=calendar,
        truth=truth(
            base, holdouts, runs, tier=tiers_on(base, lines, day=calendar.days - 1 - BEFORE), ids=ids, calendar=calendar
        ),
    )


def _made_up(rng: np.random.Generator, customers: int) -> tuple[Ints, Ints]:
    """Pair customers at random; one in two lives alone."""
    household = np.arange(customers)
    mixed = rng.permutation(customers)[: customers // 4 * 2]
    household[mixed[1::2]] = mixed[::2]
    return np.arange(customers), household


def _holdouts(rng: np.random.Generator, base: Base, calendar: Calendar) -> tuple[Drawn, Drawn]:
    """Draw who gets no campaign, and of all others who gets none of one programme."""
    last = calendar.days - 1
    outer = hold_out(rng, base, np.arange(len(base)), name=GLOBAL, programme=None, last=last)
    inner = hold_out(
        rng, base, np.flatnonzero(outer.arm == 1), name=PROGRAMME + WITH_HOLDOUT, programme=WITH_HOLDOUT, last=last
    )
    return outer, inner


def _runs(
    each: list[np.random.Generator], base: Base, holdouts: tuple[Drawn, ...], shop: Shop, growth: Growth
) -> tuple[Run, ...]:
    """Run one campaign after the other; who has unsubscribed gets no more e-mails and no more pushes."""
    outer, inner = holdouts
    reached = {None: outer.who[outer.arm == 1], WITH_HOLDOUT: inner.who[inner.arm == 1]}
    left = np.zeros(len(base), np.bool_)
    last = shop.calendar.days - 1
    number = int(shop.lines.order.max(initial=0)) + 1
    runs: list[Run] = []
    for plan, chance in zip(PLANS, each, strict=True):
        lot, work, words = chance.spawn(3)
        who = reached.get(plan.programme, reached[None])
        who = who if plan.channel == "post" else who[~left[who]]
        drawn = draw(lot, base, who, plan=plan, last=last)
        tier = tiers_on(base, shop.lines, day=drawn.day)[who]
        done = moves(work, base=base, drawn=drawn, tier=tier, arms=plan.arms, growth=growth, shop=shop, number=number)
        number = max(number, int(done.more.order.max(initial=0)) + 1)
        post = sent(words, base=base, plan=plan, drawn=drawn, still=growth == "nowhere")
        left[post.left] = True
        runs.append(
            Run(plan=plan, drawn=drawn, tier=tier, moves=done, sent=post, null=plan.null or growth == "nowhere")
        )
    return tuple(runs)


def _with_campaigns(lines: Lines, runs: tuple[Run, ...]) -> Lines:
    """Return the lines as they are with what every campaign really did, the extra ones last."""
    stays = np.ones(len(lines), np.bool_)
    discount = lines.discount.copy()
    more = []
    for run in runs:
        usual, whose = run.moves.usual, run.moves.usual.of[run.moves.usual.order]
        for place, arm in enumerate(run.moves.arms):
            mine = run.drawn.arm == place
            stays[usual.line[mine[whose] & arm.away[usual.order]]] = False
            lowered = usual.line[mine[whose]] if arm.off else usual.line[:0]
            discount[lowered] = with_off(lines.where(lowered), arm.off).discount
            more.append(with_off(run.moves.more.where(mine[run.moves.of] & arm.extra), arm.off))
    return together([replace(lines, discount=discount).where(stays), *more])
