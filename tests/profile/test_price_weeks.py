"""Weeks of prices against a plain count in Python, weeks without sales, what the market asked, and no look ahead."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose

from patron.contracts.raw import RAW_ORDER_LINES
from patron.contracts.raw_experience import RAW_MARKET
from patron.profile.asked_prices import LEAST_WEEKS, STILL_SOLD, asked_prices, price_rows
from patron.profile.price_totals import PERIOD_DAYS, price_totals
from patron.profile.price_weeks import at_one_price, last_price_day, price_weeks, sold_lines

AS_OF = date(2024, 12, 31)
Line = dict[str, Any]


def line(days_ago: int, price: float = 10.0, **more: Any) -> Line:
    """Return a line of one unit; `price` is that of a unit before discount."""
    facts: Line = {"quantity": 1.0, "discount": 0.0, "customer_id": "ann", "product_id": "tea", "cost": 4.0} | more
    amount = price * facts["quantity"]
    return {"days_ago": days_ago, "price": price, "amount": amount, **facts}


def lines_of(*rows: Line) -> ir.Table:
    table = [
        {
            "line_id": place, "file": "f", "row": place, "order_id": row.get("order_id", f"o{place}"),
            "customer_id": row["customer_id"], "product_id": row["product_id"],
            "ordered_at": datetime.combine(AS_OF, time(12)) - timedelta(days=row["days_ago"]),
            "category": row.get("category", "drinks"), "quantity": row["quantity"],
            "unit_price": Decimal(str(row["price"])), "amount": _cents(row["amount"]),
            "discount": _cents(row["discount"]), "cost": None if row["cost"] is None else _cents(row["cost"]),
            "kind": row.get("kind", "sale"), "reverses": row.get("reverses"), "repeated": False,
        }
        for place, row in enumerate(rows)
    ]  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(table, schema=RAW_ORDER_LINES.schema.to_pyarrow()))


def _cents(amount: float) -> Decimal:
    return Decimal(str(round(amount, 2)))


def sums_of(*rows: Line, **more: Any) -> pa.Table:
    return price_weeks(sold_lines(lines_of(*rows), as_of=AS_OF), until=AS_OF, **more).to_pyarrow()


def weekly(price: float = 10.0, *, weeks: int = LEAST_WEEKS + 4, **more: Any) -> list[Line]:
    return [line(7 * week + 3, price, **more) for week in range(weeks)]


def market(
    *rows: tuple[int, str | None, str | None, float | None, float | None], rival: str | None = "rival"
) -> ir.Table:
    told = [
        {
            "day": AS_OF - timedelta(days=ago), "series": str(place), "competitor": rival if product else None,
            "product_id": product, "category": category, "price": None if price is None else Decimal(str(price)),
            "category_index": index,
        }
        for place, (ago, product, category, price, index) in enumerate(rows)
    ]  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(told, schema=RAW_MARKET.schema.to_pyarrow()))


def test_sums_are_those_of_a_plain_count() -> None:
    rows = [line(0, 10, quantity=3.0, discount=6.0), line(6, 12, customer_id=None), line(7, 9), line(8, 9, cost=None)]
    found = {row["week"]: row for row in sums_of(*rows).to_pylist()}
    assert {week: (float(row["units"]), row["lines"], row["costed"]) for week, row in found.items()} == {
        0: (4.0, 2, 2), 1: (2.0, 2, 1),
    }  # fmt: skip
    assert found[0]["listed"] == Decimal("42.00")
    assert found[0]["discount"] == Decimal("6.00")
    assert found[0]["list_price"] == 11.0
    assert found[0]["promotion"] == 0.0  # not everybody was given one


def test_a_voucher_moves_no_price_and_a_sale_does() -> None:
    """Tea was a fifth off for everybody; the one customer had a voucher of a tenth on all besides."""
    rows = [
        line(1, discount=3.0, order_id="a"), line(1, discount=1.0, product_id="mug", order_id="a"),
        line(2, discount=2.0, order_id="b", customer_id="bob"), line(9, discount=1.0, order_id="c"),
        line(9, discount=1.0, order_id="c", product_id="mug"),
    ]  # fmt: skip
    found = {(row["product_id"], row["week"]): row for row in sums_of(*rows).to_pylist()}
    assert {key: round(row["promotion"], 6) for key, row in found.items()} == {
        ("tea", 0): 0.2, ("mug", 0): 0.0, ("tea", 1): 0.0, ("mug", 1): 0.0,
    }  # fmt: skip
    assert {row["list_price"] for row in found.values()} == {10.0}


def test_what_came_back_whole_was_no_sale_and_what_was_free_had_no_price() -> None:
    back = line(1, quantity=-2.0, kind="return", reverses=0)
    part = line(1, quantity=-1.0, kind="return", reverses=1)
    rows = [line(2, quantity=2.0), line(2, quantity=2.0, product_id="mug"), back, part, line(2, 0.0, product_id="gift")]
    assert [row["product_id"] for row in sums_of(*rows).to_pylist()] == ["mug"]


def test_a_day_after_the_runs_day_changes_nothing() -> None:
    rows = weekly()
    assert sums_of(*rows).sort_by("week") == sums_of(*rows, line(-1, 99.0)).sort_by("week")


def test_segments_add_up_to_everybody_who_is_in_one() -> None:
    members = ibis.memtable({"customer_id": ["ann", "bob"], "segmentation": ["tier"] * 2, "segment": ["top", "low"]})
    rows = [line(1), line(2, customer_id="bob"), line(3, customer_id=None)]
    found = sums_of(*rows, memberships=members, segmentations=("tier",)).to_pylist()
    assert {(row["segmentation"], row["segment"]): float(row["units"]) for row in found} == {
        ("all", "all"): 3.0, ("tier", "top"): 1.0, ("tier", "low"): 1.0,
    }  # fmt: skip


def test_weeks_without_a_sale_have_a_price_between_those_around_them() -> None:
    gone = {5, 6}
    rows = [line(7 * week, 20 - week) for week in range(LEAST_WEEKS + 4) if week not in gone]
    found = price_rows(sums_of(*rows), asked_prices(sums_of(*rows), until=AS_OF)).to_pylist()
    assert len(found) == LEAST_WEEKS + 4
    by_week = {(AS_OF - row["period"]).days // 7: row for row in found}
    assert {week for week, row in by_week.items() if row["units"] == 0} == gone
    assert by_week[5]["price"] == by_week[6]["price"] == pytest.approx((16 * 13) ** 0.5)


def test_a_product_whose_price_is_seldom_known_is_left_out_unless_the_shop_says_what_it_asked() -> None:
    rows = [line(14 * week, 20 - week) for week in range(LEAST_WEEKS)]
    assert asked_prices(sums_of(*rows), until=AS_OF).product_id == ()
    own = market((170, "tea", None, 8.0, None), (15, "tea", None, 9.0, None), rival=None)
    asked = asked_prices(sums_of(*rows), own, until=AS_OF)
    assert asked.product_id == ("tea",)
    assert_allclose(asked.price[0], [8.0] * 20 + [9.0] * 3)
    assert np.isnan(asked.competitor_price).all()


def test_weeks_end_on_the_day_before_prices_change() -> None:
    """Prices change on Thursdays here; the run's day, 31 December 2024, is a Tuesday."""
    thursday = date(2024, 12, 26)
    days = [(AS_OF - thursday).days + 7 * week - day for week in range(40) for day in range(7)]
    rows = [line(ago, 10 + ((ago + 1) // 7) % 5) for ago in days if ago >= 0]
    sold = sold_lines(lines_of(*rows), as_of=AS_OF)
    until = last_price_day(sold, as_of=AS_OF)
    assert until == date(2024, 12, 25)
    weeks = sold.mutate(week=ibis.literal(until).delta(sold.day, unit="day") // 7).group_by("week")
    assert weeks.aggregate(prices=sold.unit.nunique()).prices.max().to_pyarrow().as_py() == 1


def test_where_prices_fall_with_the_size_of_an_order_only_small_ones_count() -> None:
    small = [line(ago, 10.0, quantity=float(1 + ago % 3)) for ago in range(30)]
    bulk = [line(ago, 8.0, quantity=50.0, customer_id="bob") for ago in range(0, 30, 2)]
    sold = sold_lines(lines_of(*small, *bulk), as_of=AS_OF)
    kept = at_one_price(sold).aggregate(price=sold.unit.nunique(), most=sold.quantity.max()).to_pyarrow().to_pylist()[0]
    assert (kept["price"], kept["most"]) == (1, 3)
    plain = sold_lines(lines_of(*small), as_of=AS_OF)
    assert at_one_price(plain) is plain


def test_where_prices_change_on_any_day_weeks_end_on_the_runs_day() -> None:
    rng = np.random.default_rng(1)
    rows = [line(ago, float(price)) for ago, price in enumerate(rng.integers(5, 50, 80))]
    assert last_price_day(sold_lines(lines_of(*rows), as_of=AS_OF), as_of=AS_OF) == AS_OF
    assert last_price_day(sold_lines(lines_of(*weekly()), as_of=AS_OF), as_of=AS_OF) == AS_OF


def test_a_product_is_for_sale_from_its_first_sale_and_until_it_is_gone() -> None:
    weeks = LEAST_WEEKS + STILL_SOLD + 2
    still, over = weekly(weeks=weeks)[3:], weekly(weeks=weeks + 1, product_id="old")[STILL_SOLD + 1 :]
    sums = sums_of(*still, *over)
    rows = price_rows(sums, asked_prices(sums, until=AS_OF)).to_pylist()
    last = {item: max(row["period"] for row in rows if row["product_id"] == item) for item in ("tea", "old")}
    assert last == {"tea": AS_OF - timedelta(days=6), "old": AS_OF - timedelta(days=7 * (STILL_SOLD + 1) + 6)}


def test_a_product_of_few_weeks_is_left_out() -> None:
    sums = sums_of(*weekly(weeks=LEAST_WEEKS - 1), *weekly(product_id="mug"))
    assert asked_prices(sums, until=AS_OF).product_id == ("mug",)


def test_a_rivals_price_holds_until_it_is_told_anew_and_is_not_known_before() -> None:
    told = market((70, "tea", None, 9.0, None), (21, "tea", None, 11.0, None), (-5, "tea", None, 50.0, None))
    sums = sums_of(*weekly())
    asked = asked_prices(sums, told, until=AS_OF)
    weeks = asked.competitor_price[0][::-1]  # from the last
    assert_allclose(weeks[:4], [11.0] * 4)
    assert_allclose(weeks[4:11], [9.0] * 7)
    assert np.isnan(weeks[11:]).all()


def test_what_was_told_before_the_first_sale_still_holds() -> None:
    told = market((700, None, "drinks", None, 1.5))
    asked = asked_prices(sums_of(*weekly()), told, until=AS_OF)
    assert (asked.category_index == 1.5).all()


def test_without_sales_there_are_no_rows() -> None:
    sums = sums_of(line(1, kind="adjustment"))
    assert price_rows(sums, asked_prices(sums, market((1, "tea", None, 9.0, None)), until=AS_OF)).num_rows == 0


def test_totals_of_the_period_are_exact_and_count_people_once() -> None:
    members = ibis.memtable({"customer_id": ["ann"], "segmentation": ["tier"], "segment": ["top"]})
    rows = [
        line(1, discount=2.5), line(2, product_id="mug"), line(PERIOD_DAYS, product_id="mug"),
        line(3, customer_id="bob", discount=5.0), line(3, category=None, product_id="pen"),
    ]  # fmt: skip
    sold = sold_lines(lines_of(*rows), as_of=AS_OF)
    table = price_totals(sold, members, as_of=AS_OF, segmentations=("tier",)).to_pyarrow().to_pylist()
    found = {
        (row["part"], row["level"], row["category"], row["product_id"], row["segment"], row["depth"]): row
        for row in table
    }
    whole = found["base", "all", "all", "all", "all", 0]
    assert (whole["customers"], whole["lines"], whole["listed"], whole["discount"]) == (2, 4, 40, Decimal("7.5"))
    assert found["base", "category", "", "all", "all", 0]["lines"] == 1
    assert found["base", "all", "all", "all", "top", 0]["customers"] == 1
    assert found["bought", "category", "drinks", "all", "all", 0]["lines"] == 4
    assert found["ever", "product", "drinks", "mug", "all", 0]["lines"] == 2


def test_what_everybody_gets_is_a_promotion_and_the_rest_a_voucher() -> None:
    rows = [
        line(1, discount=2.5), line(1, discount=5.0, customer_id="bob"), line(3, discount=2.0),
        line(3, customer_id="bob"), line(5, discount=0.01),
    ]  # fmt: skip
    sold = sold_lines(lines_of(*rows), as_of=AS_OF)
    table = price_totals(sold, as_of=AS_OF).to_pyarrow().to_pylist()
    found = {
        (row["part"], row["category"], row["depth"]): row
        for row in table
        if row["part"] in ("promoted", "depth", "vouchers")
    }
    assert found["promoted", "drinks", 0]["discount"] == Decimal("5.00")  # a quarter off for both
    assert found["promoted", "all", 0]["customers"] == 2
    assert found["depth", "drinks", 5]["lines"] == 2
    assert found["vouchers", "all", 0]["discount"] == Decimal("4.51")
