"""What the purchase model of the same day says of each customer, as features beside the others.

A probability model carries what trees have to guess: that silence means more for who used to come often, and that a
long life in the data is not the same as a long memory. It is fitted on the features of one day alone, so it knows
nothing of later days.

In   contracts.propensity.FEATURES of some days
Out  the same rows, with contracts.propensity.OUTLOOK
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.contracts.propensity import OUTLOOK
from patron.errors import FitError, NotEnoughData
from patron.models.gamma_gamma import GammaGamma
from patron.models.mbg_nbd import MbgNbd
from patron.models.mean_spend import MeanSpend

Floats = NDArray[np.float64]

ORDERS_DAYS, VALUE_DAYS = 90, 365


def with_outlook(features: pa.Table) -> pa.Table:
    """Append expected orders, the probability to be alive and the expected value, by a model of each day of its own.

    Where a model cannot be fitted they are missing.
    """
    days = features["as_of"].unique().sort()
    return pa.concat_tables(_of_day(features.filter(pc.equal(features["as_of"], day))) for day in days)


def history_of(features: pa.Table) -> pa.Table:
    """Return what contracts.customer.HISTORY says of the same customers."""
    return pa.table({
        "customer_id": features["customer_id"],
        "frequency": pc.subtract(features["purchase_days"], 1),
        "recency": pc.subtract(features["tenure_days"], features["days_since_last"]),
        "T": features["tenure_days"],
        "monetary_value": features["repeat_value"],
    })  # fmt: skip


def _of_day(features: pa.Table) -> pa.Table:
    for column, values in zip(OUTLOOK, _outlook(history_of(features)), strict=True):
        features = features.append_column(column.name, pa.array(values, from_pandas=True))
    return features


def _outlook(history: pa.Table) -> tuple[Floats, Floats, Floats]:
    missing = np.full(history.num_rows, np.nan)
    try:
        purchases = MbgNbd().fit(history)
    except (NotEnoughData, FitError):
        return missing, missing, missing
    year = purchases.expected_purchases(history, horizon=VALUE_DAYS)
    alive = purchases.probability_alive(history)
    return purchases.expected_purchases(history, horizon=ORDERS_DAYS), alive, year * _spend(history, missing)


def _spend(history: pa.Table, missing: Floats) -> Floats:
    for kind in (GammaGamma, MeanSpend):
        try:
            return np.asarray(kind().fit(history).expected_spend(history), dtype=np.float64)
        except (NotEnoughData, FitError):
            continue
    return missing
