from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kpis_shop import Order, Shop, read_orders, rows, shop_of

from patron.contracts.customer import FORECASTS, MEMBERSHIPS, ORDERS, PROFILES, RHYTHM, TAKINGS
from patron.contracts.outcome import KPIS
from patron.kpis import METRICS, kpis

Values = dict[tuple[str, str, str], float | None]

SHOP = Shop(
    orders=read_orders("""
        customer day         revenue returns cost
        ann      2024-01-05  100.00  0       60.00
        bob      2024-01-20  40.00   0       30.00
        ann      2024-02-10  50.00   10.00   20.00
        ann      2024-02-10  30.00   0       10.00
        cat      2024-02-01  200.00  0       120.00
        cat      2024-03-17  80.00   0       -
        ann      2024-05-20  60.00   0       30.00
        dan      2024-05-30  25.00   5.00    10.00
    """),
    as_of=date(2024, 6, 15),
    limits={"ann": 60, "bob": 30, "cat": 45.5, "dan": 60},
    predicted={"ann": 100.0, "bob": 10.0, "cat": 60.0, "dan": 30.0},
    segments={"ann": "high", "cat": "high", "bob": "low", "dan": "low"},
)

IN_TOTAL = """
    metric              2024-01   2024-02   2024-03   2024-04   2024-05   2024-06
    complete            0         1         1         1         1         0
    customers           2         3         3         3         4         4
    new                 2         1         0         0         1         0
    active              2         2         1         0         2         0
    returning           0         1         1         0         1         0
    retention_rate      -         0.5       0.5       0         -         0
    lapsed              0         1         0         1         1         0
    churn_rate          -         0.5       0         0.5       1         0
    won_back            0         0         0         0         1         0
    orders              2         3         1         0         2         0
    purchase_frequency  1         1.5       1         -         1         -
    average_order_value 70        90        80        -         40        -
    revenue             140       270       80        0         80        0
    margin              50        120       80        0         40        0
    margin_rate         0.357143  0.444444  -         -         0.5       -
    return_rate         0         0.035714  0         -         0.058824  -
    ltv_to_date         25        56.666667 83.333333 83.333333 72.5      72.5
    ltv_predicted       absent    absent    absent    absent    absent    50
"""

OF_SEGMENTS = """
    segment metric         2024-01 2024-02 2024-03 2024-04 2024-05 2024-06
    high    customers      1       2       2       2       2       2
    low     customers      1       1       1       1       2       2
    high    retention_rate -       1       0.5     0       -       0
    low     retention_rate -       0       -       -       -       0
    high    lapsed         0       0       0       1       1       0
    low     lapsed         0       1       0       0       0       0
    high    churn_rate     -       0       0       0.5     1       0
    high    revenue        100     270     80      0       60      0
    low     revenue        40      0       0       0       20      0
    high    ltv_predicted  absent  absent  absent  absent  absent  80
    low     ltv_predicted  absent  absent  absent  absent  absent  20
"""


def values(shop: Shop) -> Values:
    """The figures by month, segment and metric, checked against the contract."""
    table = KPIS.check(kpis(*shop.tables(), as_of=shop.as_of))
    return {
        (f"{row['month']:%Y-%m}", row["segment"], row["metric"]): row["value"] for row in table.to_pyarrow().to_pylist()
    }


@pytest.fixture(scope="module")
def figures() -> Values:
    return values(SHOP)


@pytest.mark.parametrize("case", rows(IN_TOTAL)[1:], ids=lambda case: case["metric"])
def test_a_shop_computed_by_hand(case: dict[str, str], figures: Values) -> None:
    check(case, "all", figures)


@pytest.mark.parametrize("case", rows(OF_SEGMENTS), ids=lambda case: f"{case['segment']} {case['metric']}")
def test_its_segments(case: dict[str, str], figures: Values) -> None:
    check(case, case["segment"], figures)


def check(case: dict[str, str], segment: str, figures: Values) -> None:
    for month, expected in case.items():
        key = (month, segment, case["metric"])
        if month.startswith("2024") and expected == "absent":
            assert key not in figures
        elif month.startswith("2024"):
            wanted = None if expected == "-" else pytest.approx(float(expected), abs=1e-6)
            assert figures[key] == wanted, key


def test_a_month_is_complete_when_the_data_covers_it() -> None:
    table = kpis(*SHOP.tables(), as_of=SHOP.as_of)
    told = {f"{row['month']:%Y-%m}": str(int(row["complete"])) for row in table.to_pyarrow().to_pylist()}
    expected = rows(IN_TOTAL)[0]
    assert told == {month: expected[month] for month in told}
    assert len(told) == 6


def test_the_last_day_of_a_month_and_the_first_complete_it() -> None:
    shop = Shop(orders=[Order("ann", date(2024, 2, 1), Decimal("1.00"))], as_of=date(2024, 2, 29))
    assert all(row["complete"] for row in kpis(*shop.tables(), as_of=shop.as_of).to_pyarrow().to_pylist())


def test_a_silence_of_exactly_the_limit_is_no_lapse() -> None:
    first = date(2024, 1, 1)
    for gap, lapses in ((30, 0.0), (31, 1.0)):
        orders = [Order("ann", first, Decimal("1.00")), Order("ann", first + timedelta(days=gap), Decimal("1.00"))]
        told = values(Shop(orders=orders, as_of=first + timedelta(days=gap), limits={"ann": 30.9}))
        assert sum(value or 0 for (_, _, name), value in told.items() if name == "lapsed") == lapses
        assert sum(value or 0 for (_, _, name), value in told.items() if name == "won_back") == lapses


def test_customers_of_the_day_change_no_total(figures: Values) -> None:
    whole = Shop(orders=SHOP.orders, as_of=SHOP.as_of, limits=SHOP.limits, predicted=SHOP.predicted)
    told = values(whole)
    assert told == {key: value for key, value in figures.items() if key[1] == "all"}


def test_no_orders_no_rows() -> None:
    assert values(Shop(orders=[], as_of=date(2024, 1, 1))) == {}


def test_it_compiles_for_spark() -> None:
    ibis.pyspark  # noqa: B018 - loads the dialect
    tables = [contract.unbound() for contract in (ORDERS, TAKINGS, PROFILES, RHYTHM, MEMBERSHIPS, FORECASTS)]
    assert "EXPLODE" in ibis.to_sql(kpis(*tables, as_of=date(2024, 6, 15)), dialect="pyspark")


def test_visits_count_where_there_are_some_and_are_absent_before_and_elsewhere() -> None:
    """In total also those of nobody known; a month without a visit has no conversion, and no 0."""
    april = 2024 * 12 + 3
    flow = ibis.memtable({
        "customer_id": ["ann", "bob", None], "number": [april, april, april + 1], "visits": [4, 2, 5],
        "visits_told": [4, 2, 5], "visits_ordered": [1, 1, 0], "visitors": [1, 1, 0],
        "visit_depth": [Decimal("3.0"), Decimal("1.0"), Decimal("1.5")],
    })  # fmt: skip
    found = KPIS.check(kpis(*SHOP.tables(), as_of=SHOP.as_of, more={"visits": flow}))
    told = {(row["month"].month, row["segment"], row["metric"]): row["value"] for row in found.to_pyarrow().to_pylist()}
    assert [told[4, who, "conversion_rate"] for who in ("all", "high", "low")] == pytest.approx([2 / 6, 1 / 4, 1 / 2])
    assert (told[5, "all", "visits"], told[5, "all", "visitors"], told[5, "high", "visits"]) == (5, 0, 0)
    assert told[5, "all", "engagement"] == pytest.approx(0.3)
    assert told[5, "high", "conversion_rate"] is None
    assert (3, "all", "visits") not in told
    assert (4, "all", "open_rate") not in told
    assert told[3, "all", "orders"] == 1


FIRST, LAST = date(2023, 11, 10), date(2024, 3, 31)
DAYS = (LAST - FIRST).days

shops = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, DAYS), st.integers(0, 50_000), st.integers(0, 100)),
    min_size=1,
    max_size=14,
).map(lambda orders: shop_of(*orders, as_of=LAST, first=FIRST))


@given(shop=shops)
@settings(max_examples=10, deadline=None)
def test_laws(shop: Shop) -> None:
    told = values(shop)
    months = sorted({month for month, _, _ in told})
    additive = [metric.name for metric in METRICS if metric.denominator is None and metric.flow is None]
    for month in months:
        for name in additive:
            parts = sum(told.get((month, segment, name)) or 0 for segment in ("odd", "even"))
            assert parts == pytest.approx(told[month, "all", name], abs=1e-6), (month, name)
        assert told[month, "all", "active"] == sum(told[month, "all", name] or 0 for name in ("new", "returning"))
        assert 0 <= (told[month, "all", "retention_rate"] or 0) <= 1

    def over_months(name: str) -> float:
        return sum(told[month, "all", name] or 0 for month in months)

    assert round(over_months("revenue"), 2) == float(sum(order.amount for order in shop.orders))
    assert round(over_months("margin"), 2) == float(sum(order.margin for order in shop.orders))
    assert over_months("orders") == len(shop.orders)
    assert over_months("new") == told[months[-1], "all", "customers"] == len(shop.customers)
    standing = sum(shop.stands_lapsed(customer) for customer in shop.customers)
    assert over_months("lapsed") - over_months("won_back") == standing
    assert told[months[-1], "all", "ltv_predicted"] == pytest.approx(sum(shop.predicted.values()) / len(shop.predicted))


@given(shop=shops, cut=st.integers(0, DAYS))
@settings(max_examples=6, deadline=None)
def test_what_comes_later_changes_nothing(shop: Shop, cut: int) -> None:
    day = FIRST + timedelta(days=cut)
    known = Shop([order for order in shop.orders if order.day <= day], day, shop.limits, {}, shop.segments)
    rhythm, memberships = shop.tables()[3:5]
    later = kpis(*shop.tables()[:3], rhythm, memberships, FORECASTS.empty(), as_of=day)
    before = kpis(*known.tables()[:3], rhythm, memberships, FORECASTS.empty(), as_of=day)
    assert by_key(later) == by_key(before)


def by_key(table: ibis.Table) -> dict[str, list[tuple[object, ...]]]:
    found: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for row in table.filter(table.segmentation == "all").order_by("month", "metric").to_pyarrow().to_pylist():
        found[row["metric"]].append((row["month"], row["value"], row["complete"]))
    return dict(found)
