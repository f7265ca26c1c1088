"""How long does a subscription run whose holder may leave at the end of each period?

A holder leaves at the first end of a period with a chance that differs between holders (beta), and stays beyond t
periods with the chance to stay beyond one, to the power t^c. At c = 1 nobody's own chance changes (shifted
beta-geometric), and retention rates rise only because those who are quick to leave are gone; above 1 each holder grows
more likely to leave, below 1 less likely (beta discrete Weibull).

Ref  Fader & Hardie (2007), Journal of Interactive Marketing 21(1), 76-90: survival equation 6, retention rate 8
     Fader, Hardie, Liu, Davin & Steenburgh (2018), Journal of Interactive Marketing 43, 1-16: survival equation 6
     Fader & Hardie (2010), Marketing Science 29(1), 85-93: DERL equation 6
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from patron.models.residual_lifetime import Survival, last_above, sum_of_survivals
from patron.stats.beta_geometric import discounted_periods, mean_periods
from patron.stats.gamma_ratio import digamma_difference, log_gamma_ratio

Floats = NDArray[np.float64]

HUGE = 600.0  # log of t^c from where on only its power counts
LEAST = 1e-200  # stands for a chance to leave of zero where its logarithm is taken


@dataclass(frozen=True, kw_only=True)
class RetentionParams:
    """Chance to leave at the first end of a period ~ Beta(alpha, beta), to stay beyond t to the power t^c."""

    alpha: float
    beta: float
    c: float = 1.0


def log_survival(params: RetentionParams, periods: ArrayLike) -> Floats:
    """Return the log of the share of new holders that stays beyond so many periods, S(t)."""
    with np.errstate(divide="ignore"):  # of no period yet
        return log_survival_of_log(params, np.log(np.asarray(periods, dtype=np.float64)))


def log_survival_of_log(params: RetentionParams, log_periods: Floats) -> Floats:
    """Return the same of a logarithm, which may be too large for a number of periods."""
    log_effort = params.c * log_periods
    effort = np.exp(np.minimum(log_effort, HUGE))
    near = -log_gamma_ratio(params.beta + effort, params.alpha)
    far = -params.alpha * np.maximum(log_effort, HUGE)
    return np.asarray(np.where(log_effort < HUGE, near, far) + log_gamma_ratio(params.beta, params.alpha))


def log_retention(params: RetentionParams, period: ArrayLike) -> Floats:
    """Return the log of the share of those who come to a renewal that pass it, S(t) / S(t - 1)."""
    t = np.asarray(period, dtype=np.float64)
    if params.c == 1:
        return np.asarray(-np.log1p(params.alpha / (params.beta + t - 1)))
    return np.asarray(log_survival(params, t) - log_survival(params, t - 1))


def slopes_of_log_survival(params: RetentionParams, periods: Floats) -> Floats:
    """Return the gradient of log S(t) in alpha, beta and c, without what does not depend on t: shape (3, periods)."""
    alpha, beta, c = params.alpha, params.beta, params.c
    log_t = np.log(np.maximum(periods, 1.0))
    effort = np.where(periods > 0, np.exp(np.minimum(c * log_t, HUGE)), 0.0)
    by_beta = -digamma_difference(beta + effort, alpha)
    by_alpha = -special.digamma(alpha + beta + effort) - np.maximum(c * log_t - HUGE, 0)
    by_effort = np.where(c * log_t < HUGE, effort * by_beta, -alpha)
    return np.stack([by_alpha, by_beta, by_effort * log_t])


def log_likelihood(period: Floats, at_risk: Floats, lost: Floats, params: RetentionParams) -> tuple[float, Floats]:
    """Return the log-likelihood of all renewals and its gradient in alpha, beta and c."""
    stay = np.minimum(log_retention(params, period), -LEAST)
    kept, odds = at_risk - lost, -1 / np.expm1(-stay)
    slopes = slopes_of_log_survival(params, period) - slopes_of_log_survival(params, period - 1)
    height = (kept * stay + lost * np.log(-np.expm1(stay))).sum()
    return float(height), (slopes * (kept + lost * odds)).sum(axis=1)


def survival_ahead(params: RetentionParams, tenure: ArrayLike, periods: ArrayLike) -> Floats:
    """Return the chance of a holder with `tenure` renewals to pass the next `periods` ones, too."""
    n = np.asarray(tenure, dtype=np.float64)
    return np.asarray(np.exp(np.minimum(log_survival(params, n + np.asarray(periods)) - log_survival(params, n), 0.0)))


def periods_ahead(params: RetentionParams, tenure: Floats, periods: float) -> Floats:
    """Return how many of the next `periods` renewals a holder with `tenure` renewals is expected to pass."""
    if params.c == 1:
        return mean_periods(params.alpha, params.beta + tenure, periods)
    return sum_of_survivals(_ahead(params), tenure, periods=periods)


def interval_ahead(params: RetentionParams, tenure: Floats, periods: float, level: float) -> tuple[Floats, Floats]:
    """Return the ends of an interval that holds the renewals passed among the next `periods` with chance `level`."""
    low, high = (
        last_above(partial(survival_ahead, params, tenure), chance, periods=periods, shape=tenure.shape)
        for chance in ((1 + level) / 2, (1 - level) / 2)
    )
    return low, high


def residual_lifetime(params: RetentionParams, tenure: Floats) -> Floats:
    """Return how many renewals a holder with `tenure` renewals will ever pass; infinite where alpha c is 1 or less."""
    if params.c == 1:
        return discounted_periods(params.alpha, params.beta + tenure, 0.0)
    if params.alpha * params.c <= 1:
        return np.full(tenure.shape, np.inf)
    return sum_of_survivals(_ahead(params), tenure)


def discounted_lifetime(params: RetentionParams, tenure: Floats, rate: float) -> Floats:
    """Return the same discounted by `rate` a period, where the next renewal is now and counts in full (DERL)."""
    if rate == 0:
        return residual_lifetime(params, tenure)
    if params.c == 1:
        return (1 + rate) * discounted_periods(params.alpha, params.beta + tenure, rate)
    return (1 + rate) * sum_of_survivals(_ahead(params), tenure, force=float(np.log1p(rate)))


def _ahead(params: RetentionParams) -> Survival:
    """Return the chances to stay for a time ahead."""

    def log_chance(tenure: Floats, log_time: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            log_reached = np.logaddexp(np.log(tenure), log_time)
        return np.asarray(log_survival_of_log(params, log_reached) - log_survival(params, tenure))

    return Survival(log_chance=log_chance, fades=params.alpha * params.c, settles=params.c)
