"""Which model of the customers' value fits a history best, and is it put right by what came before?

In   contracts.customer.HISTORY, and a look back at the history one horizon ago (`lookback.py`)
"""

from __future__ import annotations

from datetime import date

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.errors import FitError, NotEnoughData
from patron.models.covariate_choice import choose_covariates
from patron.models.gamma_gamma import GammaGamma
from patron.models.lifetime_value import LifetimeValue
from patron.models.lookback import Lookback
from patron.models.mean_spend import MeanSpend
from patron.models.patterns import Patterns, read_patterns
from patron.models.purchase_choice import choose_purchases
from patron.models.purchase_model import COLUMNS, PurchaseModel
from patron.models.recalibration import Lesson, Recalibration, spend_factor
from patron.models.recent_history import recent_history
from patron.models.spend_by_frequency import SpendByFrequency
from patron.models.spend_model import fit_spend

SPEND_NAMES = {GammaGamma: "gamma_gamma", SpendByFrequency: "spend_by_frequency", MeanSpend: "mean_spend"}


def fit_value_model(
    history: ir.Table, *, discount_rate: float = 0.10, lookback: Lookback | None = None
) -> LifetimeValue | None:
    """Fit the best value model that a history allows.

    Parameters
    ----------
    history : Table
        Keeps the contract HISTORY. It is read twice (counted patterns); with columns of the contract COVARIATES besides
        once or twice more, to see whether they help.
    discount_rate : float
        A year, as a share.
    lookback : Lookback, optional
        What the model is chosen and recalibrated by: it is asked for the earlier day, and put right by what came since.

    Returns
    -------
    LifetimeValue, or None
        Of the purchase model that `choose_purchases` chooses, with covariates where these foretell better; without
        dropout where nobody seems to leave; with `SpendByFrequency` where spend depends on frequency (`independence_`
        says why), with `MeanSpend` where a Gamma-Gamma cannot be fitted; None where no model of the purchases can, or
        no repeat has an amount: `forecasts` then follows the naive rule.
    """
    try:
        chosen = choose_purchases(read_patterns(history, COLUMNS), lookback)
        chosen = choose_covariates(chosen, history, lookback)
        spend, independence = fit_spend(history)
    except (NotEnoughData, FitError):
        return None
    model = LifetimeValue.of(chosen.model, spend, discount_rate=discount_rate)
    model.log_scores_, model.independence_ = chosen.log_scores, independence
    if lookback is not None:
        model.recalibration_ = recalibrate(model, lookback)
    return model


def recalibrate(model: LifetimeValue, lookback: Lookback) -> Recalibration | None:
    """Ask a fitted model for an earlier day, and learn by what factors to put it right; None when too little came.

    It is the fitted model itself that is asked, not one fitted as of the earlier day: the factors belong to the very
    function that they correct.
    """
    both = lookback.history.left_join(lookback.outcome, "customer_id").drop("customer_id_right")
    both = both.mutate(**{name: both[name].cast("float64").fill_null(0.0) for name in ("orders", "value")})
    horizon = float(lookback.horizon_days)
    return Recalibration.learn(_lesson(both, model, horizon), horizon=horizon, spend=_spend(both, model))


def seen_by(model: LifetimeValue | None, history: ir.Table, orders: ir.Table | None, *, as_of: date) -> ir.Table:
    """Return a history with what a recalibrated model asks for besides: the customers through the window it learned in.

    Parameters
    ----------
    model : LifetimeValue or None
        Of `fit_value_model`.
    history : Table
        Keeps the contract HISTORY as of `as_of`.
    orders : Table, one row per order; optional
        Keeps the contract ORDERS as of `as_of`. Without it the history stays as it is.
    as_of : date
        The last day we may know about.
    """
    if model is None or model.recalibration_ is None or orders is None:
        return history
    return recent_history(history, orders, as_of=as_of, days=int(model.recalibration_.window))


def _lesson(both: ir.Table, model: LifetimeValue, horizon: float) -> Lesson:
    """Sum what came by pattern; whole numbers, so that the order of the rows does not matter."""
    both, by = model.purchases_.prepared(both), model.purchases_.pattern_columns
    grouped = both.group_by(*by).aggregate(
        customers=both.count(), orders=both.orders.sum(), squared_orders=(both.orders * both.orders).sum()
    )
    table = grouped.to_pyarrow()
    columns = {name: _numbers(table[name]) for name in table.column_names}
    order = np.lexsort([columns[name] for name in reversed(by)])
    columns = {name: values[order] for name, values in columns.items()}
    values = {name: columns.pop(name) for name in by}
    x, t_x, T = (values[name] for name in COLUMNS)
    patterns = Patterns(values=values, customers=columns["customers"].astype(np.int64), keys=table)
    expected = model.purchases_.among(patterns).ahead(x, t_x, T, horizon)
    return Lesson(x=x, t_x=t_x, T=T, expected=expected, **columns)


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(column.to_numpy(), dtype=np.float64)


def _spend(both: ir.Table, model: LifetimeValue) -> float:
    told = both.orders * model.spend_of(both)
    parts = {"value": both.value, "told": told, "squares": (both.value - told) * (both.value - told)}
    # Decimals, because a sum of floats depends on the order of the rows.
    sums = both.aggregate(
        **{name: part.round(4).cast("decimal(38, 4)").sum().cast("float64") for name, part in parts.items()}
    )
    return spend_factor(**{name: value or 0.0 for name, value in sums.to_pyarrow().to_pylist()[0].items()})


def model_name(model: LifetimeValue | None) -> str:
    """Return what the column `model` calls it."""
    if model is None:
        return "naive"
    name = f"{purchases_name(model.purchases_)}+{SPEND_NAMES[type(model.spend_)]}"
    return name if model.recalibration_ is None else f"{name}+recalibrated"


def purchases_name(model: PurchaseModel) -> str:
    """Return what a model of the purchases is called; without dropout it is the NBD."""
    return model.short_name if model.has_dropout_ else "nbd"
