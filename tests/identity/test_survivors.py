"""Whose id does a customer have?"""

from __future__ import annotations

from datetime import timedelta

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_support import DAY, customers_of, identifiers_of
from patron.contracts.person import IDENTIFIERS, MATCH_KEYS
from patron.identity import Decisions, resolve
from patron.identity.match_keys import key_of
from patron.identity.rules import PERSON_ID
from patron.identity.survivors import survivors

EARLY, LATE = DAY, DAY + timedelta(30)


def mail(day, *more):
    return [("email", "x@y.z", day), *more]


@pytest.mark.parametrize(
    ("records", "survivor"),
    [
        ({"b": mail(EARLY), "a": mail(LATE)}, "b"),
        ({"b": mail(LATE), "a": mail(None)}, "b"),
        ({"b": mail(EARLY), "a": mail(EARLY)}, "a"),
        ({"b": mail(None), "a": mail(None)}, "a"),
        ({"b": mail(LATE, ("city", "x", EARLY)), "a": mail(DAY + timedelta(3))}, "b"),
        ({"a": mail(EARLY), "b": mail(LATE, ("person_id", "Ann", LATE))}, "Ann"),
        ({"a": mail(EARLY), "b": mail(LATE), "c": [("person_id", "b", LATE)]}, "b"),
        ({"a": mail(EARLY, ("person_id", "Zoe", LATE)), "b": mail(LATE, ("person_id", "Ann", EARLY))}, "Ann"),
        ({"a": mail(EARLY, ("person_id", "Zoe", EARLY)), "b": mail(LATE, ("person_id", "Ann", EARLY))}, "Ann"),
        ({"a": mail(EARLY), "b": mail(LATE, ("person_id", "b", LATE))}, "b"),
    ],
    ids=[
        "the first", "whose day is not known comes last", "the smallest id", "no days", "by any of its identifiers",
        "a person's name", "a record that is named", "the name that came first", "the smallest name", "names itself",
    ],
)  # fmt: skip
def test_the_survivor(records, survivor):
    made = customers_of(resolve(identifiers_of(records)).links)
    assert made["a"] == made["b"] == survivor


def test_a_name_that_was_taken_apart_from_its_record_names_nobody_else():
    records = {"a": [("person_id", "p")], "b": [("person_id", "p")], "p": [("city", "x")]}
    assert set(customers_of(resolve(identifiers_of(records)).links).values()) == {"p"}
    key = ibis.duckdb.connect().execute(key_of(PERSON_ID, ibis.literal("p")))
    decided = Decisions(apart=frozenset({("p", PERSON_ID, key)}))
    made = resolve(identifiers_of(records), decisions=decided)
    assert customers_of(made.links) == {"a": "a", "b": "a", "p": "p"}


@given(
    st.dictionaries(
        st.sampled_from("abcdef"), st.tuples(st.sampled_from("xyz"), st.integers(0, 9) | st.none()), min_size=1
    ),
    st.lists(st.sampled_from("xyz"), max_size=3),
)
@settings(max_examples=3, deadline=None)
def test_records_that_come_later_leave_ids_alone(records, later):
    held = {
        name: [("email", value, None if day is None else DAY + timedelta(day))]
        for name, (value, day) in records.items()
        if day is not None
    }
    before = customers_of(resolve(identifiers_of(held)).links)
    grown = held | {f"new{place}": [("email", value, LATE)] for place, value in enumerate(later)}
    after = customers_of(resolve(identifiers_of(grown)).links)
    assert {name: after[name] for name in before} == before


def test_it_compiles_for_spark():
    assert ibis.pyspark
    clusters = ibis.table({"record_id": "string", "first_id": "string"}, name="clusters")
    assert "ROW_NUMBER" in ibis.to_sql(
        survivors(clusters, IDENTIFIERS.unbound(), MATCH_KEYS.unbound()), dialect="pyspark"
    )
