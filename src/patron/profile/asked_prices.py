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
Flags = NDArray[np.bool_]

LEAST_WEEKS = 12
"""Weeks with a sale of a product below which its price tells nothing."""

MOST_PRODUCTS = 2_000
"""Of those with most revenue; the others count in the money alone."""

LEAST_KNOWN = 0.8
"""Share of the weeks in which a product was for sale of which its price has to be known.

A price that is guessed in weeks in which nobody bought, which are those of high prices, makes customers look as if they
did not mind.
"""

STILL_SOLD = 8
"""Weeks after its last sale, at the end of the data, in which a product still counts as for sale."""

PRICE_ROWS = pa.schema([
    ("segment", pa.string()), ("product_id", pa.string()), ("category", pa.string()), ("period", pa.date32()),
    ("units", pa.float64()), ("price", pa.float64()), ("competitor_price", pa.float64()),
    ("category_index", pa.float64()),
])  # fmt: skip
MARKET = PRICE_ROWS.names[6:]


@dataclass(frozen=True, kw_only=True)
class AskedPrices:
    """Which products were for sale in which weeks, and what was asked for them; matrices of products by weeks.

    Weeks run forward: the first column is the first week. What is not known is NaN.
    """

    product_id: tuple[str, ...]  # by alphabet
    category: tuple[str, ...]
    on_sale: Flags
    price: Floats  # asked of everybody, after promotions
    competitor_price: Floats
    category_index: Floats
    until: date  # last day of the last week


def asked_prices(sums: pa.Table, market: ir.Table | None = None, *, until: date) -> AskedPrices:
    """Read which products were for sale when, and at what price.

    Parameters
    ----------
    sums : pyarrow Table
        What `price_weeks` returns.
    market : Table, optional
        contracts.raw_experience.RAW_MARKET.
    until : date
        The last day of the last week.

    Notes
    -----
    A product is for sale from the week of its first sale to that of its last, and to the end where that is no more
    than `STILL_SOLD` weeks off. One that was out of stock looks like one that nobody wanted. The price is what the
    shop itself says in the source `market`; else that of the week's sales, and in a week without one the geometric
    mean of those before and after it. Products of which it is known in fewer than `LEAST_KNOWN` of the weeks are left
    out.
    """
    whole = sums.filter(pc.equal(sums["segmentation"], ALL))
    ids, categories = _products(whole)
    weeks = (pc.max(whole["week"]).as_py() or 0) + 1 if whole.num_rows else 0
    told = _Told.read(market, ids, sorted(set(categories)), weeks, until=until)
    at = _places(whole["product_id"], ids)
    kept = at >= 0
    place = at[kept], weeks - 1 - whole["week"].to_numpy().astype(np.int64)[kept]
    shape = len(ids), weeks
    lines, listed, off = (_matrix(whole[name], kept, place, shape) for name in ("lines", "list_price", "promotion"))
    on_sale = _on_sale(lines > 0)
    paid = np.where(lines > 0, listed * (1 - off), np.nan)
    price = np.where(np.isnan(told.own), paid, told.own)
    known = (~np.isnan(price) & on_sale).sum(axis=1) >= LEAST_KNOWN * on_sale.sum(axis=1)
    index = told.index[[sorted(set(categories)).index(one) for one in categories]] if ids else told.own
    return AskedPrices(
        product_id=tuple(np.array(ids, dtype=object)[known]), category=tuple(np.array(categories, dtype=object)[known]),
        on_sale=on_sale[known], price=between(price)[known], competitor_price=told.theirs[known],
        category_index=index[known], until=until,
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
    ever: Flags = np.asarray((units > 0).any(axis=2))
    segment, product, week = np.nonzero(ever[:, :, None] & asked.on_sale[None])
    days = np.array([asked.until], "datetime64[D]") - 6 - 7 * (weeks - 1 - np.arange(weeks))
    columns = [
        *(pa.array(told, pa.string()).take(pa.array(at)) for told, at in (
            (names, segment), (asked.product_id, product), (asked.category, product),
        )),
        days[week], units[segment, product, week],
        asked.price[product, week],
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


def between(known: Floats) -> Floats:
    """Fill what is missing with the geometric mean of what was known before and after it; at an end with the nearest.

    Examples
    --------
    >>> between(np.array([[1.0, np.nan, 4.0, np.nan]])).tolist()
    [[1.0, 2.0, 4.0, 4.0]]
    """
    before, after = carried(known), carried(known[..., ::-1])[..., ::-1]
    before, after = np.where(np.isnan(before), after, before), np.where(np.isnan(after), before, after)
    return np.where(np.isnan(known), np.sqrt(before * after), known)


def _products(whole: pa.Table) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the products that are told apart, by alphabet, and their categories."""
    each = whole.group_by("product_id").aggregate([("week", "count"), ("listed", "sum"), ("category", "max")])
    enough = each.filter(pc.greater_equal(each["week_count"], LEAST_WEEKS))
    most = enough.sort_by([("listed_sum", "descending"), ("product_id", "ascending")]).slice(0, MOST_PRODUCTS)
    found = most.sort_by("product_id")
    return tuple(found["product_id"].to_pylist()), tuple(one or "" for one in found["category_max"].to_pylist())


def _places(column: pa.ChunkedArray, names: Sequence[str]) -> Ints:
    found = pc.index_in(column, pa.array(names, pa.string()))
    return np.asarray(pc.fill_null(found, -1).to_numpy(), dtype=np.int64)


def _matrix(column: pa.ChunkedArray, kept: Flags, place: tuple[Ints, ...], shape: tuple[int, ...]) -> Floats:
    matrix: Floats = np.zeros(shape)
    matrix[place] = column.cast(pa.float64()).to_numpy()[kept]
    return matrix


def _on_sale(sold: Flags) -> Flags:
    weeks = sold.shape[1]
    begun = np.maximum.accumulate(sold, axis=1)
    to_come = np.maximum.accumulate(sold[:, ::-1], axis=1)[:, ::-1]
    recent: Flags = np.asarray(sold[:, max(weeks - STILL_SOLD, 0) :].any(axis=1))
    return np.asarray(begun & (to_come | recent[:, None]))


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What the source `market` says, by week: products' own prices and competitors', and the indices of categories."""

    own: Floats
    theirs: Floats
    index: Floats

    @classmethod
    def read(
        cls, market: ir.Table | None, ids: Sequence[str], categories: Sequence[str], weeks: int, *, until: date
    ) -> _Told:
        if market is None or not weeks or not ids:
            nothing = np.full((len(ids), weeks), np.nan)
            return cls(own=nothing, theirs=nothing, index=np.full((len(categories), weeks), np.nan))
        told = _told(market, until=until).to_pyarrow()
        priced, named = pc.is_valid(told["price"]), pc.is_valid(told["competitor"])
        return cls(
            own=_latest(told.filter(pc.and_(priced, pc.invert(named))), "product_id", ids, "price", weeks),
            theirs=_latest(told.filter(pc.and_(priced, named)), "product_id", ids, "price", weeks),
            index=_latest(told.filter(pc.is_valid(told["index"])), "category", categories, "index", weeks),
        )


def _told(market: ir.Table, *, until: date) -> ir.Table:
    """Add up the market's figures by week, competitor and product or category, exactly."""
    known = known_by(market, as_of=until, column="day")
    ago = ibis.literal(until).delta(known.day, unit="day").cast("float64")
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
    many: Ints = np.asarray(known.sum(axis=0))
    sums: Floats = np.asarray(np.where(known, last, 0.0).sum(axis=0))
    mean: Floats = np.full(many.shape, np.nan)
    np.divide(sums, many, out=mean, where=many > 0)
    return mean


__all__ = ["PRICE_ROWS", "AskedPrices", "asked_prices", "between", "carried", "price_rows"]
