"""Which keys a record has, and which of them link."""

from __future__ import annotations

import hashlib
from datetime import date

import ibis
import pytest

from identity_support import DAY, identifiers_of, ids, rows_of
from patron.contracts.person import IDENTIFIERS, MATCH_KEYS
from patron.identity import DEFAULT_RULES, NO_DECISIONS, Decisions, Rule, Rules
from patron.identity.given import apart_edges
from patron.identity.match_keys import MOST_VALUES, limited, match_keys, self_naming

EMAIL = Rule("email", ("email",), 2)
PHONE_NAME = Rule("phone_name", ("phone", "name"), 2)
RULES = Rules((EMAIL, PHONE_NAME))


def key(*values):
    return hashlib.md5("\x1f".join(values).encode()).hexdigest()


def keys(records, rules=RULES, **more):
    return rows_of(match_keys(identifiers_of(records, **more), rules=rules), "record_id", "rule", "key", "seen_on")


def judged(records, *, rules=RULES, decisions=NO_DECISIONS):
    identifiers = identifiers_of(records)
    edges = match_keys(identifiers, rules=rules)
    return MATCH_KEYS.check(limited(edges, rules=rules, apart=apart_edges(decisions), identifiers=identifiers))


def test_a_record_with_two_addresses_has_two_keys():
    made = keys({"a": [("email", "x@y.z"), ("email", "u@v.w")]})
    assert made == sorted((("a", "email", key("email", value), DAY) for value in ("x@y.z", "u@v.w")), key=str)


def test_a_key_of_two_kinds_needs_both_and_is_as_old_as_the_younger():
    later = date(2024, 5, 5)
    made = keys({"a": [("phone", "+49"), ("name", "ann", later)], "b": [("phone", "+49")], "c": [("name", "ann")]})
    assert made == [("a", "phone_name", key("phone_name", "+49", "ann"), later)]


def test_a_day_that_is_not_known_does_not_count():
    assert keys({"a": [("phone", "+49", None), ("name", "ann")]})[0][3] == DAY
    assert keys({"a": [("phone", "+49", None), ("name", "ann", None)]})[0][3] is None


def test_one_kind_or_the_other():
    rules = Rules((Rule("phone_name", ("phone", "family_name|name"), 2),))
    made = keys({"a": [("phone", "1"), ("name", "ann lee"), ("family_name", "lee")]}, rules)
    assert {row[2] for row in made} == {key("phone_name", "1", "lee"), key("phone_name", "1", "ann lee")}


@pytest.mark.parametrize("status", ["blocked", "invalid"])
def test_values_that_may_not_link_make_no_key(status):
    assert keys({"a": [("email", "null")]}, status=status) == []


def test_rules_never_share_a_key():
    rules = Rules((EMAIL, Rule("mail_again", ("email",), 2)))
    assert len({row[2] for row in keys({"a": [("email", "x@y.z")]}, rules)}) == 2


def test_a_record_of_a_till_makes_no_keys_by_the_product_of_its_values():
    held = [("phone", str(number)) for number in range(MOST_VALUES + 1)] + [("name", "till"), ("email", "t@t.t")]
    assert [row[1] for row in keys({"till": held})] == ["email"]


def test_a_key_that_too_many_carry_is_shared():
    made = judged({record: [("email", "x@y.z")] for record in "abc"} | {"d": [("email", "u@v.w")]})
    assert rows_of(made, "record_id", "records", "used", "reason") == [
        ("a", 3, False, "shared"), ("b", 3, False, "shared"), ("c", 3, False, "shared"), ("d", 1, True, None),
    ]  # fmt: skip


def test_a_rule_without_a_limit_is_never_shared():
    made = judged({record: [("email", "x@y.z")] for record in "abc"}, rules=Rules((Rule("email", ("email",), None),)))
    assert set(rows_of(made, "used")) == {(True,)}


NAMESAKES = Rules((Rule("at_home", ("name", "address"), 5, one_birth=True),))


@pytest.mark.parametrize(
    ("born", "links"),
    [
        pytest.param({"a": "1950-03-04", "b": "1979-10-11"}, False, id="father and son"),
        pytest.param({"a": "1950-03-04", "c": "1979-10-11"}, False, id="and a third, who may be either"),
        pytest.param({"a": "1950-03-04", "b": "1950-04-03"}, True, id="day and month changed places"),
        pytest.param({"a": "1950-03-04", "b": "1960-03-04"}, True, id="a wrong digit in the year"),
        pytest.param({"a": "1950-03-04"}, True, id="one says nothing"),
    ],
)
def test_namesakes_of_several_days_of_birth_are_several(born, links):
    home = [("name", "ann lee"), ("address", "1 high st")]
    made = judged(
        {who: [*home, *([("birth_date", born[who])] if who in born else [])] for who in "abc"}, rules=NAMESAKES
    )
    assert set(rows_of(made, "used", "reason")) == {(links, None if links else "births")}


def test_an_edge_taken_apart_counts_but_does_not_link():
    decided = Decisions(apart=frozenset({("a", "email", key("email", "x@y.z")), ("b", "email", "no such key")}))
    made = judged({"a": [("email", "x@y.z")], "b": [("email", "x@y.z")]}, decisions=decided)
    assert rows_of(made, "record_id", "records", "used", "reason") == [("a", 2, False, "apart"), ("b", 2, True, None)]


def test_who_is_named_by_others_carries_their_key():
    persons = match_keys(
        identifiers_of({"old": [("person_id", "new")], "me": [("person_id", "me")]}), rules=DEFAULT_RULES
    )
    made = rows_of(self_naming(persons, ids("old", "new", "me")), "record_id", "key")
    assert made == [("new", key("customers.person_id", "new"))]


def test_it_compiles_for_spark():
    assert ibis.pyspark
    edges = match_keys(IDENTIFIERS.unbound(), rules=DEFAULT_RULES)
    made = limited(
        edges,
        rules=DEFAULT_RULES,
        apart=ibis.table({"record_id": "string", "rule": "string", "key": "string"}, name="apart"),
        identifiers=IDENTIFIERS.unbound(),
    )
    assert "MD5" in ibis.to_sql(made, dialect="pyspark")
