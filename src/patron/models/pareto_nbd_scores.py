"""Customers who buy at random during a lifetime that may end at any moment.

A customer buys at a Poisson rate that differs between customers (gamma), and leaves for good at a rate that differs
between customers too (gamma, so that lifetimes are Pareto distributed). Nobody sees the moment of leaving.

With q(u) = (r + x) log(alpha + u) + s log(beta + u) and g(u), the chance that a customer with x repeats, the last of
them at u, leaves before buying again, the likelihood is

    Gamma(r + x) / Gamma(r) alpha^r beta^s exp(-q(T)) / P(alive),  1 / P(alive) = 1 - g(T) + exp(q(T) - q(t_x)) g(t_x).

It is the paper's likelihood with the integral from t_x to T written as one from t_x to infinity less one from T on. So
no small difference is left, and g depends on (x, t_x) or on (x, T), of which there are far fewer than customers.

Ref  Schmittlein, Morrison & Colombo (1987), Management Science 33(1), 1-24: equations 11 to 13 and 22
     Fader & Hardie (2005), A note on deriving the Pareto/NBD model: equations 17 to 20, 40 and 41
     Fader, Hardie & Lee (2005), RFM and CLV, Journal of Marketing Research 42(4), 415-430: equation 2 (DERT)
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from patron.models.distinct import distinct_rows
from patron.stats.exponential_integral import scaled_exponential_integral
from patron.stats.race import rival_first

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LARGEST = 700.0  # exp of it is still a number


@dataclass(frozen=True, kw_only=True)
class ParetoNbdParams:
    """Purchase rate ~ Gamma(r, alpha), rate of leaving ~ Gamma(s, beta); alpha and beta are in the unit of T."""

    r: float
    alpha: float
    s: float
    beta: float

    @property
    def span(self) -> tuple[float, float]:
        """Between which (alpha + u) / (beta + u) lies at every moment u."""
        return span_of(np.array([self.alpha / self.beta]))


def span_of(ratio: Floats) -> tuple[float, float]:
    """Return between which (alpha + u) / (beta + u) lies at every moment u, whichever of some alpha / beta it is."""
    return min(float(ratio.min()), 1.0), max(float(ratio.max()), 1.0)


@dataclass(frozen=True, kw_only=True)
class _Cases:
    """The different (x, t_x) and (x, T) of some customers, and which of them each customer shows."""

    x: Floats
    time: Floats
    at_start: Ints
    at_end: Ints


def _cases(x: Floats, t_x: Floats, T: Floats) -> _Cases:
    start, shown = distinct_rows([x, t_x])
    end, shown_end = distinct_rows([x, T])
    return _Cases(
        x=np.r_[x[shown], x[shown_end]], time=np.r_[t_x[shown], T[shown_end]], at_start=start,
        at_end=end + len(shown),
    )  # fmt: skip


def _flat(*values: ArrayLike) -> tuple[tuple[int, ...], list[Floats]]:
    arrays = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
    return arrays[0].shape, [np.ascontiguousarray(array).ravel() for array in arrays]


def _odds(params: ParetoNbdParams, cases: _Cases) -> tuple[Floats, Floats]:
    """Return each customer's 1 - g(T), and the logarithm of exp(q(T) - q(t_x)) g(t_x)."""
    r, alpha, s, beta = astuple(params)
    k, a, b = r + cases.x, alpha + cases.time, beta + cases.time
    gone_first = rival_first(k, s, a / b, span=params.span)
    q = k * np.log(a) + s * np.log(b)
    return (1 - gone_first)[cases.at_end], q[cases.at_end] + (np.log(gone_first) - q)[cases.at_start]


def log_likelihoods(params: ParetoNbdParams, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Return each customer's log-likelihood."""
    r, alpha, s, beta = astuple(params)
    shape, (x, t_x, T) = _flat(x, t_x, T)
    stays, gone = _odds(params, _cases(x, t_x, T))
    rate = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + T)
    alive = np.logaddexp(np.log(np.maximum(stays, 1e-300)), gone)
    return np.asarray(rate - s * np.log1p(T / beta) + alive).reshape(shape)


def probability_alive(params: ParetoNbdParams, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Return the chance that the customer has not left by T."""
    shape, (x, t_x, T) = _flat(x, t_x, T)
    return _alive(params, _cases(x, t_x, T)).reshape(shape)


def _alive(params: ParetoNbdParams, cases: _Cases) -> Floats:
    stays, gone = _odds(params, cases)
    return np.minimum(1 / (stays + np.exp(np.minimum(gone, LARGEST))), 1.0)


def expected_purchases(
    params: ParetoNbdParams, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, horizon: ArrayLike
) -> Floats:
    """Return E[Y(t) | x, t_x, T], the purchases of the time `horizon` after T."""
    t = np.asarray(horizon, dtype=np.float64)
    if t.size > 1:
        x, T = (np.asarray(value, dtype=np.float64) for value in (x, T))
        return np.asarray(probability_alive(params, x, t_x, T) * _purchases_of_the_alive(params, x, T, t))
    shape, (x, t_x, T) = _flat(x, t_x, T)
    cases = _cases(x, t_x, T)
    # Given that she is there, t_x says no more.
    ahead = _purchases_of_the_alive(params, cases.x, cases.time, t.ravel())
    return np.asarray(_alive(params, cases) * ahead[cases.at_end]).reshape(shape)


def _purchases_of_the_alive(params: ParetoNbdParams, x: Floats, T: Floats, t: Floats) -> Floats:
    """Return the purchases of the time t after T that a customer makes who has not left by T.

    The expected time before leaving is (beta + T) (1 - exp((1 - s) z)) / (s - 1), where z = log(1 + t / (beta + T)).
    """
    r, alpha, s, beta = astuple(params)
    z = np.log1p(t / (beta + T))
    return np.asarray((r + x) / (alpha + T) * (beta + T) * z * special.exprel((1 - s) * z))


def discounted_residual_transactions(
    params: ParetoNbdParams, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, rate: float
) -> Floats:
    """Return DERT, all purchases after T, each discounted to T at the continuous `rate` a unit of time.

    The paper's Psi(s, s; z) is z^(1 - s) exp(z) E_s(z), with E_s the generalised exponential integral.
    """
    r, alpha, s, beta = astuple(params)
    shape, (x, t_x, T) = _flat(x, t_x, T)
    cases = _cases(x, t_x, T)
    ages, which = np.unique(cases.time, return_inverse=True)
    lasting = (beta + ages) * scaled_exponential_integral(s, rate * (beta + ages))
    ahead = (r + cases.x) / (alpha + cases.time) * lasting[which]
    return np.asarray(_alive(params, cases) * ahead[cases.at_end]).reshape(shape)
