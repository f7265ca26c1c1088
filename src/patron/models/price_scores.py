"""What the residuals say of each product: its score, its information, and why nothing can be said.

The variance of a score is that of its sums over stretches of time, so that weeks which are alike count for less; with
few stretches it is drawn to what the products of the shop have in common. What products of one category err by in the
same stretch is counted, too: it does not average out.

Ref  Liang & Zeger (1986), Longitudinal data analysis using generalized linear models, Biometrika 73(1), 13-22
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.models.price_levels import Levels
from patron.models.price_rows import PriceRows
from patron.stats.nested_normal import NestedNormal, nested_normal

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

LEAST_UNITS, LEAST_ROWS = 30, 20
LEAST_MOVES, MOVE, LEAST_SPREAD = 3, 0.01, 0.01
LEAST_LEFT, MOST_ERROR = 0.02, 4.0
MOST_FOLLOWED, SURE = 0.75, 0.01
HALF, HARDLY = 0.5, 0.1  # of the moves followed demand, and hardly any other is left
STRETCHES = 26
TINY = 1e-300
LUMPS = 3.0
BELIEF = 20.0  # stretches' worth, in the spread that products have in common
STATUS = ("learned", "moved_too_little", "followed_demand", "too_few")
LEARNED, MOVED_TOO_LITTLE, FOLLOWED_DEMAND, TOO_FEW = range(4)


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What is told of each product before anything is fitted."""

    rows: Ints
    units: Floats
    moves: Ints
    naive: Floats  # NaN where prices do not differ
    enough: Flags


@dataclass(frozen=True, kw_only=True)
class Residuals:
    """What is left of prices and sales, of each row of use."""

    news: Floats  # log price, less what past prices have done already
    within: Floats  # that, without its levels
    residual: Floats  # and without what else foretells it
    price: Floats  # log price without its levels
    told: Floats  # how a row's sales answer when its product's elasticity is one more, levels following
    followed: Floats  # the part of `price` that past demand explains
    expected: Floats  # units, at the last best guess


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Of each product; arrays over all products, nought where it has no rows of use."""

    score: Floats
    information: Floats
    variance: Floats  # of a raw elasticity
    dispersion: Floats  # variance of the score, in units of the information
    spread: Floats  # standard deviation of log price about its own levels
    left: Floats  # shares of the variance
    followed: Floats
    together: float  # variance of a category's summed score against that of independent products
    chance: Floats  # p-value of `followed`


def counted(rows: PriceRows) -> Counted:
    """Count each product's rows, units and price moves, and fit the naive regression."""
    many = len(rows.products)
    count = np.bincount(rows.product, minlength=many)
    units = np.bincount(rows.product, rows.units, many).astype(np.float64)
    return Counted(
        rows=count, units=units, moves=_moves(rows), naive=naive(rows, rows.product, many),
        enough=(units >= LEAST_UNITS) & (_times(rows) >= LEAST_ROWS),
    )  # fmt: skip


def naive(rows: PriceRows, group: Ints, many: int, *, apart: Ints | None = None) -> Floats:
    """Return the slopes of log units on log price, a level for each group, or for each of `apart` within it.

    Rows without sales are left out, as a logarithm must. NaN where prices do not differ.
    """
    sold = rows.units > 0
    level = group if apart is None else apart
    level, group = level[sold], group[sold]
    size = int(level.max(initial=0)) + 1
    weight = np.bincount(level, minlength=size).clip(1)
    x, y = rows.log_price[sold], np.log(rows.units[sold])
    x = x - (np.bincount(level, x, size) / weight)[level]
    y = y - (np.bincount(level, y, size) / weight)[level]
    below = np.bincount(group, x * x, many)
    moved = below > 1e-12 * np.bincount(group, minlength=many).clip(1)
    return np.asarray(np.divide(np.bincount(group, x * y, many), below, where=moved, out=np.full(many, np.nan)))


def scores_of(rows: PriceRows, kept: Ints, levels: Levels, found: Residuals) -> Scores:
    """Return what the rows at the places `kept` say of each product."""
    many, product, expected = len(rows.products), rows.product[kept], found.expected

    def summed(values: Floats) -> Floats:
        return np.bincount(product, values, many).astype(np.float64)

    stretch, stretches = _stretches(rows, kept)
    key = product * stretches + stretch

    def stretched(values: Floats) -> Floats:
        return np.bincount(key, values, many * stretches).reshape(many, stretches).astype(np.float64)

    score = summed(found.residual * (rows.units[kept] - expected))
    square = summed(expected * found.residual**2)
    # Not the square: what was told of a price by other blocks is noise in its residual, and would hide a part of the
    # elasticity as an error of measurement does.
    told = expected * found.residual * found.told
    information = summed(told)
    moved = np.divide(score, information, where=information > 0, out=np.zeros(many))
    # At the product's own elasticity, not where it is guessed: one far from the guess is not noisy for that.
    psi = stretched(found.residual * (rows.units[kept] - expected) - moved[product] * told)
    used, levelled = np.bincount(product, minlength=many), np.zeros(many)
    np.add.at(levelled, product[np.unique(levels.own, return_index=True)[1]], 1)
    if levels.week is not None:
        levelled += summed(expected / np.bincount(levels.week, expected)[levels.week].clip(TINY))
    freedom = used / np.maximum(used - levelled - 4, 1)
    dispersion = _dispersion((psi**2).sum(axis=1) * freedom, square, (psi != 0).sum(axis=1))
    own = levels.without_own(rows.log_price[kept], expected)
    news = summed(expected * levels.without_own(found.news, expected) ** 2).clip(TINY)
    whole = summed(expected * own**2).clip(TINY)
    answered = summed(expected * found.price**2) - summed(expected * (found.price - found.followed) ** 2)
    return Scores(
        score=score, information=information, dispersion=dispersion, together=_together(rows, psi),
        variance=np.divide(dispersion * square, information**2, where=information > 0, out=np.full(many, np.inf)),
        spread=np.sqrt(whole / summed(expected).clip(TINY)), left=(information / news).clip(0.0, 1.0),
        followed=(answered / whole).clip(0.0, 1.0), chance=_chance(stretched(expected * found.price * found.followed)),
    )  # fmt: skip


def status_of(counts: Counted, scores: Scores | None) -> Ints:
    """Return each product's status, a place in `STATUS`."""
    status = np.full(len(counts.rows), TOO_FEW)
    if scores is None:
        return np.where(counts.enough, MOVED_TOO_LITTLE, status)
    moved = np.sqrt(scores.left) * scores.spread >= LEAST_SPREAD
    enough = (counts.moves >= LEAST_MOVES) & moved & (scores.left >= LEAST_LEFT) & (scores.variance <= MOST_ERROR**2)
    status[counts.enough] = np.where(enough, LEARNED, MOVED_TOO_LITTLE)[counts.enough]
    most = (scores.followed >= MOST_FOLLOWED) | ((scores.followed >= HALF) & (scores.left < HARDLY))
    answered = most & (scores.chance < SURE) & (counts.moves >= LEAST_MOVES) & (scores.spread >= LEAST_SPREAD)
    status[counts.enough & answered] = FOLLOWED_DEMAND
    return status


def pooled(rows: PriceRows, scores: Scores, guess: Floats, learned: Ints) -> NestedNormal | None:
    """Return the elasticities of the learned products, drawn to their categories, and these to all."""
    if not len(learned):
        return None
    raw = guess[learned] + scores.score[learned] / scores.information[learned]
    return nested_normal(
        raw, scores.variance[learned], rows.category[learned], count=len(rows.categories),
        common=max(0.0, scores.together - 1),
    )  # fmt: skip


def _moves(rows: PriceRows) -> Ints:
    """Return how often each product's price moved from one period to the next; without time, its prices less one."""
    many = len(rows.products)
    if not rows.timed:
        steps = np.unique(np.column_stack([rows.product, np.floor(rows.log_price / MOVE)]), axis=0)
        return np.maximum(np.bincount(steps[:, 0].astype(np.int64), minlength=many) - 1, 0)
    code = rows.product * len(rows.days) + rows.period
    seen, at = np.unique(code, return_inverse=True)
    mean = np.bincount(at, rows.log_price) / np.bincount(at)
    owner = seen // len(rows.days)
    moved = (np.abs(np.diff(mean)) >= MOVE) & (owner[1:] == owner[:-1])
    return np.bincount(owner[1:][moved], minlength=many)


def _times(rows: PriceRows) -> Ints:
    """Return in how many periods each product has rows; without time, how many rows."""
    if not rows.timed:
        return np.bincount(rows.product, minlength=len(rows.products))
    seen = np.unique(rows.product * len(rows.days) + rows.period) // len(rows.days)
    return np.bincount(seen, minlength=len(rows.products))


def _stretches(rows: PriceRows, kept: Ints) -> tuple[Ints, int]:
    """Return each row's stretch of time; rows without time are divided by their place, which is by chance of price."""
    if rows.timed:
        count = min(STRETCHES, len(rows.days))
        return rows.period[kept] * count // len(rows.days), count
    return np.arange(len(kept)) % STRETCHES, STRETCHES


def _dispersion(squares: Floats, information: Floats, stretches: Ints) -> Floats:
    """Return the variance of scores in units of their information, drawn to what they have in common."""
    known = information > 0
    if not known.any():
        return np.ones(len(squares))
    few = stretches / np.maximum(stretches - 1, 1)
    ratio = few * np.divide(squares, information, where=known, out=np.ones(len(squares)))
    # One product whose sales came in lumps is no reason to doubt all others.
    usual = float(np.median(ratio[known]))
    shared = max(float(np.minimum(ratio[known], LUMPS * usual).mean()), 1e-12)
    return np.asarray((BELIEF * shared + stretches * ratio) / (BELIEF + stretches))


def _together(rows: PriceRows, by_stretch: Floats) -> float:
    alone = float((by_stretch**2).sum())
    if not alone:
        return 1.0
    sums = np.zeros((len(rows.categories), by_stretch.shape[1]))
    np.add.at(sums, rows.category, by_stretch)
    return float((sums**2).sum()) / alone


def _chance(by_stretch: Floats) -> Floats:
    """Return the p-values of sums that are above nought only by chance, from their stretches."""
    total, noise = by_stretch.sum(axis=1), np.sqrt((by_stretch**2).sum(axis=1))
    return np.asarray(special.ndtr(-np.divide(total, noise, where=noise > 0, out=np.zeros(len(total)))))
