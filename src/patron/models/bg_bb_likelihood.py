"""How likely is a history of whole periods, in each of which a customer may leave and may buy?

The history says nothing of the periods after the last purchase: the customer left in one of them, or is still there.
The sum over these has as many terms as there are periods. Each term is a simple multiple of the one before, so the sum
is a ladder that is climbed down from the last period of all histories, N, to that of the last purchase:

    rest(m) = 1 + step(m) rest(m + 1),    rest(N) = (gamma + delta + N) / gamma

in units of the chance of having left right after period m. All numbers in it are between 1 and about N, so nothing
overflows or cancels, however many periods there are; the slopes come along by the same rule. A history that ends before
N may have had purchases later; that adds, after its n periods, what rest(n) falls short of (gamma + delta + n) / gamma,
which is never negative. So all histories of one frequency share a ladder.

Ref  Fader, Hardie & Shang (2010), Marketing Science 29(6), 1086-1108: likelihood equation 7
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from patron.models.distinct import distinct_rows
from patron.stats.gamma_ratio import log_gamma_ratio

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

NAMES = ("alpha", "beta", "gamma", "delta")


@dataclass(frozen=True, kw_only=True)
class BgBbParams:
    """Chance to buy in a period ~ Beta(alpha, beta), chance to leave before one ~ Beta(gamma, delta)."""

    alpha: float
    beta: float
    gamma: float
    delta: float


@dataclass(frozen=True, kw_only=True)
class Ladders:
    """The rungs that some histories need: the different x and period, of the last purchase (`first`) and of n (`last`).

    A rung's x, its periods without a purchase and its period take few values each; what depends on one is tabulated.
    """

    first: Places  # rung of each history's last purchase
    last: Places  # rung of each history's n
    n: Floats
    x: Floats  # different values, one ladder each
    missed: Floats
    period: Floats
    at_x: Places  # of each rung
    at_missed: Places
    at_period: Places
    by_period: list[Places]  # the rungs of each of the different periods


@dataclass(frozen=True, kw_only=True)
class _Chances:
    """Of each history: log chance up to the last purchase, the factor from there to n, the sum, and their slopes."""

    until_last: Floats
    to_the_end: Floats
    rest: Floats
    slopes: Floats


def ladders(x: Floats, t_x: Floats, n: Floats) -> Ladders:
    """Find the rungs that histories, arrays of one shape (rows,), need."""
    rung, shown_by = distinct_rows([np.concatenate([x, x]), np.concatenate([t_x, n])])
    rung_x, rung_period = np.concatenate([x, x])[shown_by], np.concatenate([t_x, n])[shown_by]
    different_x, at_x = np.unique(rung_x, return_inverse=True)
    missed, at_missed = np.unique(rung_period - rung_x, return_inverse=True)
    period, at_period = np.unique(rung_period, return_inverse=True)
    order = np.argsort(at_period, kind="stable")
    ends = np.cumsum(np.bincount(at_period, minlength=len(period)))
    return Ladders(
        first=rung[: len(x)], last=rung[len(x) :], n=n, x=different_x, missed=missed, period=period, at_x=at_x,
        at_missed=at_missed, at_period=at_period, by_period=np.split(order, ends[:-1]),
    )  # fmt: skip


def log_chances(params: BgBbParams, rows: Ladders) -> Floats:
    """Return each history's log-likelihood."""
    found = _chances(params, rows, slopes=False)
    return np.asarray(found.until_last + np.log(found.rest))


def chances_alive(params: BgBbParams, rows: Ladders) -> Floats:
    """Return the chance that each history's customer will be there in period n + 1 (equation 11)."""
    found = _chances(params, rows, slopes=False)
    return np.asarray(np.minimum(found.to_the_end * (params.delta + rows.n) / params.gamma / found.rest, 1.0))


def log_chances_and_slopes(params: BgBbParams, rows: Ladders) -> tuple[Floats, Floats]:
    """Return the log-likelihoods, and their gradient in alpha, beta, gamma, delta: an array of shape (rows, 4)."""
    found = _chances(params, rows, slopes=True)
    return found.until_last + np.log(found.rest), found.slopes.T


def log_likelihood(rows: Ladders, customers: Floats, values: Floats) -> tuple[float, Floats]:
    """Return the log-likelihood of all customers and its gradient in alpha, beta, gamma, delta."""
    alpha, beta, gamma, delta = values
    params = BgBbParams(alpha=alpha, beta=beta, gamma=gamma, delta=delta)
    found = _chances(params, rows, slopes=True)
    height = (customers * (found.until_last + np.log(found.rest))).sum()
    return float(height), (found.slopes * customers).sum(axis=1)


def scores(params: BgBbParams, x: Floats, t_x: Floats, n: Floats) -> Floats:
    """Return each customer's gradient of the log-likelihood on the log scale of the parameters."""
    _, gradient = log_chances_and_slopes(params, ladders(x, t_x, n))
    return np.asarray(gradient * np.array(astuple(params)))


def starts(frequent: float) -> list[list[float]]:
    """Return three plausible crowds whose members buy in a share `frequent` of the periods they are there."""
    share = min(max(frequent, 0.02), 0.98)
    return [
        [2 * share, 2 * (1 - share), 0.5, 3.0],
        [10 * share, 10 * (1 - share), 1.0, 10.0],
        [share, 1 - share, 1.0, 2.0],
    ]


def _chances(params: BgBbParams, rows: Ladders, *, slopes: bool) -> _Chances:
    gamma, delta, n = params.gamma, params.delta, rows.n
    first, last = rows.first, rows.last
    logs, log_slopes = _left_after(params, rows, slopes=slopes)
    rests, rest_slopes = _climb(params, rows, slopes=slopes)
    to_the_end = np.exp(logs[last] - logs[first])
    short = (gamma + delta + n) / gamma - rests[last]
    rest = rests[first] + to_the_end * short
    slope = np.empty((4, 0))
    if slopes:
        of_short = -rest_slopes[:, last]
        of_short[2] -= (delta + n) / gamma**2
        of_short[3] += 1 / gamma
        changed = (log_slopes[:, last] - log_slopes[:, first]) * short + of_short
        slope = log_slopes[:, first] + (rest_slopes[:, first] + to_the_end * changed) / rest
    return _Chances(until_last=logs[first], to_the_end=to_the_end, rest=rest, slopes=slope)


def _left_after(params: BgBbParams, rows: Ladders, *, slopes: bool) -> tuple[Floats, Floats]:
    """Return of each rung the log chance of its purchases and of having left right after its period; and its slopes."""
    alpha, beta, gamma, delta = astuple(params)
    x, missed, m = rows.x, rows.missed, rows.period
    of_period = (
        log_gamma_ratio(delta, m) - log_gamma_ratio(gamma + delta, m + 1) - log_gamma_ratio(alpha + beta, m)
        + np.log(gamma)
    )  # fmt: skip
    logs = (
        log_gamma_ratio(alpha, x)[rows.at_x] + log_gamma_ratio(beta, missed)[rows.at_missed] + of_period[rows.at_period]
    )
    if not slopes:
        return np.asarray(logs), np.empty((4, 0))
    buying = (digamma(alpha + beta + m) - digamma(alpha + beta))[rows.at_period]
    leaving = digamma(gamma + delta + m + 1) - digamma(gamma + delta)
    return np.asarray(logs), np.stack([
        (digamma(alpha + x) - digamma(alpha))[rows.at_x] - buying,
        (digamma(beta + missed) - digamma(beta))[rows.at_missed] - buying,
        (1 / gamma - leaving)[rows.at_period],
        (digamma(delta + m) - digamma(delta) - leaving)[rows.at_period],
    ])  # fmt: skip


def _climb(params: BgBbParams, rows: Ladders, *, slopes: bool) -> tuple[Floats, Floats]:
    """Climb all ladders down at once, one period a step; return what is found on the rungs."""
    alpha, beta, gamma, delta = astuple(params)
    top, x = rows.period[-1], rows.x
    rest = np.full(len(x), (gamma + delta + top) / gamma)
    slope = np.zeros((4, len(x) if slopes else 0))
    slope[2], slope[3] = -(delta + top) / gamma**2, 1 / gamma
    found, found_slopes = np.empty(len(rows.at_x)), np.empty((4, len(rows.at_x) if slopes else 0))
    change = np.empty_like(slope)
    wanted = dict(zip(rows.period.tolist(), rows.by_period, strict=True))
    for m in range(int(top), int(rows.period[0]) - 1, -1):
        if m < top:
            missed = np.maximum(beta + m - x, 0.0)  # below x no history ends
            buying, staying = alpha + beta + m, gamma + delta + m + 1
            step = missed * ((delta + m) / (buying * staying))
            if slopes:
                change[0], change[2], change[3] = -1 / buying, -1 / staying, 1 / (delta + m) - 1 / staying
                change[1] = np.divide(1.0, missed, out=np.zeros_like(missed), where=missed > 0) - 1 / buying
                slope = step * (slope + change * rest)
            rest = 1 + step * rest
        rungs = wanted.get(m)
        if rungs is not None:
            found[rungs] = rest[rows.at_x[rungs]]
            if slopes:
                found_slopes[:, rungs] = slope[:, rows.at_x[rungs]]
    return found, found_slopes
