"""What all models of how often customers buy share: fit, forecasts, intervals, influence.

A model says what its likelihood is (`fit_patterns`) and answers on arrays (`alive`, `ahead`, `outlook`, `scores`); from
these this base makes the methods that take a table. What is built on a model of purchases (lifetime value, forecasts,
backtest) knows this base only.

In   a history with `frequency`, `recency` and `T`, as counted patterns
"""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from patron.errors import ArgumentError, NotEnoughData
from patron.language import failure
from patron.models.covariate_effects import CovariateEffects
from patron.models.estimator import Estimator, check_enough, check_number
from patron.models.parameter_interval import log_interval, logit_interval
from patron.models.patterns import Patterns, read_patterns
from patron.models.purchase_counts import Outlook, count_interval

Floats = NDArray[np.float64]

COLUMNS = ("frequency", "recency", "T")
BLOCK = 1 << 19  # rows
ALL = slice(None)
WORTHLESS = 40.0  # force x time after which nothing is left of money to sixteen digits
NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)


class PurchaseAnswers(ABC):
    """What a fitted model of purchases is asked on arrays, or one for each of some cells of customers."""

    @abstractmethod
    def alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        """Return the chance that each customer has not left by T."""

    @abstractmethod
    def ahead(self, x: Floats, t_x: Floats, T: Floats, horizon: ArrayLike) -> Floats:
        """Return E[Y(t) | x, t_x, T], the purchases of the time `horizon` after T."""

    @abstractmethod
    def outlook(self, x: Floats, t_x: Floats, T: Floats, horizon: float) -> Outlook:
        """Return the distribution of the purchases within `horizon` after T."""

    @abstractmethod
    def scores(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        """Return each customer's gradient of the log-likelihood on the log scale of the parameters."""

    def ahead_discounted(
        self, x: Floats, t_x: Floats, T: Floats, horizon: float, force: float
    ) -> tuple[Floats, Floats]:
        """Return the expected purchases within `horizon`, and the same with each discounted to now.

        `force` is the continuous rate of discount a unit of time. The integral of exp(-force s) dE[Y(s)] is, by parts,
        exp(-force h) E[Y(h)] plus `force` times the integral of exp(-force s) E[Y(s)], a smooth and small term: twelve
        Gauss-Legendre nodes give it, for each stretch of the horizon over which money halves or so, until none is left.
        """
        plain = self.ahead(x, t_x, T, horizon)
        if force == 0 or horizon == 0:
            return plain, plain
        discounted = math.exp(-force * horizon) * plain
        ends = np.linspace(0, min(horizon, WORTHLESS / force), math.ceil(min(force * horizon, WORTHLESS)) + 1).tolist()
        for begin, end in itertools.pairwise(ends):
            half = (end - begin) / 2
            for node, weight in zip(NODES.tolist(), WEIGHTS.tolist(), strict=True):
                s = begin + half * (node + 1)
                discounted = discounted + force * half * weight * math.exp(-force * s) * self.ahead(x, t_x, T, s)
        return plain, discounted


class PurchaseModel(Estimator, PurchaseAnswers):
    """A model of the purchases ahead, given how often, how recently and for how long a customer has bought.

    Notes
    -----
    A history's ``frequency``, ``recency`` and ``T`` may be in any unit of time; a horizon is in the same unit. With
    another unit the parameters that are times change in proportion, the others and all forecasts stay.
    """

    title: str  # how sentences call it
    short_name: str  # how the column `model` calls it
    covariate_effects: ClassVar[CovariateEffects | None] = None  # what covariates move; None where it takes none

    @abstractmethod
    def fit_patterns(self, patterns: Patterns) -> Self:
        """Do as `fit`, on patterns that are counted already."""

    def among(self, patterns: Patterns, rows: slice = ALL) -> PurchaseAnswers:  # noqa: ARG002 - for those who differ
        """Return what answers for some of the patterns: itself, unless their parameters differ."""
        return self

    @property
    def pattern_columns(self) -> tuple[str, ...]:
        """What patterns are counted by for a score."""
        return COLUMNS

    def prepared(self, history: Any) -> Any:
        """Return a history with all `pattern_columns`."""
        return history

    @property
    def has_dropout_(self) -> bool:
        """Whether the fitted customers leave at all."""
        return True

    def fit(self, history: Any) -> Self:
        """Find the most likely parameters.

        Parameters
        ----------
        history : Table, one row per customer
            Columns ``frequency``, ``recency`` and ``T``.

        Raises
        ------
        NotEnoughData
            Fewer than 30 customers, no repeat purchase at all, or customers that do not differ.
        FitError
            The likelihood has no proper top; the text says which parameters the data do not determine.
        ArgumentError
            The history holds values that cannot be.
        """
        return self.fit_patterns(self.count_patterns(history))

    def count_patterns(self, history: Any) -> Patterns:
        """Return what of a history the fit depends on."""
        return read_patterns(history, COLUMNS)

    def expected_purchases(self, history: Any, *, horizon: float) -> Any:
        """Return the purchases that each customer is expected to make within `horizon` (same unit as T)."""
        check_number("horizon", horizon)
        return self._ask("expected_purchases", lambda of, *columns: of.ahead(*columns, horizon), history)

    def expected_purchases_of_new(self, t: ArrayLike) -> Floats:
        """Return the repeat purchases of a new customer's first time `t`, E[X(t)]."""
        self._fitted("expected_purchases_of_new")
        nothing = np.zeros(())
        return self.ahead(nothing, nothing, nothing, t)

    def probability_alive(self, history: Any) -> Any:
        """Return the chance that each customer has not left for good."""
        return self._ask("probability_alive", lambda of, *columns: of.alive(*columns), history)

    def expected_purchases_interval(self, history: Any, *, horizon: float, level: float = 0.95) -> Any:
        """Return the ends of an interval that holds the true *expected* purchases with chance `level`.

        It tells how well the parameters are known; `purchase_interval` holds what one customer will do.

        Returns
        -------
        array of two columns, or Table
            Low and high; for an Ibis history the columns ``expected_purchases_low`` and ``expected_purchases_high``.
        """
        patterns = self._read_for_interval(history, "expected_purchases_interval", horizon, level)
        columns = columns_of(patterns)
        low, high = log_interval(self, lambda model: model.among(patterns).ahead(*columns, horizon), level=level)
        return patterns.restore(expected_purchases_low=low, expected_purchases_high=high)

    def probability_alive_interval(self, history: Any, *, level: float = 0.95) -> Any:
        """Return the ends of an interval that holds the true chance of being there with chance `level`.

        Returns
        -------
        array of two columns, or Table
            Low and high; for an Ibis history the columns ``probability_alive_low`` and ``probability_alive_high``.
        """
        patterns = self._read_for_interval(history, "probability_alive_interval", 0.0, level)
        columns = columns_of(patterns)
        low, high = logit_interval(self, lambda model: model.among(patterns).alive(*columns), level=level)
        return patterns.restore(probability_alive_low=low, probability_alive_high=high)

    def purchase_interval(self, history: Any, *, horizon: float, level: float = 0.95) -> Any:
        """Return the ends of an interval that holds a customer's purchases within `horizon` with chance `level`.

        The distribution is exact given the parameters; counts are whole, so it holds a little more than `level`.

        Returns
        -------
        array of two columns, or Table
            Low and high; for an Ibis history the columns ``purchases_low`` and ``purchases_high``.
        """
        patterns = self._read_for_interval(history, "purchase_interval", horizon, level)
        low, high = count_interval(self.among(patterns).outlook(*columns_of(patterns), horizon), level=level)
        return patterns.restore(purchases_low=low, purchases_high=high)

    def cdf(self, history: Any, counts: ArrayLike, *, horizon: float) -> Floats:
        """Return P(N <= count) of each customer's purchases within `horizon`; `counts` in the history's row order."""
        patterns = self._read(history, "cdf", horizon)
        values = np.atleast_1d(np.asarray(counts, dtype=np.float64))
        if values.shape != patterns.rows.shape or not np.isfinite(values).all():
            raise failure(ArgumentError, "models.counts", came=values.size, allowed=len(patterns.rows))
        outlook = self.among(patterns).outlook(*columns_of(patterns), horizon).take(patterns.rows)
        return 1 - outlook.at_least(np.floor(values) + 1)

    def influence(self, history: Any, *, top: int = 10) -> pa.Table:
        """Return the customers that move the fit most.

        Parameters
        ----------
        history : Table
            The one the model was fitted on.
        top : int
            How many patterns to return.

        Returns
        -------
        pyarrow.Table
            The pattern, how many ``customers`` show it, the ``displacement`` (score x covariance x score of one such
            customer on the log scale: the mean over all customers is the number of parameters / n, one above 1 moves
            the fit by more than a standard error), and by what factor each parameter would change without that
            customer, to first order.
        """
        patterns = self._read(history, "influence")
        slopes = self._slopes(patterns)
        shifts = slopes @ np.array(self._fitted("influence").covariance)
        displacement = (shifts * slopes).sum(axis=1)
        worst = np.argsort(-displacement, kind="stable")[:top]
        facts: dict[str, Any] = {name: patterns[name][worst] for name in COLUMNS}
        facts |= {"customers": patterns.customers[worst], "displacement": displacement[worst]}
        facts |= {name: np.exp(-shifts[worst, column]) for column, name in enumerate(self.names)}
        return pa.table(facts)

    def _slopes(self, patterns: Patterns) -> Floats:
        """Return the gradient of each pattern's log-likelihood, as the covariance has it."""
        return self.scores(*columns_of(patterns))

    def _score(self, name: str, function: Callable[..., Floats], history: Any) -> Any:
        """Return a score that a function of x, t_x and T alone gives."""
        return self._ask(name, lambda _, *columns: function(*columns), history)

    def _ask(self, name: str, function: Callable[..., Floats], history: Any) -> Any:
        """Return a score that a function of what answers for the customers, x, t_x and T gives."""
        patterns = self._read(history, name, counted=False)
        scores = self._in_blocks(function, patterns)
        return scores if patterns.source is None else patterns.restore(**{name: scores})

    def _in_blocks(self, function: Callable[..., Floats], patterns: Patterns) -> Floats:
        """Apply a function to the columns, so many rows at once that what it makes on the way stays in fast memory."""
        columns = columns_of(patterns)
        scores = np.empty(len(columns[0]))
        for start in range(0, len(scores), BLOCK):
            block = slice(start, start + BLOCK)
            scores[block] = function(self.among(patterns, block), *(column[block] for column in columns))
        return scores

    def _read(self, history: Any, asked: str, horizon: float = 0.0, *, counted: bool = True) -> Patterns:
        self._fitted(asked)
        check_number("horizon", horizon)
        return read_patterns(self.prepared(history), self.pattern_columns, counted=counted)

    def _read_for_interval(self, history: Any, asked: str, horizon: float, level: float) -> Patterns:
        check_number("level", level, high=1, open_ended=True)
        return self._read(history, asked, horizon)

    def check_enough(self, patterns: Patterns) -> tuple[float, float]:
        """Return all purchases and all time of the patterns, or refuse to fit on them.

        Raises
        ------
        NotEnoughData
            Fewer than 30 customers, no repeat purchase at all, or customers that do not differ.
        """
        check_enough(self.title, patterns.total, [(name, patterns[name]) for name in COLUMNS])
        customers = patterns.customers.astype(np.float64)
        purchases, time = float(customers @ patterns["frequency"]), float(customers @ patterns["T"])
        for key, total in (("no_repeats", purchases), ("no_time", time)):
            if not total:
                raise failure(NotEnoughData, f"models.{key}", model=self.title, customers=patterns.total)
        return purchases, time


def columns_of(patterns: Patterns) -> tuple[Floats, Floats, Floats]:
    """Return x, t_x and T."""
    return patterns["frequency"], patterns["recency"], patterns["T"]
