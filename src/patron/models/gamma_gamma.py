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
from patron.models.estimator import Estimator, check_enough
from patron.models.patterns import SPENT, Patterns, is_spent, read_patterns
from patron.stats.maximise import maximise

Floats = NDArray[np.float64]
Column = TypeVar("Column", NDArray[np.float64], ir.NumericValue)

NAMES = ("p", "q", "gamma")
COLUMNS = ("frequency", "monetary_value")


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
    p, q, gamma = astuple(params)
    spend: Column = (total + gamma) * p / (purchases * p + (q - 1))
    return spend


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
class _Tables:
    """What of the patterns depends on x alone, and the totals of each pattern."""

    x: Floats
    customers_x: Floats
    at_x: NDArray[np.intp]
    total: Floats
    customers: Floats
    purchases: float  # of all customers
    log_mean: float  # sum over customers
    x_log_total: float  # sum over customers of x log(x mean)


def _tabulate(x: Floats, mean: Floats, customers: Floats) -> _Tables:
    distinct, at_x = np.unique(x, return_inverse=True)
    return _Tables(
        x=distinct,
        customers_x=np.bincount(at_x, customers).astype(np.float64),
        at_x=at_x,
        total=x * mean,
        customers=customers,
        purchases=float(customers @ x),
        log_mean=float(customers @ np.log(mean)),
        x_log_total=float((customers * x) @ np.log(x * mean)),
    )


def _log_likelihood(tables: _Tables, values: Floats) -> tuple[float, Floats]:
    """Return the log-likelihood of all repeaters and its gradient in p, q, gamma."""
    p, q, gamma = values
    x, n_x, n = tables.x, tables.customers_x, tables.customers
    number = n_x.sum()
    log_all = np.log(gamma + tables.total)
    by_x = np.bincount(tables.at_x, n * log_all, minlength=len(x))
    height = (
        n_x @ (special.gammaln(p * x + q) - special.gammaln(p * x)) + number * (q * np.log(gamma) - special.gammaln(q))
        + p * tables.x_log_total - tables.log_mean - (p * x + q) @ by_x
    )  # fmt: skip
    shape = special.digamma(p * x + q)
    gradient = np.array([
        (n_x * x) @ (shape - special.digamma(p * x)) + tables.x_log_total - x @ by_x,
        n_x @ shape + number * (np.log(gamma) - special.digamma(q)) - by_x.sum(),
        number * q / gamma - (n * (p * x + q)[tables.at_x] / (gamma + tables.total)).sum(),
    ])  # fmt: skip
    return float(height), gradient


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
        patterns = read_patterns(history, COLUMNS, optional=("monetary_value",))
        spent = (patterns["frequency"] > 0) & (patterns["monetary_value"] > 0)
        x, mean = patterns["frequency"][spent], patterns["monetary_value"][spent]
        customers = patterns.customers[spent].astype(np.float64)
        size = int(customers.sum())
        check_enough("Gamma-Gamma", size, [("monetary_value", mean)])
        unit = float(customers @ (x * mean) / (customers @ x))
        tables = _tabulate(x, mean / unit, customers)
        top = maximise(
            partial(_log_likelihood, tables),
            starts=[[2.0, 4.0, 1.5], [6.0, 3.0, 0.4], [1.0, 10.0, 9.0]], names=NAMES, size=float(size),
        )  # fmt: skip
        return self._keep(
            top, np.array([1.0, 1.0, unit]), shift=-size * float(np.log(unit)), customers=size,
            left_out=patterns.total - size,
        )  # fmt: skip

    @property
    def population_spend_(self) -> float:
        """The expected amount of a customer of whom nothing is known.

        Raises
        ------
        FitError
            q is 1 or less: the amounts have so heavy a tail that there is no mean.
        """
        p, q, gamma = astuple(self._params("population_spend_"))
        if q <= 1:
            raise failure(FitError, "models.no_mean", came=q)
        return float(p * gamma / (q - 1))

    def expected_spend(self, history: Any) -> Any:
        """Return the expected amount of each customer's next purchase day.

        A customer without a repeat, or without a positive ``monetary_value``, is expected to spend the mean of all.
        """
        params = self._params("expected_spend")
        _ = self.population_spend_
        patterns = read_patterns(history, ("frequency",), spent=True)
        if patterns.source is None:
            return expected_spend(params, *spend_of_rows(patterns))
        return history.mutate(expected_spend=expected_spend(params, *spend_of_table(history)))

    def _params(self, asked: str) -> GammaGammaParams:
        return GammaGammaParams(**self._fitted(asked).params)
