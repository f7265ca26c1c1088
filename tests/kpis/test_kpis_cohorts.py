from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kpis_shop import Order, orders_table, read_orders, takings_table

from patron.contracts.customer import ORDERS, TAKINGS
from patron.contracts.outcome import COHORTS
from patron.kpis import cohorts

CDNOW = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "cdnow" / "CDNOW_sample.txt"

Rows = list[dict[str, object]]


def triangle(orders: list[Order], as_of: date) -> Rows:
    table = COHORTS.check(cohorts(orders_table(orders), takings_table(orders), as_of=as_of))
    rows: Rows = table.order_by("cohort", "age_months").to_pyarrow().to_pylist()
    return rows


def test_a_triangle_computed_by_hand() -> None:
    orders = read_orders("""
        customer day         revenue returns cost
        ann      2024-01-01  10.00   0       4.00
        bob      2024-01-31  20.00   5.00    -
        ann      2024-03-05  30.00   0       10.00
        ann      2024-03-06  30.00   0       10.00
        cat      2024-03-07  7.00    0       -
    """)
    got = [
        (f"{row['cohort']:%m}", row["age_months"], row["customers"], row["active"], row["retention"],
         str(row["net_revenue"]), str(row["margin"]), row["cumulative_margin_per_customer"], row["complete"])
        for row in triangle(orders, date(2024, 4, 10))
    ]  # fmt: skip
    assert got == [
        ("01", 0, 2, 2, 1.0, "25.00", "21.00", 10.5, True),
        ("01", 1, 2, 0, 0.0, "0.00", "0.00", 10.5, True),
        ("01", 2, 2, 1, 0.5, "60.00", "40.00", 30.5, True),
        ("01", 3, 2, 0, 0.0, "0.00", "0.00", 30.5, False),
        ("03", 0, 1, 1, 1.0, "7.00", "7.00", 7.0, True),
        ("03", 1, 1, 0, 0.0, "0.00", "0.00", 7.0, False),
    ]


FIRST, LAST = date(2023, 11, 10), date(2024, 4, 15)

some_orders = st.lists(
    st.builds(
        Order,
        st.sampled_from("abcde"),
        st.dates(FIRST, LAST),
        st.integers(1, 90_000).map(lambda cents: Decimal(cents).scaleb(-2)),
    ),
    min_size=1,
    max_size=15,
)


@given(orders=some_orders)
@settings(max_examples=20, deadline=None)
def test_laws(orders: list[Order]) -> None:
    rows = triangle(orders, LAST)
    assert sum(row["net_revenue"] for row in rows) == sum(order.amount for order in orders)
    assert sum(row["margin"] for row in rows) == sum(order.margin for order in orders)
    born = [row for row in rows if row["age_months"] == 0]
    assert sum(row["customers"] for row in born) == len({order.customer for order in orders})
    assert all(row["retention"] == 1 for row in born)
    assert all(row["active"] <= row["customers"] for row in rows)
    for young, old in pairwise(rows):
        if young["cohort"] == old["cohort"]:
            assert old["age_months"] == young["age_months"] + 1
            assert old["customers"] == young["customers"]
            assert old["cumulative_margin_per_customer"] >= young["cumulative_margin_per_customer"]
        else:
            assert reaches(young) == (LAST.year, LAST.month)
    assert reaches(rows[-1]) == (LAST.year, LAST.month)


def reaches(row: dict[str, object]) -> tuple[int, int]:
    months = row["cohort"].year * 12 + row["cohort"].month - 1 + row["age_months"]
    return months // 12, months % 12 + 1


@given(orders=some_orders, cut=st.dates(FIRST, LAST))
@settings(max_examples=10, deadline=None)
def test_what_comes_later_changes_nothing(orders: list[Order], cut: date) -> None:
    assert triangle(orders, cut) == triangle([order for order in orders if order.day <= cut], cut)


def test_it_compiles_for_spark() -> None:
    ibis.pyspark  # noqa: B018 - loads the dialect
    assert "EXPLODE" in ibis.to_sql(
        cohorts(ORDERS.unbound(), TAKINGS.unbound(), as_of=date(2024, 6, 15)), dialect="pyspark"
    )


@pytest.mark.real_data
@pytest.mark.skipif(not CDNOW.exists(), reason="CDNOW is not beside the project")
def test_cdnow_began_in_the_first_quarter_of_1997() -> None:
    """Fader & Hardie: 2,357 customers whose first order lies in the first twelve weeks of 1997."""
    lines = [line.split() for line in CDNOW.read_text().splitlines() if line.strip()]
    orders = [
        Order(who, datetime.strptime(day, "%Y%m%d").date(), Decimal(dollars))  # noqa: DTZ007 - a day, no moment
        for _, who, day, _, dollars in lines
    ]
    rows = triangle(orders, date(1998, 6, 30))
    born = {f"{row['cohort']:%Y-%m}": row["customers"] for row in rows if row["age_months"] == 0}
    assert sorted(born) == ["1997-01", "1997-02", "1997-03"]
    assert sum(born.values()) == 2357
    assert sum(row["net_revenue"] for row in rows) == sum(order.amount for order in orders)
    assert len(rows) == 18 + 17 + 16
    assert timedelta(0) == max(order.day for order in orders) - date(1998, 6, 30)
