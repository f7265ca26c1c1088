from __future__ import annotations

from collections import Counter

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_shop import by_customer, forecasts

from patron.contracts.customer import FORECASTS, MEMBERSHIPS
from patron.errors import ArgumentError
from patron.language import has
from patron.segments import tiers
from patron.segments.tiers import CUTS


def names(values, column="segment", **options):
    found = by_customer(
        MEMBERSHIPS.check(tiers(forecasts({f"c{place}": v for place, v in enumerate(values)}), **options)), column
    )
    return [found[f"c{place}"] for place in range(len(values))]


def test_two_hundred_different_customers_fill_the_shares():
    assert Counter(names(range(200))) == {"platinum": 2, "gold": 8, "silver": 30, "bronze": 60, "basic": 100}


def test_each_tier_says_which_part_it_is():
    details = dict(zip(names(range(200)), names(range(200), "detail"), strict=True))
    assert details == {
        "platinum": "the best 1% by predicted value",
        "gold": "from the best 1% down to the best 5% by predicted value",
        "silver": "from the best 5% down to the best 20% by predicted value",
        "bronze": "from the best 20% down to the best 50% by predicted value",
        "basic": "below the best 50% by predicted value",
    }
    assert names([1], "detail", cuts={"all_of_them": 1.0}) == ["the best 100% by predicted value"]
    assert names([1, 2], "detail", cuts={"top": 0.025, "rest": 0.975})[0] == "below the best 2.5% by predicted value"


def test_all_equal_and_one_alone_are_in_the_last_tier():
    assert set(names([7] * 200)) == {"basic"}
    assert names([7]) == ["basic"]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=25))
def test_higher_is_never_lower_and_no_upper_tier_is_overfull(values):
    place = {name: rank for rank, name in enumerate(CUTS)}
    found = [place[name] for name in names(values)]
    for value, mine in zip(values, found, strict=True):
        assert all(mine <= theirs for other, theirs in zip(values, found, strict=True) if value >= other)
    reached = 0.0
    for rank, share in enumerate(list(CUTS.values())[:-1]):
        reached += share
        assert sum(one <= rank for one in found) <= reached * len(values) + 1e-9


def test_any_score_table_and_column_will_do():
    table = ibis.memtable({"customer_id": ["a", "b", "c"], "margin": [1.5, None, 3.0]})
    found = tiers(table, by="margin", cuts={"top": 0.5, "rest": 0.5}, segmentation="past_tier")
    assert by_customer(found, "segment") == {"a": "rest", "c": "top"}
    assert set(by_customer(found, "segmentation").values()) == {"past_tier"}


@pytest.mark.parametrize(
    "cuts", [{}, {"a": 0.5}, {"a": 0.7, "b": 0.7}, {"a": -0.2, "b": 1.2}, {"a": 0.0, "b": 1.0}], ids=str
)
def test_cuts_that_are_no_shares_of_one(cuts):
    with pytest.raises(ArgumentError, match="'cuts'"):
        tiers(FORECASTS.unbound(), cuts=cuts)


def test_a_column_that_is_not_there():
    with pytest.raises(ArgumentError, match="Did you mean 'predicted_value'"):
        tiers(FORECASTS.unbound(), by="predicted_valu")


def test_every_tier_has_words_and_spark_compiles():
    for segmentation in ("tier", "past_tier"):
        assert all(has(f"segments.{segmentation}.{name}.{part}") for name in CUTS for part in ("title", "advice"))
    ibis.pyspark  # noqa: B018 - loads the dialect's options
    assert "platinum" in ibis.to_sql(tiers(FORECASTS.unbound()), dialect="pyspark")
