"""How much more, or less, than others does one customer heed prices?

Among the weeks in which a product was for sale, one who heeds prices buys in the cheap ones. Given how often she bought
it, the weeks are a draw in which cheap ones count as they do for everybody, and what is left over is her own score. How
far customers differ at all is told by whether scores of one customer's purchases agree with each other; with few
purchases she stays close to everybody else.

Ref  Hausman, Hall & Griliches (1984), Econometric models for count data, Econometrica 52(4), 909-938: conditional on
     the customer's total, her level drops out
     Efron & Morris (1975), Data analysis using Stein's estimator, JASA 70, 311-319
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import special

from patron.engines.constant import constant
from patron.errors import ContractError
from patron.language import did_you_mean, failure, listing
from patron.models.estimator import NORMAL_95
from patron.models.peer_rows import as_ibis
from patron.models.price_fit import FittedPrices
from patron.models.price_rows import PriceRows
from patron.models.price_scores import LEARNED

Floats = NDArray[np.float64]

COLUMNS = ("customer_id", "product_id", "period", "units")


@dataclass(frozen=True, kw_only=True)
class Differing:
    """How far customers differ: the variance of their own shifts, and of a purchase's score in units of information."""

    variance: float
    dispersion: float


def pulls_of(rows: PriceRows, fit: FittedPrices) -> pa.Table:
    """Return ``product_id, period, pull, told`` of learned products: a purchase's score then, and its information."""
    use = fit.status[rows.product[fit.kept]] == LEARNED
    kept, found = fit.kept[use], fit.residuals
    expected, periods = found.expected[use], len(rows.days)
    key = rows.product[kept] * periods + rows.period[kept]
    seen, place = np.unique(key, return_inverse=True)
    total = np.bincount(place, expected)
    pull = np.bincount(place, expected * found.residual[use]) / total
    product = seen // periods
    many = len(rows.products)
    sums = np.bincount(product, np.bincount(place, expected * found.residual[use] * found.told[use]), many)
    told = sums / np.bincount(product, total, many).clip(1e-300)
    return pa.table({
        "product_id": pa.array(np.array(rows.products, dtype=object)[product], pa.string()),
        "period": pa.array([rows.days[one] for one in (seen % periods).tolist()], pa.date32()), "pull": pull,
        "told": told[product],
    })  # fmt: skip


def customer_shifts(purchases: Any, pulls: pa.Table) -> ir.Table:
    """Return each customer's shift; see `PriceResponse.customers`."""
    each = customer_scores(_checked(purchases), ibis.memtable(pulls))
    differing = _differing(each)
    weight = each.told * constant(differing.variance) / (
        each.told * constant(differing.variance) + constant(differing.dispersion)
    )  # fmt: skip
    shift = weight * each.score / each.told.nullif(0)
    reach = ((constant(1.0) - weight) * constant(differing.variance)).sqrt() * constant(NORMAL_95)
    return each.select(
        "customer_id", "purchases", shift=shift, low=shift - reach, high=shift + reach, own_weight=weight
    )


def customer_scores(bought: ir.Table, pulls: ir.Table) -> ir.Table:
    """Return ``customer_id, score, squares, told, purchases``: sums over a customer's purchases that the fit knows.

    Parameters
    ----------
    bought : Table
        ``customer_id, product_id, period, units``.
    pulls : Table
        What `pulls_of` returns.
    """
    joined = bought.inner_join(pulls, ["product_id", "period"])
    units = joined.units.cast("float64")
    scored = joined.select("customer_id", score=units * joined.pull, told=units * joined.told, units=units)
    return scored.group_by("customer_id").aggregate(
        score=scored.score.sum(),
        squares=(scored.score * scored.score).sum(),
        told=scored.told.sum(),
        purchases=scored.units.sum(),
    )


def _differing(each: ir.Table) -> Differing:
    """Return how far customers differ, from additive sums over all of them."""
    sums = each.aggregate(
        cross=(each.score * each.score - each.squares).sum(), squares=each.squares.sum(), told=each.told.sum(),
        told_squares=(each.told * each.told).sum(),
    ).to_pyarrow().to_pylist()[0]  # fmt: skip
    told, below = sums["told"] or 0.0, sums["told_squares"] or 0.0
    if told <= 0 or below <= 0:
        return Differing(variance=0.0, dispersion=1.0)
    dispersion = sums["squares"] / told
    found, error = sums["cross"] / below, dispersion * np.sqrt(2 / below)
    # The mean of what is possible: customers differ by more than nought, though a small shop cannot show it.
    z = max(found / error, -8.0)
    variance = found + error * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) / special.ndtr(z)
    return Differing(variance=float(max(variance, 0.0)), dispersion=float(dispersion))


def _checked(purchases: Any) -> ir.Table:
    table = as_ibis(purchases)
    for name in COLUMNS:
        if name not in table.columns:
            raise failure(
                ContractError, "errors.contract_column_missing", table="purchases", column=name,
                came=listing(table.columns), allowed="any", hint=did_you_mean(name, table.columns),
            )  # fmt: skip
    return table.select(
        customer_id=table.customer_id.cast("string"), product_id=table.product_id.cast("string"),
        period=table.period.cast("date"), units="units",
    )  # fmt: skip
