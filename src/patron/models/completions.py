"""What completes a bundle of which a customer has the rest?

Out  contracts.affinity.COMPLETIONS
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from patron.contracts.affinity import COMPLETIONS
from patron.models.bundle_orders import Orders

Ints = NDArray[np.int64]

MOST = 5
"""Products told of one customer."""

CUSTOMERS = 20_000  # at a time


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Who has the rest may want the missing one; the largest value first."""

    first: Ints
    second: Ints  # the same as `first` where the rest is one product
    missing: Ints
    value: NDArray[np.float64]
    told: pa.Table  # what the rows say: bundle, share, lift, basis, amount, reason

    @classmethod
    def of(cls, rows: Sequence[dict[str, Any]]) -> Rules:
        """Return rules made of rows."""
        ordered = sorted(rows, key=lambda row: (-row["value"], row["bundle"], row["missing"]))
        names = ("share", "lift", "basis", "amount", "value", "bundle", "reason")
        fields = [COMPLETIONS.schema.to_pyarrow().field(name) for name in names]
        told = [{**row, "amount": Decimal(str(row["amount"]))} for row in ordered]
        whole = [np.array([row["rest"][place] for row in ordered], np.int64) for place in (0, -1)]
        return cls(
            first=whole[0], second=whole[1], missing=np.array([row["missing"] for row in ordered], np.int64),
            value=np.array([row["value"] for row in ordered]),
            told=pa.Table.from_pylist(told, schema=pa.schema(fields)),
        )  # fmt: skip


def completions(everything: Orders, orders: Orders, rules: Rules) -> pa.Table:
    """Return the best completions of each customer.

    Parameters
    ----------
    everything : Orders
        All that customers bought.
    orders : Orders
        What the bundles were found in; its products are those of the rules.
    rules : Rules
        The rules.
    """
    own = _owned(everything, orders)
    parts = [_best(own, rules, start) for start in range(0, own.shape[0], CUSTOMERS)] if len(rules.value) else []
    who, rule, rank = (np.concatenate([part[at] for part in parts] or [np.zeros(0, np.int64)]) for at in range(3))
    told = rules.told.take(pa.array(rule))
    product = pa.array(rules.missing[rule])
    named = pa.array(orders.names, pa.string()).take(product)
    columns = {"customer_id": everything.customers.take(pa.array(who)), "product_id": orders.products.take(product),
               "product_name": named, "rank": pa.array(rank + 1)}  # fmt: skip
    made = {**columns, **{name: told[name] for name in told.column_names}}
    return pa.table({name: made[name] for name in COMPLETIONS.names}).cast(COMPLETIONS.schema.to_pyarrow())


def _owned(everything: Orders, orders: Orders) -> Any:
    """Return customers by products of the bundles, one where she has bought it."""
    known = {name: place for place, name in enumerate(orders.products.to_pylist())}
    place = np.array([known.get(name, -1) for name in everything.products.to_pylist()], np.int64)[everything.product]
    rows = place >= 0
    who = everything.customer[everything.order[rows]]
    shape = (len(everything.customers), len(orders.products))
    own = sparse.csr_array((np.ones(len(who), np.int32), (who, place[rows])), shape=shape)
    own.sum_duplicates()
    own.data[:] = 1
    return own


def _best(own: Any, rules: Rules, start: int) -> tuple[Ints, Ints, Ints]:
    """Return customers, rules and ranks of a block of customers."""
    block = own[start : start + CUSTOMERS].tocsc()
    fits = block[:, rules.first].multiply(block[:, rules.second])
    lacks = sparse.csc_array(fits - fits.multiply(block[:, rules.missing])).tocoo()
    open_ones = lacks.data > 0
    who, rule = lacks.row[open_ones].astype(np.int64), lacks.col[open_ones].astype(np.int64)
    who, rule = _first_of(who, rules.missing[rule], rule)
    order = np.lexsort((rule, who))  # rules stand in the order of their value
    who, rule = who[order], rule[order]
    rank = np.arange(len(who)) - np.searchsorted(who, who)
    kept = rank < MOST
    return who[kept] + start, rule[kept], rank[kept]


def _first_of(who: Ints, missing: Ints, rule: Ints) -> tuple[Ints, Ints]:
    """Keep the best rule of each customer and missing product."""
    order = np.lexsort((rule, missing, who))
    who, missing, rule = who[order], missing[order], rule[order]
    first = np.r_[True, (who[1:] != who[:-1]) | (missing[1:] != missing[:-1])] if len(who) else np.zeros(0, bool)
    return who[first], rule[first]
