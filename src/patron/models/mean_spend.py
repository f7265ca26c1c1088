"""What is spent on a purchase day when nothing more can be said: the mean over all repeat purchases."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from patron.engines.constant import constant
from patron.errors import NotEnoughData
from patron.language import failure
from patron.models.estimator import Estimator, Fitted
from patron.models.patterns import read_patterns


class MeanSpend(Estimator):
    """One expected amount for everybody; what remains when a Gamma-Gamma cannot be fitted.

    Examples
    --------
    >>> import pyarrow
    >>> history = pyarrow.table({"frequency": [3, 1, 0], "monetary_value": [10.0, 30.0, None]})
    >>> MeanSpend().fit(history).expected_spend(history).tolist()
    [15.0, 15.0, 15.0]
    """

    names = ("mean",)

    def fit(self, history: Any) -> Self:
        """Take the mean amount of all repeat purchases.

        Raises
        ------
        NotEnoughData
            Nobody has a repeat purchase with a positive amount.
        """
        patterns = read_patterns(history, ("frequency", "monetary_value"), optional=("monetary_value",))
        spent = (patterns["frequency"] > 0) & (patterns["monetary_value"] > 0)
        x, amount, customers = (
            v[spent] for v in (patterns["frequency"], patterns["monetary_value"], patterns.customers)
        )
        if not spent.any():
            raise failure(NotEnoughData, "models.no_repeats", model="MeanSpend", customers=patterns.total)
        purchases = float(customers @ x)
        mean = float(customers @ (x * amount)) / purchases
        # A ratio of sums over customers: the variance of its logarithm by the delta method.
        variance = float(customers @ (x * (amount - mean)) ** 2) / (purchases * mean) ** 2
        self._state = Fitted(
            params={"mean": mean}, covariance=[[variance]], log_likelihood=None, customers=int(customers.sum()),
            left_out=patterns.total - int(customers.sum()),
        )  # fmt: skip
        return self

    @property
    def population_spend_(self) -> float:
        """The mean amount."""
        return self._fitted("population_spend_").params["mean"]

    def expected_spend(self, history: Any) -> Any:
        """Return the same expected amount for each customer."""
        mean = self.population_spend_
        patterns = read_patterns(history, ("frequency",), spent=True)
        if patterns.source is None:
            return np.full(len(patterns.rows), mean)
        return history.mutate(expected_spend=constant(mean))
