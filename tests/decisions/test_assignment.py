"""The laws of the draw."""

from __future__ import annotations

import ibis
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from patron.decisions import arm_of, assignment
from patron.errors import ArgumentError, ContractError

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12)
shares = st.floats(0, 1, exclude_max=True)


def arms(ids, *, salt, holdout):
    """Return each id's arm by the engine."""
    drawn = assignment(ibis.memtable({"customer_id": list(ids)}), salt=salt, holdout=holdout).to_pyarrow()
    return dict(zip(drawn["customer_id"].to_pylist(), drawn["arm"].to_pylist(), strict=True))


def test_the_draw_never_changes_from_release_to_release():
    """Pinned: a change here would put customers of running experiments into the other arm."""
    expected = {
        "ann": "treated",
        "bob": "control",
        "eve": "treated",
        "1": "control",
        "Москва": "treated",
        "é": "control",
    }
    assert arms(expected, salt="spring", holdout=0.5) == expected


@given(st.lists(texts, min_size=1, max_size=30, unique=True), texts, shares)
@example(["it's", 'a "quote"', "a\\b", "new\nline", "%s", "{x}"], "it's \\ {salt}", 0.5)
@settings(max_examples=40, deadline=None)
def test_the_engine_and_python_agree(ids, salt, holdout):
    assert arms(ids, salt=salt, holdout=holdout) == {i: arm_of(i, salt=salt, holdout=holdout) for i in ids}


@given(st.lists(texts, min_size=2, max_size=30, unique=True), st.data())
@settings(max_examples=20, deadline=None)
def test_an_arm_does_not_depend_on_who_else_is_there(ids, data):
    some = data.draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
    everyone = arms(ids, salt="s", holdout=0.4)
    assert arms(some, salt="s", holdout=0.4) == {i: everyone[i] for i in some}


@given(texts, shares, shares)
@settings(max_examples=200, deadline=None)
def test_a_larger_holdout_only_moves_customers_into_control(customer_id, one, other):
    small, large = sorted((one, other))
    if arm_of(customer_id, salt="s", holdout=small) == "control":
        assert arm_of(customer_id, salt="s", holdout=large) == "control"


def test_no_holdout_holds_nobody_out():
    ids = [str(i) for i in range(1_000)]
    assert set(arms(ids, salt="s", holdout=0.0).values()) == {"treated"}


@pytest.mark.parametrize("holdout", [0.01, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("salt", ["spring", "autumn"])
def test_shares_are_as_planned_up_to_luck(salt, holdout):
    n = 50_000
    held = sum(arm == "control" for arm in arms((str(i) for i in range(n)), salt=salt, holdout=holdout).values())
    low, high = binom.ppf([1e-5, 1 - 1e-5], n, holdout)
    assert low <= held <= high


def test_different_salts_draw_independently():
    ids = [str(i) for i in range(50_000)]
    one, other = (
        np.array([arm == "control" for arm in arms(ids, salt=salt, holdout=0.3).values()]) for salt in ("a1", "a2")
    )
    assert abs(np.corrcoef(one, other)[0, 1]) < 4.5 / np.sqrt(len(ids))


def test_a_customer_without_an_id_has_no_arm():
    table = ibis.memtable({"customer_id": ["ann", None]}, schema={"customer_id": "string"})
    drawn = assignment(table, salt="s", holdout=0.5).order_by("customer_id").to_pyarrow()
    assert drawn["arm"].to_pylist() == ["treated", None]


def test_other_columns_stay():
    table = ibis.memtable({"customer_id": ["ann"], "n": [3]})
    assert assignment(table, salt="s", holdout=0.1).columns == ("customer_id", "n", "arm")


def test_compiles_for_spark():
    assert ibis.pyspark is not None
    table = ibis.table({"customer_id": "string"}, name="customers")
    text = ibis.to_sql(assignment(table, salt="it's", holdout=0.1), dialect="pyspark")
    assert "SHA2(" in text
    assert "'1999999999999a00'" in text  # a tenth of 2**64


@pytest.mark.parametrize("holdout", [-0.1, 1.0, 10, float("nan")])
def test_a_holdout_out_of_range_is_refused(holdout):
    for draw in (lambda: arms(["a"], salt="s", holdout=holdout), lambda: arm_of("a", salt="s", holdout=holdout)):
        with pytest.raises(ArgumentError, match="holdout"):
            draw()


def test_an_empty_salt_is_refused():
    with pytest.raises(ArgumentError, match="salt"):
        arm_of("a", salt="", holdout=0.1)


@pytest.mark.parametrize("column", [{"id": ["a"]}, {"customer_id": [1]}])
def test_ids_that_engines_would_write_differently_are_refused(column):
    with pytest.raises(ContractError, match="customer_id"):
        assignment(ibis.memtable(column), salt="s", holdout=0.1)
