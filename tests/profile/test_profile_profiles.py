"""One row for every customer with a line, put together from the parts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import ibis
import pytest
from lines_of import AS_OF, customers, line, lines, rows

from patron.contracts.customer import PROFILES
from patron.profile import Parts, contribution, orders, profiles, rhythm, takings

DAY = AS_OF - timedelta(days=100)


def profile(*made, people=(), as_of=AS_OF):
    raw = lines(*made)
    ordered = ibis.memtable(orders(raw, as_of=as_of).to_pyarrow())
    parts = Parts(
        lines=raw,
        orders=ordered,
        contribution=ibis.memtable(contribution(raw, takings(raw, as_of=as_of), as_of=as_of).to_pyarrow()),
        rhythm=ibis.memtable(rhythm(ordered, as_of=as_of).to_pyarrow()),
        customers=customers(*people),
    )
    found = ibis.memtable(profiles(parts, as_of=as_of).to_pyarrow())
    PROFILES.check(found)
    return {row["customer_id"]: row for row in rows(found)}


def test_who_only_took_everything_back_is_a_customer_without_orders():
    found = profile(
        line(1, "ann", DAY, discount=2), line(2, "ann", DAY, quantity=-1, reverses=1, discount=-2),
        line(3, "bob", DAY, quantity=-1), line(4, "cid", DAY, kind="adjustment"), line(5, "dan", DAY),
    )  # fmt: skip
    assert list(found) == ["ann", "bob", "cid", "dan"]
    for name in ("ann", "bob", "cid"):
        row = found[name]
        assert (row["orders"], row["purchase_days"], row["units"], row["lapsed"]) == (0, 0, 0, False)
        nothing = ("first_order_on", "last_order_on", "days_since_last", "tenure_days", "average_order_value",
                   "lateness", "expected_interval_days", "main_channel")  # fmt: skip
        assert {name: row[name] for name in nothing} == dict.fromkeys(nothing)
    assert (found["ann"]["return_rate"], found["ann"]["discount_rate"]) == (1, 0)
    assert (found["bob"]["return_rate"], found["bob"]["net_revenue"]) == (None, -10)
    assert found["dan"]["orders"] == 1


def test_the_figures_of_one_customer():
    [row] = profile(
        line(1, "ann", DAY, quantity=2, unit_price=10, discount=3, order_id="a", product_id="mug", category="pottery"),
        line(2, "ann", DAY, unit_price=5, order_id="a", product_id="cup", category="pottery"),
        line(3, "ann", DAY + timedelta(days=40), unit_price=8, order_id="b", product_id="mug", channel="web"),
        line(4, "ann", DAY + timedelta(days=40), unit_price=4, order_id="c", product_id=None, channel="web"),
        line(5, "ann", DAY + timedelta(days=50), quantity=-1, unit_price=10, reverses=1, discount=Decimal("-1.5")),
        people=[{"customer_id": "ann", "acquisition_channel": "search", "country": "Malta"}],
    ).values()  # fmt: skip
    assert (row["first_order_on"], row["last_order_on"]) == (DAY, DAY + timedelta(days=40))
    assert (row["days_since_last"], row["tenure_days"]) == (60, 100)
    assert (row["orders"], row["purchase_days"], row["units"]) == (3, 2, 4)
    assert (row["net_revenue"], row["margin"], row["basis"]) == (pytest.approx(25.5), pytest.approx(25.5), "revenue")
    assert row["average_order_value"] == pytest.approx(25.5 / 3)
    assert row["return_rate"] == pytest.approx(10 / 37)
    assert row["discount_rate"] == pytest.approx(1.5 / 37)
    assert (row["products"], row["categories"], row["channels"]) == (2, 1, 1)
    assert (row["main_channel"], row["country"], row["acquisition_channel"]) == ("web", "Malta", "search")
    assert row["expected_interval_days"] == pytest.approx(40)
    assert row["lateness"] == pytest.approx(60 / 40)
    assert row["lapsed"] is False
    assert row["as_of"] == AS_OF


def test_the_channel_and_country_of_most_orders_and_the_first_by_name_when_equal():
    made = [
        line(n, "ann", DAY + timedelta(days=n), channel=channel, country=country)
        for n, (channel, country) in enumerate(
            [("web", "Spain"), ("shop", "France"), ("web", "Malta"), ("app", "Malta"), ("app", None), (None, None)],
            start=1,
        )
    ]
    [row] = profile(*made, people=[{"customer_id": "ann", "country": "Italy"}]).values()
    assert (row["main_channel"], row["country"], row["channels"]) == ("app", "Malta", 3)


def test_silence_beyond_the_own_rhythm_is_a_lapse():
    weekly = [line(n, "ann", date(2024, 1, 1) + timedelta(days=7 * n)) for n in range(10)]
    yearly = [line(100 + n, "bob", date(2015, 1, 1) + timedelta(days=365 * n)) for n in range(10)]
    found = profile(*weekly, *yearly)
    assert (found["ann"]["lapsed"], found["bob"]["lapsed"]) == (True, False)
    assert found["ann"]["days_since_last"] < found["bob"]["days_since_last"]
    assert found["ann"]["lateness"] > 3 > found["bob"]["lateness"]


def test_records_of_somebody_who_never_bought_make_no_customer():
    assert list(profile(line(1, "ann", DAY), people=[{"customer_id": "zoe"}, {"customer_id": "ann"}])) == ["ann"]


def test_two_records_of_one_customer_make_one_row():
    people = [{"customer_id": "ann", "country": name, "acquisition_channel": name} for name in ("Spain", "Malta", None)]
    [row] = profile(line(1, "ann", DAY), people=people).values()
    assert (row["country"], row["acquisition_channel"]) == ("Malta", "Malta")


def test_nobody_bought_anything():
    assert profile() == {}
