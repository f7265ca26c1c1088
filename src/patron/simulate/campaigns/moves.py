"""What each arm of a campaign would do to each customer: orders that come, orders that stay away, prices that fall.

All arms share their chances (common random numbers): the extra orders of a weaker arm are the first of those of a
stronger one, and the same orders stay away. So the difference between two arms is known for every customer, without
noise. An extra order is one that she made in the year before, on another day and at that day's price.

Money is in cents. A margin is price - discount - returns - cost of the goods, without what sending a message costs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from patron.simulate.baskets import time_of_day
from patron.simulate.calendar import Calendar
from patron.simulate.campaigns.draws import Drawn
from patron.simulate.campaigns.plans import FADES, PULL, TIERS, WINDOW, Arm, Growth
from patron.simulate.campaigns.reach import Base, Orders, evened
from patron.simulate.catalogue import Catalogue
from patron.simulate.habits import Habits
from patron.simulate.lines import DAY, Lines
from patron.simulate.returns import expected_back, returns

MOST_PULL = 3.0  # extra orders at most to be expected of anybody
MOST_EXTRA = 9  # orders at most that one campaign brings; more are to be had once in a thousand
STAYS_AWAY = 0.45  # share of the orders in the window that whoever is driven away does not make

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Shop:
    """What is there without any campaign."""

    lines: Lines
    orders: Orders
    habits: Habits
    catalogue: Catalogue
    calendar: Calendar


@dataclass(frozen=True, kw_only=True, eq=False)
class Usual:
    """The orders of the window that come without the campaign, and what comes back of them."""

    number: Ints  # of each order
    of: Ints  # whose, place among those drawn
    chance: Floats  # against which it stays away
    line: Ints  # places of all their lines, those that come back included
    order: Ints  # place of each line's order in `number`


@dataclass(frozen=True, kw_only=True, eq=False)
class Moved:
    """What one arm would do to all who were drawn: one entry each in the arrays, in their order.

    `orders`, `revenue` and `margin` are what it would change; `expected_orders` and `expected_margin` are their means
    over the chance of the campaign, given what she would have ordered without it.
    """

    orders: Ints
    revenue: Ints
    margin: Ints
    expected_orders: Floats
    expected_margin: Floats
    extra: Bools  # of the lines of `Moves.more`: which would be there
    away: Bools  # of the orders of `Moves.usual`: which would not
    off: float  # share of the price that is taken off


@dataclass(frozen=True, kw_only=True, eq=False)
class Moves:
    """All that a campaign could do."""

    more: Lines  # extra orders and what comes back of them, without an arm's discount
    of: Ints  # whose each line of them is, place among those drawn
    usual: Usual
    arms: tuple[Moved, ...]


def moves(
    rng: np.random.Generator, *, base: Base, drawn: Drawn, tier: Ints, arms: tuple[Arm, ...], growth: Growth,
    shop: Shop, number: int,
) -> Moves:  # fmt: skip
    """Let a campaign work on all who were drawn; `tier` is that of each on the day, extra orders begin with `number`.

    Nobody is moved where the growth is nowhere.
    """
    who, day = drawn.who, drawn.day
    ready = evened(base.ready[who], tier)
    pulls = [_pull(ready, tier, arm, growth) for arm in arms]
    chance = rng.random(len(who))
    counts = [_poisson(chance, pull) for pull in pulls]
    more, slot, of = _extra(rng, base, who, np.max(counts, axis=0), day=day, shop=shop, number=number)
    work = _Work(
        shop=shop, more=more, of=of, usual=_window(rng, shop, base.customer[who], day), worth=_models(base, who, shop),
        day=day,
    )  # fmt: skip
    driven = base.driven[who] & (growth != "nowhere")
    pushes = (
        _Push(
            pull=pull, extra=slot < count[of], off=0.0 if growth == "nowhere" else arm.off,
            away=np.where(driven & arm.annoys, STAYS_AWAY, 0.0),
        )
        for arm, pull, count in zip(arms, pulls, counts, strict=True)
    )  # fmt: skip
    return Moves(more=more, of=of, usual=work.usual, arms=tuple(_moved(work, push) for push in pushes))


def _pull(ready: Floats, tier: Ints, arm: Arm, growth: Growth) -> Floats:
    """Return how many extra orders are to be expected of each."""
    if growth == "nowhere":
        return np.zeros(len(ready))
    mine = tier == TIERS.index(growth)
    return np.asarray(np.minimum(np.where(mine, arm.strength * PULL[growth] * ready, 0.0), MOST_PULL))


def _poisson(chance: Floats, mean: Floats) -> Ints:
    """Turn uniform chances into Poisson counts: a larger mean never gives a smaller count."""
    count = np.zeros(len(chance), np.int64)
    term = np.exp(-mean)
    below = term.copy()
    for step in range(1, MOST_EXTRA + 1):
        count += chance >= below
        term = term * mean / step
        below += term
    return count


def _extra(
    rng: np.random.Generator, base: Base, who: Ints, most: Ints, *, day: int, shop: Shop, number: int
) -> tuple[Lines, Ints, Ints]:
    """Draw the extra orders with what comes back: the lines; of each, which of her extra orders it is, and whose."""
    of = np.repeat(np.arange(len(who)), most)
    slot = np.arange(len(of)) - np.repeat(np.cumsum(most) - most, most)
    mine = who[of]
    chosen = base.first_model[mine] + (rng.random(len(of)) * base.models[mine]).astype(np.int64)
    fades = -FADES * np.log1p(-rng.random(len(of)) * -np.expm1(-WINDOW / FADES))
    when = day + 1 + np.minimum(fades.astype(np.int64), WINDOW - 1)
    line, order = _lines_of(shop.orders, chosen)
    like = shop.lines.where(line)
    first = shop.lines.channel[shop.orders.line[shop.orders.start[chosen]]]
    second = when * DAY + time_of_day(rng, first)
    price = shop.catalogue.price_on(like.product, when[order])
    sold = replace(
        like, order=number + order, second=second[order], price=price,
        discount=np.rint(price * like.quantity * _share_off(like)).astype(np.int64),
    )  # fmt: skip
    back = returns(rng, sales=sold, habits=shop.habits, catalogue=shop.catalogue)
    sale = back.order - number
    fields = {name: np.concatenate([getattr(sold, name), getattr(back, name)]) for name in vars(sold)}
    every = Lines(**{**fields, "order": np.concatenate([sold.order, back.order + len(of)])})
    place = np.concatenate([order, sale])
    return every, slot[place], of[place]


def _share_off(sales: Lines) -> Floats:
    """Return the share of the price that was taken off each line."""
    return np.asarray(sales.discount / np.maximum(sales.price * sales.quantity, 1))


def _lines_of(orders: Orders, chosen: Ints) -> tuple[Ints, Ints]:
    """Return the lines of the chosen orders, and for each the place of its order among the chosen."""
    size = orders.size[chosen]
    order = np.repeat(np.arange(len(chosen)), size)
    within = np.arange(len(order)) - np.repeat(np.cumsum(size) - size, size)
    return orders.line[orders.start[chosen][order] + within], order


def _window(rng: np.random.Generator, shop: Shop, customer: Ints, day: int) -> Usual:
    place = np.full(len(shop.habits.country), -1)
    place[customer] = np.arange(len(customer))
    orders, lines = shop.orders, shop.lines
    inside = np.flatnonzero((orders.day > day) & (orders.day <= day + WINDOW) & (place[orders.customer] >= 0))
    number = np.sort(orders.number[inside])
    whose = np.empty(len(number), np.int64)
    whose[np.searchsorted(number, orders.number[inside])] = place[orders.customer[inside]]
    about = np.where(lines.origin < 0, lines.order, lines.origin)
    found = np.minimum(np.searchsorted(number, about), max(len(number) - 1, 0))
    line = np.flatnonzero(number[found] == about) if len(number) else np.zeros(0, np.int64)
    return Usual(number=number, of=whose, chance=rng.random(len(number)), line=line, order=found[line])


@dataclass(frozen=True, kw_only=True, eq=False)
class _Models:
    """What an extra order of each who was drawn is to bring."""

    lines: Lines
    of: Ints  # whose line, place among those drawn
    keeps: Floats  # share of each line that is to be expected not to come back
    orders: Ints  # how many models each has


def _models(base: Base, who: Ints, shop: Shop) -> _Models:
    many = base.models[who]
    of = np.repeat(np.arange(len(who)), many)
    chosen = base.first_model[who][of] + np.arange(len(of)) - np.repeat(np.cumsum(many) - many, many)
    line, order = _lines_of(shop.orders, chosen)
    sales = shop.lines.where(line)
    back = expected_back(sales=sales, habits=shop.habits, catalogue=shop.catalogue)
    return _Models(lines=sales, of=of[order], keeps=1 - back / np.maximum(sales.quantity, 1), orders=many)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Work:
    """What a campaign can work on, whatever the arm."""

    shop: Shop
    more: Lines
    of: Ints
    usual: Usual
    worth: _Models
    day: int


@dataclass(frozen=True, kw_only=True, eq=False)
class _Push:
    """What one arm does: extra orders to be expected of each, those that are drawn, and what it takes away."""

    pull: Floats
    extra: Bools  # of the lines of extra orders
    off: float
    away: Floats  # chance of each that an order of the window is not made


def _moved(work: _Work, push: _Push) -> Moved:
    usual, catalogue, count = work.usual, work.shop.catalogue, len(push.pull)
    last = work.shop.calendar.days
    lower = with_off(work.more, push.off)
    there = push.extra & (lower.day < last)
    first = np.unique(lower.order, return_index=True)[1]
    new = (push.extra & (lower.origin < 0))[first]
    gone = usual.chance < push.away[usual.of]
    lines = work.shop.lines.where(usual.line)
    whose, known = usual.of[usual.order], lines.day < last
    lost, value = gone[usual.order], _margin(lines, catalogue)
    fall = with_off(lines, push.off).discount - lines.discount  # what the voucher takes off a line
    likely = np.where(known, (1 - push.away[whose]) * fall + push.away[whose] * value, 0.0)
    came = {"margin": _margin(lower, catalogue), "revenue": _revenue(lower)}
    went = {"margin": np.where(lost, value, fall), "revenue": np.where(lost, _revenue(lines), fall)}
    return Moved(
        orders=_sum(np.ones(len(first), np.int64), work.of[first], new, count)
        - _sum(np.ones(len(gone), np.int64), usual.of, gone, count),
        expected_orders=push.pull - push.away * np.bincount(usual.of, minlength=count),
        expected_margin=(push.pull * _worth(work, push.off) - np.bincount(whose, likely, count)) / 100,
        extra=push.extra, away=gone, off=push.off,
        **{name: _sum(came[name], work.of, there, count) - _sum(went[name], whose, known, count) for name in came},
    )  # fmt: skip


def _worth(work: _Work, off: float) -> Floats:
    """Return what an extra order of each is to bring, at the prices of the window's first weeks, in cents."""
    model, catalogue = work.worth, work.shop.catalogue
    about = np.full(len(model.lines), work.day + 1 + int(FADES))
    share = np.maximum(_share_off(model.lines), off)
    each = catalogue.price_on(model.lines.product, about) * (1 - share) - catalogue.cost[model.lines.product]
    total = np.bincount(model.of, each * model.lines.quantity * model.keeps, len(model.orders))
    return np.asarray(total / np.maximum(model.orders, 1))


def with_off(lines: Lines, off: float) -> Lines:
    """Return the lines, and what comes back of them, with a share of the price taken off where less was."""
    if not off:
        return lines
    least = np.rint(lines.price * lines.quantity * off).astype(np.int64)
    most = np.minimum(lines.discount, least)  # what comes back is negative
    return replace(lines, discount=np.where(lines.quantity < 0, most, np.maximum(lines.discount, least)))


def _margin(lines: Lines, catalogue: Catalogue) -> Ints:
    return np.asarray(_revenue(lines) - lines.quantity * catalogue.cost[lines.product])


def _revenue(lines: Lines) -> Ints:
    return np.asarray(lines.quantity * lines.price - lines.discount)


def _sum(value: Ints, of: Ints, where: Bools, count: int) -> Ints:
    """Add up by customer; cents are exact in a float up to 2**53."""
    return np.rint(np.bincount(of[where], value[where], count)).astype(np.int64)
