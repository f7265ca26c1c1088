from __future__ import annotations

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_shop import by_customer, forecasts, profiles

from patron.contracts.customer import FORECASTS, MEMBERSHIPS, PROFILES
from patron.errors import ArgumentError, ContractError
from patron.language import has
from patron.segments import value_map
from patron.segments.value_map import ORDER


def names(worth, column="segment", **options):
    people = profiles(
        *({"customer_id": f"c{place}", "days": 5, "times": 1, "margin": past} for place, (past, _) in enumerate(worth))
    )
    ahead = forecasts({f"c{place}": value for place, (_, value) in enumerate(worth)})
    found = by_customer(MEMBERSHIPS.check(value_map(people, ahead, **options)), column)
    return [found[f"c{place}"] for place in range(len(worth))]


def test_the_best_fifth_of_each_axis_is_high():
    worth = [(9, 9), (8, 1), (1, 8), *[(1, 1)] * 7]
    assert names(worth) == ["stars", "fading", "rising", *["small"] * 7]
    assert names(worth, "detail")[:4] == [
        "past high, predicted high", "past high, predicted low", "past low, predicted high",
        "past low, predicted low",
    ]  # fmt: skip


def test_equals_that_straddle_the_line_are_not_parted():
    assert names([(5, 5)] * 3 + [(1, 1)] * 7) == ["small"] * 10
    assert names([(5, 5)] * 2 + [(1, 1)] * 8) == ["stars"] * 2 + ["small"] * 8


def test_all_equal_and_one_alone_are_small():
    assert set(names([(3, 3)] * 5)) == {"small"}
    assert names([(3, 3)]) == ["small"]


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-9, 50), st.integers(0, 50)), min_size=1, max_size=15),
    st.floats(0.05, 0.95),
)
def test_the_quarters_partition_the_customers(worth, split):
    found = names(worth, split=split)
    for axis, halves in ((0, {"stars", "fading"}), (1, {"stars", "rising"})):
        high = [one[axis] for one, name in zip(worth, found, strict=True) if name in halves]
        low = [one[axis] for one, name in zip(worth, found, strict=True) if name not in halves]
        assert len(high) <= (1 - split) * len(worth) + 1e-9
        assert not high or not low or min(high) > max(low)


def test_customers_without_an_order_are_apart_and_move_no_line():
    people = profiles(
        *({"customer_id": f"c{place}", "days": 5, "times": 1, "margin": place} for place in range(5)),
        *({"customer_id": f"n{place}"} for place in range(50)),
    )
    found = by_customer(value_map(people, forecasts({f"c{place}": place for place in range(5)})), "segment")
    assert [name for name, segment in found.items() if segment == "stars"] == ["c4"]
    assert {segment for name, segment in found.items() if name.startswith("n")} == {"no_orders"}


def test_a_buyer_without_a_forecast_breaks_the_contract_rather_than_counting_as_low():
    people = profiles({"customer_id": "a", "days": 5, "times": 1, "margin": 4})
    with pytest.raises(ContractError, match="segment"):
        MEMBERSHIPS.check(value_map(people, forecasts({"b": 1})))


@pytest.mark.parametrize("came", [0, 1, -0.2])
def test_split_out_of_its_range(came):
    with pytest.raises(ArgumentError, match="'split'"):
        value_map(PROFILES.unbound(), FORECASTS.unbound(), split=came)


def test_every_quarter_has_words_and_spark_compiles():
    assert all(has(f"segments.value_map.{name}.{part}") for name in ORDER for part in ("title", "meaning", "advice"))
    ibis.pyspark  # noqa: B018 - loads the dialect's options
    assert "stars" in ibis.to_sql(value_map(PROFILES.unbound(), FORECASTS.unbound()), dialect="pyspark")
