from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from math import prod

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kpis_shop import Order, orders_table, spend_table, takings_table

from patron.contracts.customer import ORDERS, TAKINGS
from patron.contracts.outcome import GROWTH
from patron.contracts.raw import RAW_SPEND
from patron.kpis import growth
from patron.kpis.drivers import FORMULAS, Figures, Formula, drivers
from patron.kpis.factor_effects import factor_effects, whole_cents
from patron.kpis.growth import figures
from patron.kpis.periods import periods

Rows = dict[str, dict[str, object]]

FIRST = date(2024, 1, 1)
LAST = date(2024, 3, 20)  # 80 days: two whole periods of 40; new ones are watched for 10 days, in periods of 35


def on(day: int) -> date:
    return FIRST + timedelta(days=day - 1)


def split(orders: list[Order], formula: str, *spent: tuple[date, str], as_of: date = LAST) -> Rows:
    table = GROWTH.check(growth(orders_table(orders), takings_table(orders), spend_table(*spent), as_of=as_of))
    rows = table.filter(table.formula == formula).order_by("position").to_pyarrow().to_pylist()
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    return {row["driver"]: row for row in rows}


def told(rows: Rows) -> dict[str, tuple[object, object, str | None]]:
    return {
        name: (row["before"], row["after"], None if row["effect"] is None else str(row["effect"]))
        for name, row in rows.items()
    }


def order(customer: str, day: int, revenue: str, cost: str | None = None, returns: str = "0.00") -> Order:
    return Order(customer, on(day), Decimal(revenue), Decimal(returns), None if cost is None else Decimal(cost))


# 2 customers x 2 orders x 25 x .4 = 40, then 4 customers x 1 order x 20 x .4 = 32. By the definition, customers did
# 2 x (2 x 25 / 3 + (1 x 25 + 2 x 20) / 6 + 1 x 20 / 3) x .4 = 27 1/3, frequency -26 2/3 and order value -8 2/3.
ORDERS_OF_TWO_PERIODS = [
    order("ann", 1, "20.00", "10.00"),
    order("ann", 12, "30.00", "20.00"),
    order("bob", 20, "30.00", "20.00", "5.00"),
    order("bob", 40, "25.00", "10.00"),
    *(order(name, day, "20.00", "12.00") for name, day in (("ann", 41), ("bob", 50), ("cat", 65), ("dan", 80))),
]


def test_growth_by_customers_computed_by_hand() -> None:
    spent = [(on(3), "10.00"), (on(41), "7.00"), (on(80), "5.55")]
    rows = split(ORDERS_OF_TWO_PERIODS, "customers", *spent)
    assert told(rows) == {
        "customers": (2.0, 4.0, "27.34"),
        "frequency": (2.0, 1.0, "-26.67"),
        "order_value": (25.0, 20.0, "-8.67"),
        "margin_rate": (0.4, 0.4, "0.00"),
        "acquisition_cost": (10.0, 12.55, "-2.55"),
        "total": (30.0, 19.45, "-10.55"),
    }
    assert {(row["before_from"], row["before_to"], row["after_from"], row["after_to"]) for row in rows.values()} == {
        (on(1), on(40), on(41), on(80))
    }


def test_without_visits_orders_stand_for_traffic_and_conversion() -> None:
    rows = split(ORDERS_OF_TWO_PERIODS, "traffic")
    assert told(rows) == {
        "traffic": (None, None, None),
        "conversion": (None, None, None),
        "orders": (4.0, 4.0, "0.00"),
        "order_value": (25.0, 20.0, "-20.00"),
        "total": (100.0, 80.0, "-20.00"),
    }
    assert rows["traffic"]["needs"] == rows["conversion"]["needs"] == "events"


def test_growth_by_lifetime_watches_new_customers_for_equally_long() -> None:
    orders = [
        order("old", 1, "1.00"), order("old", 10, "99.00"),  # began in the days left out: perhaps no new customer
        order("ann", 11, "10.00"), order("ann", 20, "5.00"), order("ann", 21, "70.00"),  # day 21 is her eleventh
        order("late", 37, "50.00"),  # her ten days end after the period
        order("bob", 46, "6.00"), order("cat", 71, "8.00"), order("cat", 80, "1.00"),
        order("later", 72, "50.00"),
    ]  # fmt: skip
    rows = split(orders, "lifetime", (on(36), "2.00"), (on(37), "100.00"), (on(71), "3.00"))
    assert {(row["before_from"], row["before_to"], row["after_from"], row["after_to"]) for row in rows.values()} == {
        (on(11), on(45), on(46), on(80))
    }
    assert told(rows) == {
        "customers": (1.0, 2.0, "11.25"),
        "lifetime_margin": (15.0, 7.5, "-11.25"),
        "acquisition_cost": (2.0, 3.0, "-1.00"),
        "total": (13.0, 12.0, "-1.00"),
    }


def test_spend_in_one_period_alone_is_no_change_of_cost() -> None:
    for spent in ([], [(on(50), "70.00")], [(on(5), "70.00")]):
        rows = split(ORDERS_OF_TWO_PERIODS, "customers", *spent)
        assert told(rows)["acquisition_cost"] == (None, None, None)
        assert rows["acquisition_cost"]["needs"] == "spend"
        assert told(rows)["total"] == (40.0, 32.0, "-8.00")


def test_without_the_cost_of_goods_the_margin_rate_is_unknown() -> None:
    orders = [order("ann", 1, "20.00"), order("ann", 80, "30.00")]
    rows = split(orders, "customers")
    assert rows["margin_rate"]["needs"] == "products"
    assert told(rows)["margin_rate"] == (None, None, None)
    assert told(rows)["total"] == (20.0, 30.0, "10.00")


def test_a_year_where_there_are_two() -> None:
    compared = periods(date(2020, 1, 1), as_of=date(2023, 12, 31))
    assert compared is not None
    assert compared.whole == compared.early
    assert (compared.whole.before.start, compared.whole.after.start) == (date(2022, 1, 1), date(2023, 1, 1))
    assert compared.early_days == 90


@given(span=st.integers(1, 1500))
@settings(max_examples=100, deadline=None)
def test_periods_are_equal_adjacent_and_within_the_data(span: int) -> None:
    last = FIRST + timedelta(days=span - 1)
    compared = periods(FIRST, as_of=last)
    assert (compared is None) == (span < 56)
    if compared is None:
        return
    for pair, begin in ((compared.whole, FIRST), (compared.early, FIRST + timedelta(days=compared.early_days))):
        assert pair.before.end - pair.before.start == pair.after.end - pair.after.start
        assert pair.after.start - pair.before.end == timedelta(days=1)
        assert pair.after.end == last
        assert begin <= pair.before.start
        assert pair.before.shortened(compared.early_days - 1).end > pair.before.start


def _rows_of(orders: list[Order]) -> int:
    table = growth(orders_table(orders), takings_table(orders), RAW_SPEND.empty(), as_of=on(55))
    return int(table.count().to_pyarrow().as_py())


def test_too_little_data_gives_no_rows() -> None:
    for orders in ([], [order("ann", 1, "20.00")]):
        assert _rows_of(orders) == 0


def test_what_comes_later_changes_nothing() -> None:
    later = [*ORDERS_OF_TWO_PERIODS, order("eve", 81, "1000.00", "1.00"), order("ann", 99, "1000.00", "1.00")]
    for formula in ("customers", "traffic", "lifetime"):
        assert split(later, formula, (on(90), "9.00")) == split(ORDERS_OF_TWO_PERIODS, formula)


some_orders = st.lists(
    st.builds(
        Order,
        st.sampled_from("abcd"),
        st.dates(FIRST, LAST),
        st.integers(0, 90_000).map(lambda cents: Decimal(cents).scaleb(-2)),
        cost=st.integers(0, 90_000).map(lambda cents: Decimal(cents).scaleb(-2)),
    ),
    max_size=12,
)


@given(orders=some_orders)
@settings(max_examples=10, deadline=None)
def test_the_table_adds_up_to_the_orders(orders: list[Order]) -> None:
    orders = [*orders, Order("a", FIRST, Decimal("1.00"), cost=Decimal("0.30"))]
    for formula, money in (("customers", "margin"), ("traffic", "amount"), ("lifetime", None)):
        rows = split(orders, formula)
        total = rows.pop("total")
        assert sum(row["effect"] or 0 for row in rows.values()) == total["effect"]
        if money and formula == "traffic":
            after = sum(getattr(one, money) for one in orders if one.day >= on(41))
            assert total["after"] == pytest.approx(float(after))
            before = sum(getattr(one, money) for one in orders if one.day <= on(40))
            assert total["effect"] == after - before


cents = st.just(0) | st.integers(-10_000_000, 10_000_000)


@st.composite
def periods_sums(draw: st.DrawFn) -> Figures:
    """Sums that a period can have: without a customer no order; money there may be, of returns."""
    customers = draw(st.integers(0, 5) | st.integers(0, 100_000))
    orders = customers + draw(st.integers(0, 1000)) if customers else 0
    return Figures(
        customers=customers,
        orders=orders,
        net_revenue=draw(cents),
        margin=draw(cents),
        costed=draw(st.just(0) | st.just(orders + 1)),
        spend=draw(st.none() | st.integers(0, 1_000_000)),
    )


sums = periods_sums()
NOTHING = Figures(customers=0, orders=0, net_revenue=0, margin=0, costed=0, spend=None)


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
@given(before=sums | st.just(NOTHING), after=sums | st.just(NOTHING))
@settings(max_examples=100, deadline=None)
def test_effects_add_up_to_the_cent(formula: Formula, before: Figures, after: Figures) -> None:
    *parts, total = drivers(formula, before, after)
    assert total.name == "total"
    assert sum(part.effect or 0 for part in parts) == total.effect
    assert total.effect == (total.after - total.before) * 100
    assert all((part.effect is None) == (part.needs is not None) for part in parts)


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
@given(before=sums, after=sums)
@settings(max_examples=50, deadline=None)
def test_there_and_back_is_nowhere(formula: Formula, before: Figures, after: Figures) -> None:
    """What went up by a cent's rounding comes down within a cent."""
    there, back = drivers(formula, before, after), drivers(formula, after, before)
    for one, other in zip(there, back, strict=True):
        assert (one.before, one.after) == (other.after, other.before)
        assert abs((one.effect or 0) + (other.effect or 0)) <= 1


def test_all_of_a_start_from_nothing_is_customers() -> None:
    after = Figures(customers=3, orders=6, net_revenue=60_00, margin=20_00, costed=6, spend=None)
    assert {part.name: part.effect for part in drivers(FORMULAS[0], NOTHING, after)} == {
        "customers": 20_00,
        "frequency": 0,
        "order_value": 0,
        "margin_rate": 0,
        "acquisition_cost": None,
        "total": 20_00,
    }


ratios = st.fractions(min_value=-50, max_value=50, max_denominator=20)


@given(pairs=st.lists(st.tuples(ratios, ratios), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_shapley_is_the_mean_over_all_orders(pairs: list[tuple[Fraction, Fraction]]) -> None:
    """The definition, Shapley (1953), spelt out: change the factors one by one in every order."""
    before, after = [one for one, _ in pairs], [other for _, other in pairs]
    assert factor_effects(before, after) == in_every_order(before, after)


def in_every_order(before: Sequence[Fraction], after: Sequence[Fraction]) -> list[Fraction]:
    effects = [Fraction(0)] * len(before)
    every = list(permutations(range(len(before))))
    for sequence in every:
        now = list(before)
        for index in sequence:
            was = prod(now, start=Fraction(1))
            now[index] = after[index]
            effects[index] += (prod(now, start=Fraction(1)) - was) / len(every)
    return effects


@given(amounts=st.lists(ratios, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_rounding_keeps_the_sum_and_moves_less_than_a_cent(amounts: list[Fraction]) -> None:
    whole = [*amounts, -sum(amounts) + 7]
    rounded = whole_cents(whole)
    assert sum(rounded) == 7
    assert all(abs(cent - amount) < 1 for cent, amount in zip(rounded, whole, strict=True))


def test_the_figures_compile_for_spark() -> None:
    ibis.pyspark  # noqa: B018 - loads the dialect
    compared = periods(FIRST, as_of=LAST)
    assert compared is not None
    table = figures(ORDERS.unbound(), TAKINGS.unbound(), RAW_SPEND.unbound(), compared=compared, as_of=LAST)
    assert "DATEDIFF" in ibis.to_sql(table, dialect="pyspark")
