"""Customers who buy at random or regularly and may leave after a purchase: what (M)BG/NBD and (M)BG/CNBD-k share.

Something arrives at a Poisson rate that differs between customers (gamma), and every k-th arrival is a purchase: with
k = 1 each of them, with more the times between purchases are Erlang-k. The first purchase starts the count of arrivals.
The customer leaves for good with a chance that differs between customers (beta) at each occasion. The models differ in
what is an occasion: each repeat purchase, or the first purchase too. With n occasions behind the customer everything
else is the same.

Ref  Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284: equations 6, 7, 9 and 10, with n = x
     Batislam, Denizel & Filiztekin (2007), International Journal of Research in Marketing 24(3), 201-209: n = x + 1
     Reutterer, Platzer & Schroeder (2021), International Journal of Research in Marketing 38(1), 194-215: k above 1;
     what is expected of customers with a past is exact here, where they approximate
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from patron.models.distinct import distinct_rows
from patron.models.purchase_counts import DropoutOutlook
from patron.models.regular_counts import RegularOutlook
from patron.models.timing import log_density_of_last, log_silence, phases
from patron.stats.every_kth import counts_until_dropout
from patron.stats.special import log_chance_to_stay

Floats = NDArray[np.float64]

NAMES = ("r", "alpha", "a", "b")


@dataclass(frozen=True, kw_only=True)
class DropoutParams:
    """Rate of arrivals ~ Gamma(r, alpha), dropout chance ~ Beta(a, b), none with a = 0; alpha is in the unit of T."""

    extra: ClassVar[int]  # occasions to leave besides the repeats

    r: float
    alpha: float
    a: float
    b: float
    k: int = 1  # arrivals to a purchase

    def arrivals(self, x: Floats) -> Floats:
        """Return how many arrivals x repeats took."""
        return self.k * x

    def occasions(self, x: Floats) -> Floats:
        """Return how many occasions to leave a customer with x repeats has had."""
        return x + self.extra


def log_likelihoods(params: DropoutParams, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Return each customer's log-likelihood; `timing.log_density_of_last` says which constant it contains."""
    x, t_x, T = (np.asarray(v, dtype=np.float64) for v in (x, t_x, T))
    r, alpha, a, b, k = astuple(params)
    n, shape = params.occasions(x), r + params.arrivals(x)
    rate = special.gammaln(shape) - special.gammaln(r) + r * np.log(alpha) - shape * np.log(alpha + T)
    left = np.where(n > 0, np.logaddexp(0, _log_odds_left(params, x, t_x, T)), 0.0)
    silent = log_silence(k, shape, (T - t_x) / (alpha + T)).value
    return np.asarray(rate + log_chance_to_stay(n, a, b) + silent + left + log_density_of_last(k, x, t_x))


def probability_alive(params: DropoutParams, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Return the chance that the customer has not left by T; 1 before the first occasion."""
    x, t_x, T = (np.asarray(v, dtype=np.float64) for v in (x, t_x, T))
    odds = _log_odds_left(params, x, t_x, T)
    return np.asarray(np.where(params.occasions(x) > 0, special.expit(-odds), 1.0))


def _log_odds_left(params: DropoutParams, x: Floats, t_x: Floats, T: Floats) -> Floats:
    """Return the log odds of having left at t_x; without an occasion the value means nothing."""
    r, alpha, a, b, k = astuple(params)
    if a == 0:
        return np.full(np.broadcast(x, t_x, T).shape, -np.inf)
    shape = r + params.arrivals(x)
    waited = np.log1p((T - t_x) / (alpha + t_x))
    odds = np.log(a) - np.log(np.maximum(b + params.occasions(x) - 1, 1e-300)) + shape * waited
    return np.asarray(odds if k == 1 else odds - log_silence(k, shape, (T - t_x) / (alpha + T)).value)


def expected_purchases(params: DropoutParams, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, horizon: ArrayLike) -> Floats:
    """Return E[Y(t) | x, t_x, T], the purchases of the time `horizon` after T."""
    alive = probability_alive(params, x, t_x, T)
    x, t_x, T, t = (np.asarray(v, dtype=np.float64) for v in (x, t_x, T, horizon))
    if t.size > 1:
        ahead = _purchases_by_phase(params, *np.broadcast_arrays(x, T, t))
        return alive * _over_phases(params, x, t_x, T, ahead)
    # Given that she is there and the phase, t_x says no more: far fewer cases differ than customers do.
    every_x, every_T = (np.broadcast_to(v, alive.shape).ravel() for v in (x, T))
    case, shown_by = distinct_rows([every_x, every_T])
    ahead = _purchases_by_phase(params, every_x[shown_by], every_T[shown_by], t.ravel())
    return alive * _over_phases(params, x, t_x, T, ahead[case].reshape(*alive.shape, params.k))


def _purchases_by_phase(params: DropoutParams, x: Floats, T: Floats, t: Floats) -> Floats:
    """Return the purchases of the time t after T of a customer who has not left by T, one column a phase."""
    shape, b = params.r + params.arrivals(x), params.b + params.occasions(x)
    return counts_until_dropout(params.k, shape, t / (params.alpha + T), params.a, b)


def _over_phases(params: DropoutParams, x: Floats, t_x: Floats, T: Floats, by_phase: Floats) -> Floats:
    """Return the mean over the phases in which a customer who has not left may be."""
    if params.k == 1:
        return by_phase[..., 0]
    return np.asarray((phases_at(params, x, t_x, T) * by_phase).sum(axis=-1))


def phases_at(params: DropoutParams, x: Floats, t_x: Floats, T: Floats) -> Floats:
    """Return the chances of having seen 0, 1, ... k - 1 arrivals since the last purchase, of who has not left."""
    return phases(params.k, params.r + params.arrivals(x), (T - t_x) / (params.alpha + T))


def outlook(params: DropoutParams, x: Floats, t_x: Floats, T: Floats, horizon: float) -> DropoutOutlook:
    """Return what the number of purchases within `horizon` after T depends on."""
    alive, b = probability_alive(params, x, t_x, T), params.b + params.occasions(x)
    shape, reach = params.r + params.arrivals(x), horizon / (params.alpha + T + horizon)
    if params.k == 1:
        return DropoutOutlook(alive=alive, shape=shape, reach=reach, a=params.a, b=b)
    return RegularOutlook(
        alive=alive, shape=shape, reach=reach, a=params.a, b=b, phases=phases_at(params, x, t_x, T)
    )  # fmt: skip
