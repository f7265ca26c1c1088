from __future__ import annotations

from decimal import Decimal

import ibis
import pytest
from small_shop import forecasts, memberships, profiles, rows

from patron.contracts.customer import FORECASTS, MEMBERSHIPS, PROFILES, SEGMENTS
from patron.errors import ArgumentError
from patron.segments import rfm, rules, segments, tiers, value_map

SHOP = profiles(
    {"customer_id": "a", "days": 2, "times": 4, "margin": 300.25},
    {"customer_id": "b", "days": 40, "times": 1, "margin": 20},
    {"customer_id": "c", "days": 90, "times": 1, "margin": 10.5},
    {"customer_id": "d", "days": 300, "times": 2, "margin": -5},
    {"customer_id": "e"},
)
AHEAD = forecasts({"a": 120, "b": 20, "c": 15, "d": 5})


def described(members, **options):
    found = rows(SEGMENTS.check(segments(members, SHOP, AHEAD, **options)).order_by("segmentation", "position"))
    return {(row["segmentation"], row["segment"]): row for row in found}


def test_sizes_shares_and_values_of_one_segment():
    row = described(memberships("rfm", {"a": "champions", "b": "champions", "c": "lost", "d": "lost"}))["rfm", "lost"]
    assert (row["customers"], row["customer_share"], row["orders"]) == (2, 0.4, 3)
    assert (row["net_revenue"], row["margin"]) == (Decimal("5.50"), Decimal("5.50"))
    assert row["margin_share"] == pytest.approx(5.5 / 325.75)
    assert row["predicted_value"] == 20
    assert row["predicted_share"] == pytest.approx(20 / 160)
    assert row["average_order_value"] == pytest.approx(5.5 / 3)
    assert (row["days_since_last"], row["probability_alive"]) == (195, 0.5)


def test_who_never_bought_has_no_averages_and_adds_no_value():
    row = described(rfm(SHOP))["rfm", "no_orders"]
    assert (row["customers"], row["orders"], row["predicted_value"], row["margin"]) == (1, 0, 0, 0)
    assert (row["average_order_value"], row["days_since_last"], row["probability_alive"]) == (None, None, None)


def test_shares_of_a_whole_segmentation_sum_to_one():
    every = rfm(SHOP).union(value_map(SHOP, AHEAD)).union(tiers(AHEAD))
    found = described(every)
    for segmentation in ("rfm", "value_map", "tier"):
        of = [row for (name, _), row in found.items() if name == segmentation]
        assert sum(row["margin_share"] for row in of) == pytest.approx(1)
        assert sum(row["predicted_share"] for row in of) == pytest.approx(1)
        assert sum(row["customer_share"] for row in of) == pytest.approx(0.8 if segmentation == "tier" else 1)


def test_position_is_the_segmentations_own_order():
    found = described(memberships("rfm", {"a": "lost", "b": "champions", "c": "hibernating", "d": "at_risk"}))
    assert [segment for _, segment in found] == ["champions", "at_risk", "hibernating", "lost"]
    assert [row["position"] for row in found.values()] == [1, 2, 3, 4]


def test_unknown_segments_follow_by_value_and_keep_their_names():
    found = described(memberships("mood", {"a": "glad", "b": "sad", "c": "calm"}))
    assert [segment for _, segment in found] == ["glad", "sad", "calm"]
    assert {row["title"] for row in found.values()} == {"glad", "sad", "calm"}
    other = described(memberships("mood", {"a": "glad", "b": "sad"}), order={"mood": ("sad", "glad")})
    assert [segment for _, segment in other] == ["sad", "glad"]


def test_words_of_known_and_of_own_segments():
    found = described(rfm(SHOP).union(rules(SHOP, {"vip": "margin > 100"})).union(tiers(AHEAD)))
    assert found["rfm", "no_orders"]["title"] == "No orders"
    assert found["vip", "vip"]["meaning"] == "margin > 100"
    assert found["vip", "vip"]["title"] == "vip"
    assert found["tier", "bronze"]["title"] == "Bronze"
    assert found["tier", "bronze"]["meaning"] == "from the best 20% down to the best 50% by predicted value"


def test_purpose_is_marketing_unless_said_otherwise():
    found = described(rfm(SHOP).union(tiers(AHEAD)), purposes={"tier": "analytics"})
    assert {row["purpose"] for (name, _), row in found.items() if name == "tier"} == {"analytics"}
    assert {row["purpose"] for (name, _), row in found.items() if name == "rfm"} == {"marketing"}


def test_a_purpose_that_is_none():
    with pytest.raises(ArgumentError, match="'fun'; allowed: analytics, profiling"):
        segments(MEMBERSHIPS.unbound(), PROFILES.unbound(), FORECASTS.unbound(), purposes={"tier": "fun"})


def test_a_total_that_is_not_above_zero_has_no_shares():
    people = profiles({"customer_id": "a", "days": 2, "times": 4, "margin": -3})
    found = rows(SEGMENTS.check(segments(rfm(people), people, forecasts({"a": 0}))))
    assert (found[0]["margin_share"], found[0]["predicted_share"]) == (None, None)


def test_no_members_give_no_rows():
    assert rows(SEGMENTS.check(segments(MEMBERSHIPS.empty(), SHOP, AHEAD))) == []


def test_it_compiles_for_spark():
    ibis.pyspark  # noqa: B018 - loads the dialect's options
    expression = segments(MEMBERSHIPS.unbound(), PROFILES.unbound(), FORECASTS.unbound(), purposes={"rfm": "analytics"})
    assert "Champions" in ibis.to_sql(expression, dialect="pyspark")


def test_an_own_segment_that_nobody_is_in_is_seen():
    members = rules(SHOP, {"vip": "orders > 3", "none": "orders > 99"})
    found = described(members, own={"vip": "orders > 3", "none": "orders > 99"}, purposes={"none": "analytics"})
    nobody = found["none", "none"]
    assert (nobody["customers"], nobody["customer_share"], nobody["orders"], nobody["position"]) == (0, 0, 0, 1)
    assert (nobody["margin"], nobody["predicted_value"], nobody["average_order_value"]) == (0, 0, None)
    assert (nobody["title"], nobody["meaning"], nobody["purpose"]) == ("none", "orders > 99", "analytics")
    assert found["vip", "vip"]["customers"] == 1
