"""What customers did, as habits are mined from it: days, numbers of orders, and who is new at all."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.profile import deeds, newcomers

START, AS_OF = date(2024, 1, 1), date(2024, 6, 30)
MOMENT = pa.timestamp("us")


def at(day: int) -> Any:
    return START + timedelta(days=day)


def orders(*rows: tuple[str, int, str | None, str]) -> ir.Table:
    return ibis.memtable(pa.table({
        "customer_id": [who for who, *_ in rows],
        "ordered_at": pa.array([at(day) for _, day, _, _ in rows], pa.date32()).cast(MOMENT),
        "channel": pa.array([channel for _, _, channel, _ in rows], pa.string()),
        "discount": pa.array([Decimal(saved) for *_, saved in rows], pa.decimal128(18, 2)),
    }))  # fmt: skip


def lines(*rows: tuple[str, int, str | None, str, int | None]) -> ir.Table:
    return ibis.memtable(pa.table({
        "customer_id": [who for who, *_ in rows],
        "ordered_at": pa.array([at(day) for _, day, *_ in rows], pa.date32()).cast(MOMENT),
        "category": pa.array([category for _, _, category, _, _ in rows], pa.string()),
        "kind": [kind for *_, kind, _ in rows],
        "reverses": pa.array([taken for *_, taken in rows], pa.int64()),
    }))  # fmt: skip


ORDERS = orders(
    ("ann", 3, "web", "0"),
    ("ann", 3, "app", "2.5"),
    ("ann", 20, "web", "0"),
    ("ann", 40, None, "0"),
    ("bo", 7, "web", "0"),
)
LINES = lines(
    ("ann", 3, "tea", "sale", None), ("ann", 3, "tea", "sale", None), ("ann", 20, None, "sale", None),
    ("ann", 25, "tea", "return", 1), ("bo", 7, "cups", "sale", None),
)  # fmt: skip


def told(**more: Any) -> set[tuple[str, int, str]]:
    rows = deeds(LINES, ORDERS, as_of=more.pop("as_of", AS_OF), **more).to_pyarrow().to_pylist()
    found = [(row["customer_id"], (row["at"] - START).days, row["event"]) for row in rows]
    assert len(found) == len(set(found)), "an event stands twice"
    return set(found)


def test_a_small_shop_event_by_event() -> None:
    assert told() == {
        ("ann", 3, "order"), ("ann", 20, "order"), ("ann", 40, "order"), ("bo", 7, "order"),
        ("ann", 3, "first_order"), ("ann", 20, "second_order"), ("ann", 40, "third_order"), ("bo", 7, "first_order"),
        ("ann", 3, "channel:web"), ("ann", 3, "channel:app"), ("ann", 20, "channel:web"), ("bo", 7, "channel:web"),
        ("ann", 3, "first_channel:app"), ("bo", 7, "first_channel:web"), ("ann", 3, "discount"),
        ("ann", 3, "first_discount"), ("ann", 3, "category:tea"), ("bo", 7, "category:cups"), ("ann", 25, "return"),
    }  # fmt: skip


def test_the_orders_with_which_a_segment_begins_are_named() -> None:
    many = orders(*(("ann", 3 + turn, "web", "0") for turn in range(12)))
    rows = deeds(LINES, many, as_of=AS_OF).to_pyarrow().to_pylist()
    names = {(row["at"] - START).days: row["event"] for row in rows if row["event"].endswith("_order")}
    assert names == {3: "first_order", 4: "second_order", 5: "third_order", 6: "fourth_order", 12: "tenth_order"}


def test_what_comes_later_is_not_known() -> None:
    assert max(day for _, day, _ in told(as_of=at(22))) == 20


def test_tickets_events_and_first_categories_where_there_are_some() -> None:
    tickets = ibis.memtable(pa.table({"customer_id": ["ann"], "opened_at": pa.array([at(30)]).cast(MOMENT)}))
    events = ibis.memtable(pa.table({
        "customer_id": ["ann", None, "bo", "bo"], "event": ["review", "page_view", "purchase", "first_order"],
        "occurred_at": pa.array([at(31)] * 4, pa.date32()).cast(MOMENT),
        "order_id": pa.array([None, None, "o1", None], pa.string()),
    }))  # fmt: skip
    began = ibis.memtable(pa.table({"customer_id": ["ann"], "first_category": ["tea"]}))
    more = told(tickets=tickets, events=events, covariates=began) - told()
    assert more == {("ann", 30, "ticket"), ("ann", 31, "review"), ("ann", 3, "first_category:tea")}


def test_in_the_first_weeks_of_old_shops_nobody_is_new() -> None:
    """A hundred old customers a day are seen first in the first four weeks; five new ones come each day."""
    rows = [(f"old{day}_{n}", day) for day in range(28) for n in range(100)]
    rows += [(f"new{day}_{n}", day) for day in range(182) for n in range(5)]
    table = orders(*((who, day, "web", "0") for who, day in rows))
    found = newcomers(table, as_of=AS_OF).to_pyarrow()
    days = {(day - START).days for day in found["first_day"].to_pylist()}
    assert min(days) >= 28
    assert found.num_rows == 5 * (182 - 28)


def test_of_young_shops_all_are_new() -> None:
    assert newcomers(ORDERS, as_of=AS_OF).count().to_pyarrow().as_py() == 2
    assert newcomers(ORDERS.limit(0), as_of=AS_OF).count().to_pyarrow().as_py() == 0


def test_it_compiles_for_spark() -> None:
    assert ibis.pyspark
    kinds = {"customer_id": "string", "ordered_at": "timestamp(6)"}
    sold = ibis.table({**kinds, "category": "string", "kind": "string", "reverses": "int64"}, name="lines")
    bought = ibis.table({**kinds, "channel": "string", "discount": "decimal(18, 2)"}, name="orders")
    from patron.profile.deeds import _named, _ordered

    new = bought.group_by("customer_id").aggregate(first_day=bought.ordered_at.date().min())
    parts = _ordered(bought.mutate(day=bought.ordered_at.date()), new, None)
    for part in (*parts, _named(sold, sold.ordered_at.date(), "category", sold.category)):
        assert ibis.to_sql(part, dialect="pyspark")
