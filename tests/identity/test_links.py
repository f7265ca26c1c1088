"""Every record finds its customer, and no row is lost on the way."""

from __future__ import annotations

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_support import DAY, identifiers_of
from patron.contracts.person import LINKS
from patron.contracts.raw import RAW_CUSTOMERS, RAW_ORDER_LINES
from patron.identity import links, resolve, with_customer


def table(*rows):
    names = ("customer_id", "row", "note")
    return ibis.memtable(
        {name: [row[place] for row in rows] for place, name in enumerate(names)},
        schema={"customer_id": "string", "row": "int64", "note": "string"},
    )


def people(**persons):
    """Customer records: own id and person."""
    return ibis.memtable(
        {"customer_id": list(persons), "person_id": list(persons.values())},
        schema={"customer_id": "string", "person_id": "string"},
    )


def rows(expression):
    return expression.to_pyarrow().to_pylist()


def test_a_record_of_two_sources_is_one_customer_with_two_links():
    made = links({"order_lines": table(("ann", 1, ""), ("ann", 2, "")), "customers": people(ann=None, bob=None)})
    LINKS.check(made)
    found = {(row["source"], row["record_id"], row["customer_id"], row["rule"]) for row in rows(made)}
    assert found == {
        ("order_lines", "ann", "ann", "own_id"),
        ("customers", "ann", "ann", "own_id"),
        ("customers", "bob", "bob", "own_id"),
    }


def test_one_source_alone():
    assert rows(links({"order_lines": table(("ann", 1, ""))}))[0]["source"] == "order_lines"


def test_a_source_without_rows():
    assert rows(links({"customers": people()})) == []


def test_several_ids_of_a_person_lead_to_one_customer_in_every_source():
    made = links(
        {
            "order_lines": table(("a1", 1, ""), ("a2", 2, ""), ("guest", 3, "")),
            "customers": people(a1="ann", a2="ann", a3="ann", bob=None),
        }
    )
    LINKS.check(made)
    found = {(row["source"], row["record_id"]): (row["customer_id"], row["rule"]) for row in rows(made)}
    assert found == {
        ("order_lines", "a1"): ("ann", "customers.person_id"),
        ("order_lines", "a2"): ("ann", "customers.person_id"),
        ("order_lines", "guest"): ("guest", "own_id"),
        ("customers", "a1"): ("ann", "customers.person_id"),
        ("customers", "a2"): ("ann", "customers.person_id"),
        ("customers", "a3"): ("ann", "customers.person_id"),
        ("customers", "bob"): ("bob", "own_id"),
    }


def test_an_account_that_others_were_merged_into_is_their_person():
    made = links({"customers": people(old="new", new=None)})
    assert {row["customer_id"] for row in rows(made)} == {"new"}


@given(
    st.lists(st.tuples(st.sampled_from(["ann", "bob", "", " ", "Ann", "ü"]), st.integers(0, 9), st.text(max_size=3)))
)
@settings(max_examples=15, deadline=None)
def test_no_row_is_lost_and_nothing_else_changes(records):
    lines = table(*records)
    made = links({"order_lines": lines, "customers": people(ann=None, Ann="ann", zoe="zoe")})
    linked = with_customer(lines, made, source="order_lines")
    assert linked.schema() == lines.schema()
    key = ("customer_id", "row", "note")
    meant = [("ann" if who == "Ann" else who, *rest) for who, *rest in records]
    assert sorted(tuple(row[name] for name in key) for row in rows(linked)) == sorted(meant)


def test_a_customer_of_two_records_takes_both():
    """What a better rule than the source's own id will make of it."""
    made = ibis.memtable(
        {"source": ["shop"] * 2, "record_id": ["ann@x", "ann@y"], "customer_id": ["ann"] * 2, "rule": ["email"] * 2}
    )
    linked = with_customer(table(("ann@x", 1, ""), ("ann@y", 2, ""), ("ann@x", 3, "")), made, source="shop")
    assert sorted((row["customer_id"], row["row"]) for row in rows(linked)) == [("ann", 1), ("ann", 2), ("ann", 3)]


def test_what_identity_resolved_holds_in_every_source():
    resolved = resolve(
        identifiers_of({"a": [("email", "x")], "b": [("email", "x")], "old": [("person_id", "new")]})
    ).links
    orders = table(("a", 1, ""), ("b", 2, ""), ("guest", 3, ""), ("new", 4, ""), (None, 5, ""))
    made = links({"order_lines": orders, "events": table(("b", 1, ""))}, resolved=resolved)
    LINKS.check(made)
    found = {(row["source"], row["record_id"]): (row["customer_id"], row["rule"]) for row in rows(made)}
    assert found == {
        ("order_lines", "a"): ("a", "own_id"),
        ("order_lines", "b"): ("a", "email"),
        ("order_lines", "guest"): ("guest", "own_id"),
        ("order_lines", "new"): ("new", "own_id"),
        ("events", "b"): ("a", "email"),
    }
    tie = next(row for row in rows(made) if row["record_id"] == "b")
    assert (len(tie["key"]), tie["linked_on"], tie["confidence"]) == (32, DAY, 1.0)


def test_a_record_that_several_sources_resolved_has_one_link_a_source():
    resolved = ibis.union(
        *(
            resolve(identifiers_of({"a": [("email", "x")], "b": [("email", "x")]})).links.mutate(
                source=ibis.literal(name)
            )
            for name in ("customers", "identifiers")
        )
    )
    assert len(rows(LINKS.check(links({"order_lines": table(("a", 1, ""), ("b", 2, ""))}, resolved=resolved)))) == 2


@given(st.dictionaries(st.sampled_from(["a", "b", "c", "p"]), st.sampled_from([None, "p", "q"]), min_size=1))
@settings(max_examples=3, deadline=None)
def test_persons_have_the_same_ids_with_rules_and_without(persons):
    """Where no name leads on to another: there, `resolve` puts the whole chain together."""
    if "p" in persons:
        persons["p"] = None
    given_ids = {
        name: [("city", "x"), *([("person_id", person)] if person else [])] for name, person in persons.items()
    }
    sources = {"customers": people(**persons)}
    resolved = links(sources, resolved=resolve(identifiers_of(given_ids)).links)
    without = links(sources)
    assert {(row["record_id"], row["customer_id"]) for row in rows(resolved)} == {
        (row["record_id"], row["customer_id"]) for row in rows(without)
    }


@pytest.mark.parametrize("contract", [RAW_ORDER_LINES, RAW_CUSTOMERS], ids=lambda contract: contract.name)
def test_it_compiles_for_spark(contract):
    assert ibis.pyspark
    made = links({"order_lines": RAW_ORDER_LINES.unbound(), "customers": RAW_CUSTOMERS.unbound()})
    linked = with_customer(contract.unbound(), made, source="order_lines")
    assert "JOIN" in ibis.to_sql(linked, dialect="pyspark")
