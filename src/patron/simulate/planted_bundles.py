"""Orders of very different sizes in which some products belong together, and all others do not.

Sizes are lognormal, as a wholesaler's are; products are drawn without replacement by a popularity that falls by Zipf's
law and moves with the months. A planted bundle is put whole into some orders, in place of as many others. Customers
order again and again; some of them, if so asked, have a list of their own that they repeat, which is no bundle.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.raw import RAW_ORDER_LINES
from patron.simulate.arguments import seeded, whole
from patron.simulate.tables import ids_column, moments_column, money_column

Ints = NDArray[np.int64]

FIRST_DAY = date(2024, 1, 1)
DAYS = 365
DAY = 86_400  # seconds
SPREAD = 1.1  # of the log size: the largest orders are some forty times the middle one
MIDDLE = 5.0
LISTED = 15  # products on a customer's own list
MARGIN = 0.4


@dataclass(frozen=True, kw_only=True)
class PlantedBundles:
    """Order lines and the truth behind them."""

    lines: pa.Table  # contracts.raw.RAW_ORDER_LINES
    as_of: date
    pairs: tuple[tuple[str, str], ...]  # planted, with those inside a triple
    triples: tuple[tuple[str, str, str], ...]


def planted_bundles(
    *,
    orders: int,
    seed: int,
    products: int = 300,
    pairs: int = 0,
    triples: int = 0,
    share: float = 0.01,
    lists: int = 0,
) -> PlantedBundles:
    """Draw orders with planted bundles.

    Parameters
    ----------
    orders : int
        How many; a fifth as many customers place them.
    seed : int
        The same seed gives the same orders.
    products : int
        How many there are, two hundred or more.
    pairs, triples : int
        Bundles to plant, of the products of middling popularity.
    share : float
        Of the orders that each bundle is put into.
    lists : int
        Customers who order a list of their own, and nothing else, twenty times each.

    Raises
    ------
    ArgumentError
        A number is not whole, or too small.
    """
    size, rng = whole("orders", orders, least=1), seeded(seed)
    goods = whole("products", products, least=200)
    customer = rng.integers(0, max(size // 5, 1), size)
    day = rng.integers(0, DAYS, size)
    wanted = np.minimum(np.ceil(rng.lognormal(np.log(MIDDLE), SPREAD, size)).astype(np.int64), goods // 3)
    order, product = _drawn(rng, wanted, day, goods)
    bundles = _planted(pairs, triples)
    order, product = _put(rng, bundles, order, product, size, share)
    extra_order, extra_product, extra_customer, extra_day = _lists(rng, lists, goods, size, int(customer.max()) + 1)
    order, product = np.r_[order, extra_order], np.r_[product, extra_product]
    customer, day = np.r_[customer, extra_customer], np.r_[day, extra_day]
    key = np.unique(order * goods + product)
    names = [tuple(f"P{place + 1:04d}" for place in bundle) for bundle in bundles]
    inside = [(b[i], b[j]) for b in names for i in range(len(b)) for j in range(i + 1, len(b))]
    lines = _lines(rng, key // goods, key % goods, customer, day, goods)
    as_of = date.fromordinal(FIRST_DAY.toordinal() + DAYS - 1)
    return PlantedBundles(
        lines=lines, as_of=as_of, pairs=tuple(inside),
        triples=tuple(name for name in names if len(name) == 3),
    )  # fmt: skip


def _drawn(rng: np.random.Generator, wanted: Ints, day: Ints, goods: int) -> tuple[Ints, Ints]:
    """Draw each order's products without replacement: the largest of noisy log weights (Gumbel's trick)."""
    popular = -0.8 * np.log(np.arange(goods) + 3.0)
    peak = rng.integers(0, 12, goods)
    months = np.arange(12)[:, None]
    season = 0.8 * np.cos(2 * np.pi * (months - peak) / 12)
    parts = []
    for start in range(0, len(wanted), 5_000):
        rows = slice(start, start + 5_000)
        noisy = popular + season[np.minimum(day[rows] // 31, 11)] + rng.gumbel(size=(len(wanted[rows]), goods))
        ranks = np.argsort(-noisy, axis=1)[:, : int(wanted[rows].max())]
        row, place = np.nonzero(np.arange(ranks.shape[1]) < wanted[rows][:, None])
        parts.append((row + start, ranks[row, place]))
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _planted(pairs: int, triples: int) -> list[tuple[int, ...]]:
    """Return the products of each bundle; no product is in two of them."""
    sizes = [2] * pairs + [3] * triples
    starts = np.cumsum([20, *sizes])
    return [tuple(range(int(start), int(start) + many)) for start, many in zip(starts, sizes, strict=False)]


def _put(
    rng: np.random.Generator, bundles: list[tuple[int, ...]], order: Ints, product: Ints, orders: int, share: float
) -> tuple[Ints, Ints]:
    for bundle in bundles:
        some = np.flatnonzero(rng.random(orders) < share)
        order = np.r_[order, np.repeat(some, len(bundle))]
        product = np.r_[product, np.tile(bundle, len(some))]
    return order, product


def _lists(
    rng: np.random.Generator, lists: int, goods: int, orders: int, customers: int
) -> tuple[Ints, Ints, Ints, Ints]:
    """Let some customers order a list of their own, twenty times."""
    own = [rng.choice(goods, LISTED, replace=False) for _ in range(lists)]
    number = orders + np.arange(20 * lists)
    product = np.concatenate([np.tile(one, 20) for one in own]) if own else np.zeros(0, np.int64)
    who = customers + np.repeat(np.arange(lists), 20)
    return np.repeat(number, LISTED), product, who, rng.integers(0, DAYS, len(number))


def _lines(rng: np.random.Generator, order: Ints, product: Ints, customer: Ints, day: Ints, goods: int) -> pa.Table:
    """Write order lines of one unit each."""
    price = np.rint(rng.lognormal(2.3, 0.5, goods) * 100).astype(np.int64)
    n = len(order)
    paid = price[product]
    made = {
        "line_id": pa.array(np.arange(1, n + 1)),
        "file": pa.repeat(pa.scalar("orders"), n),
        "row": pa.array(np.arange(1, n + 1)),
        "order_id": ids_column("O", order + 1, digits=7),
        "customer_id": ids_column("C", customer[order] + 1, digits=6),
        "ordered_at": moments_column(FIRST_DAY, day[order] * DAY + 43_200),
        "product_id": ids_column("P", product + 1, digits=4),
        "quantity": pa.array(np.ones(n)),
        "unit_price": money_column(paid * 100, digits=4),
        "amount": money_column(paid, digits=2),
        "discount": money_column(np.zeros(n, np.int64), digits=2),
        "cost": money_column(np.rint(paid * (1 - MARGIN)).astype(np.int64), digits=2),
        "kind": pa.repeat(pa.scalar("sale"), n),
        "repeated": pa.array(np.zeros(n, dtype=bool)),
    }
    schema = RAW_ORDER_LINES.schema.to_pyarrow()
    columns = [made.get(field.name, pa.nulls(n, field.type)) for field in schema]
    return pa.Table.from_arrays([_whole(c).cast(f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
