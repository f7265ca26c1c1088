"""A person can see why records are one customer, by which way, and what keeps others apart."""

from __future__ import annotations

from importlib import import_module

import ibis
import pytest

from identity_support import identifiers_of
from patron.errors import ArgumentError
from patron.identity import Decisions, Obstacle, Rule, Rules, explain, obstacles, resolve

RULES = Rules((Rule("email", ("email",), 3), Rule("phone_name", ("phone", "name"), 2)), largest=6)
RECORDS = {
    "a": [("email", "1")],
    "b": [("email", "1"), ("email", "2")],
    "c": [("email", "2"), ("phone", "7"), ("name", "lee")],
    "d": [("phone", "7"), ("name", "lee")],
    "e": [("city", "x")],
}


@pytest.fixture(scope="module")
def table():
    return identifiers_of(RECORDS)


@pytest.fixture(scope="module")
def made(table):
    return resolve(table, rules=RULES)


@pytest.mark.parametrize("subject", ["a", "d"])
def test_all_of_a_customer_by_any_of_its_records(made, table, subject):
    told = explain(made.links, made.match_keys, table, subject=subject)
    assert (told.customer_id, told.records, told.record_ids) == ("a", 4, ("a", "b", "c", "d"))
    assert [(tie.record_id, tie.rule, tie.confidence) for tie in told.ties] == [
        ("a", "own_id", 1.0), ("b", "email", 1.0), ("c", "email", 1.0), ("d", "phone_name", 1.0),
    ]  # fmt: skip
    assert [(edge.record_id, edge.rule, edge.records, edge.used, edge.reason) for edge in told.edges] == [
        ("a", "email", 2, True, None), ("b", "email", 2, True, None), ("b", "email", 2, True, None),
        ("c", "email", 2, True, None), ("c", "phone_name", 2, True, None), ("d", "phone_name", 2, True, None),
    ]  # fmt: skip
    assert told.edges[0].key.startswith(told.edges[0].short_key)
    assert ("d", "phone", "7", "used") in {(held.record_id, held.kind, held.given, held.status) for held in told.held}


def test_a_person_who_is_no_record_is_found_by_name():
    made = resolve(identifiers_of({"a": [("person_id", "Ann")], "b": [("person_id", "Ann")]}))
    assert explain(made.links, made.match_keys, subject="Ann").record_ids == ("a", "b")


def test_the_shortest_way_between_two_records(made):
    told = explain(made.links, made.match_keys, subject="a")
    way = told.chain("a", "d")
    assert [(edge.record_id, edge.rule) for edge in way] == [
        ("a", "email"), ("b", "email"), ("b", "email"), ("c", "email"), ("c", "phone_name"), ("d", "phone_name"),
    ]  # fmt: skip
    assert all(out.key == back.key for out, back in zip(way[::2], way[1::2], strict=True))
    assert told.chain("a", "a") == ()
    assert [edge.record_id for edge in told.chain("d", "c")] == ["d", "c"]


def test_a_short_cut_is_taken():
    made = resolve(identifiers_of(RECORDS | {"d": [*RECORDS["d"], ("email", "1")]}), rules=RULES)
    assert len(explain(made.links, made.match_keys, subject="a").chain("a", "d")) == 2


@pytest.mark.parametrize(
    ("records", "decided", "expected"),
    [
        ({name: [("email", "1")] for name in "abcd"}, None, [("shared", "email", 4)]),
        ({name: [("email", "1")] for name in "ab"}, "a", [("apart", "email", 2)]),
        ({name: [("email", name)] for name in "ab"}, None, []),
        ({f"{name}": [("email", str(at)), ("email", str(at + 1))] for at, name in enumerate("abcdefgh")}, None,
         [("giant", "email", 2)]),
        ({name: [("email", "1")] for name in "ab"}, None, []),
    ],
    ids=["shared", "taken apart", "nothing in common", "too large", "linked"],
)  # fmt: skip
def test_what_keeps_two_apart(records, decided, expected):
    table = identifiers_of(records)
    made = resolve(table, rules=RULES)
    if decided:
        edge = explain(made.links, made.match_keys, subject=decided).edges[0]
        choice = Decisions(apart=frozenset({(edge.record_id, edge.rule, edge.key)}))
        made = resolve(table, rules=RULES, decisions=choice)
    assert [(found.why, found.rule, found.records) for found in obstacles(made.match_keys, "a", "b")] == expected


def test_a_value_that_may_not_link_is_told_without_the_value():
    blocked = identifiers_of({"a": [("email", "null")], "b": [("email", "null")]}, status="blocked")
    made = resolve(blocked)
    assert obstacles(made.match_keys, "a", "b", identifiers=blocked) == (Obstacle(why="blocked", kind="email"),)


def test_who_is_not_there(made):
    with pytest.raises(ArgumentError, match="'nobody'"):
        explain(made.links, made.match_keys, subject="nobody")
    with pytest.raises(ArgumentError, match="'e'"):
        explain(made.links, made.match_keys, subject="a").chain("a", "e")


def test_a_customer_of_very_many_records_stays_readable(monkeypatch):
    monkeypatch.setattr(import_module("patron.identity.explain"), "MOST_RECORDS", 2)
    made = resolve(identifiers_of({name: [("person_id", "Ann")] for name in "abc"}))
    told = explain(made.links, made.match_keys, subject="Ann")
    assert (told.records, told.record_ids) == (3, ("a", "b"))
    assert isinstance(made.links, ibis.Table)
