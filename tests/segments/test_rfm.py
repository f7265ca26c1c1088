from __future__ import annotations

from itertools import product

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_shop import by_customer, profiles

from patron.contracts.customer import MEMBERSHIPS, PROFILES
from patron.errors import ArgumentError
from patron.language import has
from patron.segments import rfm
from patron.segments.rfm import GROUPS, ORDER, levels

person = st.tuples(st.integers(0, 30), st.integers(1, 6), st.integers(-20, 200))


def shop(people):
    return profiles(
        *(
            {"customer_id": f"c{place}", "days": days, "times": times, "margin": margin}
            for place, (days, times, margin) in enumerate(people)
        )
    )


def scores(people, **options):
    detail = by_customer(rfm(shop(people), **options), "detail")
    return [tuple(int(score) for score in detail[f"c{place}"].split("-")) for place in range(len(people))]


@pytest.mark.parametrize("top", range(2, 11))
def test_every_combination_of_scores_has_exactly_one_name(top):
    level = levels(top)
    for combination in product(range(1, top + 1), repeat=3):
        at = [level[score] for score in combination]
        inside = [
            group.name
            for group in GROUPS
            if all(low <= value <= high for value, (low, high) in zip(at, group[1:], strict=True))
        ]
        assert len(inside) == 1, (combination, inside)


def test_levels_spread_evenly_and_keep_the_ends():
    assert levels(5) == {1: 1, 2: 2, 3: 3, 4: 4, 5: 5}
    assert levels(10) == {1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 3, 7: 4, 8: 4, 9: 5, 10: 5}
    assert levels(2) == {1: 1, 2: 5}


def test_five_equal_customers_score_the_middle():
    assert set(scores([(10, 1, 50)] * 5)) == {(3, 1, 3)}
    assert set(scores([(10, 4, 50)] * 5)) == {(3, 2, 3)}


def test_one_customer_scores_the_middle():
    assert scores([(400, 1, 5)]) == [(3, 1, 3)]


def test_different_customers_fill_the_fifths():
    found = scores([(50 - 10 * place, 1, 10 * place) for place in range(5)])
    assert [(r, m) for r, _, m in found] == [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]


def test_frequency_is_one_for_one_purchase_day_and_splits_those_who_came_back():
    found = scores([(10, 1, 50)] * 92 + [(10, times, 50) for times in (2, 2, 2, 2, 3, 3, 4, 9)])
    assert [f for _, f, _ in found][-9:] == [1, 2, 2, 2, 2, 4, 4, 5, 5]


def test_all_with_one_order_differ_by_recency_and_money_only():
    found = scores([(place, 1, place) for place in range(20)])
    assert {f for _, f, _ in found} == {1}
    names = by_customer(rfm(shop([(place, 1, place) for place in range(20)])), "segment")
    assert names["c0"] == "new_customers"
    assert names["c19"] == "lost"
    assert not {"champions", "loyal", "at_risk", "cannot_lose"} & set(names.values())


def test_customers_without_an_order_are_named_and_change_no_score():
    people = profiles(
        {"customer_id": "a", "days": 5, "times": 2, "margin": 10}, {"customer_id": "b", "margin": -3.5},
        {"customer_id": "c", "days": 9, "times": 1, "margin": 4},
    )  # fmt: skip
    result = MEMBERSHIPS.check(rfm(people))
    assert by_customer(result, "segment")["b"] == "no_orders"
    assert by_customer(result, "detail") == {"a": "4-2-4", "b": None, "c": "2-1-2"}


def test_the_best_and_the_lost_are_found():
    people = [(200 + place, 1, 5 + place % 7) for place in range(60)]
    people += [(100 + place, 2, 30 + place % 11) for place in range(20)]
    people += [(1, 9, 900), (400, 9, 900), (3, 1, 6), (2, 2, 20)]
    names = by_customer(rfm(shop(people)), "segment")
    assert [names[f"c{place}"] for place in (80, 81, 82, 83)] == [
        "champions", "cannot_lose", "new_customers", "potential_loyalists",
    ]  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(st.lists(person, min_size=1, max_size=12), st.integers(2, 10), st.randoms(use_true_random=False))
def test_equals_score_alike_whatever_the_order_of_the_rows(people, top, chance):
    found = dict(zip(people, scores(people, scores=top), strict=True))
    assert scores(people, scores=top) == [found[one] for one in people]
    assert all(1 <= score <= top for three in found.values() for score in three)
    mixed = people.copy()
    chance.shuffle(mixed)
    assert scores(mixed, scores=top) == [found[one] for one in mixed]


@settings(max_examples=12, deadline=None)
@given(st.lists(person, min_size=1, max_size=12))
def test_one_who_is_worse_than_all_lowers_nobody(people):
    worst = (31, 1, -21)
    before, after = scores(people), scores([*people, worst])
    assert all(new >= old for one, two in zip(before, after, strict=False) for old, new in zip(one, two, strict=True))


@settings(max_examples=15, deadline=None)
@given(st.lists(person, min_size=2, max_size=12))
def test_the_better_of_two_never_scores_lower(people):
    for (one, mine), (other, theirs) in product(zip(people, scores(people), strict=True), repeat=2):
        if one[0] <= other[0]:
            assert mine[0] >= theirs[0]
        if one[1] >= other[1]:
            assert mine[1] >= theirs[1]
        if one[2] >= other[2]:
            assert mine[2] >= theirs[2]


@pytest.mark.parametrize("came", [0, 1, 11])
def test_scores_out_of_range(came):
    with pytest.raises(ArgumentError, match=f"'scores' is {came}") as error:
        rfm(PROFILES.unbound(), scores=came)
    assert error.value.data["came"] == came


@pytest.mark.parametrize("name", ORDER)
@pytest.mark.parametrize("part", ["title", "meaning", "advice"])
def test_every_group_has_words(name, part):
    assert has(f"segments.rfm.{name}.{part}")


def test_nobody_gives_an_empty_table():
    assert MEMBERSHIPS.check(rfm(PROFILES.empty())).count().to_pyarrow().as_py() == 0


def test_it_compiles_for_spark():
    ibis.pyspark  # noqa: B018 - loads the dialect's options
    assert "customer_id" in ibis.to_sql(rfm(PROFILES.unbound(), scores=3), dialect="pyspark")
