"""What can be a rule, and what cannot."""

from __future__ import annotations

import pytest

from patron.errors import ArgumentError
from patron.identity import DEFAULT_RULES, Rule, Rules
from patron.identity.rules import MANUAL, PERSON_ID, PROBABLE

EMAIL = Rule("email", ("email",), 10)


def test_what_people_said_comes_first_and_what_is_estimated_last():
    assert DEFAULT_RULES.names[:2] == (PERSON_ID, MANUAL)
    assert DEFAULT_RULES.names[-1] == PROBABLE
    assert [rule.name for rule in DEFAULT_RULES.rules if rule.most_records is None] == [PERSON_ID, MANUAL]


def test_a_phone_or_a_device_alone_links_nobody():
    assert all(set(rule.kinds) - {"phone", "device_id"} for rule in DEFAULT_RULES.rules if rule.kinds)


def test_rules_of_ones_own_are_completed_by_decisions_and_linkage():
    assert Rules((EMAIL,)).complete().names == (MANUAL, "email", PROBABLE)
    assert DEFAULT_RULES.complete() == DEFAULT_RULES


def test_choices_and_kinds():
    rules = Rules((EMAIL, Rule("phone_name", ("phone", "family_name|name"), 5)))
    assert rules.rules[1].choices == (("phone",), ("family_name", "name"))
    assert rules.kinds == {"email", "phone", "family_name", "name"}
    assert rules.rank("phone_name") == 1
    assert "email" in rules


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Rule("E-mail", ("email",), 10), "'E-mail'"),
        (lambda: Rule("own_id", ("email",), 10), "own_id"),
        (lambda: Rule("email", (), 10), "no `kinds`"),
        (lambda: Rule("email", ("Email!",), 10), "'Email!'"),
        (lambda: Rule("email", ("email|",), 10), "'email|'"),
        (lambda: Rule("email", ("email",), 1), "came as 1"),
        (lambda: Rules((EMAIL, EMAIL)), "two rules 'email'"),
        (lambda: Rules((EMAIL,), largest=1), "came as 1"),
        (lambda: Rules((EMAIL,)).rank("emial"), "Did you mean 'email'"),
    ],
)
def test_what_cannot_be_is_refused(make, said):
    with pytest.raises(ArgumentError, match=r"(?s).+\n.+") as caught:
        make()
    assert said in str(caught.value)
