"""Several arms, balanced arms and nested hold-outs: laws of the hash space."""

from __future__ import annotations

from collections import Counter

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.decisions.arms import arm_among, arms
from patron.decisions.assignment import arm_of
from patron.decisions.hash_space import between, digits, place_of, places
from patron.decisions.holdouts import Holdout, applying, held_out, holds
from patron.decisions.strata import stratified_arms
from patron.errors import ArgumentError

MANY = [f"c{i}" for i in range(4_000)]
PEOPLE = ibis.memtable({"customer_id": MANY})
THREE = {"none": 0.2, "mail": 0.3, "card": 0.5}

SHARES = st.lists(st.integers(1, 9), min_size=2, max_size=5).map(
    lambda parts: {f"a{place}": part / sum(parts) for place, part in enumerate(parts)}
)
IDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)


def drawn(table):
    return {row["customer_id"]: row["arm"] for row in table.to_pyarrow().to_pylist()}


def test_a_table_and_a_page_draw_the_same():
    found = drawn(arms(PEOPLE, salt="spring", shares=THREE))
    assert found == {who: arm_among(who, salt="spring", shares=THREE) for who in MANY}


def test_arms_have_their_shares():
    counts = Counter(drawn(arms(PEOPLE, salt="spring", shares=THREE)).values())
    for arm, share in THREE.items():  # five standard errors
        assert abs(counts[arm] - len(MANY) * share) < 5 * (len(MANY) * share * (1 - share)) ** 0.5


def test_two_arms_are_those_of_a_hold_out():
    two = {"control": 0.25, "treated": 0.75}
    assert all(arm_among(who, salt="s", shares=two) == arm_of(who, salt="s", holdout=0.25) for who in MANY[:500])


@given(IDS, SHARES, st.floats(0.01, 0.5))
def test_a_larger_control_only_takes_units_in(who, shares, more):
    control = next(iter(shares))
    grown = {arm: share * (1 - more) for arm, share in shares.items()}
    grown[control] += more
    if arm_among(who, salt="s", shares=shares) == control:
        assert arm_among(who, salt="s", shares=grown) == control


@given(IDS, SHARES)
def test_everybody_is_in_one_arm(who, shares):
    assert arm_among(who, salt="s", shares=shares) in shares


@pytest.mark.parametrize("shares", [{"a": 1.0}, {"a": 0.5, "b": 0.4}, {"a": 1.0, "b": 0.0}, {"a": 1.5, "b": -0.5}])
def test_shares_that_cannot_be_are_refused(shares):
    with pytest.raises(ArgumentError, match="add up to 1"):
        arms(PEOPLE, salt="s", shares=shares)


@given(st.floats(0, 1), st.floats(0, 1))
def test_digits_sort_like_the_numbers_they_stand_for(one, other):
    assert (digits(one) <= digits(other)) or one > other


def test_parts_of_the_space_are_whole():
    """Parts side by side hold everybody once, the last up to the very end."""
    place = places(PEOPLE, salt="g")
    parts = [PEOPLE.filter(between(place, low, high)) for low, high in ((0.0, 0.3), (0.3, 0.9), (0.9, 1.0))]
    found = [who for part in parts for who in part.customer_id.to_pyarrow().to_pylist()]
    assert sorted(found) == sorted(MANY)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), SHARES, st.integers(0, 99))
def test_strata_are_balanced_to_within_one(sizes, shares, salt):
    rows = [(f"s{s}u{u}", f"s{s}") for s, size in enumerate(sizes) for u in range(size)]
    units = ibis.memtable(pa.table({"customer_id": [r[0] for r in rows], "stratum": [r[1] for r in rows]}))
    found = stratified_arms(units, salt=str(salt), shares=shares).to_pyarrow().to_pylist()
    counts = Counter((row["stratum"], row["arm"]) for row in found)
    assert len(found) == len(rows)
    for s, size in enumerate(sizes):
        for arm, share in shares.items():
            assert abs(counts[f"s{s}", arm] - size * share) < 1 + 1e-6


def test_in_strata_every_unit_has_the_planned_chance_of_every_arm():
    """Over many draws of strata of three at shares that never divide them: no arm gets all the remainders."""
    rows = [(f"s{s}u{u}", f"s{s}") for s in range(3_000) for u in range(3)]
    units = ibis.memtable(pa.table({"customer_id": [r[0] for r in rows], "stratum": [r[1] for r in rows]}))
    counts = Counter(drawn(stratified_arms(units, salt="x", shares=THREE)).values())
    for arm, share in THREE.items():
        assert abs(counts[arm] / 9_000 - share) < 5 * (share * (1 - share) / 9_000) ** 0.5


def test_the_order_of_rows_does_not_matter_in_strata():
    rows = {"customer_id": MANY[:300], "stratum": ["x", "y", None] * 100}
    turned = {name: values[::-1] for name, values in rows.items()}
    one, other = (stratified_arms(ibis.memtable(pa.table(each)), salt="s", shares=THREE) for each in (rows, turned))
    assert drawn(one) == drawn(other)


GLOBAL = Holdout(name="global", share=0.1)
WINBACK = Holdout(name="programme:winback", share=0.2, programme="winback")
CART = Holdout(name="trigger:cart", share=0.3, programme="winback")


def test_hold_outs_are_nested():
    every = applying([CART, WINBACK, GLOBAL], trigger="cart")
    assert every == (GLOBAL, WINBACK, CART)
    found = held_out(PEOPLE, every).to_pyarrow().to_pylist()
    assert {row["customer_id"]: row["held_by"] for row in found} == {who: holds(who, every) for who in MANY}
    counts = Counter(row["held_by"] for row in found)
    for name, share in (("global", 0.1), ("programme:winback", 0.9 * 0.2), ("trigger:cart", 0.9 * 0.8 * 0.3)):
        assert abs(counts[name] / len(MANY) - share) < 0.025


@given(IDS, st.floats(0.01, 0.5), st.floats(0, 0.4))
def test_a_larger_hold_out_only_moves_people_in(who, share, more):
    smaller, larger = Holdout(name="global", share=share), Holdout(name="global", share=share + more)
    assert not holds(who, [smaller]) or holds(who, [larger])


def test_a_list_of_no_programme_keeps_the_global_hold_out_alone():
    assert applying([GLOBAL, WINBACK, CART]) == (GLOBAL,)
    assert applying([GLOBAL, WINBACK, CART], programme="winback") == (GLOBAL, WINBACK)


def test_places_are_those_of_sha_256():
    assert (
        place_of("ann", salt="spring")
        == places(ibis.memtable({"customer_id": ["ann"]}), salt="spring").to_pyarrow()[0].as_py()
    )


def test_all_of_it_compiles_for_spark():
    ibis.pyspark  # noqa: B018 - loads the dialect's options
    units = ibis.table({"customer_id": "string", "stratum": "string"}, name="units")
    for table in (arms(units, salt="s", shares=THREE), stratified_arms(units, salt="s", shares=THREE),
                  held_out(units, [GLOBAL, CART])):  # fmt: skip
        assert "SHA2" in ibis.to_sql(table, dialect="pyspark").upper()
