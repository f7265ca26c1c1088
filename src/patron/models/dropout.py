"""Customers who buy at random and may leave after a purchase: what BG/NBD and MBG/NBD share.

A customer buys at a Poisson rate that differs between customers (gamma), and leaves for good with a chance that differs
between customers (beta) at each occasion. The models differ in what is an occasion: each repeat purchase, or the first
purchase too. With n occasions behind the customer everything else is the same.

Ref  Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284: equations 6, 7, 9 and 10, with n = x
     Batislam, Denizel & Filiztekin (2007), International Journal of Research in Marketing 24(3), 201-209: n = x + 1
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from patron.models.distinct import distinct_rows
from patron.models.purchase_counts import DropoutOutlook
from patron.stats.special import count_until_dropout, log_chance_to_stay

Floats = NDArray[np.float64]

NAMES = ("r", "alpha", "a", "b")


@dataclass(frozen=True, kw_only=True)
class DropoutParams:
    """Purchase rate ~ Gamma(r, alpha), dropout chance ~ Beta(a, b), none with a = 0; alpha is in the unit of T."""

    extra: ClassVar[int]  # occasions to leave besides the repeats

    r: float
    alpha: float
    a: float
    b: float

    def occasions(self, x: Floats) -> Floats:
        """Return how many occasions to leave a customer with x repeats has had."""
        return x + self.extra


def log_likelihoods(params: DropoutParams, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Return each customer's log-likelihood."""
    x, t_x, T = (np.asarray(v, dtype=np.float64) for v in (x, t_x, T))
    r, alpha, a, b = astuple(params)
    n = params.occasions(x)
    rate = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + T)
    left = np.where(n > 0, np.logaddexp(0, _log_odds_left(params, x, t_x, T)), 0.0)
    return np.asarray(rate + log_chance_to_stay(n, a, b) + left)


def probability_alive(params: DropoutParams, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Return the chance that the customer has not left by T; 1 before the first occasion."""
    x, t_x, T = (np.asarray(v, dtype=np.float64) for v in (x, t_x, T))
    odds = _log_odds_left(params, x, t_x, T)
    return np.asarray(np.where(params.occasions(x) > 0, special.expit(-odds), 1.0))


def _log_odds_left(params: DropoutParams, x: Floats, t_x: Floats, T: Floats) -> Floats:
    """Return the log odds of having left at t_x; without an occasion the value means nothing."""
    r, alpha, a, b = astuple(params)
    if a == 0:
        return np.full(np.broadcast(x, t_x, T).shape, -np.inf)
    waited = np.log1p((T - t_x) / (alpha + t_x))
    return np.asarray(np.log(a) - np.log(np.maximum(b + params.occasions(x) - 1, 1e-300)) + (r + x) * waited)


def expected_purchases(params: DropoutParams, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, horizon: ArrayLike) -> Floats:
    """Return E[Y(t) | x, t_x, T], the purchases of the time `horizon` after T."""
    alive = probability_alive(params, x, t_x, T)
    x, T, t = (np.asarray(v, dtype=np.float64) for v in (x, T, horizon))
    if t.size > 1:
        return alive * _purchases_of_the_alive(params, x, T, t)
    # Given that she is there, t_x says no more: far fewer cases differ than customers do.
    every_x, every_T = (np.broadcast_to(v, alive.shape).ravel() for v in (x, T))
    case, shown_by = distinct_rows([every_x, every_T])
    ahead = _purchases_of_the_alive(params, every_x[shown_by], every_T[shown_by], t.ravel())
    return alive * ahead[case].reshape(alive.shape)


def _purchases_of_the_alive(params: DropoutParams, x: Floats, T: Floats, t: Floats) -> Floats:
    """Return the purchases of the time t after T that a customer makes who has not left by T."""
    r, alpha, a, b = astuple(params)
    return count_until_dropout(r + x, t / (alpha + T), a, b + params.occasions(x))


def outlook(params: DropoutParams, x: Floats, t_x: Floats, T: Floats, horizon: float) -> DropoutOutlook:
    """Return what the number of purchases within `horizon` after T depends on."""
    r, alpha, a, b = astuple(params)
    return DropoutOutlook(
        alive=probability_alive(params, x, t_x, T), shape=r + x, reach=horizon / (alpha + T + horizon), a=a,
        b=b + params.occasions(x),
    )  # fmt: skip
