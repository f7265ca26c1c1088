"""The same weeks with those in which nothing was sold, and with what competitors asked: what a price response reads.

In   what `price_weeks` adds up; contracts.raw_experience.RAW_MARKET
Out  one row per segment, product and week in which the product was for sale
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.profile.known import known_by
from patron.profile.price_weeks import ALL, QUANTITY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_WEEKS = 12
"""Weeks with a sale of a product below which its price tells nothing."""

MOST_PRODUCTS = 2_000
"""Of those with most revenue; the others count in the money alone."""

STILL_SOLD = 8
"""Weeks after its last sale, at the end of the data, in which a product still counts as for sale."""

PRICE_ROWS = pa.schema([
    ("segment", pa.string()), ("product_id", pa.string()), ("category", pa.string()), ("period", pa.date32()),
    ("units", pa.float64()), ("price", pa.float64()), ("list_price", pa.float64()), ("promotion", pa.float64()),
    ("competitor_price", pa.float64()), ("category_index", pa.float64()),
])  # fmt: skip
ASKED, MARKET = PRICE_ROWS.names[5:8], PRICE_ROWS.names[8:]


@dataclass(frozen=True, kw_only=True)
class AskedPrices:
    """Which products were for sale in which weeks, and what was asked for them; matrices of products by weeks.

    Weeks run forward: the first column is the first week. What is not known is NaN.
    """

    product_id: tuple[str, ...]  # by alphabet
    category: tuple[str, ...]
    on_sale: NDArray[np.bool_]
    price: Floats  # asked of everybody: the list price less the promotion
    list_price: Floats
    promotion: Floats  # share of the list price
    competitor_price: Floats
    category_index: Floats
    as_of: date


def asked_prices(sums: pa.Table, market: ir.Table | None = None, *, as_of: date) -> AskedPrices:
    """Read which products were for sale when, and at what price.

    Parameters
    ----------
    sums : pyarrow Table
        What `price_weeks` returns.
    market : Table, optional
        contracts.raw_experience.RAW_MARKET.
    as_of : date
        The run's day, from which weeks are counted.

    Notes
    -----
    A product is for sale from the week of its first sale to that of its last, and to the end where that is no more
    than `STILL_SOLD` weeks off. In a week without a sale the price is that of the last week with one, whatever it was:
    were it the price before discount, weeks without sales would look dear. A product that was out of stock looks like
    one that nobody wanted.
    """
    whole = sums.filter(pc.equal(sums["segmentation"], ALL))
    ids, categories = _products(whole)
    weeks = (pc.max(whole["week"]).as_py() or 0) + 1 if whole.num_rows else 0
    at = _places(whole["product_id"], ids)
    kept = at >= 0
    place = at[kept], weeks - 1 - whole["week"].to_numpy().astype(np.int64)[kept]
    shape = len(ids), weeks
    lines, listed, off = (_matrix(whole[name], kept, place, shape) for name in ("lines", "list_price", "promotion"))
    sold = lines > 0
    usual, promotion = carried(np.where(sold, listed, np.nan)), carried(np.where(sold, off, np.nan))
    theirs, index = _market(market, ids, categories, weeks, as_of=as_of)
    return AskedPrices(
        product_id=ids, category=categories, on_sale=_on_sale(sold),
        price=usual * (1 - promotion), list_price=usual, promotion=promotion, competitor_price=theirs,
        category_index=index, as_of=as_of,
    )  # fmt: skip


def price_rows(sums: pa.Table, asked: AskedPrices, *, segmentation: str = ALL) -> pa.Table:
    """Return a row for each segment, product and week in which the product was for sale.

    Parameters
    ----------
    sums : pyarrow Table
        What `price_weeks` returns.
    asked : AskedPrices
        What `asked_prices` read from it.
    segmentation : str
        Whose segments.

    Returns
    -------
    pyarrow Table
        `PRICE_ROWS`: ``period`` is the first day of a week; ``units`` are 0 where nobody of the segment bought. The
        price is the product's of that week: it was asked of all. A segment's products are those that it ever bought.
    """
    theirs = sums.filter(pc.equal(sums["segmentation"], segmentation))
    names = sorted(pc.unique(theirs["segment"]).to_pylist())
    at, who = _places(theirs["product_id"], asked.product_id), _places(theirs["segment"], names)
    weeks = asked.on_sale.shape[1]
    kept = at >= 0
    place = who[kept], at[kept], weeks - 1 - theirs["week"].to_numpy().astype(np.int64)[kept]
    units = _matrix(theirs["units"], kept, place, (len(names), *asked.on_sale.shape))
    ever = (units > 0).any(axis=2)
    segment, product, week = np.nonzero(ever[:, :, None] & asked.on_sale[None])
    days = np.array([asked.as_of], "datetime64[D]") - 6 - 7 * (weeks - 1 - np.arange(weeks))
    columns = [
        *(pa.array(told, pa.string()).take(pa.array(at)) for told, at in (
            (names, segment), (asked.product_id, product), (asked.category, product),
        )),
        days[week], units[segment, product, week],
        *(getattr(asked, name)[product, week] for name in ASKED),
        *(pa.array(getattr(asked, name)[product, week], from_pandas=True) for name in MARKET),
    ]  # fmt: skip
    return pa.table(columns, schema=PRICE_ROWS)


def carried(known: Floats) -> Floats:
    """Fill what is missing along the last axis with what was known last; what stands before that stays missing.

    Examples
    --------
    >>> carried(np.array([[np.nan, 2.0, np.nan, 3.0, np.nan]])).tolist()
    [[nan, 2.0, 2.0, 3.0, 3.0]]
    """
    there = np.where(np.isnan(known), -1, np.arange(known.shape[-1]))
    last = np.maximum.accumulate(there, axis=-1)
    filled = np.take_along_axis(known, np.maximum(last, 0), axis=-1)
    return np.where(last < 0, np.nan, filled)


def _products(whole: pa.Table) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the products that are told apart, by alphabet, and their categories."""
    each = whole.group_by("product_id").aggregate([("week", "count"), ("listed", "sum"), ("category", "max")])
    enough = each.filter(pc.greater_equal(each["week_count"], LEAST_WEEKS))
    most = enough.sort_by([("listed_sum", "descending"), ("product_id", "ascending")]).slice(0, MOST_PRODUCTS)
    found = most.sort_by("product_id")
    return tuple(found["product_id"].to_pylist()), tuple(one or "" for one in found["category_max"].to_pylist())


def _places(column: pa.ChunkedArray, names: Sequence[str]) -> Ints:
    found = pc.index_in(column, pa.array(names, pa.string()))
    return pc.fill_null(found, -1).to_numpy().astype(np.int64)


def _matrix(
    column: pa.ChunkedArray, kept: NDArray[np.bool_], place: tuple[Ints, ...], shape: tuple[int, ...]
) -> Floats:
    matrix = np.zeros(shape)
    matrix[place] = column.cast(pa.float64()).to_numpy()[kept]
    return matrix


def _on_sale(sold: NDArray[np.bool_]) -> NDArray[np.bool_]:
    weeks = sold.shape[1]
    begun = np.maximum.accumulate(sold, axis=1)
    to_come = np.maximum.accumulate(sold[:, ::-1], axis=1)[:, ::-1]
    recent = sold[:, max(weeks - STILL_SOLD, 0) :].any(axis=1)
    return begun & (to_come | recent[:, None])


def _market(
    market: ir.Table | None, ids: Sequence[str], categories: Sequence[str], weeks: int, *, as_of: date
) -> tuple[Floats, Floats]:
    """Return what competitors asked, and the index of the category, by product and week; what was told last counts."""
    unknown = np.full((len(ids), weeks), np.nan)
    if market is None or not weeks or not ids:
        return unknown, unknown
    told = _told(market, as_of=as_of).to_pyarrow()
    names = sorted(set(categories))
    theirs = _latest(told.filter(pc.is_valid(told["price"])), "product_id", ids, "price", weeks)
    index = _latest(told.filter(pc.is_valid(told["index"])), "category", names, "index", weeks)
    where = np.array([names.index(one) for one in categories], dtype=np.int64)
    return theirs, index[where]


def _told(market: ir.Table, *, as_of: date) -> ir.Table:
    """Add up the market's figures by week, competitor and product or category, exactly."""
    known = known_by(market, as_of=as_of, column="day")
    ago = ibis.literal(as_of).delta(known.day, unit="day").cast("float64")
    dated = known.mutate(week=(ago / ibis.literal(7.0, "float64")).floor().cast("int64"))
    sums = dated.group_by("competitor", "product_id", "category", "week").aggregate(
        price=dated.price.cast(QUANTITY).sum(), prices=dated.price.count(),
        index=dated.category_index.cast(QUANTITY).sum(), indices=dated.category_index.count(),
    )  # fmt: skip
    return sums.select(
        "competitor", "product_id", "category", "week",
        price=sums.price.cast("float64") / sums.prices.nullif(0).cast("float64"),
        index=sums.index.cast("float64") / sums.indices.nullif(0).cast("float64"),
    )  # fmt: skip


def _latest(told: pa.Table, of: str, names: Sequence[str], figure: str, weeks: int) -> Floats:
    """Return the mean over competitors of what each told last, by name and week."""
    who = told["competitor"].combine_chunks().dictionary_encode(null_encoding="encode").indices.to_numpy()
    who = who.astype(np.int64)
    at = _places(told[of], names)
    week = told["week"].to_numpy().astype(np.int64)
    back = max(weeks, int(week.max(initial=0)) + 1)  # what was told before the first sale may still hold
    kept = at >= 0
    matrix = np.full((int(who.max(initial=0)) + 1, len(names), back), np.nan)
    matrix[who[kept], at[kept], back - 1 - week[kept]] = told[figure].to_numpy()[kept]
    last = carried(matrix)[:, :, back - weeks :]
    known = ~np.isnan(last)
    many = known.sum(axis=0)
    return np.divide(np.where(known, last, 0.0).sum(axis=0), many, out=np.full(many.shape, np.nan), where=many > 0)


__all__ = ["PRICE_ROWS", "AskedPrices", "asked_prices", "carried", "price_rows"]
