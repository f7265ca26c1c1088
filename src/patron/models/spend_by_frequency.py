"""How much does each customer spend on a purchase day, when those who buy more often spend more (or less)?

The Gamma-Gamma with a mean that depends on the frequency shown so far: gamma(x) = gamma x^theta, so that the mean of
customers with x repeats is p gamma x^theta / (q - 1). A customer's own amounts still count as in the Gamma-Gamma, and
the total of the next purchases is still (gamma(x) + total) x BetaPrime: only the scale is the customer's own.

What is assumed: purchases to come change x, but not the class a customer was put in by the x of today. A customer
without a repeat counts as one with half a repeat, one doubling below x = 1. `docs/decisions/0022-spend-by-frequency.md`
has the measurements.

Ref  Fader & Hardie (2013), The Gamma-Gamma model of monetary value; gamma(x) is this project's own
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from functools import partial
from typing import Any, Self

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from patron.models.gamma_gamma import NAMES, STARTS, GammaGamma, GammaGammaParams
from patron.models.spend_likelihood import Repeaters, log_likelihood, read_repeaters, tabulate
from patron.stats.maximise import maximise

Floats = NDArray[np.float64]

NO_REPEAT = 0.5  # the frequency that a customer without a repeat counts as


def gamma_at(params: SpendByFrequencyParams, frequency: Any) -> Any:
    """Return gamma(x) of each frequency: a number, an array, or an Ibis column of float64.

    Examples
    --------
    >>> params = SpendByFrequencyParams(p=6.0, q=4.0, gamma=16.0, doubling=1.25)
    >>> gamma_at(params, np.array([0, 1, 2, 4])).tolist()
    [12.8, 16.0, 20.0, 25.0]
    """
    _, _, gamma, doubling = astuple(params)
    if isinstance(frequency, ir.NumericValue):
        x = ibis.greatest(frequency, ibis.literal(NO_REPEAT, "float64"))
        return (x.ln() * ibis.literal(math.log2(doubling), "float64")).exp() * ibis.literal(gamma, "float64")
    return gamma * doubling ** np.log2(np.maximum(frequency, NO_REPEAT))


@dataclass(frozen=True, kw_only=True)
class SpendByFrequencyParams(GammaGammaParams):
    """A Gamma-Gamma of those with one repeat, and the factor on the mean when the frequency doubles: 2^theta."""

    doubling: float = 1.0


class SpendByFrequency(GammaGamma):
    """A Gamma-Gamma whose mean is `doubling` times as large when the frequency is twice as high.

    It is fitted on the customers that a `GammaGamma` is fitted on, and is that model where `doubling` is 1.

    Examples
    --------
    >>> model = SpendByFrequency.from_params(p=6.25, q=3.74, gamma=15.44, doubling=1.1)
    >>> import pyarrow
    >>> customers = pyarrow.table({"frequency": [4, 1, 0], "monetary_value": [22.35, 22.35, None]})
    >>> model.expected_spend(customers).round(2).tolist()
    [24.35, 26.27, 32.02]
    """

    names = (*NAMES, "doubling")

    @classmethod
    def from_params(cls, *, p: float, q: float, gamma: float, doubling: float = 1.0) -> Self:
        """Return a model with given parameters, as if known without error."""
        return cls._known(p=p, q=q, gamma=gamma, doubling=doubling)

    def fit(self, history: Any) -> Self:
        """Find the most likely parameters.

        Parameters
        ----------
        history : Table, one row per customer
            Columns ``frequency`` and ``monetary_value`` (may be missing where there is no repeat).

        Raises
        ------
        NotEnoughData, ArgumentError
            As `GammaGamma.fit`.
        FitError
            The likelihood has no proper top; also where all customers have one and the same
            frequency, which tells nothing of others.
        """
        return self.fit_repeaters(read_repeaters(history, model="Spend by frequency"))

    def fit_repeaters(self, repeaters: Repeaters) -> Self:
        """Do as `fit`, on patterns that are counted already."""
        size, unit = repeaters.total, repeaters.unit
        top = maximise(
            partial(log_likelihood, tabulate(repeaters, unit=unit)), names=self.names, size=float(size),
            starts=[[*start, doubling] for start, doubling in zip(STARTS, (1.0, 1.1, 0.9), strict=True)],
        )  # fmt: skip
        return self._keep(
            top, np.array([1.0, 1.0, unit, 1.0]), shift=-size * float(np.log(unit)), customers=size,
            left_out=repeaters.left_out,
        )  # fmt: skip

    @property
    def log_errors_(self) -> dict[str, float]:
        """Standard errors of the parameters' logarithms."""
        return self._log_errors("log_errors_")

    @property
    def theta_(self) -> float:
        """The exponent: the mean spend is proportional to x^theta."""
        return math.log2(self.parameters("theta_").doubling)

    def scale(self, frequency: Any, total: Any) -> Any:
        """Return gamma(x) + total: the total of a customer's next purchases is a multiple of it."""
        return total + gamma_at(self.parameters("scale"), frequency)

    def parameters(self, asked: str = "parameters") -> SpendByFrequencyParams:
        """Return the fitted parameters as the pure functions of this file take them."""
        return SpendByFrequencyParams(**self._fitted(asked).params)
