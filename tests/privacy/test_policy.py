"""On which basis, and what is decided when it is left open."""

from __future__ import annotations

import pytest

from patron.contracts.raw_people import LAWFUL_BASES
from patron.errors import ArgumentError, SettingsError
from patron.privacy import Policy, Purpose


def test_the_defaults_are_the_careful_ones():
    policy = Policy()
    assert policy.asks_consent(Purpose.ADVERTISING)
    assert policy.basis(Purpose.OPERATIONS) == "contract"
    assert not policy.heeds_objection(Purpose.OPERATIONS)
    for purpose in (Purpose.ANALYTICS, Purpose.PROFILING, Purpose.MEASUREMENT):
        assert policy.heeds_objection(purpose)
        assert not policy.asks_consent(purpose)


def test_marketing_is_decided_by_whether_statements_are_kept_and_said_aloud():
    kept, none = (Policy().settled(statements_kept=kept) for kept in (True, False))
    assert kept.policy.asks_consent(Purpose.MARKETING)
    assert not none.policy.asks_consent(Purpose.MARKETING)
    assert none.policy.heeds_objection(Purpose.MARKETING)
    assert "agreed" in kept.notes[0]
    assert "has not objected" in none.notes[0]


@pytest.mark.parametrize("basis", LAWFUL_BASES)
@pytest.mark.parametrize("kept", [True, False])
def test_what_is_set_stands_whatever_is_kept(basis, kept):
    settled = Policy(marketing=basis).settled(statements_kept=kept)
    assert (settled.policy.marketing, settled.notes) == (basis, ())


def test_what_is_open_cannot_be_used():
    with pytest.raises(ArgumentError, match="settled"):
        Policy().basis(Purpose.MARKETING)


@pytest.mark.parametrize(
    ("given", "channels"),
    [
        ({}, set()),
        ({"jurisdictions": ("FR", "US-CA")}, set()),
        ({"jurisdictions": ("FR", "de")}, {"email"}),
        ({"jurisdictions": ("DE",), "double_opt_in": frozenset()}, set()),
        ({"double_opt_in": frozenset({"sms"})}, {"sms"}),
    ],
)
def test_where_a_consent_is_confirmed(given, channels):
    assert Policy(**given).confirmed_channels == channels


def test_sensitive_attributes_are_named_however_they_are_written():
    policy = Policy(sensitive=frozenset({"dietaryReligion"}))
    assert policy.allows_sensitive("dietary_religion")
    assert not policy.allows_sensitive("religion")


@pytest.mark.parametrize(
    "wrong",
    [
        {"analytics": "because"}, {"advertising": None}, {"marketing": "consnt"}, {"consent_days": 0},
        {"double_opt_in": frozenset({"all"})}, {"double_opt_in": frozenset({"fax"})},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(SettingsError) as error:
        Policy(**wrong)
    assert error.value.remedy
