"""What does each series of weekly sales sell a week just now, how unevenly, and is it still on the shelf?

A series, one product's weekly units, has a level that moves: the discounted mean of what was sold beside the season, of
the last weeks, drawn to a slower one, drawn to the rate of newcomers of its category. A week's units are negative
binomial around level x season, with a variance of `unevenness` x mean + `spread` x mean^2: customers buy several at
once. Every week the product may leave the shelf, for good or for a while; silence tells how likely it has. Its week
counts for the level only as far as it was there. All of it runs over all series at once, one week after the other.

Ref  Harrison & Stevens (1976), Bayesian forecasting, JRSS B 38(3), 205-247, and West & Harrison (1997), Bayesian
         Forecasting and Dynamic Models, chapter 6.3: discounting
     Snyder, Ord & Beaumont (2012), Forecasting the intermittent demand for slow-moving inventories, International
         Journal of Forecasting 28(2), 485-496: negative binomial counts around a smoothed level
     Teunter, Syntetos & Babai (2011), Intermittent demand: linking forecasting to inventory obsolescence, European
         Journal of Operational Research 214(3), 606-615: the chance of a sale falls while none comes
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Number = float | Floats

UNEVENNESS = np.array([1.02, 1.6, 3.0, 6.5, 15.0, 35.0, 90.0, 250.0])
ROUNDS = 40  # of the estimate of how many series are how uneven
WINDOW = 78  # weeks: the last ones, by which parameters are chosen
BURN = 8  # weeks before a forecast is judged
OUTLIER = 4.0  # standard deviations: what is above moves the level no further


@dataclass(frozen=True, kw_only=True)
class Dynamics:
    """How levels move, common to all series of a shop; arrays while several values are tried at once."""

    fast: Number = 0.8  # discount of a week in the fast level
    pull: Number = 4.0  # weeks: weight of the slow level in the fast one
    slow: Number = 0.98
    prior: Number = 2.0  # weeks: weight of the newcomers' rate in the slow level
    spread: Number = 0.2  # variance of a week beyond unevenness, over mean^2
    leaves: Number = 0.01  # chance a week
    for_good: Number = 0.5  # share of those that leave who never come back
    returns: Number = 0.05  # chance a week of the others


@dataclass(frozen=True, kw_only=True)
class State:
    """What is known of each series after a week; arrays of shape (series,)."""

    level: Floats  # units a week at season 1
    there: Floats  # chance of being on the shelf
    away: Floats  # chance of having left it for a while
    weeks: Floats  # discounted ones that the fast level rests on
    live: Bools  # the first sale has been


def first_week(units: Floats) -> NDArray[np.int64]:
    """Return the week of the first sale of each series; the number of weeks where there is none."""
    sold = units > 0
    return np.where(sold.any(axis=0), sold.argmax(axis=0), len(units))


def rates(units: Floats, season: Floats) -> Floats:
    """Return what each series sold a week since its first sale, at season 1."""
    since = np.arange(len(units))[:, None] >= first_week(units)
    return np.asarray(units.sum(axis=0) / np.maximum((since * season[: len(units)]).sum(axis=0), 1.0))


def log_chance(units: Floats, mean: Floats, more: Floats) -> Floats:
    """Return the log chance of counts, negative binomial of variance mean x (1 + more)."""
    size = mean / more
    return np.asarray(
        special.gammaln(units + size) - special.gammaln(size) - special.gammaln(units + 1)
        - size * np.log1p(more) + units * (np.log(more) - np.log1p(more))
    )  # fmt: skip


def run_filter(
    units: Floats, season: Floats, prior: Floats, unevenness: Floats, dynamics: Dynamics, *, at: Collection[int] = ()
) -> tuple[Floats, dict[int, State]]:
    """Filter all series.

    Parameters
    ----------
    units, season : array of shape (weeks, series)
        What was sold, and the season (longer ones are allowed).
    prior : array of shape (series,)
        Rate of newcomers.
    unevenness : array of shape (series,), or (..., k, series) for k values at once
        Variance over mean of a week at a known level.
    dynamics : Dynamics
        How levels move.
    at : collection of int
        After how many weeks the state is asked for.

    Returns
    -------
    array of the shape of `unevenness`, dict
        The log-likelihood of the one-week-ahead forecasts of the last 78 weeks, and the states.
    """
    shape = unevenness.shape
    first, start = first_week(units), max(BURN, len(units) - WINDOW)
    sold_slow, seen_slow, sold_fast, seen_fast, height = (np.zeros(shape) for _ in range(5))
    there, away = np.ones(shape), np.zeros(shape)
    states = {}
    for week, count in enumerate(units):
        live = first < week
        mean = np.maximum(_level(prior, sold_slow, seen_slow, sold_fast, seen_fast, dynamics) * season[week], 1e-6)
        more = unevenness - 1 + dynamics.spread * mean
        chance, away = moved(there, away, dynamics)
        nothing = chance * np.exp(-mean / more * np.log1p(more))
        some = count > 0
        if week >= start:
            silent = np.log(nothing + 1 - chance)
            silent[..., some] = (np.log(chance) + _log_chance_of(count, mean, more, some))[..., some]
            height += np.where(live, silent, 0)
        silence = nothing + 1 - chance
        there = np.where(some | ~live, 1.0, nothing / silence)
        away = np.where(some | ~live, 0.0, away / silence)
        counted = np.minimum(count, mean + OUTLIER * np.sqrt(mean * (1 + more)) + 1) * live
        seen = season[week] * there * live
        sold_slow, seen_slow = dynamics.slow * sold_slow + counted, dynamics.slow * seen_slow + seen
        sold_fast, seen_fast = dynamics.fast * sold_fast + counted, dynamics.fast * seen_fast + seen
        if week + 1 in at:
            level = _level(prior, sold_slow, seen_slow, sold_fast, seen_fast, dynamics)
            states[week + 1] = State(
                level=np.maximum(level, 1e-6), there=there, away=away, weeks=seen_fast, live=first <= week
            )
    return height, states


def moved(there: Floats, away: Floats, dynamics: Dynamics) -> tuple[Floats, Floats]:
    """Return the chances of being on the shelf, and of being away for a while, a week later."""
    leave = there * dynamics.leaves
    back = away * dynamics.returns
    return there - leave + back, away - back + leave * (1 - dynamics.for_good)


def find_unevenness(units: Floats, season: Floats, prior: Floats, dynamics: Dynamics) -> tuple[Floats, float]:
    """Return how unevenly each series sells, and the log-likelihood.

    How many series have which value is estimated from all of them (nonparametric empirical Bayes), and each takes the
    geometric mean of what its own weeks then make likely.
    """
    grid = np.repeat(UNEVENNESS[:, None], units.shape[1], axis=1)
    weights, height = _mixed(run_filter(units, season, prior, grid, dynamics)[0])
    return np.exp(np.log(UNEVENNESS) @ weights), height


def _mixed(heights: Floats) -> tuple[Floats, float]:
    """Return the weights of the values of each series, and the log-likelihood, from that of each value."""
    top = heights.max(axis=0)
    chances = np.exp(heights - top)
    shares = np.full(len(heights), 1 / len(heights))
    weights = chances
    for _ in range(ROUNDS):
        weights = shares[:, None] * chances
        weights = weights / weights.sum(axis=0)
        shares = weights.mean(axis=1)
    return weights, float((np.log(shares @ chances) + top).sum())


CHOICES = (
    ("fast", (0.8, 0.9, 0.96)),
    ("spread", (0.01, 0.05, 0.1, 0.2, 0.4)),
    ("pull", (4.0, 8.0)),
    ("returns", (0.01, 0.03, 0.1)),
    ("leaves", (0.001, 0.003, 0.01)),
)
"""What is chosen, in this order, and among which values."""

NO_BETTER = 3.0
"""A value whose log-likelihood is no more below the best is as good; of such ones the first is taken."""


def choose_dynamics(units: Floats, season: Floats, prior: Floats, *, most: int = 160) -> Dynamics:
    """Return the dynamics whose one-week-ahead forecasts made what was sold most likely, among `most` series."""
    every = max(units.shape[1] // most, 1)
    chosen = slice(None, None, every)
    some, factors, rate = units[:, chosen], season[:, chosen], prior[chosen]
    best = Dynamics()
    for name, values in CHOICES:
        tried = np.array(values)[:, None, None]
        allowed = NO_BETTER if name in ("returns", "leaves") else 0.0  # few products tell of these
        grid = np.broadcast_to(UNEVENNESS[:, None], (len(values), len(UNEVENNESS), some.shape[1]))
        heights, _ = run_filter(some, factors, rate, grid, replace(best, **{name: tried}))
        likely = np.array([_mixed(one)[1] for one in heights])
        best = replace(best, **{name: values[int(np.argmax(likely >= likely.max() - allowed))]})
    return best


def _level(
    prior: Floats, sold_slow: Floats, seen_slow: Floats, sold_fast: Floats, seen_fast: Floats, dynamics: Dynamics
) -> Floats:
    slow = (dynamics.prior * prior + sold_slow) / (dynamics.prior + seen_slow)
    return np.asarray((dynamics.pull * slow + sold_fast) / (dynamics.pull + seen_fast))


def _log_chance_of(count: Floats, mean: Floats, more: Floats, some: Bools) -> Floats:
    """Return the log chances of the series that sold something; 0 of the others, which cost the most time."""
    found = np.zeros(mean.shape)
    found[..., some] = log_chance(count[some], mean[..., some], more[..., some])
    return found
