"""Cleaned order lines, made of the few facts that a case is about, and random ones for the laws."""

# ruff: noqa: DTZ001 - moments are in the project's time zone and carry none

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from hypothesis import strategies as st

from patron.contracts import Contract
from patron.contracts.raw import RAW_CUSTOMERS, RAW_ORDER_LINES
from tests_support import rounded

AS_OF = date(2024, 6, 30)
CENT = Decimal("0.01")


def table(contract: Contract, rows: Iterable[Mapping[str, Any]]) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(list(rows), schema=contract.schema.to_pyarrow()))


def rows(expression: ir.Table) -> list[dict[str, Any]]:
    """The rows of a table, in the order of its first columns."""
    found = expression.order_by(expression.columns[:2]).to_pyarrow().to_pylist()
    return [rounded(row) for row in found]


def line(line_id: int, customer_id: str, day: date | datetime, **facts: Any) -> dict[str, Any]:
    """One line: a sale of one unit at ten, unless said otherwise. A return names the line it `reverses`, or none."""
    moment = day if isinstance(day, datetime) else datetime(day.year, day.month, day.day, 12)
    quantity = float(facts.pop("quantity", 1))
    price = Decimal(str(facts.pop("unit_price", 10)))
    cost = facts.pop("unit_cost", None)
    units = Decimal(str(quantity))

    def worth(each: Decimal) -> Decimal:
        return (each * units).quantize(CENT, ROUND_HALF_UP)

    blank = {
        "line_id": line_id, "file": "orders.csv", "row": line_id, "order_id": f"o{line_id}", "customer_id": customer_id,
        "ordered_at": moment, "product_id": "mug", "product_name": None, "category": None, "brand": None,
        "quantity": quantity, "unit_price": price, "amount": worth(price),
        "discount": Decimal(0), "cost": None if cost is None else worth(Decimal(str(cost))),
        "channel": None, "country": None, "kind": "return" if quantity < 0 else "sale", "reverses": None,
        "repeated": False,
    }  # fmt: skip
    return {**blank, **facts}


def lines(*made: Mapping[str, Any]) -> ir.Table:
    return table(RAW_ORDER_LINES, made)


def customers(*people: Mapping[str, Any]) -> ir.Table:
    blank = {"acquired_on": None, "acquisition_channel": None, "country": None}
    return table(RAW_CUSTOMERS, [{**blank, **person} for person in people])


cents = st.integers(1, 99_999).map(lambda n: Decimal(n).scaleb(-2))
_sale = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["ann", "bob", "cid"]),
        "order": st.integers(0, 3),
        "days_ago": st.integers(0, 60),
        "quantity": st.sampled_from([1, 2, 3, 0.3, 12]),
        "unit_price": cents,
        "discount": st.sampled_from([Decimal(0), Decimal("0.05"), Decimal("0.99")]),
        "unit_cost": st.none() | cents,
        "channel": st.sampled_from([None, "web", "shop"]),
        "country": st.sampled_from([None, "France", "Spain"]),
        "product_id": st.sampled_from([None, "mug", "cup"]),
        "returned": st.sampled_from(["no", "no", "whole", "in parts"]),
        "returned_after": st.integers(0, 80),
        "kind": st.sampled_from(["sale"] * 5 + ["adjustment", "unmatched"]),
    }
)


def _written(drawn: list[dict[str, Any]], *, first_id: int = 1) -> list[dict[str, Any]]:
    """Turn drawn facts into lines: each sale with the returns that take it back."""
    made: list[dict[str, Any]] = []
    for facts in drawn:
        day = datetime(AS_OF.year, AS_OF.month, AS_OF.day, 12) - timedelta(days=facts["days_ago"])
        shared = {name: facts[name] for name in ("unit_price", "unit_cost", "channel", "country", "product_id")}
        sale_id = first_id + len(made)
        if facts["kind"] == "unmatched":
            back = {**shared, "quantity": -facts["quantity"], "kind": "return"}
            made.append(line(sale_id, facts["customer_id"], day, **back))
            continue
        sale = line(sale_id, facts["customer_id"], day, quantity=facts["quantity"], discount=facts["discount"],
                    kind=facts["kind"], order_id=f"{facts['customer_id']}{facts['order']}", **shared)  # fmt: skip
        made.append(sale)
        if facts["kind"] == "sale" and facts["returned"] != "no":
            parts = 1 if facts["returned"] == "whole" else 3
            later = day + timedelta(days=facts["returned_after"])
            given = Decimal(0)
            for part in range(1, parts + 1):
                so_far = (facts["discount"] * part / parts).quantize(CENT, ROUND_HALF_UP)
                units = -float(Decimal(str(facts["quantity"])) / parts)
                made.append(
                    line(sale_id + part, facts["customer_id"], later, quantity=round(units, 4), reverses=sale_id,
                         discount=given - so_far, **shared)
                )  # fmt: skip
                given = so_far
    return made


line_lists = st.lists(_sale, max_size=12).map(_written)


def later_lists(first_id: int = 1_000) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Lines of all kinds that lie after AS_OF."""
    return st.lists(_sale, max_size=8).map(
        lambda drawn: [
            {**made, "ordered_at": made["ordered_at"] + timedelta(days=61)}
            for made in _written(drawn, first_id=first_id)
        ]
    )
