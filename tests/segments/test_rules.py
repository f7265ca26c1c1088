from __future__ import annotations

import ibis
import pytest
from small_shop import profiles, rows

from patron.contracts.customer import MEMBERSHIPS, PROFILES
from patron.errors import ArgumentError, ConditionError
from patron.segments import condition, rules
from patron.segments.rules import TAKEN

SHOP = (
    {"customer_id": "a", "days": 3, "times": 5, "margin": 100},
    {"customer_id": "b", "days": 90, "times": 2, "margin": 100},
    {"customer_id": "c"},
)


def test_a_customer_is_in_every_own_segment_whose_condition_holds():
    own = {"regulars": "orders > 3", "big": "margin >= 100"}
    found = rows(MEMBERSHIPS.check(rules(profiles(*SHOP), own)).order_by("segmentation", "customer_id"))
    assert [(row["customer_id"], row["segmentation"], row["segment"], row["detail"]) for row in found] == [
        ("a", "big", "big", "margin >= 100"),
        ("b", "big", "big", "margin >= 100"),
        ("a", "regulars", "regulars", "orders > 3"),
    ]


def test_a_function_serves_as_a_condition():
    found = rows(rules(profiles(*SHOP), {"quiet": lambda table: table.days_since_last > 60}))
    assert [(row["customer_id"], row["detail"]) for row in found] == [("b", None)]


def test_unknown_is_not_a_member():
    found = rows(rules(profiles(*SHOP), {"not_lately": "NOT (days_since_last < 30)"}))
    assert [row["customer_id"] for row in found] == ["b"]


def test_no_conditions_give_an_empty_table():
    assert rows(MEMBERSHIPS.check(rules(profiles(*SHOP), {}))) == []


@pytest.mark.parametrize("name", [*TAKEN, "two words", "a.b", ""])
def test_names_that_cannot_be(name):
    with pytest.raises(ArgumentError) as error:
        rules(PROFILES.unbound(), {name: "orders > 3"})
    assert error.value.data["came"] == name


def test_a_bad_condition_names_its_place_in_the_settings():
    with pytest.raises(ConditionError, match=r"segments\.vip"):
        rules(PROFILES.unbound(), {"vip": "order > 3"})


def test_it_compiles_for_spark():
    ibis.pyspark  # noqa: B018 - loads the dialect's options
    for own in ({}, {"vip": "orders > 3", "once": "orders = 1"}):
        assert ibis.to_sql(rules(PROFILES.unbound(), own), dialect="pyspark")


def test_one_pass_over_the_table_whatever_the_number_of_conditions():
    own = {f"s{n}": f"orders > {n}" for n in range(50)}
    assert ibis.to_sql(rules(PROFILES.unbound(), own)).count('"profiles"') == 1
    found = rows(rules(profiles(*SHOP), own))
    assert len(found) == 5 + 2
    assert {row["detail"] for row in found if row["customer_id"] == "b"} == {"orders > 0", "orders > 1"}


def test_a_public_condition_serves_as_a_rule_and_for_one_customer():
    said = condition("orders > 3", PROFILES)
    (row,) = rows(rules(profiles(*SHOP), {"regulars": said}))
    assert (row["customer_id"], row["detail"]) == ("a", "orders > 3")
    assert [said({"orders": n}) for n in (3, 4, None)] == [False, True, False]
