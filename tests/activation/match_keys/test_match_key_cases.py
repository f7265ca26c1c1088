"""Match keys, case by case: what a person wrote, and what a platform's rule makes of it. The cases stand beside."""

from __future__ import annotations

import pytest
from match_cases import cases, forms

from patron.activation.match_keys import hashed
from patron.activation.match_keys.born import gender
from patron.activation.match_keys.email import google_emails, meta_emails
from patron.activation.match_keys.name import (
    google_family_name,
    google_given_name,
    meta_family_name,
    meta_given_name,
)
from patron.activation.match_keys.phone import google_phones, meta_phones
from patron.activation.match_keys.place import (
    google_postal_codes,
    meta_cities,
    meta_countries,
    meta_states,
    meta_zips,
)

KEYS = {
    "google email": lambda text, _land: google_emails(text),
    "google phone": google_phones,
    "google given": lambda text, _land: google_given_name(text),
    "meta zip": meta_zips,
    "meta city": lambda text, _land: meta_cities(text),
    "meta gender": lambda text, _land: (gender(text),) if gender(text) else (),
    "meta family": lambda text, _land: meta_family_name(text),
}
NAMES = {
    "google given": google_given_name,
    "google family": google_family_name,
    "meta given": meta_given_name,
    "meta family": meta_family_name,
}
PLACES = {"meta zip": meta_zips, "google zip": google_postal_codes, "meta state": meta_states}
ALONE = {"meta city": meta_cities, "meta country": meta_countries}


@pytest.mark.parametrize(("country", "written", "expected"), cases("phone_cases.txt"))
def test_phones_are_e164(country, written, expected):
    land = None if country == "-" else country
    assert google_phones(written, land) == forms(expected, " ")
    assert meta_phones(written, land) == forms(expected.removeprefix("+"), " ")


@pytest.mark.parametrize(("platform", "written", "expected"), cases("email_cases.txt"))
def test_email_addresses(platform, written, expected):
    asked = {"google": [google_emails], "meta": [meta_emails], "both": [google_emails, meta_emails]}[platform]
    for emails in asked:
        assert emails(written) == forms(expected, " ")


@pytest.mark.parametrize(("kind", "written", "expected"), cases("name_cases.txt"))
def test_names(kind, written, expected):
    assert NAMES[kind](written) == forms(expected, "/")


@pytest.mark.parametrize(("kind", "country", "written", "expected"), cases("place_cases.txt"))
def test_places(kind, country, written, expected):
    found = ALONE[kind](written) if kind in ALONE else PLACES[kind](written, None if country == "-" else country)
    assert found == forms(expected, ";")


@pytest.mark.parametrize("case", cases("connector_cases.txt"), ids=lambda case: " ".join(case[:3]))
def test_where_shipped_connectors_go_wrong_the_rule_holds(case):
    kind, country, written, expected, *theirs = case
    found = KEYS[kind](written, None if country == "-" else country)
    assert found[:1] == forms(expected, "/")
    wrong = {one for one in theirs if one != expected}
    assert not wrong & set(found)  # nor is a wrong one sent beside


@pytest.mark.parametrize(("value", "expected"), cases("vectors.txt"))
def test_published_vectors(value, expected):
    assert hashed(value) == expected


def test_there_are_at_least_300_hard_cases_of_40_countries():
    phones = cases("phone_cases.txt")
    counted = [name for name in ("phone", "email", "name", "place") for _ in cases(f"{name}_cases.txt")]
    assert len(counted) >= 300
    assert len({country for country, _, expected in phones if expected.startswith("+")} - {"-"}) >= 40


def test_nothing_is_ever_hashed_empty():
    with pytest.raises(ValueError, match=r"^$"):
        hashed("")
