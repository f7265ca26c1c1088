"""What the models of subscriptions share: fit on renewals, survival, periods and lifetime ahead, intervals.

In   a table of cohorts or of subscriptions (`renewals.py`); for forecasts the renewals that each holder has behind him
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from patron.errors import ArgumentError, FitError, NotEnoughData
from patron.language import failure, listing
from patron.models import retention
from patron.models.cohort_renewals import cohort_renewals
from patron.models.estimator import MIN_CUSTOMERS, Estimator, check_number
from patron.models.parameter_interval import log_interval, logit_interval
from patron.models.patterns import Patterns, read_patterns
from patron.models.renewals import Renewals, as_table
from patron.models.retention import RetentionParams
from patron.models.subscription_renewals import count_renewals, renewals_of
from patron.stats.maximise import Objective, maximise

Floats = NDArray[np.float64]

TENURE = "tenure"


class RetentionModel(Estimator, ABC):
    """A model of how many periods a subscription runs.

    Forecasts are asked for by ``tenure``, the number of renewals passed so far: whole numbers, or a table (Ibis, Arrow,
    pandas, Polars) with a column of that name. The result is an array in row order, or an Ibis table plus a column.
    """

    title: ClassVar[str]  # how sentences call it
    short_name: ClassVar[str]  # how the column `model` calls it

    @abstractmethod
    def _objective(self, renewals: Renewals) -> Objective:
        """Return the log-likelihood of the renewals and its gradient, from the parameters."""

    @abstractmethod
    def _starts(self, churn: float) -> list[list[float]]:
        """Return plausible parameters for a mean chance to leave."""

    def fit(self, table: Any, *, as_of: date | None = None) -> Self:
        """Find the most likely parameters.

        Parameters
        ----------
        table : Table
            One row per cohort and period: ``cohort``, ``period`` (1 is the first renewal), ``customers`` who came to
            that renewal, ``lost`` among them. Or one row per subscription: ``started_on``, ``ended_on`` (the last day
            paid for; null while it runs), ``period_days``, one length for all.
        as_of : date, optional
            The last day we may know about; needed with subscriptions, and only with them.

        Raises
        ------
        NotEnoughData
            Fewer than 30 came to a renewal, too few different renewals were seen, nobody was lost, or nobody kept.
        FitError
            The likelihood has no proper top; the text says which parameters the data do not determine.
        ContractError, ArgumentError
            The table lacks a column, or holds values that cannot be.
        """
        return self.fit_renewals(_renewals(table, as_of))

    def fit_renewals(self, renewals: Renewals) -> Self:
        """Do as `fit`, on renewals that are counted already."""
        churn = self._check_enough(renewals)
        try:
            top = maximise(
                self._objective(renewals), starts=self._starts(churn), names=self.names,
                size=float(renewals.at_risk.sum()),
            )  # fmt: skip
        except FitError as error:
            facts = {"slope": 0.0, "parameters": "", **error.data}
            raise failure(FitError, "renewals.no_top", model=self.title, **facts) from error
        return self._keep(
            top, np.ones(len(self.names)), shift=0.0, customers=renewals.customers, left_out=renewals.left_out
        )

    def survival(self, periods: ArrayLike) -> Floats:
        """Return the share of new holders that stays beyond so many periods, S(t); 1 at 0."""
        return np.exp(retention.log_survival(self._parameters(), _not_negative("periods", periods)))

    def retention_rate(self, period: ArrayLike) -> Floats:
        """Return the share of those who come to a renewal that pass it, r(t); the first renewal is 1."""
        values = _not_negative("period", period)
        if (values < 1).any():
            raise failure(ArgumentError, "renewals.period", came=float(values.min()))
        return np.exp(retention.log_retention(self._parameters(), values))

    def expected_periods(self, tenure: Any, *, horizon: float) -> Any:
        """Return how many of the next `horizon` renewals each holder is expected to pass."""
        ahead = partial(retention.periods_ahead, self._parameters(), periods=_horizon(horizon))
        return self._score("expected_periods", ahead, tenure)

    def probability_subscribed(self, tenure: Any, *, horizon: float) -> Any:
        """Return the chance that each holder passes all of the next `horizon` renewals."""
        ahead = partial(retention.survival_ahead, self._parameters(), periods=_horizon(horizon))
        return self._score("probability_subscribed", ahead, tenure)

    def periods_interval(self, tenure: Any, *, horizon: float, level: float = 0.95) -> Any:
        """Return the ends of an interval that holds the renewals passed within `horizon` with chance `level`.

        The distribution is exact given the parameters; counts are whole, so it holds a little more than `level`.

        Returns
        -------
        array of two columns, or Table
            Low and high; for an Ibis table the columns ``periods_low`` and ``periods_high``.
        """
        params, periods = self._parameters(), _horizon(horizon)
        check_number("level", level, high=1, open_ended=True)
        patterns = _read(tenure)
        low, high = retention.interval_ahead(params, patterns[TENURE], periods, level)
        return patterns.restore(periods_low=low, periods_high=high)

    def expected_residual_lifetime(self, tenure: Any) -> Any:
        """Return how many renewals each holder will ever pass.

        Raises
        ------
        ArgumentError
            There is no such number: so many are expected to stay for ever that the mean is infinite (alpha c is 1 or
            less). Ask `expected_periods` for a horizon, or `discounted_residual_lifetime`.
        """
        params = self._parameters()
        self._refuse_endless(params)
        return self._score("expected_residual_lifetime", partial(retention.residual_lifetime, params), tenure)

    def discounted_residual_lifetime(self, tenure: Any, *, discount_rate: float) -> Any:
        """Return DERL: the renewals that each holder will ever pass, discounted to now.

        Now is right before the next renewal: that one counts in full, the one after it 1 / (1 + rate).

        Parameters
        ----------
        tenure : int, array of int, or Table
            Renewals passed so far (n - 1 in the paper).
        discount_rate : float
            A period, as a share.

        Raises
        ------
        ArgumentError
            The rate is 0 and the sum has no end.
        """
        params = self._parameters()
        rate = check_number("discount_rate", discount_rate)
        if rate == 0:
            self._refuse_endless(params)
        lifetime = partial(retention.discounted_lifetime, params, rate=rate)
        return self._score("discounted_residual_lifetime", lifetime, tenure)

    def survival_interval(self, periods: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return the ends of an interval that holds the true share that stays so long, given the parameters' errors."""
        self._fitted("survival_interval")
        check_number("level", level, high=1, open_ended=True)
        times = _not_negative("periods", periods)
        return logit_interval(self, lambda model: model.survival(times), level=level)

    def expected_periods_interval(self, tenure: Any, *, horizon: float, level: float = 0.95) -> Any:
        """Return the ends of an interval that holds the true *expected* periods, given the parameters' errors.

        It tells how well the parameters are known; `periods_interval` holds what one holder will do.

        Returns
        -------
        array of two columns, or Table
            Low and high; for an Ibis table the columns ``expected_periods_low`` and ``expected_periods_high``.
        """
        self._fitted("expected_periods_interval")
        periods = _horizon(horizon)
        check_number("level", level, high=1, open_ended=True)
        patterns = _read(tenure)
        low, high = log_interval(
            self, lambda model: retention.periods_ahead(model.parameters(), patterns[TENURE], periods), level=level
        )
        return patterns.restore(expected_periods_low=low, expected_periods_high=high)

    def parameters(self) -> RetentionParams:
        """Return the fitted parameters as the pure functions of `retention.py` take them."""
        return self._parameters()

    def _parameters(self) -> RetentionParams:
        return RetentionParams(**self._fitted("parameters").params)

    def _refuse_endless(self, params: RetentionParams) -> None:
        if params.alpha * params.c <= 1:
            raise failure(ArgumentError, "renewals.endless", came=params.alpha * params.c, model=self.title)

    def _score(self, name: str, function: Callable[[Floats], Floats], tenure: Any) -> Any:
        patterns = _read(tenure)
        return patterns.restore(**{name: function(patterns[TENURE])})

    def _check_enough(self, renewals: Renewals) -> float:
        """Return the mean chance to leave, or refuse to fit on so little."""
        facts = {"model": self.title, "customers": renewals.customers}
        if renewals.customers < MIN_CUSTOMERS:
            raise failure(NotEnoughData, "renewals.too_few", allowed=MIN_CUSTOMERS, **facts)
        lost, at_risk = float(renewals.lost.sum()), float(renewals.at_risk.sum())
        if not lost:
            raise failure(NotEnoughData, "renewals.nobody_lost", **facts)
        if lost == at_risk:
            raise failure(NotEnoughData, "renewals.nobody_kept", **facts)
        seen = int((renewals.at_risk > 0).sum())
        if seen < len(self.names):
            raise failure(NotEnoughData, "renewals.too_short", came=seen, allowed=len(self.names), **facts)
        return lost / at_risk


def _renewals(table: Any, as_of: date | None) -> Renewals:
    """Count the renewals of a table of cohorts, or of subscriptions as they stood on a day."""
    rows = as_table(table)
    if as_of is None:
        if "started_on" in rows.columns and "period" not in rows.columns:
            raise failure(ArgumentError, "renewals.as_of", came=None)
        return cohort_renewals(rows)
    groups = count_renewals(rows, as_of=as_of)
    lengths = sorted(set(groups["period_days"].to_pylist()))
    if len(lengths) > 1:
        raise failure(ArgumentError, "renewals.lengths", came=listing(lengths))
    return renewals_of(groups)


def _read(tenure: Any) -> Patterns:
    """Count the tenures of a table or of an array, and refuse what is no whole number."""
    table = tenure
    if not hasattr(tenure, "__arrow_c_stream__") and not hasattr(tenure, "to_pyarrow"):
        table = pa.table({TENURE: np.atleast_1d(_not_negative(TENURE, tenure)).ravel()})
    patterns = read_patterns(table, (TENURE,))
    broken = patterns[TENURE] != np.floor(patterns[TENURE])
    if broken.any():
        came = int(patterns.customers[broken].sum())
        raise failure(ArgumentError, "renewals.tenure", column=TENURE, came=came, customers=patterns.total)
    return patterns


def _not_negative(argument: str, values: Any) -> Floats:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise failure(ArgumentError, "renewals.no_numbers", argument=argument, came=type(values).__name__) from error
    wrong = ~(np.isfinite(array) & (array >= 0))
    if wrong.any():
        raise failure(ArgumentError, "renewals.negative", argument=argument, came=float(array[wrong].flat[0]))
    return array


def _horizon(horizon: float) -> float:
    """Return a whole number of renewals, or refuse it."""
    if check_number("horizon", horizon) != np.floor(horizon):
        raise failure(ArgumentError, "discrete.horizon", came=horizon)
    return float(horizon)
