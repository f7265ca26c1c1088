"""The forecast of match loss: each cause by a row that has it, and sums that hold for any file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from match_cases import cases, forms

from patron.activation.match_keys.causes import CAUSES
from patron.activation.match_keys.lint import FIRST, lint
from patron.errors import SourceError
from patron.language import say

LINES = cases("lint_cases.txt")


def row_of(text):
    return dict(part.split("=", 1) for part in text.split("; "))


@pytest.mark.parametrize(("target", "country", "said", "expected"), LINES)
def test_each_cause_is_named(target, country, said, expected):
    row = row_of(said)
    found = lint([row], columns=row, target=target, country=None if country == "-" else country)
    assert tuple(one.cause for one in found.findings) == forms(expected, " ")


def test_every_cause_has_a_case_and_words():
    named = {cause for *_, expected in LINES for cause in forms(expected, " ")} | {"duplicate"}
    assert named == set(CAUSES)
    for cause, effect in CAUSES.items():
        assert say(f"match_keys.cause.{cause}")
        assert say(f"match_keys.effect.{effect}")


def test_who_stands_there_twice_is_found_once():
    rows = [{"email": "a.b@gmail.com"}, {"email": "c@example.org"}, {"email": "AB@gmail.com"}]
    google, meta = (lint(rows, columns=["email"], target=one) for one in ("google", "meta"))
    assert [(one.cause, one.first) for one in google.findings if one.cause == "duplicate"] == [("duplicate", (3,))]
    assert (google.lost, meta.lost) == (1, 0)  # to Meta these are two addresses


def test_the_first_rows_are_named_by_number_and_never_by_value():
    rows = [{"email": "secret@"}] * (FIRST + 3)
    found = lint(rows, columns=["email"], target="meta")
    assert found.findings[0].first == tuple(range(1, FIRST + 1))
    assert found.findings[0].rows == FIRST + 3
    assert "secret" not in repr(found)


def test_a_file_without_any_key_is_refused():
    with pytest.raises(SourceError, match="notes"):
        lint([{"notes": "x"}], columns=["notes"], target="meta")


def test_an_empty_file_has_lost_nothing():
    assert lint([], columns=["email"], target="meta").lost_share == 0


VALUES = st.sampled_from(
    ["", "n/a", "ann@example.org", "ANN@example.org", "ann@", "0170 1234567", "+447700900123", "é", "e\u0301", "12"]
)


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(("email", "phone", "first name", "zip"), VALUES)), max_size=8))
def test_sums_hold_for_any_rows(rows):
    for target in ("google", "meta"):
        found = lint(rows, columns=["email", "phone", "first name", "zip"], target=target)
        lost = [one for one in found.findings if one.effect == "lost"]
        assert found.lost == sum(one.rows for one in lost)  # a row is lost by one cause
        assert all(0 < one.rows <= found.rows == len(rows) and one.share == one.rows / len(rows)
                   for one in found.findings)  # fmt: skip
