"""How much does each customer spend on a purchase day?

Gamma-Gamma: a customer's amounts vary around a mean of their own (gamma), the means differ between customers (a gamma
distributed rate), and how much is independent of how often. A customer's own mean is shrunk to that of all, the more
the fewer purchases there are.

Ref  Fader & Hardie (2013), The Gamma-Gamma model of monetary value, equations 1a (likelihood) and 5 (expected spend)
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from functools import partial
from typing import Any, Self, TypeVar

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.errors import FitError
from patron.language import failure
from patron.models.estimator import Estimator
from patron.models.patterns import SPENT, Patterns, is_spent, read_patterns
from patron.models.spend_likelihood import Repeaters, log_likelihood_of_independent, read_repeaters, tabulate
from patron.stats.maximise import maximise

Floats = NDArray[np.float64]
Column = TypeVar("Column", NDArray[np.float64], ir.NumericValue)

NAMES: tuple[str, ...] = ("p", "q", "gamma")
STARTS = ([2.0, 4.0, 1.5], [6.0, 3.0, 0.4], [1.0, 10.0, 9.0])


def log_likelihoods(params: GammaGammaParams, x: Floats, mean: Floats) -> Floats:
    """Return each repeater's log-likelihood of a mean spend over x purchases (equation 1a)."""
    p, q, gamma = astuple(params)
    heights: Floats = np.asarray(
        special.gammaln(p * x + q) - special.gammaln(p * x) - special.gammaln(q) + q * np.log(gamma)
        + (p * x - 1) * np.log(mean) + p * x * np.log(x) - (p * x + q) * np.log(gamma + x * mean),
        dtype=np.float64,
    )  # fmt: skip
    return heights


def expected_spend(params: GammaGammaParams, purchases: Column, total: Column) -> Column:
    """Return the expected amount of a purchase, given how many there were and their total (equation 5).

    Arrays or Ibis columns. With no purchases it is the mean of all customers.
    """
    spend: Column = mean_of(params, total + params.gamma, purchases)
    return spend


def mean_of(params: GammaGammaParams, scale: Any, purchases: Any) -> Any:
    """Return the expected amount of a customer whose scale, gamma + total of the known amounts, is given."""
    return scale * params.p / (purchases * params.p + (params.q - 1))


def spend_of_rows(patterns: Patterns) -> tuple[Floats, Floats]:
    """Return how many amounts are known of each row of a table in memory, and their total."""
    x, mean = patterns.columns["frequency"], patterns.columns["monetary_value"]
    spent = patterns[SPENT][patterns.rows] > 0
    return np.where(spent, x, 0.0), np.where(spent, x * mean, 0.0)


def spend_of_table(history: ir.Table) -> tuple[ir.FloatingValue, ir.FloatingValue]:
    """Return the same as two expressions on an Ibis history."""
    x, mean = history.frequency.cast("float64"), history.monetary_value.cast("float64")
    spent, nothing = is_spent(history), ibis.literal(0.0, "float64")
    return ibis.ifelse(spent, x, nothing), ibis.ifelse(spent, x * mean, nothing)


@dataclass(frozen=True, kw_only=True)
class GammaGammaParams:
    """Amounts ~ Gamma(p, rate), rate ~ Gamma(q, gamma); gamma is in money."""

    p: float
    q: float
    gamma: float


class GammaGamma(Estimator):
    """The Gamma-Gamma model of the mean spend.

    It is fitted on customers with a repeat purchase and a positive ``monetary_value``; ``left_out_`` counts the others.

    Examples
    --------
    >>> model = GammaGamma.from_params(p=6.25, q=3.74, gamma=15.44)  # the paper's
    >>> import pyarrow
    >>> customers = pyarrow.table({"frequency": [2, 0], "monetary_value": [22.35, None]})
    >>> model.expected_spend(customers).round(2).tolist()
    [24.66, 35.22]
    """

    names = NAMES

    @classmethod
    def from_params(cls, *, p: float, q: float, gamma: float) -> Self:
        """Return a model with given parameters, as if known without error."""
        return cls._known(p=p, q=q, gamma=gamma)

    def fit(self, history: Any) -> Self:
        """Find the most likely parameters.

        Parameters
        ----------
        history : Table, one row per customer
            Columns ``frequency`` and ``monetary_value`` (may be missing where there is no repeat).

        Raises
        ------
        NotEnoughData
            Fewer than 30 customers have a repeat purchase with a positive amount, or all spend the same.
        FitError
            The likelihood has no proper top.
        ArgumentError
            The history holds values that cannot be.
        """
        return self.fit_repeaters(read_repeaters(history, model="Gamma-Gamma"))

    def fit_repeaters(self, repeaters: Repeaters) -> Self:
        """Do as `fit`, on patterns that are counted already."""
        size, unit = repeaters.total, repeaters.unit
        top = maximise(
            partial(log_likelihood_of_independent, tabulate(repeaters, unit=unit)), starts=STARTS, names=NAMES,
            size=float(size),
        )  # fmt: skip
        return self._keep(
            top, np.array([1.0, 1.0, unit]), shift=-size * float(np.log(unit)), customers=size,
            left_out=repeaters.left_out,
        )  # fmt: skip

    @property
    def population_spend_(self) -> float:
        """The expected amount of a customer of whom nothing is known.

        Raises
        ------
        FitError
            q is 1 or less: the amounts have so heavy a tail that there is no mean.
        """
        return float(self.amount(0.0, 0.0, 0.0))

    def expected_spend(self, history: Any) -> Any:
        """Return the expected amount of each customer's next purchase day.

        A customer without a repeat, or without a positive ``monetary_value``, is expected to spend the mean of all.
        """
        self.parameters("expected_spend")
        patterns = read_patterns(history, ("frequency",), spent=True)
        if patterns.source is None:
            return np.asarray(self.amount(patterns.columns["frequency"], *spend_of_rows(patterns)))
        amount = self.amount(history.frequency.cast("float64"), *spend_of_table(history))
        return history.mutate(expected_spend=amount)

    def amount(self, frequency: Any, purchases: Any, total: Any) -> Any:
        """Return the expected amount of customers, given how many amounts are known and their total.

        Parameters
        ----------
        frequency, purchases, total : float, array, or Ibis column
            The customers' x; how many amounts are known (x, or 0) and their sum, as `spend_of_rows` and
            `spend_of_table` return them.

        Raises
        ------
        FitError
            q is 1 or less, so that there is no mean.
        """
        params = self.parameters("amount")
        if params.q <= 1:
            raise failure(FitError, "models.no_mean", came=params.q)
        return mean_of(params, self.scale(frequency, total), purchases)

    def scale(self, frequency: Any, total: Any) -> Any:
        """Return gamma + total: the total of a customer's next purchases is a multiple of it (`value_interval.py`).

        `frequency` plays no part here: how much is independent of how often.
        """
        _ = frequency
        return total + self.parameters("scale").gamma

    def parameters(self, asked: str = "parameters") -> GammaGammaParams:
        """Return the fitted parameters as the pure functions of this file take them."""
        return GammaGammaParams(**self._fitted(asked).params)
