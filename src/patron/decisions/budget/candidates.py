"""From a table of candidates and the limits of a plan to the arrays that it is solved on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from patron.decisions.budget.choices import Choices, Floats, Ints
from patron.decisions.budget.kinds import amount, kinds_of
from patron.errors import ArgumentError, ContractError
from patron.language import did_you_mean, failure, listing

BUDGET = "budget"
NEEDED = ("customer_id", "action", "value", "cost")
TRIFLE = 1e-12
"""Share of a budget that is left alone where costs are no exact numbers, so that no order of adding is over it."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a plan may use: money, contacts in all or by channel, goods, and which groups must not go short.

    ``budget`` None is no limit. ``share`` is the least part of the customers chosen who belong to a group.
    """

    budget: float | Decimal | None
    capacity: float | Mapping[str, float] | None = None
    stock: Mapping[str, float] | None = None
    share: Mapping[str, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Read:
    """The arrays, which row of the table each option is, what the limits are called, and the unit of cost."""

    table: pa.Table
    choices: Choices
    dear: Choices  # with the options that cost more than the whole budget, which a larger one could pay
    rows: Ints  # of the table, one an option
    names: tuple[str, ...]  # one a limit
    unit: float  # money a unit of cost
    room: Floats  # the limits, less a trifle where costs are not exact


def read(candidates: Any, limits: Limits) -> Read:
    """Return candidates as arrays.

    Options that bring nothing, or whose channel or product has no room, are left out.

    Raises
    ------
    ArgumentError
        No table; a limit that is no number, is negative or names what no row has; shares that add up to more than 1; a
        value or cost that is missing, infinite or, for a cost, negative.
    ContractError
        A column is missing.
    """
    table = _table(candidates)
    _check_columns(table, limits)
    value = _numbers(table, "value")
    cost, unit = _costs(table)
    kinds = kinds_of(table, limits.capacity, limits.stock, limits.share)
    budget = _budget(limits.budget, unit, cost)
    able = (value > 0) & kinds.open[kinds.kind]
    customer = _codes(table["customer_id"])
    order = _sorted(customer, _codes(table["action"]), able)
    owner = customer[order]
    begins = np.flatnonzero(np.diff(owner, prepend=-1))
    dear = Choices(
        value=value[order], cost=cost[order], kind=kinds.kind[order], starts=np.append(begins, len(owner)),
        uses=kinds.uses, limits=np.append(budget, kinds.limits),
    )  # fmt: skip
    paid = dear.cost <= budget
    room = dear.limits.copy()
    room[0] *= 1.0 if (cost == np.rint(cost)).all() else 1.0 - TRIFLE
    return Read(
        table=table, choices=dear.only(paid), dear=dear, rows=order[paid], names=(BUDGET, *kinds.names), unit=unit,
        room=room,
    )  # fmt: skip


def _table(candidates: Any) -> pa.Table:
    if isinstance(candidates, ir.Table):
        return candidates.to_pyarrow()
    if not hasattr(candidates, "__arrow_c_stream__"):
        raise failure(ArgumentError, "budget.kind", came=type(candidates).__name__)
    return pa.table(candidates)


def _check_columns(table: pa.Table, limits: Limits) -> None:
    wanted = [*NEEDED, *(["product"] if limits.stock else []), *(["group"] if limits.share else [])]
    for name in wanted:
        if name not in table.column_names:
            raise failure(
                ContractError, "errors.contract_column_missing", table="candidates", column=name,
                came=listing(table.column_names), allowed=listing(wanted), hint=did_you_mean(name, table.column_names),
            )  # fmt: skip
    for name in ("customer_id", "action"):
        if missing := table[name].null_count:
            raise failure(ArgumentError, "budget.missing", column=name, came=missing)


def _numbers(table: pa.Table, name: str) -> Floats:
    column = table[name]
    if not any(test(column.type) for test in (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)):
        raise failure(ArgumentError, "budget.column_kind", column=name, came=str(column.type))
    values = np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
    if missing := int((~np.isfinite(values)).sum()):
        raise failure(ArgumentError, "budget.missing", column=name, came=missing)
    return values


def _costs(table: pa.Table) -> tuple[Floats, float]:
    """Return costs and their unit in money: decimals are counted in their last digit, others in cents where all are."""
    cost = _numbers(table, "cost")
    if negative := int((cost < 0).sum()):
        raise failure(ArgumentError, "budget.negative", came=negative, least=float(cost.min()))
    kind = table["cost"].type
    if pa.types.is_decimal(kind):
        return np.rint(cost * 10.0**kind.scale), 10.0**-kind.scale
    cents = np.rint(cost * 100)
    return (cents, 0.01) if np.array_equal(cents / 100, cost) else (cost, 1.0)


def _budget(budget: Any, unit: float, cost: Floats) -> float:
    """Return the budget in units of cost; without one, what everything together costs."""
    if budget is None:
        return float(cost.sum())
    told = amount(BUDGET, budget)
    whole = told if unit == 1.0 or np.isinf(told) else float(Decimal(str(budget)) / Decimal(str(unit)) // 1)
    return min(whole, float(cost.sum()))


def _codes(column: pa.ChunkedArray) -> Ints:
    """Return the place of each value in the order of all values, so that the rows' own order does not matter."""
    joined = column.combine_chunks()
    coded = (joined if isinstance(joined, pa.Array) else pa.concat_arrays(joined.chunks)).dictionary_encode()
    place = np.empty(len(coded.dictionary), dtype=np.int64)
    place[pc.sort_indices(coded.dictionary).to_numpy()] = np.arange(len(place))
    codes: Ints = place[coded.indices.to_numpy(zero_copy_only=False)]
    return codes


def _sorted(customer: Ints, action: Ints, able: np.ndarray) -> Ints:
    """Return the rows that can be chosen by customer and action."""
    rows = np.flatnonzero(able)
    key = customer[rows] * (int(action.max(initial=0)) + 1) + action[rows]
    return rows if (key[1:] >= key[:-1]).all() else rows[np.argsort(key, kind="stable")]
