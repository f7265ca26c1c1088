"""Does a trigger pay? What was believed and what its hold-out shows, each weighted by how well it is known.

The gain by one customer for whom it fires has the prior N(m, s²), from what the action is expected to bring, and the
hold-out shows e with standard error u. Then the posterior is normal, with precision 1/s² + 1/u² and a mean weighted by
these precisions (Gelman et al., Bayesian Data Analysis, 3rd ed., equation 2.10). The chance that it pays is that of a
gain above the cost.

A belief is never surer than its own size, s >= |m|: else a confident guess would keep a bad trigger alive.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, inf, sqrt

NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class Belief:
    """What a trigger brings by one customer for whom it fires, before its cost."""

    mean: float
    deviation: float  # standard deviation; infinite where nothing is known

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return self.mean - NORMAL_95 * self.deviation

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return self.mean + NORMAL_95 * self.deviation

    def chance_above(self, cost: float) -> float:
        """Return the chance that it brings more than `cost`.

        Examples
        --------
        >>> Belief(mean=2.0, deviation=1.0).chance_above(2.0)
        0.5
        """
        if self.deviation == inf:
            return 0.5
        if self.deviation == 0:
            return 1.0 if self.mean > cost else 0.0
        return 0.5 * (1.0 + erf((self.mean - cost) / self.deviation / sqrt(2.0)))


NOTHING_KNOWN = Belief(mean=0.0, deviation=inf)


def believed(mean: float | None, low: float | None, high: float | None) -> Belief:
    """Return a prior from an expected gain and its 95 % interval.

    Examples
    --------
    >>> believed(2.0, 1.9, 2.1).deviation
    2.0
    """
    if mean is None or low is None or high is None:
        return NOTHING_KNOWN
    deviation = max((high - low) / (2 * NORMAL_95), abs(mean))
    return Belief(mean=mean, deviation=deviation) if deviation > 0 else NOTHING_KNOWN


def learned(prior: Belief, effect: float, standard_error: float) -> Belief:
    """Return what is believed once the hold-out was read.

    Examples
    --------
    >>> learned(Belief(mean=0.0, deviation=1.0), 2.0, 1.0).mean
    1.0
    """
    if prior.deviation == inf:
        return Belief(mean=effect, deviation=standard_error)
    if standard_error <= 0:
        return Belief(mean=effect, deviation=0.0)
    before, seen = prior.deviation**-2, standard_error**-2
    weight = before + seen
    return Belief(mean=(before * prior.mean + seen * effect) / weight, deviation=weight**-0.5)


def verdict(chance: float | None, *, retire_below: float, scale_above: float, read: bool) -> str:
    """Say whether a trigger pays; nothing is said before its hold-out was read.

    Examples
    --------
    >>> verdict(0.03, retire_below=0.05, scale_above=0.95, read=True)
    'does_not_pay'
    """
    if not read or chance is None:
        return "open"
    if chance < retire_below:
        return "does_not_pay"
    return "pays" if chance >= scale_above else "open"
