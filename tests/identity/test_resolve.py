"""Records become customers: by stated rules, the same whatever the order, and never by what everybody shares."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_support import DAY, customers_of, identifiers_of, ids, rows_of
from patron.contracts.person import IDENTIFIERS, LINKS, MATCH_KEYS
from patron.errors import ArgumentError, ContractError
from patron.identity import NO_DECISIONS, Decisions, Resolution, Rule, Rules, manual_key, resolve
from patron.identity.rules import MANUAL, PERSON_ID
from patron.identity.ties import tied

EMAIL = Rule("email", ("email",), 3)
RULES = Rules((Rule(PERSON_ID, ("person_id",), None), EMAIL, Rule("phone_name", ("phone", "name"), 2)), largest=4)


def customers(records, **more):
    return customers_of(resolve(identifiers_of(records), **more).links)


def chain(length):
    """Records of which each shares an address with the next."""
    return {f"r{place:02}": [("email", str(place)), ("email", str(place + 1))] for place in range(length)}


def pairs_of(*rows):
    names = ("left_id", "right_id", "probability")
    schema = pa.schema([("left_id", pa.string()), ("right_id", pa.string()), ("probability", pa.float64())])
    return ibis.memtable(pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=schema))


def test_records_that_share_an_address_are_one_customer_with_provenance():
    later = DAY + timedelta(9)
    made = resolve(identifiers_of({"b": [("email", "x@y.z")], "a": [("email", "x@y.z", later)], "c": [("city", "x")]}))
    LINKS.check(made.links)
    MATCH_KEYS.check(made.match_keys)
    assert [row[:4] + row[5:] for row in rows_of(made.links)] == [
        ("customers", "a", "b", "email", later, 1.0),
        ("customers", "b", "b", "own_id", None, 1.0),
        ("customers", "c", "c", "own_id", None, 1.0),
    ]


def test_the_strongest_rule_is_told():
    held = [("email", "x@y.z"), ("phone", "1"), ("name", "ann")]
    made = resolve(identifiers_of({"a": held, "b": held, "c": held[1:]}))
    assert rows_of(made.links, "record_id", "customer_id", "rule") == [
        ("a", "a", "own_id"), ("b", "a", "email"), ("c", "a", "phone_name"),
    ]  # fmt: skip


def test_links_that_go_in_a_circle_do_no_harm():
    rings = {place: [("email", place), ("email", after)] for place, after in ("ab", "bc", "ca")}
    assert set(customers(rings).values()) == {"a"}
    persons = {place: [("person_id", after)] for place, after in ("ab", "bc", "ca")}
    assert set(customers(persons).values()) == {"a"}
    assert customers({"a": [("person_id", "a")]}) == {"a": "a"}


def test_a_hundred_thousand_records_of_one_address_are_not_one_customer():
    rows = 100_000
    records = pc.binary_join_element_wise("r", pa.array(range(rows)).cast(pa.string()), "")
    schema = IDENTIFIERS.schema.to_pyarrow()
    columns = {"record_id": records, "seen_on": pa.nulls(rows, pa.date32()), "changed_on": pa.nulls(rows, pa.date32())}
    columns |= {"source": pa.repeat("customers", rows), "kind": pa.repeat("email", rows)}
    columns |= dict.fromkeys(("value", "given"), pa.repeat("info@example.com", rows))
    columns |= {"status": pa.repeat("used", rows)}
    made = resolve(ibis.memtable(pa.table([columns[name] for name in schema.names], schema=schema)))
    assert made.links.customer_id.nunique().to_pyarrow().as_py() == rows
    assert rows_of(made.shared, "rule", "records") == [("email", rows)]
    assert rows_of(made.giants) == []


def test_a_cluster_that_grew_too_large_loses_its_weakest_rule_and_no_more():
    held = {f"r{place}": [("phone", str(place // 2)), ("name", "x")] for place in range(6)}
    tied = {f"r{place}": [("email", str((place + 1) // 2))] for place in range(6)}
    records = {name: held[name] + tied[name] for name in held}
    assert set(customers(records, rules=Rules(RULES.rules, largest=6)).values()) == {"r0"}
    made = resolve(identifiers_of(records), rules=RULES)
    assert customers_of(made.links) == {"r0": "r0", "r1": "r1", "r2": "r1", "r3": "r3", "r4": "r3", "r5": "r5"}
    assert rows_of(made.giants, "rule", "keys", "records") == [("phone_name", 3, 6)]


def test_a_long_chain_falls_apart_but_what_people_said_stays():
    records = chain(9)
    assert len(set(customers(records, rules=RULES).values())) == 9
    together = frozenset((f"r{place:02}", f"r{place + 1:02}") for place in range(8))
    assert set(customers(records, rules=RULES, decisions=Decisions(together)).values()) == {"r00"}


def test_a_merge_has_more_authority_than_a_shared_key():
    records = {name: [("email", "x@y.z")] for name in "abcde"}
    assert len(set(customers(records, rules=RULES).values())) == 5
    merged = customers(records, rules=RULES, decisions=Decisions(frozenset({("a", "b")})))
    assert (merged["b"], merged["c"]) == ("a", "c")


def test_a_merge_of_records_that_are_not_there_or_with_itself_says_nothing():
    decided = Decisions(frozenset({("a", "gone"), ("b", "b")}))
    made = resolve(identifiers_of({"a": [("city", "x")], "b": [("city", "x")]}), decisions=decided)
    assert customers_of(made.links) == {"a": "a", "b": "b"}
    assert rows_of(made.match_keys) == []


def test_an_edge_taken_apart_takes_its_record_out():
    records = {name: [("email", "x@y.z")] for name in "abc"}
    key = rows_of(resolve(identifiers_of(records)).match_keys, "key")[0][0]
    assert customers(records, decisions=Decisions(apart=frozenset({("a", "email", key)}))) == {
        "a": "a", "b": "b", "c": "b",
    }  # fmt: skip


def test_records_without_any_identifier_are_customers_and_can_be_merged():
    known = ibis.memtable({"source": ["shop"] * 3, "record_id": ["a", "guest", "till"], "seen_on": [DAY, None, None]})
    decided = Decisions(frozenset({("guest", "till")}))
    made = resolve(identifiers_of({"a": [("email", "x@y.z")]}), known=known, decisions=decided)
    assert rows_of(made.links, "source", "record_id", "customer_id") == [
        ("customers", "a", "a"), ("shop", "a", "a"), ("shop", "guest", "guest"), ("shop", "till", "guest"),
    ]  # fmt: skip


def test_a_probable_pair_is_linked_with_its_probability():
    records = {name: [("city", "x")] for name in "abc"}
    made = resolve(identifiers_of(records), pairs=pairs_of(("b", "a", 0.97), ("c", "gone", 0.99)))
    assert rows_of(made.links, "record_id", "customer_id", "rule", "confidence") == [
        ("a", "a", "own_id", 1.0), ("b", "a", "probable", 0.97), ("c", "c", "own_id", 1.0),
    ]  # fmt: skip


def test_nothing_at_all():
    made = resolve(IDENTIFIERS.empty())
    assert rows_of(made.links) == rows_of(made.match_keys) == []


WIDE = {
    "record_id": ["a", "b", "c", "d"],
    "email": ["ann@example.com", " Ann@Example.com", None, "null"],
    "phone": ["+49 30 1234567", None, "+49301234567", None],
    "name": ["Ann Lee", None, "Lee, Ann", None],
    "seen_on": [date(2024, 1, 2), date(2024, 1, 3), None, None],
    "note": ["x", "x", "x", "x"],
}


@pytest.mark.parametrize("make", [pa.table, pd.DataFrame, pl.DataFrame, lambda data: ibis.memtable(pa.table(data))])
def test_a_wide_table_of_any_kind(make):
    made = resolve(make(WIDE))
    assert customers_of(made.links) == {"a": "a", "b": "a", "c": "a", "d": "d"}
    assert {row[0] for row in rows_of(made.links, "source")} == {"records"}


def test_a_wide_table_has_its_own_kinds_and_sources():
    table = pa.table({"record_id": ["a", "b"], "crm_id": ["K1", "K1"], "source": ["shop", "till"]})
    made = resolve(table, rules=Rules((Rule("crm", ("crm_id",), 5),)))
    assert rows_of(made.links, "source", "record_id", "customer_id", "rule") == [
        ("shop", "a", "a", "own_id"), ("till", "b", "a", "crm"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("records", "more", "error", "said"),
    [
        (pa.table({"id": ["a"]}), {}, ArgumentError, "no column record_id"),
        (pa.table({"record_id": ["a", None]}), {}, ArgumentError, "1 row of `records` has no record_id"),
        (pa.table({"record_id": ["a"]}), {"rules": Rules((Rule("crm", ("crm_id",), 5),))}, ArgumentError, "'crm_id'"),
        (pa.table({"record_id": ["a"], "kind": ["email"]}), {}, ContractError, "identifiers"),
        (
            identifiers_of({}), {"before": Resolution(LINKS.empty(), MATCH_KEYS.empty())}, ArgumentError,
            "`changed` is missing",
        ),
        (
            identifiers_of({}), {"known": ibis.memtable({"source": ["a", "b"], "record_id": [None, None]},
            schema={"source": "string", "record_id": "string"})}, ArgumentError, "2 rows of `known`",
        ),
    ],
)  # fmt: skip
def test_bad_input(records, more, error, said):
    with pytest.raises(error) as caught:
        resolve(records, **more)
    assert said in str(caught.value)


def test_new_records_are_worked_on_alone():
    records = {f"r{number}": [("email", str(number // 2))] for number in range(40)}
    before = resolve(identifiers_of(records))
    written = {}

    def keep(name, table):
        made = ibis.memtable(table.to_pyarrow())
        written[name.split("_", 2)[2]] = made.count().to_pyarrow().as_py()
        return made

    grown = identifiers_of(records | {"new": [("email", "3")]})
    made = resolve(grown, before=before, changed=ids("new"), keep=keep)
    assert written["touched"] == 3
    assert max(written.values()) <= 6
    assert customers_of(made.links) == customers(records | {"new": [("email", "3")]})


def test_visits_of_an_earlier_run_are_not_taken_over():
    records = {"a": [("email", "x")]}
    before = resolve(identifiers_of(records))
    visit = before.links.mutate(
        source=ibis.literal("events"), record_id=ibis.literal("v:1"), rule=ibis.literal("visitor")
    )
    with_visits = Resolution(ibis.union(before.links, visit), before.match_keys)
    made = resolve(identifiers_of(records), before=with_visits, changed=ids())
    assert rows_of(made.links) == rows_of(before.links)


def test_other_rules_begin_anew():
    records = {"a": [("email", "x")], "b": [("email", "x")]}
    before = resolve(identifiers_of(records), rules=Rules((Rule("phone", ("phone",), 5),)))
    assert customers(records, before=before, changed=ids()) == {"a": "a", "b": "a"}


VALUES = (
    [("email", str(number)) for number in range(5)]
    + [("phone", str(number)) for number in range(2)]
    + [("name", str(number)) for number in range(2)]
    + [("person_id", name) for name in ("r1", "r2", "p")]
)
RECORD = st.tuples(st.lists(st.sampled_from(VALUES), max_size=4, unique=True), st.sampled_from([None, 0, 0, 1, 2]))
NAMES = st.sampled_from([f"r{number}" for number in range(8)])
STEP = st.fixed_dictionaries(
    {
        "records": st.dictionaries(NAMES, st.none() | RECORD, min_size=1, max_size=4),
        "merge": st.lists(st.tuples(NAMES, NAMES).filter(lambda pair: pair[0] < pair[1]), max_size=1),
        "unmerge": st.integers(0, 30),
        "pair": st.none() | st.tuples(NAMES, st.sampled_from([0.9, 0.95])),
        "told": st.booleans(),
    }
)


def equal_to_all_at_once(steps):
    """Go on from step to step, and compare each with all at once."""
    held, together, apart, before = {}, set(), set(), None
    for step in steps:
        held |= step["records"]
        held = {name: record for name, record in held.items() if record is not None}
        together ^= set(step["merge"])
        edges = [] if before is None else rows_of(before.match_keys, "record_id", "rule", "key")
        if step["unmerge"] < len(edges) and edges[step["unmerge"]][1] not in (MANUAL, "probable"):
            apart ^= {edges[step["unmerge"]]}
        table = identifiers_of(
            {
                name: [(*value, None if day is None else DAY + timedelta(day)) for value in [*values, ("city", "x")]]
                for name, (values, day) in held.items()
            }
        )
        more = {
            "rules": RULES,
            "decisions": Decisions(frozenset(together), frozenset(apart)),
            "pairs": step["pair"] and pairs_of(("r7", *step["pair"])),
        }
        whole = resolve(table, **more)
        if before is not None:
            changed = ids(*step["records"]) if step["told"] else None
            further = resolve(table, **more, before=before, changed=changed)
            assert rows_of(further.match_keys) == rows_of(whole.match_keys)
            assert rows_of(further.links) == rows_of(whole.links)
            whole = further
        LINKS.check(whole.links)
        MATCH_KEYS.check(whole.match_keys)
        before = whole


@given(st.lists(STEP, min_size=2, max_size=3))
@settings(max_examples=3, deadline=None)
def test_going_on_is_the_same_as_all_at_once(steps):
    equal_to_all_at_once(steps)


@pytest.mark.slow
@given(st.lists(STEP, min_size=2, max_size=6))
@settings(max_examples=40, deadline=None)
def test_going_on_is_the_same_as_all_at_once_in_many_worlds(steps):
    equal_to_all_at_once(steps)


def test_a_key_that_becomes_shared_takes_a_cluster_apart_and_back():
    two, many = {name: [("email", "x")] for name in "ab"}, {name: [("email", "x")] for name in "abcd"}
    before = resolve(identifiers_of(two), rules=RULES)
    assert customers_of(before.links) == {"a": "a", "b": "a"}
    shared = resolve(identifiers_of(many), rules=RULES, before=before, changed=ids("c", "d"))
    assert customers_of(shared.links) == {name: name for name in "abcd"}
    again = resolve(identifiers_of(two), rules=RULES, before=shared, changed=ids("c", "d"))
    assert rows_of(again.links) == rows_of(before.links)


def test_ties_compile_for_spark():
    assert ibis.pyspark
    people = ibis.table({"source": "string", "record_id": "string"}, name="people")
    customers = ibis.table({"record_id": "string", "customer_id": "string"}, name="customers")
    pairs = ibis.table({"key": "string", "probability": "float64"}, name="pairs")
    made = tied(people, customers, MATCH_KEYS.unbound(), rules=RULES, pairs=pairs)
    assert "ROW_NUMBER" in ibis.to_sql(made, dialect="pyspark")


def test_decisions_of_the_manual_rule_do_not_need_a_rule():
    made = resolve(
        identifiers_of({"a": [("city", "x")], "b": [("city", "x")]}), rules=Rules((EMAIL,)),
        decisions=Decisions(frozenset({("a", "b")})),
    )  # fmt: skip
    assert rows_of(made.match_keys, "record_id", "rule", "key") == [
        (name, MANUAL, manual_key("a", "b")) for name in "ab"
    ]
    assert not NO_DECISIONS
