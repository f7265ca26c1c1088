"""From a table of customers and products to the arrays that a catalogue is fitted on.

Who bought once is counted by how long ago, in steps of a twentieth of its logarithm; of those who bought again the
whole sums are read, of at most 2,000 customers a product, who are drawn by the hash of their id and stand for the rest.

In   one row per customer and product, `replenishment_lines.cycles_of`
Out  `Evidence`: what there is of each product; `Rows` of those that can be fitted
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.models.replenishment_likelihood import Rows
from patron.models.replenishment_lines import UNIT

Floats = NDArray[np.float64]

LEAST_INTERVALS = 10  # of a product, for a cycle
LEAST_CUSTOMERS = 5  # with a repeat
MOST_INTERVALS = 24.0  # of one customer that count: more of them weigh as much as these
MOST_CUSTOMERS = 2_000  # with a repeat, of one product
STEPS = 20.0  # bins of the logarithm of the silence
HALF_A_DAY = 0.5  # the day that is over was without a purchase, the coming one need not be
LOTS = 65_536.0
HEX = "0123456789abcdef"
FIGURES = ("intervals", "log_gap", "log_gap_2", "log_packs", "log_packs_2", "log_both")


@dataclass(frozen=True)
class Evidence:
    """What there is of each product, in the order of their ids."""

    product: list[str]
    customers: NDArray[np.int64]
    repeaters: NDArray[np.int64]  # of the customers
    intervals: NDArray[np.int64]

    @property
    def enough(self) -> NDArray[np.bool_]:
        """Which products can be fitted."""
        return (self.intervals >= LEAST_INTERVALS) & (self.repeaters >= LEAST_CUSTOMERS)


def count_products(cycles: ir.Table) -> Evidence:
    """Count each product's customers, those who bought it again, and their intervals."""
    again = cycles.intervals > 0
    counts = cycles.group_by("product_id").aggregate(
        customers=cycles.count(), repeaters=again.sum().cast("int64"), intervals=cycles.intervals.sum().cast("int64")
    )
    table = counts.order_by("product_id").to_pyarrow()
    numbers = (table[name].to_numpy() for name in ("customers", "repeaters", "intervals"))
    return Evidence(table["product_id"].to_pylist(), *numbers)


def read_rows(cycles: ir.Table, evidence: Evidence) -> Rows:
    """Return the rows of the products that can be fitted, numbered in the order of their ids, and sorted."""
    places = np.flatnonzero(evidence.enough)
    drawn = np.minimum(1.0, MOST_CUSTOMERS / evidence.repeaters[places])
    fitted = ibis.memtable(
        pa.table({
            "_id": pa.array([evidence.product[place] for place in places], pa.string()),
            "_product": np.arange(len(places)),
            "_lots": np.ceil(drawn * LOTS).astype(np.int64),
        })
    )  # fmt: skip
    among = cycles.inner_join(fitted, [("product_id", "_id")])
    patterns = _counted(_drawn(among)).to_pyarrow()
    arrays = {name: patterns[name].to_numpy() for name in patterns.column_names}
    order = np.lexsort([arrays[name] for name in ("last_packs", "silence", *reversed(FIGURES), "_product")])
    return _arrays({name: array[order] for name, array in arrays.items()})


def _drawn(among: ir.Table) -> ir.Table:
    """Leave out who is not drawn; a product whose repeaters are few enough keeps all without a look at their ids."""
    hashed = among.customer_id.hexdigest("md5")
    digits = (ibis.literal(HEX).find(hashed.substr(place, 1)).cast("int64") * 16**place for place in range(4))
    lot = sum(digits, start=ibis.literal(0, "int64"))
    all_kept = (among._lots >= int(LOTS)) | (among.intervals == 0)
    return among.filter(ibis.ifelse(all_kept, ibis.literal(-1, "int64"), lot) < among._lots)


def _counted(drawn: ir.Table) -> ir.Table:
    once = drawn.intervals == 0
    silence = (drawn.silent_days.cast("float64") + ibis.literal(HALF_A_DAY, "float64")).log()
    step = ibis.literal(UNIT / STEPS, "float64")
    binned = (silence * ibis.literal(STEPS, "float64")).round() * step
    keyed = drawn.mutate(
        silence=ibis.ifelse(once, binned, silence * ibis.literal(UNIT, "float64")).round().cast("int64")
    )
    return keyed.group_by("_product", "_lots", *FIGURES, "silence", "last_packs").aggregate(_customers=keyed.count())


def _arrays(of: dict[str, NDArray[np.int64]]) -> Rows:
    k = of["intervals"].astype(np.float64)
    share = tempered(k) / UNIT
    weight = of["_customers"].astype(np.float64) * np.where(k > 0, LOTS / of["_lots"], 1.0)
    return Rows(
        product=of["_product"], weight=weight, k=tempered(k) * k,
        y=of["log_gap"] * share, yy=of["log_gap_2"] * share / UNIT,
        x=of["log_packs"] * share, xx=of["log_packs_2"] * share / UNIT, xy=of["log_both"] * share / UNIT,
        silence=of["silence"] / UNIT, packs=of["last_packs"] / UNIT,
    )  # fmt: skip


def tempered(k: Floats) -> Floats:
    """Return the weight of each of a customer's k intervals: 1, or less where there are more than 24."""
    return MOST_INTERVALS / np.maximum(k, MOST_INTERVALS)
