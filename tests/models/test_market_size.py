"""The size of the market: shares with their intervals, a cautious comparison, and no cost where none is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.models.market_size import Kind, Ours, count_interval, market_size

OURS = Ours(customers=4_000, ideal=800, value=320_000.0)


def kind(name: str, people: int, known: int, **more: Any) -> Kind:
    facts = {
        "segment": name, "traits": ("town",), "people": people, "source": "census", "dated": date(2024, 1, 1),
        "told": 2_000, "known": known, "ideal": known // 5, "value": 80.0 * known, "squares": 8_000.0 * known,
    }  # fmt: skip
    return Kind(**facts | more)


def rows(*kinds: Kind, **more: Any) -> dict[str, dict[str, Any]]:
    return {row["segment"]: row for row in market_size(kinds, OURS, horizon_days=365, **more)}


def test_garwoods_interval_as_printed() -> None:
    """Garwood (1936), table I, as it is reprinted everywhere: counts 0, 1 and 5 at 95 %."""
    ends = [tuple(round(end, 3) for end in count_interval(count)) for count in (0, 1, 5)]
    assert ends == [(0.0, 3.689), (0.025, 5.572), (1.623, 11.668)]


def test_intervals_of_shares_hold_the_truth() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        customers = rng.poisson(0.004 * 50_000)  # our customers among the 50,000
        known = rng.binomial(customers, 0.5)  # of half of them the trait is known
        row = rows(kind("city", 50_000, known))["city"]
        held += row["share_low"] <= 0.004 <= row["share_high"]
    assert held >= 0.93 * 400


def test_those_of_whom_it_is_known_stand_for_all() -> None:
    row = rows(kind("city", 50_000, 100))["city"]
    assert row["customers"] == 200
    assert row["share"] == pytest.approx(0.004)
    assert (row["compared_with"], row["reachable"], row["value"], row["cost"]) == (None, None, None, None)


def test_a_lucky_small_segment_sets_no_target() -> None:
    found = rows(kind("city", 90_000, 300), kind("village", 22_000, 200), kind("hamlet", 500, 29))
    assert found["hamlet"]["share"] > found["village"]["share"]
    assert found["city"]["compared_with"] == "village"
    missing = 90_000 * (found["village"]["share_low"] - found["city"]["share"])
    assert found["city"]["reachable"] == pytest.approx(missing)
    assert found["city"]["value"] == pytest.approx(missing * found["city"]["value_each"])
    assert found["hamlet"]["reachable"] == 0
    assert [row["rank"] for row in found.values()] == [1, 2, 3]


def test_only_segments_by_the_same_traits_are_compared() -> None:
    found = rows(kind("city", 90_000, 300), kind("young", 1_000, 200, traits=("age",)))
    assert all(row["compared_with"] is None for row in found.values())


def test_cost_is_that_of_contacts_or_of_customers_or_not_known() -> None:
    city, village = kind("city", 90_000, 300), kind("village", 22_000, 200)
    assert rows(city, village)["city"]["cost"] is None
    by_contact = rows(city, village, cost_per_contact=0.05)
    assert by_contact["city"]["cost"] == pytest.approx((90_000 - 600) * 0.05)
    assert by_contact["village"]["cost"] == 0  # nobody is missing, so nobody is contacted
    paid = rows(replace(city, cost_each=12.0), village)["city"]
    assert paid["cost"] == pytest.approx(12.0 * paid["reachable"])
    assert (by_contact["city"]["cost_basis"], paid["cost_basis"]) == ("contact", "acquisition")


def test_a_trait_that_is_known_of_nobody_tells_nothing_and_comes_last() -> None:
    found = rows(
        kind("moon", 10, 0, told=0, traits=("planet",)), kind("city", 90_000, 300), kind("village", 22_000, 200)
    )
    moon = found["moon"]
    assert moon["rank"] == 3
    assert {moon[name] for name in ("customers", "share", "reachable", "value", "ideal_share")} == {None}


def test_small_groups_are_drawn_to_all() -> None:
    rich = kind("hamlet", 500, 4, ideal=4, value=4_000.0, squares=4_400_000.0)
    found = rows(rich, kind("city", 90_000, 300), kind("village", 22_000, 200))
    assert found["hamlet"]["ideal_share"] < 0.95
    assert found["hamlet"]["value_each"] < 1_000
    assert found["city"]["ideal_share"] == pytest.approx(0.2, abs=0.02)


@given(
    sizes=st.lists(st.tuples(st.integers(1, 100_000), st.integers(0, 2_000)), min_size=1, max_size=6),
    cost=st.none() | st.floats(0.01, 10),
)
def test_shares_lie_between_none_and_all_and_nothing_is_negative(
    sizes: list[tuple[int, int]], cost: float | None
) -> None:
    kinds = [kind(str(place), people, known) for place, (people, known) in enumerate(sizes)]
    found = market_size(kinds, OURS, horizon_days=90, cost_per_contact=cost)
    assert sorted(row["rank"] for row in found) == list(range(1, len(sizes) + 1))
    for row in found:
        assert 0 <= row["share_low"] <= row["share"] <= row["share_high"] <= 1
        assert all(row[name] is None or row[name] >= 0 for name in ("reachable", "reachable_ideal", "cost"))
