"""What will the shop sell in the next weeks, what rises and falls, and how good was the last forecast?

In   contracts.raw.RAW_ORDER_LINES             one row per line, with the customer's id
Out  contracts.demand.DEMAND                   one row per product, segment and week
     contracts.demand.TRENDS                   one row per product, category and segment
     contracts.demand.DEMAND_TESTS             one row per figure
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from patron.contracts import MONEY
from patron.contracts.demand import DEMAND, DEMAND_TESTS, TRENDS
from patron.errors import NotEnoughData
from patron.models.demand import Demand
from patron.models.demand_before import KINDS
from patron.models.demand_fit import KEPT_WEEKS
from patron.models.demand_lines import sold_days, sold_weeks
from patron.models.demand_rows import ALL
from patron.models.replenishment_lines import EXACT
from patron.profile.known import known_by

Keep = Callable[[str, ir.Table], ir.Table]


def product_demand(lines: ir.Table, *, as_of: date, keep: Keep, horizon_weeks: int = 8) -> dict[str, ir.Table]:
    """Forecast each product's units by week, and compare the last weeks with what had been told of them.

    Parameters
    ----------
    lines : Table
        contracts.raw.RAW_ORDER_LINES; `customer_id` is the customer's. Lines without a product are left out.
    as_of : date
        The last day we may know about.
    keep : callable
        Writes a table and returns it as it is read again, so that it is not computed twice.
    horizon_weeks : int
        How far ahead.

    Returns
    -------
    dict
        ``demand``, ``trends`` and ``demand_tests``; without rows where less than 8 weeks were sold, or nothing in the
        last 26.
    """
    known = _product_lines(lines, as_of=as_of)
    days = keep("sold_days", sold_days(known.drop("product_name"), as_of=as_of))
    facts = _facts(known, days, as_of=as_of)
    category = dict(zip(facts["product_id"].to_pylist(), facts["category"].to_pylist(), strict=True))
    try:
        model = Demand(horizon_weeks=horizon_weeks).fit_weeks(
            sold_weeks(days, as_of=as_of), as_of=as_of, category=category
        )
    except NotEnoughData:
        return {one.name: one.empty() for one in (DEMAND, TRENDS, DEMAND_TESTS)}
    people = _people(days, as_of=as_of)
    from_day = as_of - timedelta(days=7 * horizon_weeks - 1)
    return {
        "demand": _demand(model, facts, people),
        "trends": _trends(model, facts, people, from_day=from_day),
        "demand_tests": _tests(model, origin=from_day - timedelta(days=1), horizon_days=7 * horizon_weeks),
    }


def _product_lines(lines: ir.Table, *, as_of: date) -> ir.Table:
    known = known_by(lines, as_of=as_of)
    known = known.filter(known.product_id.notnull() & (known.kind != "adjustment"))
    return known.select(
        "customer_id", "product_id", "ordered_at", "quantity", "product_name", "category",
        amount=(known.amount - known.discount).cast(MONEY),
    )  # fmt: skip


def _recent(days: ir.Table, as_of: date) -> ir.Table:
    return days.filter(days.day > ibis.literal(as_of - timedelta(days=7 * KEPT_WEEKS)))


def _facts(known: ir.Table, days: ir.Table, *, as_of: date) -> pa.Table:
    """Return of each product its name, its category and the mean price of the last half year."""
    names = known.group_by("product_id").aggregate(product_name=known.product_name.max(), category=known.category.max())
    recent = _recent(days, as_of)
    sums = recent.group_by(_id="product_id").aggregate(
        _units=recent.units.cast(EXACT).sum(), _amount=recent.amount.sum()
    )
    both = names.left_join(sums, [("product_id", "_id")])
    price = (both._amount.cast("float64") / both._units.cast("float64")).fill_null(0.0)
    return both.select("product_id", "product_name", "category", price=price).to_pyarrow()


def _people(days: ir.Table, *, as_of: date) -> pa.Table:
    """Count who bought in the last half year, and what a purchase brought, by kind, item and segment."""
    recent = _recent(days, as_of)
    every = ibis.literal(ALL)
    cells = (
        (KINDS[0], recent.product_id, every), (KINDS[0], recent.product_id, recent.segment),
        (KINDS[1], recent.category.fill_null(""), every), (KINDS[2], recent.segment, every),
    )  # fmt: skip
    counts = [
        recent.group_by(item=item, segment=segment)
        .aggregate(customers=recent.customer_id.nunique(), _n=recent.count(), _amount=recent.amount.sum())
        .mutate(kind=ibis.literal(kind))
        for kind, item, segment in cells
    ]
    every_one = ibis.union(*counts)
    brings = every_one._amount.cast("float64") / every_one._n.cast("float64")
    return every_one.select("kind", "item", "segment", "customers", brings=brings).to_pyarrow()


def _demand(model: Demand, facts: pa.Table, people: pa.Table) -> ir.Table:
    told = model.forecast().join(model.products_.select(["product_id", "verdict", "on_shelf"]), "product_id")
    told = told.join(facts, "product_id")
    products = people.filter(pc.equal(people["kind"], KINDS[0])).drop_columns(["kind", "brings"])
    table = ibis.memtable(_counted(told, products.rename_columns({"item": "product_id"}), ["product_id", "segment"]))
    return DEMAND.shape(table.mutate(value=(table.units * table.price).round(2).cast(MONEY)))


def _trends(model: Demand, facts: pa.Table, people: pa.Table, *, from_day: date) -> ir.Table:
    names = facts.select(["product_id", "product_name"]).rename_columns(["item", "name"])
    names = names.append_column("kind", pa.array([KINDS[0]] * len(names), pa.string()))
    found = model.trends().join(names, ["kind", "item"])
    everyone = people.filter(pc.equal(people["segment"], ALL)).drop_columns("segment")
    table = ibis.memtable(_counted(found, everyone, ["kind", "item"]))
    value = (table.purchases - table.expected) * table.brings.fill_null(0.0)
    return TRENDS.shape(
        table.mutate(
            value=value.round(2).cast(MONEY), direction=ibis.ifelse(table.rising, "rising", "falling"),
            from_day=ibis.literal(from_day),
        )
    )  # fmt: skip


def _counted(table: pa.Table, people: pa.Table, keys: list[str]) -> pa.Table:
    """Join how many people are behind each row; nobody where none is counted."""
    joined = table.join(people, keys)
    place = joined.column_names.index("customers")
    return joined.set_column(place, "customers", pc.fill_null(joined["customers"].cast(pa.int64()), 0))


def _tests(model: Demand, *, origin: date, horizon_days: int) -> ir.Table:
    rows = [
        {
            "origin": origin, "horizon_days": horizon_days, "model": one.model, "volume": one.volume,
            "metric": one.metric, "value": one.value, "products": one.series,
        }
        for one in model.judged()
    ]  # fmt: skip
    return DEMAND_TESTS.shape(ibis.memtable(pa.Table.from_pylist(rows, schema=DEMAND_TESTS.schema.to_pyarrow())))
