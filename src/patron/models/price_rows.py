"""Rows of prices and units, read, checked and coded: sorted by product, cell (product and segments) and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.errors import ArgumentError, ContractError
from patron.language import did_you_mean, failure, listing
from patron.models.feature_table import to_arrow

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which columns are read: what divides customers, and what else moves sales.

    `prices` and `demand` are read as logarithms; `demand` tells how much the market buys.
    """

    segments: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    prices: tuple[str, ...] = ()
    demand: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All that are asked for by name."""
        return (*self.segments, *self.covariates, *self.prices, *self.demand)


@dataclass(frozen=True, kw_only=True)
class PriceRows:
    """Sorted rows; arrays have one value a row unless told otherwise."""

    products: tuple[str, ...]
    categories: tuple[str, ...]
    category: Ints  # of each product
    segments: dict[str, tuple[str, ...]]
    segment: dict[str, Ints]
    product: Ints
    cell: Ints
    period: Ints  # 0 where there is no time
    days: tuple[date, ...]  # of the periods; none: rows have no time
    units: Floats
    log_price: Floats
    covariates: Floats  # (rows, covariates): logs of prices; what is missing is the product's mean
    told: int  # how many of them, the last ones, tell of demand

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.units)

    @property
    def timed(self) -> bool:
        """Whether the rows say when."""
        return bool(self.days)


def read_prices(rows: Any, *, as_of: date | None, asked: Asked) -> PriceRows:
    """Read rows of prices and units.

    Raises
    ------
    ContractError
        A column is missing or of another type.
    ArgumentError
        There are no rows, or rows without product, units or price; units are negative or prices not above 0; rows have
        a time and `as_of` is not told.
    """
    table = _arrow(rows, as_of=as_of, asked=asked)
    if not table.num_rows:
        raise failure(ArgumentError, "price.no_rows", as_of=as_of or ALL)
    product, products = _coded(table, "product_id")
    grouping, categories = _coded(table, "category")
    coded = {name: _coded(table, name) for name in asked.segments}
    period, days = _periods(table)
    units, price = _numbers(table, "units"), _numbers(table, "price")
    for name, wrong in (("units", int((units < 0).sum())), ("price", int((price <= 0).sum()))):
        if wrong:
            raise failure(ArgumentError, f"price.{name}", came=wrong, rows=len(units))
    cell = product.copy()
    for codes, names in coded.values():
        cell = np.unique(cell * len(names) + codes, return_inverse=True)[1]
    covariates = [_filled(_numbers(table, name, missing=True), product) for name in asked.covariates]
    covariates += [_filled(_logs(table, name), product) for name in (*asked.prices, *asked.demand)]
    # Sorted by all that is known of a row, so that the order in which rows came means nothing.
    order = np.lexsort((units, price, *covariates, period, cell, product))
    return PriceRows(
        products=products, categories=categories, category=_of_product(grouping, product, products),
        segments={name: names for name, (_, names) in coded.items()},
        segment={name: codes[order] for name, (codes, _) in coded.items()},
        product=product[order], cell=np.unique(cell[order], return_inverse=True)[1], period=period[order], days=days,
        units=units[order], log_price=np.log(price[order]),
        covariates=np.column_stack(covariates)[order] if covariates else np.empty((len(units), 0)),
        told=len(asked.demand),
    )  # fmt: skip


def _arrow(rows: Any, *, as_of: date | None, asked: Asked) -> pa.Table:
    came = list(rows.columns) if isinstance(rows, ir.Table) else None
    table = rows if came is not None else to_arrow(rows)
    names = came if came is not None else table.column_names
    for name in ("product_id", "units", "price", *asked.columns):
        if name not in names:
            raise failure(
                ContractError, "errors.contract_column_missing", table="rows", column=name, came=listing(names),
                allowed="any", hint=did_you_mean(name, names),
            )  # fmt: skip
    if "period" in names and as_of is None:
        raise failure(ArgumentError, "price.as_of")
    kept = [name for name in ("product_id", "category", "period", "units", "price", *asked.columns) if name in names]
    if isinstance(rows, ir.Table):
        chosen = rows.select(*dict.fromkeys(kept))
        return (chosen.filter(chosen.period <= as_of) if "period" in kept else chosen).to_pyarrow()
    chosen = _plain_words(table.select(list(dict.fromkeys(kept))))
    if "period" not in kept:
        return chosen
    return chosen.filter(pc.less_equal(_days(chosen), pa.scalar(as_of, pa.date32())))


def _plain_words(table: pa.Table) -> pa.Table:
    """Return words as Arrow can filter them, which it cannot do with views."""
    kinds = [pa.string() if pa.types.is_string_view(field.type) else field.type for field in table.schema]
    return table.cast(pa.schema(list(zip(table.column_names, kinds, strict=True))))


def _days(table: pa.Table) -> Any:
    kind = table.schema.field("period").type
    if not (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
        raise failure(ContractError, "price.period", came=str(kind))
    return table["period"].cast(pa.date32())


def _periods(table: pa.Table) -> tuple[Ints, tuple[date, ...]]:
    if "period" not in table.column_names:
        return np.zeros(table.num_rows, dtype=np.int64), ()
    days = _whole(_days(table), "period").cast(pa.int32()).to_numpy(zero_copy_only=False)
    distinct, codes = np.unique(days, return_inverse=True)
    return codes.astype(np.int64), tuple(distinct.astype("datetime64[D]").astype(object).tolist())


def _coded(table: pa.Table, name: str) -> tuple[Ints, tuple[str, ...]]:
    """Return each row's place among the sorted names; a table without a category has one."""
    if name not in table.column_names:
        return np.zeros(table.num_rows, dtype=np.int64), (ALL,)
    column = _whole(table[name].cast(pa.string()), name).dictionary_encode()
    names = np.array(column.dictionary.to_pylist(), dtype=object)
    order = np.argsort(names)
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    return place[column.indices.to_numpy(zero_copy_only=False)], tuple(names[order].tolist())


def _whole(column: Any, name: str) -> Any:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if whole.null_count:
        raise failure(ArgumentError, "price.missing", column=name, came=whole.null_count, rows=len(whole))
    return whole


def _numbers(table: pa.Table, name: str, *, missing: bool = False) -> Floats:
    column = table[name]
    try:
        flat = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
        values = np.asarray(flat.cast(pa.float64()).to_numpy(), dtype=np.float64)
    except (pa.ArrowException, TypeError) as error:
        raise failure(ContractError, "price.kind", column=name, came=str(column.type)) from error
    wrong = int((~np.isfinite(values)).sum() if not missing else np.isinf(values).sum())
    if wrong:
        raise failure(ArgumentError, "price.missing", column=name, came=wrong, rows=len(values))
    return values


def _logs(table: pa.Table, name: str) -> Floats:
    values = _numbers(table, name, missing=True)
    if wrong := int((values <= 0).sum()):
        raise failure(ArgumentError, "price.price", came=wrong, rows=len(values))
    return np.log(values)


def _filled(values: Floats, product: Ints) -> Floats:
    """Return what is missing as the product's mean, which its level takes up: it says nothing there."""
    known = np.isfinite(values)
    if known.all():
        return values
    sums = np.bincount(product[known], values[known], product.max() + 1)
    means = sums / np.bincount(product[known], minlength=len(sums)).clip(1)
    return np.where(known, values, means[product])


def _of_product(grouping: Ints, product: Ints, products: Sequence[str]) -> Ints:
    """Return each product's category.

    Raises
    ------
    ArgumentError
        A product has two.
    """
    first = np.zeros(len(products), dtype=np.int64)
    first[product] = grouping
    if (first[product] != grouping).any():
        wrong = products[int(product[first[product] != grouping][0])]
        raise failure(ArgumentError, "price.two_categories", product=wrong)
    return first
