"""How many purchases will each customer make, and has the customer left?

BG/NBD: a customer buys at a Poisson rate that differs between customers (gamma), and after each purchase leaves for
good with a chance that differs between customers (beta).

Ref  Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2), 275-284:
     likelihood equations 6 and 7, E[X(t)] equation 9, E[Y(t) | x, t_x, T] equation 10
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from functools import partial
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray
from scipy import special

from patron.errors import ArgumentError, NotEnoughData
from patron.language import failure
from patron.models.estimator import Estimator, check_enough, check_number
from patron.models.patterns import Patterns, read_patterns
from patron.models.purchase_counts import Outlook, chance_of_at_least, count_interval
from patron.stats.maximise import Maximum, Objective, maximise
from patron.stats.special import count_until_dropout, log_chance_to_stay

Floats = NDArray[np.float64]

NAMES = ("r", "alpha", "a", "b")
COLUMNS = ("frequency", "recency", "T")
NEVER = 1e-300  # stands for a = 0 where its logarithm is taken
THINNED = 10_000  # patterns that are enough to choose between the starts


def log_likelihoods(params: BgNbdParams, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Return each customer's log-likelihood (equation 6)."""
    x, t_x, T = (np.asarray(v, dtype=np.float64) for v in (x, t_x, T))
    r, alpha, a, b = astuple(params)
    rate = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + T)
    stay = log_chance_to_stay(x, a, b)
    return np.asarray(rate + stay + np.where(x > 0, np.logaddexp(0, _log_odds_left(params, x, t_x, T)), 0.0))


def probability_alive(params: BgNbdParams, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """Return the chance that the customer has not left by T; 1 without a repeat (the denominator of equation 10)."""
    x, t_x, T = (np.asarray(v, dtype=np.float64) for v in (x, t_x, T))
    return np.asarray(np.where(x > 0, special.expit(-_log_odds_left(params, x, t_x, T)), 1.0))


def _log_odds_left(params: BgNbdParams, x: Floats, t_x: Floats, T: Floats) -> Floats:
    """Return the log odds of having left at t_x; for x = 0 the value means nothing."""
    r, alpha, a, b = astuple(params)
    waited = np.log1p((T - t_x) / (alpha + t_x))
    if a == 0:
        return np.full(np.broadcast(x, t_x, T).shape, -np.inf)
    return np.asarray(np.log(a) - np.log(np.maximum(b + x - 1, 1e-300)) + (r + x) * waited)


def expected_purchases(params: BgNbdParams, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, horizon: float) -> Floats:
    """Return E[Y(t) | x, t_x, T], the purchases of the time `horizon` after T (equation 10)."""
    r, alpha, a, b = astuple(params)
    x, T = np.asarray(x, dtype=np.float64), np.asarray(T, dtype=np.float64)
    alive = probability_alive(params, x, t_x, T)
    return alive * count_until_dropout(r + x, horizon / (alpha + T), a, b + x)


def expected_purchases_of_new(params: BgNbdParams, t: ArrayLike) -> Floats:
    """Return E[X(t)], the repeat purchases of a new customer's first time `t` (equation 9)."""
    r, alpha, a, b = astuple(params)
    return count_until_dropout(r, np.asarray(t, dtype=np.float64) / alpha, a, b)


def outlook(params: BgNbdParams, x: Floats, t_x: Floats, T: Floats, horizon: float) -> Outlook:
    """Return what the number of purchases within `horizon` after T depends on."""
    r, alpha, a, b = astuple(params)
    return Outlook(
        alive=probability_alive(params, x, t_x, T), shape=r + x, reach=horizon / (alpha + T + horizon), a=a, b=b + x
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Tables:
    """What of the patterns depends on x alone, on T alone, and on all three (repeaters only)."""

    x: Floats
    customers_x: Floats
    T: Floats
    customers_by_time: Floats
    purchases_by_time: Floats
    t_x: Floats
    at_x: NDArray[np.intp]
    at_t: NDArray[np.intp]
    at_time: NDArray[np.intp]
    repeat_x: Floats
    repeat_customers: Floats


Height = Callable[[_Tables, Floats], tuple[float, Floats]]


def _tabulate(x: Floats, t_x: Floats, T: Floats, customers: Floats) -> _Tables:
    distinct_x, at_x = np.unique(x, return_inverse=True)
    distinct_T, at_time = np.unique(T, return_inverse=True)
    repeat = x > 0
    distinct_t, at_t = np.unique(t_x[repeat], return_inverse=True)
    return _Tables(
        x=distinct_x,
        customers_x=_sums(at_x, customers),
        T=distinct_T,
        customers_by_time=_sums(at_time, customers),
        purchases_by_time=_sums(at_time, customers * x),
        t_x=distinct_t,
        at_x=at_x[repeat],
        at_t=at_t,
        at_time=at_time[repeat],
        repeat_x=x[repeat],
        repeat_customers=customers[repeat],
    )


def _log_likelihood_of_stayers(tables: _Tables, values: Floats) -> tuple[float, Floats]:
    """Return the same in r and alpha alone, when nobody leaves."""
    height, gradient = _log_likelihood(tables, np.array([*values, NEVER, 1.0]))
    return height, gradient[:2]


def _with_stayers(top: Maximum) -> Maximum:
    """Return a top in r and alpha as one in r, alpha, a = 0 and b = 1, which are given."""
    return replace(top, values=np.append(top.values, [0.0, 1.0]), covariance=np.pad(top.covariance, (0, 2)))


def _thinned(height: Height, x: Floats, t_x: Floats, T: Floats, customers: Floats) -> tuple[Objective, float] | None:
    """Return the likelihood of every so many sorted patterns and its size, or None where all of them are few."""
    every = len(x) // THINNED
    if every < 2:
        return None
    sample = [np.ascontiguousarray(v[::every]) for v in (x, t_x, T, customers)]
    return partial(height, _tabulate(*sample)), float(sample[-1].sum())


def _sums(place: NDArray[np.intp], values: Floats) -> Floats:
    return np.bincount(place, values).astype(np.float64)


def _log_likelihood(tables: _Tables, values: Floats) -> tuple[float, Floats]:
    """Return the log-likelihood of all customers and its gradient in r, alpha, a, b.

    Long sums are NumPy's pairwise ones: more exact than a dot product, and the same on any number of cores.
    """
    r, alpha, a, b = values
    x, n_x = tables.x, tables.customers_x
    log_T, log_t = np.log(alpha + tables.T), np.log(alpha + tables.t_x)
    weight_T = r * tables.customers_by_time + tables.purchases_by_time
    total = n_x.sum()
    waited = log_T[tables.at_time] - log_t[tables.at_t]
    shape = r + tables.repeat_x
    odds = (np.log(a) - np.log(b + x - 1 + (x == 0)))[tables.at_x] + shape * waited
    n = tables.repeat_customers
    small = np.exp(-np.abs(odds))
    left = n * np.where(odds > 0, 1.0, small) / (1 + small)
    stay = special.betaln(a, b + x) - special.betaln(a, b)
    height = (
        n_x @ (special.gammaln(r + x) - special.gammaln(r) + stay)
        + total * r * np.log(alpha)
        - weight_T @ log_T
        + (n * (np.maximum(odds, 0) + np.log1p(small))).sum()
    )
    digamma_ab = special.digamma(a + b) - special.digamma(a + b + x)
    by_x = np.bincount(tables.at_x, left, minlength=len(x))
    inverse = (1 / (alpha + tables.T))[tables.at_time] - (1 / (alpha + tables.t_x))[tables.at_t]
    gradient = np.array([
        n_x @ (special.digamma(r + x) - special.digamma(r)) + total * np.log(alpha) - tables.customers_by_time @ log_T
        + (left * waited).sum(),
        total * r / alpha - weight_T @ (1 / (alpha + tables.T)) + (left * shape * inverse).sum(),
        n_x @ digamma_ab + left.sum() / a,
        n_x @ (digamma_ab + special.digamma(b + x) - special.digamma(b)) - (by_x / (b + x - 1 + (x == 0))).sum(),
    ])  # fmt: skip
    return float(height), gradient


def _starts(purchases: float, time: float) -> list[list[float]]:
    """Return three plausible shops: very different customers who stay, alike customers, and quick leavers."""
    pace = time / purchases
    return [[0.5, 0.5 * pace, 0.5, 3.0], [2.0, 2.0 * pace, 1.0, 10.0], [0.3, 0.1 * pace, 1.0, 1.5]]


def _scores(params: BgNbdParams, x: Floats, t_x: Floats, T: Floats) -> Floats:
    """Return each customer's gradient of the log-likelihood on the log scale of the parameters."""
    r, alpha, a, b = astuple(params)
    left = 1 - probability_alive(params, x, t_x, T)
    dropout = special.digamma(a + b) - special.digamma(a + b + x)
    rest = np.where(x > 0, b + x - 1, 1.0)
    waited = np.log1p((T - t_x) / (alpha + t_x))
    return np.column_stack([
        r * (special.digamma(r + x) - special.digamma(r) - np.log1p(T / alpha) + left * waited),
        r - alpha * (r + x) / (alpha + T) - left * alpha * (r + x) * (T - t_x) / ((alpha + T) * (alpha + t_x)),
        a * dropout + left,
        b * (dropout + special.digamma(b + x) - special.digamma(b) - left / rest),
    ])  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class BgNbdParams:
    """Purchase rate ~ Gamma(r, alpha), dropout chance ~ Beta(a, b), none with a = 0; alpha is in the unit of T."""

    r: float
    alpha: float
    a: float
    b: float


class BgNbd(Estimator):
    """The BG/NBD model of purchases and dropout.

    Parameters
    ----------
    dropout : bool
        Whether customers leave. Without dropout (a is 0, b is 1) it is the NBD model, for a history in which the fit
        finds that nobody seems to leave.

    Notes
    -----
    A history's ``frequency``, ``recency`` and ``T`` may be in any unit of time; a horizon is in the same unit. With
    another unit alpha changes in proportion, r, a, b and all forecasts stay.

    Examples
    --------
    >>> model = BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)  # the paper's, in weeks
    >>> import pyarrow
    >>> customer = pyarrow.table({"frequency": [2], "recency": [30.43], "T": [38.86]})
    >>> round(float(model.expected_purchases(customer, horizon=39)[0]), 3)
    1.226
    """

    names = NAMES

    def __init__(self, *, dropout: bool = True) -> None:
        self.dropout = dropout

    @classmethod
    def from_params(cls, *, r: float, alpha: float, a: float, b: float) -> Self:
        """Return a model with given parameters, as if known without error."""
        return cls._known(r=r, alpha=alpha, a=a, b=b)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that `to_json` described; it predicts exactly as before.

        Raises
        ------
        ArgumentError
            The text describes another model, or none.
        """
        model = super().from_json(text)
        model.dropout = model.params_["a"] > 0
        return model

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
        patterns = read_patterns(history, COLUMNS)
        x, t_x, T = (patterns[name] for name in COLUMNS)
        customers = patterns.customers.astype(np.float64)
        purchases, time = float(customers @ x), float(customers @ T)
        self._check_enough(patterns, purchases, time)
        unit = time / patterns.total
        columns = x, t_x / unit, T / unit, customers
        height = _log_likelihood if self.dropout else _log_likelihood_of_stayers
        used = 4 if self.dropout else 2
        top = maximise(
            partial(height, _tabulate(*columns)), names=NAMES[:used], size=float(patterns.total),
            starts=[start[:used] for start in _starts(purchases, time / unit)], rough=_thinned(height, *columns),
        )  # fmt: skip
        return self._keep(
            _with_stayers(top) if used == 2 else top, np.array([1.0, unit, 1.0, 1.0]),
            shift=-purchases * float(np.log(unit)), customers=patterns.total, left_out=0,
        )  # fmt: skip

    def expected_purchases(self, history: Any, *, horizon: float) -> Any:
        """Return the purchases that each customer is expected to make within `horizon` (same unit as T)."""
        return self._score("expected_purchases", expected_purchases, history, horizon)

    def expected_purchases_of_new(self, t: ArrayLike) -> Floats:
        """Return the repeat purchases of a new customer's first time `t`, E[X(t)]."""
        return expected_purchases_of_new(self._params("expected_purchases_of_new"), t)

    def probability_alive(self, history: Any) -> Any:
        """Return the chance that each customer has not left for good."""
        return self._score("probability_alive", probability_alive, history)

    def purchase_interval(self, history: Any, *, horizon: float, level: float = 0.95) -> Any:
        """Return the ends of an interval that holds a customer's purchases within `horizon` with chance `level`.

        The distribution is exact given the parameters; counts are whole, so it holds a little more than `level`.

        Returns
        -------
        array of two columns, or Table
            Low and high; for an Ibis history the columns ``purchases_low`` and ``purchases_high``.
        """
        check_number("level", level, high=1, open_ended=True)
        patterns, params = self._read(history, "purchase_interval", horizon)
        low, high = count_interval(outlook(params, *_columns(patterns), horizon), level=level)
        return patterns.restore(purchases_low=low, purchases_high=high)

    def cdf(self, history: Any, counts: ArrayLike, *, horizon: float) -> Floats:
        """Return P(N <= count) of each customer's purchases within `horizon`; `counts` in the history's row order."""
        patterns, params = self._read(history, "cdf", horizon)
        values = np.atleast_1d(np.asarray(counts, dtype=np.float64))
        if values.shape != patterns.rows.shape or not np.isfinite(values).all():
            raise failure(ArgumentError, "models.counts", came=values.size, allowed=len(patterns.rows))
        x, t_x, T = (value[patterns.rows] for value in _columns(patterns))
        return 1 - chance_of_at_least(outlook(params, x, t_x, T, horizon), np.floor(values) + 1)

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
            customer on the log scale: the mean over all customers is 4 / n, one above 1 moves the fit by more than a
            standard error), and by what factor r, alpha, a and b would change without that customer, to first order.
        """
        patterns, params = self._read(history, "influence", 0)
        covariance = np.array(self._fitted("influence").covariance)
        scores = _scores(params, *_columns(patterns))
        shifts = scores @ covariance
        displacement = (shifts * scores).sum(axis=1)
        worst = np.argsort(-displacement, kind="stable")[:top]
        facts: dict[str, Any] = {name: patterns[name][worst] for name in COLUMNS}
        facts |= {"customers": patterns.customers[worst], "displacement": displacement[worst]}
        facts |= {name: np.exp(-shifts[worst, column]) for column, name in enumerate(NAMES)}
        return pa.table(facts)

    def _score(self, name: str, function: Any, history: Any, *horizon: float) -> Any:
        patterns, params = self._read(history, name, *horizon)
        return patterns.restore(**{name: function(params, *_columns(patterns), *horizon)})

    def _read(self, history: Any, asked: str, horizon: float = 0.0) -> tuple[Patterns, BgNbdParams]:
        params = self._params(asked)
        check_number("horizon", horizon)
        return read_patterns(history, COLUMNS), params

    def _params(self, asked: str) -> BgNbdParams:
        return BgNbdParams(**self._fitted(asked).params)

    @staticmethod
    def _check_enough(patterns: Patterns, purchases: float, time: float) -> None:
        check_enough("BG/NBD", patterns.total, [(name, patterns[name]) for name in COLUMNS])
        for key, total in (("no_repeats", purchases), ("no_time", time)):
            if not total:
                raise failure(NotEnoughData, f"models.{key}", model="BG/NBD", customers=patterns.total)


def _columns(patterns: Patterns) -> tuple[Floats, Floats, Floats]:
    return patterns["frequency"], patterns["recency"], patterns["T"]
