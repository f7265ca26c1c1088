"""What a customer brought, a month brought and a cohort brought are the same money, to the cent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kpis_shop import spend_table, table

from patron.contracts.customer import FORECASTS, MEMBERSHIPS
from patron.contracts.raw import RAW_CUSTOMERS, RAW_ORDER_LINES
from patron.kpis import cohorts, growth, kpis
from patron.profile import Parts, ServiceCosts, contribution, orders, profiles, rhythm, takings

Line = dict[str, Any]
FIRST = date(2024, 1, 1)
SERVICE = ServiceCosts(per_order=1.5, per_line=0.25, per_return=2.25)


def line(number: int, customer: str, day: date, **facts: Any) -> Line:
    """One line: a sale at 100, unless said otherwise."""
    blank = {
        "line_id": number, "file": "orders.csv", "row": number, "order_id": f"o{number}", "customer_id": customer,
        "ordered_at": datetime.combine(day, time(12)), "quantity": 1.0, "unit_price": Decimal(100),
        "amount": Decimal(100), "discount": Decimal(0), "cost": None, "kind": "sale", "repeated": False,
    }  # fmt: skip
    return {**blank, **facts}


def back(number: int, sold: Line, day: date, *, matched: bool = True) -> Line:
    """The line that takes a sale back whole."""
    return {
        **sold, "line_id": number, "order_id": f"o{number}", "ordered_at": datetime.combine(day, time(13)),
        "quantity": -1.0, "amount": -sold["amount"], "discount": -sold["discount"],
        "cost": None if sold["cost"] is None else -sold["cost"], "kind": "return",
        "reverses": sold["line_id"] if matched else None,
    }  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What is told of one and the same lines."""

    takings: ir.Table
    orders: ir.Table
    contribution: ir.Table
    kpis: ir.Table
    cohorts: ir.Table


def told(lines: Iterable[Line], *, as_of: date, service: ServiceCosts | None = None) -> Told:
    raw = table(RAW_ORDER_LINES, lines)
    taken = kept(takings(raw, as_of=as_of, service=service))
    bought = kept(orders(raw, as_of=as_of))
    money = kept(contribution(raw, taken, as_of=as_of))
    pace = kept(rhythm(bought, as_of=as_of))
    parts = Parts(lines=raw, orders=bought, contribution=money, rhythm=pace, customers=RAW_CUSTOMERS.empty())
    people = kept(profiles(parts, as_of=as_of))
    nobody = MEMBERSHIPS.empty(), FORECASTS.empty()
    return Told(
        taken, bought, money, kept(kpis(bought, taken, people, pace, *nobody, as_of=as_of)),
        kept(cohorts(bought, taken, as_of=as_of)),
    )  # fmt: skip


def kept(table: ir.Table) -> ir.Table:
    """Written and read again, as a run does between two steps."""
    return ibis.memtable(table.to_pyarrow())


def total(table: ir.Table, column: str) -> Decimal:
    found = table[column].sum().to_pyarrow().as_py()
    return found or Decimal(0)


def over_months(told: Told, metric: str) -> Decimal:
    """Return the sum of a metric's values, which are cents in floating point."""
    values = told.kpis.filter(told.kpis.metric == metric).value.to_pyarrow().to_pylist()
    return sum((Decimal(str(value)) for value in values if value is not None), Decimal(0))


def by_metric(told: Told, month: date) -> dict[str, float | None]:
    rows = told.kpis.filter(told.kpis.month == month).to_pyarrow().to_pylist()
    return {row["metric"]: row["value"] for row in rows}


def test_orders_taken_back_whole_and_unmatched_returns_are_in_every_figure() -> None:
    """Forty orders of 100 that cost 60; ten taken back whole, and one return of which no sale is known."""
    cost = Decimal(60)
    sold = [line(n, f"c{n:02}", FIRST + timedelta(days=n), cost=cost) for n in range(20)]
    again = [line(100 + n, f"c{n:02}", date(2024, 3, 1) + timedelta(days=n), cost=cost) for n in range(20)]
    returned = [back(200 + n, one, date(2024, 2, 1)) for n, one in enumerate(sold[:10])]
    stray = back(300, sold[19], date(2024, 2, 20), matched=False)
    found = told([*sold, *again, *returned, stray], as_of=date(2024, 3, 31))
    assert total(found.contribution, "net_revenue") == over_months(found, "revenue") == Decimal(2900)
    assert total(found.contribution, "margin") == over_months(found, "margin") == Decimal(1160)
    assert total(found.takings, "returns") / total(found.takings, "revenue") == Decimal("0.275")
    january, february = (by_metric(found, date(2024, month, 1)) for month in (1, 2))
    assert (january["return_rate"], january["revenue"], january["orders"]) == (0.5, 1000.0, 10.0)
    assert (february["return_rate"], february["revenue"], february["margin"]) == (None, -100.0, -40.0)
    assert january["average_order_value"] == 100.0
    assert january["margin_rate"] == pytest.approx(0.4)


def test_the_cost_of_handling_is_in_every_margin() -> None:
    """Two orders of 100: 1.50 + 0.25 each, and 2.25 for what came back in February."""
    sold = [line(1, "ann", FIRST), line(2, "bob", FIRST)]
    found = told([*sold, back(3, sold[1], date(2024, 2, 2))], as_of=date(2024, 2, 29), service=SERVICE)
    assert total(found.contribution, "margin") == Decimal("94.25")
    assert over_months(found, "margin") == Decimal("94.25")
    assert (by_metric(found, date(2024, 2, 1))["margin"], by_metric(found, FIRST)["margin"]) == (-2.25, 96.5)
    assert by_metric(found, date(2024, 2, 1))["ltv_to_date"] == 94.25
    assert total(found.cohorts, "margin") == Decimal("98.25")  # bob kept no order, so he is in no cohort


def test_a_cost_that_came_to_be_known_is_no_change_of_margin() -> None:
    """A year with the cost of every tenth order, then a year with all: 55 % of sales, too little to speak of margin."""
    days = [date(2023, 1, 1) + timedelta(days=n) for n in range(730)]
    lines = [line(n, "ann", day, cost=Decimal(60) if n % 10 == 0 or n >= 365 else None) for n, day in enumerate(days)]
    found = told(lines, as_of=days[-1])
    grown = growth(found.orders, found.takings, spend_table(), as_of=days[-1])
    rows = {row["driver"]: row for row in grown.filter(grown.formula == "customers").to_pyarrow().to_pylist()}
    assert (rows["margin_rate"]["effect"], rows["margin_rate"]["needs"]) == (None, "products")
    assert rows["total"]["effect"] == 0
    assert total(found.contribution, "margin") == Decimal(73_000)


def test_growth_counts_what_came_back_whole() -> None:
    sold = [line(n, f"c{n}", FIRST + timedelta(days=n), cost=Decimal(60)) for n in range(60)]
    lines = [*sold, *(back(100 + n, sold[30 + n], FIRST + timedelta(days=58)) for n in range(5))]
    found = told(lines, as_of=FIRST + timedelta(days=59))
    grown = growth(found.orders, found.takings, spend_table(), as_of=FIRST + timedelta(days=59))
    rows = {row["driver"]: row for row in grown.filter(grown.formula == "customers").to_pyarrow().to_pylist()}
    assert (rows["total"]["before"], rows["total"]["after"]) == (1200.0, 1000.0)


drawn = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.integers(0, 80), st.sampled_from(["kept", "kept", "back", "stray", "fee"]),
        st.integers(1, 99_999), st.integers(0, 40), st.none() | st.integers(0, 50_000),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


def lines_of(drawn: list[tuple[str, int, str, int, int, int | None]]) -> list[Line]:
    made: list[Line] = []
    for who, days, kind, cents, later, cost in drawn:
        price = Decimal(cents).scaleb(-2)
        sold = line(
            len(made), who, FIRST + timedelta(days=days), unit_price=price, amount=price,
            discount=Decimal("0.01"), cost=None if cost is None else Decimal(cost).scaleb(-2),
            kind="adjustment" if kind == "fee" else "sale",
        )  # fmt: skip
        if kind == "stray":
            made.append(back(len(made), sold, FIRST + timedelta(days=days), matched=False))
            continue
        made.append(sold)
        if kind == "back":
            made.append(back(len(made), sold, FIRST + timedelta(days=days + later)))
    return made


@pytest.mark.parametrize("anchored", [False, True])
@given(drawn=drawn)
@settings(max_examples=8, deadline=None)
def test_laws(anchored: bool, drawn: list[tuple[str, int, str, int, int, int | None]]) -> None:
    lines = lines_of(drawn)
    if anchored:  # nearly all of what is sold has a cost
        lines.append(line(900, "d", FIRST, amount=Decimal(1_000_000), cost=Decimal(600_000)))
    found = told(lines, as_of=FIRST + timedelta(days=75), service=SERVICE)
    assert over_months(found, "revenue") == total(found.contribution, "net_revenue")
    assert over_months(found, "margin") == total(found.contribution, "margin")
    for column in ("revenue", "returns", "discount", "net_revenue", "cost", "cost_to_serve", "margin"):
        assert total(found.takings, column) == total(found.contribution, column), column
    with_order = found.contribution.semi_join(found.orders, "customer_id")
    for column in ("net_revenue", "margin"):
        assert total(found.cohorts, column) == total(with_order, column), column
    assert total(found.orders, "amount") == over_months_of_orders(found)


def over_months_of_orders(told: Told) -> Decimal:
    """Return average order value x orders, over all months."""
    wide = told.kpis.filter(told.kpis.metric.isin(["orders", "average_order_value"])).to_pyarrow().to_pylist()
    months: dict[date, dict[str, float]] = {}
    for row in wide:
        months.setdefault(row["month"], {})[row["metric"]] = row["value"] or 0.0
    return sum((Decimal(f"{m['orders'] * m['average_order_value']:.2f}") for m in months.values()), Decimal(0))
