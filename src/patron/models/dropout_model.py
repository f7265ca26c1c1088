"""The estimator that BG/NBD and MBG/NBD share: fit, scores, intervals, influence.

In   a history with `frequency`, `recency` and `T`, as counted patterns
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from patron.errors import ArgumentError, NotEnoughData
from patron.language import failure
from patron.models.dropout import (
    COLUMNS,
    NAMES,
    DropoutParams,
    expected_purchases,
    expected_purchases_of_new,
    outlook,
    probability_alive,
)
from patron.models.dropout_likelihood import (
    log_likelihood,
    log_likelihood_of_stayers,
    scores,
    starts,
    tabulate,
    thinned,
    with_stayers,
)
from patron.models.estimator import Estimator, check_enough, check_number
from patron.models.patterns import Patterns, read_patterns
from patron.models.purchase_counts import chance_of_at_least, count_interval
from patron.stats.maximise import maximise

Floats = NDArray[np.float64]

BLOCK = 1 << 19  # rows


class DropoutModel(Estimator):
    """Purchases at a gamma distributed rate until a dropout whose chance is beta distributed.

    Parameters
    ----------
    dropout : bool
        Whether customers leave. Without dropout (a is 0, b is 1) it is the NBD model, for a history in which the fit
        finds that nobody seems to leave.

    Notes
    -----
    A history's ``frequency``, ``recency`` and ``T`` may be in any unit of time; a horizon is in the same unit. With
    another unit alpha changes in proportion, r, a, b and all forecasts stay.
    """

    names = NAMES
    title: ClassVar[str]  # how sentences call it
    kind: ClassVar[type[DropoutParams]]

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
        return self.fit_patterns(read_patterns(history, COLUMNS))

    def fit_patterns(self, patterns: Patterns) -> Self:
        """Do as `fit`, on patterns that are counted already."""
        x, t_x, T = _columns(patterns)
        customers = patterns.customers.astype(np.float64)
        purchases, time = float(customers @ x), float(customers @ T)
        self._check_enough(patterns, purchases, time)
        unit = time / patterns.total
        columns = x, t_x / unit, T / unit, customers
        height = log_likelihood if self.dropout else log_likelihood_of_stayers
        used = 4 if self.dropout else 2
        extra = self.kind.extra
        top = maximise(
            partial(height, tabulate(*columns, extra=extra)), names=NAMES[:used], size=float(patterns.total),
            starts=[start[:used] for start in starts(purchases, time / unit)],
            rough=thinned(height, columns, extra=extra),
        )  # fmt: skip
        return self._keep(
            with_stayers(top) if used == 2 else top, np.array([1.0, unit, 1.0, 1.0]),
            shift=-purchases * float(np.log(unit)), customers=patterns.total, left_out=0,
        )  # fmt: skip

    def expected_purchases(self, history: Any, *, horizon: float) -> Any:
        """Return the purchases that each customer is expected to make within `horizon` (same unit as T)."""
        return self._score("expected_purchases", expected_purchases, history, horizon)

    def expected_purchases_of_new(self, t: ArrayLike) -> Floats:
        """Return the repeat purchases of a new customer's first time `t`, E[X(t)]."""
        return expected_purchases_of_new(self.parameters("expected_purchases_of_new"), t)

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
        slopes = scores(params, *_columns(patterns))
        shifts = slopes @ covariance
        displacement = (shifts * slopes).sum(axis=1)
        worst = np.argsort(-displacement, kind="stable")[:top]
        facts: dict[str, Any] = {name: patterns[name][worst] for name in COLUMNS}
        facts |= {"customers": patterns.customers[worst], "displacement": displacement[worst]}
        facts |= {name: np.exp(-shifts[worst, column]) for column, name in enumerate(NAMES)}
        return pa.table(facts)

    def _score(self, name: str, function: Any, history: Any, *horizon: float) -> Any:
        patterns, params = self._read(history, name, *horizon, counted=False)
        scores = _in_blocks(lambda *columns: function(params, *columns, *horizon), patterns)
        return scores if patterns.source is None else patterns.restore(**{name: scores})

    def _read(
        self, history: Any, asked: str, horizon: float = 0.0, *, counted: bool = True
    ) -> tuple[Patterns, DropoutParams]:
        params = self.parameters(asked)
        check_number("horizon", horizon)
        return read_patterns(history, COLUMNS, counted=counted), params

    def parameters(self, asked: str = "parameters") -> DropoutParams:
        """Return the fitted parameters as the pure functions of `dropout.py` take them."""
        return self.kind(**self._fitted(asked).params)

    def _check_enough(self, patterns: Patterns, purchases: float, time: float) -> None:
        check_enough(self.title, patterns.total, [(name, patterns[name]) for name in COLUMNS])
        for key, total in (("no_repeats", purchases), ("no_time", time)):
            if not total:
                raise failure(NotEnoughData, f"models.{key}", model=self.title, customers=patterns.total)


def _columns(patterns: Patterns) -> tuple[Floats, Floats, Floats]:
    return patterns["frequency"], patterns["recency"], patterns["T"]


def _in_blocks(function: Callable[..., Floats], patterns: Patterns) -> Floats:
    """Apply a function to the columns, so many rows at once that what it makes on the way stays in fast memory."""
    columns = _columns(patterns)
    scores = np.empty(len(columns[0]))
    for start in range(0, len(scores), BLOCK):
        block = slice(start, start + BLOCK)
        scores[block] = function(*(column[block] for column in columns))
    return scores
