"""How likely did a model hold what then came?

The logarithmic score of the whole distribution, not of its mean: the log of the chance that was given to each
customer's number of purchases.

Ref  Gneiting & Raftery (2007), Strictly proper scoring rules, prediction, and estimation, Journal of the American
     Statistical Association 102(477), 359-378: the logarithmic score, section 4
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from patron.models.lookback import Lookback
from patron.models.patterns import Patterns
from patron.models.purchase_model import COLUMNS, PurchaseModel, columns_of

Floats = NDArray[np.float64]

LEAST = 1e-12  # chance given to what a model holds for impossible
CLEARLY = 1.96  # standard errors by which another model must be better


@dataclass(frozen=True, kw_only=True)
class Came:
    """The patterns of an earlier day, each with a number of purchases that came since."""

    patterns: Patterns
    orders: Floats


@dataclass(frozen=True, kw_only=True)
class Scores:
    """The log chance that each candidate gave to what came, by pattern and count; by the candidate's place."""

    customers: Floats
    log_chance: dict[int, Floats]

    def means(self, than: int) -> dict[int, tuple[float, float]]:
        """Return each candidate's mean score a customer, and the standard error of its gain over another's."""
        total = float(self.customers.sum())
        found = {}
        for place, chance in self.log_chance.items():
            gain = chance - self.log_chance.get(than, chance)
            mean = float(self.customers @ gain) / total
            error = float(np.sqrt(self.customers @ (gain - mean) ** 2)) / total
            found[place] = (float(self.customers @ chance) / total, error)
        return found

    def best(self) -> int:
        """Return the best on what came; the first where no other is clearly better."""
        means = self.means(0)
        # If the first could not be fitted on the earlier day it has proved nothing: the best of the others is taken.
        base = means[0][0] if 0 in means else -np.inf
        clear = {place: mean for place, (mean, error) in means.items() if mean - base > CLEARLY * error}
        return max(clear, key=lambda place: clear[place], default=0)


def what_came(history: ir.Table, lookback: Lookback, *, by: Sequence[str] = COLUMNS) -> Came:
    """Count the patterns of an earlier day together with the purchases since; one engine call.

    Parameters
    ----------
    history : Table
        That of the look back, with the columns `by`.
    lookback : Lookback
        What came since.
    by : sequence of str
        What the patterns are counted by.
    """
    both = history.left_join(lookback.outcome, "customer_id").drop("customer_id_right")
    both = both.mutate(orders=both.orders.cast("float64").fill_null(0.0))
    table = both.group_by(*by, "orders").aggregate(customers=both.count()).to_pyarrow()
    columns = {name: np.asarray(table[name].to_numpy(), dtype=np.float64) for name in table.column_names}
    order = np.lexsort([columns[name] for name in reversed((*by, "orders"))])  # so that sums do not depend on it
    columns = {name: values[order] for name, values in columns.items()}
    orders, customers = columns.pop("orders"), columns.pop("customers").astype(np.int64)
    return Came(patterns=Patterns(values=columns, customers=customers, keys=table), orders=orders)


def log_chance(model: PurchaseModel, came: Came, horizon: float) -> Floats:
    """Return the log of the chance that a fitted model gave to each number of purchases within `horizon`."""
    outlook = model.among(came.patterns).outlook(*columns_of(came.patterns), horizon)
    exactly = outlook.at_least(came.orders) - outlook.at_least(came.orders + 1)
    return np.log(np.maximum(exactly, LEAST))
