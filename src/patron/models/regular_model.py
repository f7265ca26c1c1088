"""The estimator that BG/CNBD-k and MBG/CNBD-k share: how regularly customers buy is one more thing to find.

In   a history with `frequency`, `recency` and `T`, as counted patterns; `litt` besides where it is known
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Self

import numpy as np

from patron.errors import ArgumentError, FitError
from patron.language import failure
from patron.models.dropout_model import DropoutModel
from patron.models.patterns import Patterns, has_column, read_patterns
from patron.models.purchase_model import COLUMNS
from patron.models.timing import log_density_of_all, log_density_of_last

LITT = "litt"
MOST = 12  # k that are tried
ENOUGH = 2  # k in a row below the best height end the search


class RegularModel(DropoutModel):
    """Purchases at Erlang-k times, at a gamma distributed rate, until a dropout whose chance is beta distributed.

    Parameters
    ----------
    k : int or None
        How regular customers are: a purchase is every k-th arrival, and 1 is BG/NBD or MBG/NBD; at most 12. None takes
        the likeliest; larger ones are not tried when two in a row were worse than the best.
    dropout : bool
        Whether customers leave; see `DropoutModel`.

    Notes
    -----
    ``alpha`` is on the time scale of the arrivals: a customer makes r / (k alpha) purchases a unit of time, on average
    and as long as she stays. T counts from the first purchase, and so does the count of arrivals: the time to the first
    repeat is as long as any other. Of a customer whose purchases began before the data that is not so.

    The log-likelihood is that of x, t_x and T, or where the history has a column ``litt``, the sum of the logs of the
    times between purchases (0 or nothing without a repeat), of all moments of purchases; both leave out what leaves the
    BG/NBD's likelihood unchanged, so that k = 1 has its value, and all k can be compared. ``litt`` tells more of k; the
    other parameters depend on it through k alone.

    k is chosen, not estimated: it has no standard error, and the others' are those at this k. A model that was loaded
    chooses anew when it is fitted again.
    """

    def __init__(self, *, k: int | None = None, dropout: bool = True) -> None:
        super().__init__(dropout=dropout)
        if k is not None:
            check_k(k)
        self.k = k

    @classmethod
    def from_params(cls, *, r: float, alpha: float, a: float, b: float, k: int = 1) -> Self:
        """Return a model with given parameters, as if known without error."""
        return cls._known(k=check_k(k), r=r, alpha=alpha, a=a, b=b)

    def count_patterns(self, history: Any) -> Patterns:
        """Return what of a history the fit depends on."""
        return read_patterns(history, COLUMNS, added=LITT if has_column(history, LITT) else None)

    def fit_patterns(self, patterns: Patterns) -> Self:
        """Do as `fit`, on patterns that are counted already."""
        if self.k is not None:
            return self._fit_regular(self.k, patterns)
        tried: list[tuple[float, Self | FitError]] = []
        for k in range(1, MOST + 1):
            tried.append(self._try(k, patterns))
            heights = [height for height, _ in tried]
            if max(heights) > max(heights[-ENOUGH:]):
                break
        _, best = max(tried, key=lambda one: one[0])
        if isinstance(best, FitError):
            raise best
        self._state = best._state
        return self

    def _try(self, k: int, patterns: Patterns) -> tuple[float, Self | FitError]:
        """Return how likely a k is, and its fit or why there is none.

        A k without a top still has a height: where nobody leaves the likelihood rises to that of the model without
        dropout. If that is the best, the error is the answer, not a k that errs so much that a dropout mends it.
        """
        try:
            fitted = type(self)(k=k, dropout=self.dropout)._fit_regular(k, patterns)
        except FitError as error:
            return self._height_of_stayers(k, patterns), error
        return fitted.log_likelihood_, fitted

    def _height_of_stayers(self, k: int, patterns: Patterns) -> float:
        try:
            return type(self)(k=k, dropout=False)._fit_regular(k, patterns).log_likelihood_
        except FitError:
            return -math.inf

    def _fit_regular(self, k: int, patterns: Patterns) -> Self:
        timing = _timing(k, patterns)
        fitted = self._fit_every(k, patterns)._fitted("fit_patterns")
        self._state = replace(fitted, params={"k": k, **fitted.params}, log_likelihood=self.log_likelihood_ + timing)
        return self


def check_k(k: int) -> int:
    """Return a k that is a whole number from 1 to 12.

    Raises
    ------
    ArgumentError
        It is not.
    """
    if not isinstance(k, int | np.integer) or isinstance(k, bool) or not 1 <= k <= MOST:
        raise failure(ArgumentError, "models.k", came=repr(k), allowed=MOST)
    return int(k)


def _timing(k: int, patterns: Patterns) -> float:
    """Return what the moments of the purchases add to the log-likelihood of all customers."""
    x, t_x = patterns["frequency"], patterns["recency"]
    at_once = (x > 0) & (t_x == 0)
    if k > 1 and at_once.any():
        came = int(patterns.customers[at_once].sum())
        raise failure(ArgumentError, "models.repeats_at_once", column="recency", came=came, customers=patterns.total)
    if patterns.added is not None:
        return log_density_of_all(k, float(patterns.customers @ x), patterns.added)
    return float((patterns.customers * log_density_of_last(k, x, t_x)).sum())
