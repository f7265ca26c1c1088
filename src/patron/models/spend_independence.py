"""Is how much a customer spends independent of how often, as the Gamma-Gamma assumes?

The correlation of mean spend with frequency does not tell: the mean of few purchases is noisier than that of many, its
logarithm lies lower, and a single large customer makes a correlation. So two questions are asked:

- Within the model: is gamma(x) = gamma x^theta likelier than one gamma for all? A likelihood-ratio test of theta = 0
  (chi-squared, one degree of freedom), which allows for the unequal noise of the means.
- Of the means alone: mean spend = mu x^theta, by weighted estimating equations whose interval holds whatever the
  distribution of the amounts. A customer weighs p x / (p x + q - 1), the share of the own mean in a Gamma-Gamma.

Both are needed. Amounts that are no Gamma-Gamma can lead the first astray (on CDNOW it finds a rise of 12 % a doubling
where the means rise by 9 %); the second needs more customers to see as little. The assumption counts as broken when
both say so and the means move by a tenth or more when the frequency doubles; less than that is better left alone
(`docs/decisions/0022-spend-by-frequency.md`).

Ref  Fader & Hardie (2013), The Gamma-Gamma model of monetary value
     Fader, Hardie & Lee (2005), Journal of Marketing Research 42(4), 415-430: the correlation in CDNOW
     Liang & Zeger (1986), Biometrika 73(1), 13-22: estimating equations with a working variance
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.errors import FitError
from patron.language import failure, number, percent, say
from patron.models.estimator import NORMAL_95
from patron.models.gamma_gamma import GammaGamma, GammaGammaParams
from patron.models.spend_by_frequency import SpendByFrequency
from patron.models.spend_likelihood import Repeaters, read_repeaters

Floats = NDArray[np.float64]
Verdict = Literal["independent", "weak", "dependent"]

LEVEL = 0.05
MATTERS = 0.10  # change of the mean spend at a doubled frequency from which on the assumption is given up
STEPS = 100  # of the estimating equations; ten are usual
ARRIVED = 1e-10


@dataclass(frozen=True, kw_only=True)
class Change:
    """By what factor the mean spend changes when the frequency doubles, with its 95 % interval."""

    factor: float
    low: float
    high: float

    @property
    def log_error(self) -> float:
        """The standard error of the factor's logarithm."""
        return math.log(self.high / self.low) / (2 * NORMAL_95)

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves out "no change"."""
        return not self.low <= 1 <= self.high


@dataclass(frozen=True, kw_only=True)
class Independence:
    """What the test of independence found.

    `plain` and `by_frequency` are the two fitted models. `statistic` is twice the difference of their log-likelihoods,
    or that of the means' Wald test where no plain Gamma-Gamma has a top; `p_value` is its chance under independence.
    `likely` is the change within the model, `of_means` that of the means alone. `correlation` is that of log mean spend
    with log frequency, without the noise of the means; `naive` that of the two as they are (Pearson).
    """

    plain: GammaGamma | None
    by_frequency: SpendByFrequency
    statistic: float
    p_value: float
    likely: Change
    of_means: Change
    correlation: float
    naive: float
    customers: int

    @property
    def verdict(self) -> Verdict:
        """`dependent` where it has to be corrected, `weak` where it is there and may be left alone."""
        if self.p_value >= LEVEL:
            return "independent"
        agree = (self.likely.factor > 1) == (self.of_means.factor > 1)
        large = max(self.of_means.factor, 1 / self.of_means.factor) >= 1 + MATTERS
        return "dependent" if agree and large and self.of_means.is_sure else "weak"

    @property
    def chosen(self) -> GammaGamma | None:
        """The model to go on with; None where it is the plain one, which has no top."""
        return self.by_frequency if self.verdict == "dependent" else self.plain

    @property
    def sentence(self) -> str:
        """The result in words."""
        return sentence(self.facts)

    @property
    def facts(self) -> dict[str, float]:
        """Its numbers, as a run's manifest keeps them."""
        return {
            "customers": float(self.customers), "statistic": self.statistic, "p_value": self.p_value,
            "correlation": self.correlation, "factor": self.of_means.factor, "factor_low": self.of_means.low,
            "factor_high": self.of_means.high, "dependent": float(self.verdict == "dependent"),
        }  # fmt: skip


def sentence(facts: Mapping[str, float]) -> str:
    """Say in words what `Independence.facts` say in numbers."""
    verdict = "dependent" if facts["dependent"] else "independent" if facts["p_value"] >= LEVEL else "weak"
    change = facts["factor"] - 1
    key = "spend.independent" if verdict == "independent" else f"spend.{verdict}_{'more' if change > 0 else 'less'}"
    return say(
        key, customers=number(facts["customers"]), change=percent(abs(change)),
        low=percent(facts["factor_low"] - 1), high=percent(facts["factor_high"] - 1), p_value=f"{facts['p_value']:.2g}",
    )  # fmt: skip


def spend_independence(history: Any) -> Independence:
    """Test whether spend is independent of frequency.

    Parameters
    ----------
    history : Table, one row per customer
        Columns ``frequency`` and ``monetary_value`` (may be missing where there is no repeat).

    Raises
    ------
    NotEnoughData, FitError, ArgumentError
        As `SpendByFrequency.fit`.

    Examples
    --------
    >>> import pyarrow
    >>> from patron.simulate import gamma_gamma
    >>> often = np.random.default_rng(1).geometric(0.3, 2_000)
    >>> spend = gamma_gamma(often, p=6.25, q=3.74, gamma=15.44, seed=1)
    >>> spend_independence(pyarrow.table({"frequency": often, "monetary_value": spend})).verdict
    'independent'
    """
    return independence_of(read_repeaters(history, model="Gamma-Gamma"))


def independence_of(repeaters: Repeaters) -> Independence:
    """Do as `spend_independence`, on patterns that are counted already."""
    other = SpendByFrequency().fit_repeaters(repeaters)
    means = change_of_means(repeaters, other.parameters())
    plain = _plain(repeaters)
    if plain is None:
        statistic = (math.log(means.factor) / means.log_error) ** 2
    else:
        statistic = max(0.0, 2 * (other.log_likelihood_ - plain.log_likelihood_))
    return Independence(
        plain=plain,
        by_frequency=other,
        statistic=statistic,
        p_value=float(special.chdtrc(1, statistic)),
        likely=_change(math.log(other.params_["doubling"]), other.log_errors_["doubling"]),
        of_means=means,
        correlation=_correlation(repeaters, other.theta_, other.params_["q"]),
        naive=_pearson(repeaters),
        customers=repeaters.total,
    )


def _plain(repeaters: Repeaters) -> GammaGamma | None:
    """Fit it; amounts that depend on the frequency can be so far from a Gamma-Gamma that none has a top."""
    try:
        return GammaGamma().fit_repeaters(repeaters)
    except FitError:
        return None


def change_of_means(repeaters: Repeaters, params: GammaGammaParams) -> Change:
    """Return how mean spend = mu x^theta changes with a doubled x, whatever the distribution of the amounts.

    Solves the sum over customers of w (mean / (mu x^theta) - 1) (1, log2 x) = 0 by Newton's method; the interval is
    that of the sandwich variance.

    Raises
    ------
    FitError
        All customers have the same frequency, or the equations have no solution.
    """
    level = np.column_stack([np.ones_like(repeaters.x), np.log2(repeaters.x)])
    weight = params.p * repeaters.x / (params.p * repeaters.x + max(params.q - 1, 0.0))
    point = np.array([np.log(repeaters.unit), 0.0])
    weighted = level * (repeaters.customers * weight)[:, None]
    for _ in range(STEPS):
        ratio = repeaters.mean * np.exp(-(level @ point))
        bend = (weighted * ratio[:, None]).T @ level
        if np.linalg.cond(bend) > 1 / ARRIVED:
            break
        step = np.linalg.solve(bend, weighted.T @ (ratio - 1))
        point = point + np.clip(step, -1, 1)
        if np.abs(step).max() < ARRIVED:
            scores = level * (weight * (ratio - 1))[:, None]
            spread = np.linalg.solve(bend, (scores * repeaters.customers[:, None]).T @ scores)
            return _change(float(point[1]), math.sqrt(np.linalg.solve(bend, spread.T)[1, 1]))
    raise failure(FitError, "spend.no_change", customers=repeaters.total)


def _change(log_factor: float, error: float) -> Change:
    ends = (math.exp(log_factor + side * NORMAL_95 * error) for side in (-1, 1))
    return Change(factor=math.exp(log_factor), low=next(ends), high=next(ends))


def _correlation(repeaters: Repeaters, theta: float, q: float) -> float:
    """Return the correlation of log x with the log of the customers' true means, whose spread is trigamma(q)."""
    log_x = np.log(repeaters.x)
    centre = np.average(log_x, weights=repeaters.customers)
    by_x = theta * math.sqrt(np.average((log_x - centre) ** 2, weights=repeaters.customers))
    return by_x / math.hypot(by_x, math.sqrt(special.polygamma(1, q)))


def _pearson(repeaters: Repeaters) -> float:
    covariance = np.cov(repeaters.x, repeaters.mean, fweights=repeaters.customers.astype(np.int64))
    spread = math.sqrt(covariance[0, 0] * covariance[1, 1])
    return float(covariance[0, 1] / spread) if spread else 0.0
