"""In how many of the next periods will each customer buy, when a period brings one purchase at most?

BG/BB: for an annual donation, a cruise, a weekly shop or any clock of whole periods. In each period a customer buys
with a chance that differs between customers (beta), and before each leaves for good with a chance that differs, too.

Ref  Fader, Hardie & Shang (2010), Customer-base analysis in a discrete-time noncontractual setting, Marketing Science
     29(6), 1086-1108: likelihood equation 7, E[X(n)] 10, P(alive) 11, distribution 12, expectation 13, DERT 14
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from patron.errors import ArgumentError, FitError
from patron.language import failure
from patron.models.bg_bb_likelihood import (
    NAMES,
    BgBbParams,
    chances_alive,
    ladders,
    log_likelihood,
    scores,
    starts,
)
from patron.models.discrete_counts import DiscreteOutlook
from patron.models.distinct import distinct_rows
from patron.models.estimator import check_number
from patron.models.patterns import Patterns, read_patterns
from patron.models.purchase_model import COLUMNS, PurchaseModel, columns_of
from patron.stats.beta_geometric import discounted_periods, mean_periods
from patron.stats.maximise import maximise

Floats = NDArray[np.float64]


def probability_alive(params: BgBbParams, x: ArrayLike, t_x: ArrayLike, n: ArrayLike) -> Floats:
    """Return the chance that the customer will be there in period n + 1 (equation 11)."""
    columns = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (x, t_x, n)))
    number, shown_by = distinct_rows([v.ravel() for v in columns])
    chances = chances_alive(params, ladders(*(v.ravel()[shown_by] for v in columns)))
    return np.asarray(chances[number].reshape(columns[0].shape))


def expected_purchases(params: BgBbParams, x: ArrayLike, t_x: ArrayLike, n: ArrayLike, periods: ArrayLike) -> Floats:
    """Return E[X(n, n + n*) | x, t_x, n], the purchases of the next `periods` (equation 13; of new customers, 10)."""
    there = periods_there(params, n, periods)
    return np.asarray(probability_alive(params, x, t_x, n) * chance_to_buy(params, x, n) * there)


def chance_to_buy(params: BgBbParams, x: ArrayLike, n: ArrayLike) -> Floats:
    """Return the mean chance to buy in a period of customers who will be there in period n + 1."""
    return np.asarray((params.alpha + np.asarray(x)) / (params.alpha + params.beta + np.asarray(n)))


def periods_there(params: BgBbParams, n: ArrayLike, periods: ArrayLike) -> Floats:
    """Return how many of the next `periods` a customer is there for who will be there in period n + 1."""
    now = params.delta + np.asarray(n, dtype=np.float64)
    return np.asarray(mean_periods(params.gamma, now, periods) * (params.gamma + now) / now)


def discounted_periods_there(params: BgBbParams, n: Floats, periods: int, factor: float) -> Floats:
    """Return the same with the k-th period ahead counted as `factor` to the power k."""
    ages, at = np.unique(n, return_inverse=True)
    there, total = np.ones(len(ages)), np.zeros(len(ages))
    for k in range(periods):
        total += factor ** (k + 1) * there
        there *= (params.delta + ages + 1 + k) / (params.gamma + params.delta + ages + 1 + k)
    return np.asarray(total[at])


def residual_transactions(params: BgBbParams, x: ArrayLike, t_x: ArrayLike, n: ArrayLike, rate: float) -> Floats:
    """Return DERT, all purchases ahead, the next period's discounted once by `rate` (equation 14)."""
    now = params.delta + np.asarray(n, dtype=np.float64)
    there = discounted_periods(params.gamma, now, rate) * (params.gamma + now) / now
    return np.asarray(probability_alive(params, x, t_x, n) * chance_to_buy(params, x, n) * there)


class BgBb(PurchaseModel):
    """The BG/BB model of purchases in whole periods.

    A history has the columns of all models of purchases, counted in periods: ``frequency`` (x) is the periods with a
    purchase after the first, ``recency`` (t_x) the last of these, ``T`` the periods since the first purchase, which the
    paper calls n. A horizon is a whole number of periods.

    Examples
    --------
    >>> model = BgBb.from_params(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)  # the paper's, in years
    >>> import pyarrow
    >>> donors = pyarrow.table({"frequency": [6, 0], "recency": [6, 0], "T": [6, 6]})
    >>> model.expected_purchases(donors, horizon=5).round(2).tolist()  # always, and never
    [3.75, 0.07]
    """

    names = NAMES
    title = "BG/BB"
    short_name = "bg_bb"

    @classmethod
    def from_params(cls, *, alpha: float, beta: float, gamma: float, delta: float) -> Self:
        """Return a model with given parameters, as if known without error."""
        return cls._known(alpha=alpha, beta=beta, gamma=gamma, delta=delta)

    def fit(self, history: Any, *, weight: str | None = None) -> Self:
        """Find the most likely parameters.

        Parameters
        ----------
        history : Table, one row per customer
            Columns ``frequency``, ``recency`` and ``T``, whole numbers of periods.
        weight : str, optional
            A column that says how many customers a row stands for, in a table that is counted already.

        Raises
        ------
        NotEnoughData
            Fewer than 30 customers, no repeat purchase at all, or customers that do not differ.
        FitError
            The likelihood has no proper top; the text says which parameters the data do not determine.
        ArgumentError
            The history holds values that cannot be.
        """
        return self.fit_patterns(read_patterns(history, COLUMNS, weight=weight))

    def fit_patterns(self, patterns: Patterns) -> Self:
        """Do as `fit`, on patterns that are counted already."""
        _check_periods(patterns)
        purchases, _ = self.check_enough(patterns)
        customers = patterns.customers.astype(np.float64)
        rows = ladders(*columns_of(patterns))
        try:
            top = maximise(
                partial(log_likelihood, rows, customers), names=NAMES, size=float(patterns.total),
                starts=starts(purchases / max(float(customers @ patterns["recency"]), 1.0)),
            )  # fmt: skip
        except FitError as error:
            raise failure(
                FitError, "discrete.bg_bb_no_top", **{"slope": 0.0, "parameters": "", **error.data}
            ) from error
        return self._keep(top, np.ones(4), shift=0.0, customers=patterns.total, left_out=0)

    def alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        """Return the chance that each customer will be there in the next period, T + 1 (equation 11)."""
        return probability_alive(self._parameters(), x, t_x, T)

    def ahead(self, x: Floats, t_x: Floats, T: Floats, horizon: ArrayLike) -> Floats:
        """Return E[X(n, n + n*) | x, t_x, n], the purchases of the next `horizon` periods."""
        return expected_purchases(self._parameters(), x, t_x, T, _whole(horizon))

    def ahead_discounted(
        self, x: Floats, t_x: Floats, T: Floats, horizon: float, force: float
    ) -> tuple[Floats, Floats]:
        """Return the purchases of the next `horizon` periods, and the same with the k-th one times exp(-force k)."""
        params, periods = self._parameters(), int(_whole(horizon))
        buying = probability_alive(params, x, t_x, T) * chance_to_buy(params, x, T)
        discounted = discounted_periods_there(params, np.asarray(T, dtype=np.float64), periods, math.exp(-force))
        return buying * periods_there(params, T, periods), buying * discounted

    def outlook(self, x: Floats, t_x: Floats, T: Floats, horizon: float) -> DiscreteOutlook:
        """Return the distribution of the purchases in the next `horizon` periods."""
        params = self._parameters()
        return DiscreteOutlook(
            alive=probability_alive(params, x, t_x, T), bought=params.alpha + x, missed=params.beta + T - x,
            leave=params.gamma, stayed=params.delta + T + 1, periods=int(_whole(horizon)),
        )  # fmt: skip

    def scores(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        """Return each customer's gradient of the log-likelihood on the log scale of the parameters."""
        return scores(self._parameters(), x, t_x, T)

    def residual_transactions(self, history: Any, *, discount_rate: float) -> Any:
        """Return DERT: all purchases that each customer will ever make, discounted to now.

        Parameters
        ----------
        history : Table, one row per customer
            Columns ``frequency``, ``recency`` and ``T``.
        discount_rate : float
            A period, as a share: a purchase in the next period counts 1 / (1 + rate).

        Raises
        ------
        ArgumentError
            The rate is 0 and gamma 1 or less: then so many customers never leave that the sum has no end.
        """
        self._fitted("residual_transactions")
        check_number("discount_rate", discount_rate)
        if discount_rate == 0 and self._parameters().gamma <= 1:
            raise failure(ArgumentError, "discrete.endless", came=self._parameters().gamma, model=self.title)
        function: Callable[..., Floats] = partial(residual_transactions, self._parameters(), rate=discount_rate)
        return self._score("residual_transactions", function, history)

    def _read(self, history: Any, asked: str, horizon: float = 0.0, *, counted: bool = True) -> Patterns:
        patterns = super()._read(history, asked, horizon, counted=counted)
        _check_periods(patterns)
        return patterns

    def _parameters(self) -> BgBbParams:
        return BgBbParams(**self._fitted("parameters").params)


def _whole(horizon: ArrayLike) -> Floats:
    """Return a horizon, or refuse it when it is no whole number of periods."""
    values = np.asarray(horizon, dtype=np.float64)
    wrong = (values != np.floor(values)) | (values < 0) | ~np.isfinite(values)
    if wrong.any():
        raise failure(ArgumentError, "discrete.horizon", came=float(values[wrong].flat[0]))
    return values


def _check_periods(patterns: Patterns) -> None:
    """Refuse histories that are not of whole periods with one purchase at most in each."""
    x, t_x, T = columns_of(patterns)
    faults = (
        ("not_whole", "recency", t_x != np.floor(t_x)),
        ("not_whole", "T", np.floor(T) != T),
        ("crowded", "frequency", x > t_x),
    )
    for key, column, found in faults:
        if found.any():
            came = int(patterns.customers[found].sum())
            raise failure(ArgumentError, f"discrete.{key}", column=column, came=came, customers=patterns.total)
