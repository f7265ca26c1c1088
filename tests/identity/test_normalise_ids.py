"""Ids, days of birth, and values that stand for none."""

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.identity.normalise import birth_date, device_id, is_placeholder, loyalty_id
from patron.identity.normalise.blocked import is_made_up_number, placeholder
from patron.identity.normalise.own_id import as_is, device_id_value, loyalty_id_value, own_id_status
from patron.identity.normalise.value import clean

NOBODY = ["null", "None", "N/A", "n.a.", "unknown", "ANONYMOUS", "guest", "test", "0", "0000000", "1234567890", "7777",
          "xxx", "-", "???", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
          "9774d56d682e549c", "undefined", "NaN", "asdf", "unbekannt"]  # fmt: skip
SOMEBODY = ["nora", "12", "100", "1112", "Testa", "Guestrin", "anna", "C-0001", "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            "王", "ü", "Нина"]  # fmt: skip


@pytest.mark.parametrize("text", NOBODY)
def test_what_stands_for_no_value(text):
    assert is_placeholder(text)
    assert device_id(text).status == loyalty_id(text).status == as_is(text).status == "blocked"


@pytest.mark.parametrize("text", SOMEBODY)
def test_what_is_a_value(text):
    assert not is_placeholder(text)
    assert device_id(text).status == loyalty_id(text).status == "used"


@pytest.mark.parametrize(
    ("digits", "made_up"),
    [("000", True), ("1111111", True), ("123456789", True), ("0123456789", True), ("987654321", True),
     ("15100000000", True), ("5555555555", True), ("8005550100", False), ("4915112345678", False), ("1000000", False),
     ("34567890123", True), ("1234", False)],
)  # fmt: skip
def test_numbers_that_were_typed_to_fill_a_field(digits, made_up):
    assert is_made_up_number(digits) is made_up


@pytest.mark.parametrize(
    ("function", "text", "value"),
    [
        (device_id, " 6BA7B810-9DAD-11D1-80B4-00C04FD430C8 ", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        (device_id, "aGVsbG8", "aGVsbG8"),
        (device_id, "GA1.2.  17", "GA1.2. 17"),
        (loyalty_id, " pay-12 345 x", "PAY12345X"),
        (loyalty_id, "- -", "- -"),
        (as_is, " c 17", " c 17"),
    ],
)
def test_ids(function, text, value):
    assert function(text).value == value


@settings(max_examples=20)
@given(st.lists(st.sampled_from(NOBODY) | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
                min_size=20, max_size=60))  # fmt: skip
def test_the_engine_agrees_on_any_plain_text(texts):
    texts = [text for text in texts if text.strip()] or ["x"]
    table = ibis.memtable({"text": texts}, schema={"text": "string"})
    made = table.mutate(
        device=device_id_value(table.text), card=loyalty_id_value(table.text), none=placeholder(table.text)
    )
    made = made.mutate(device_status=own_id_status(made.device), card_status=own_id_status(made.card))
    for row in made.to_pyarrow().to_pylist():
        assert (row["device"], row["device_status"]) == device_id(row["text"]), row["text"]
        assert (row["card"], row["card_status"]) == loyalty_id(row["text"]), row["text"]
        assert row["none"] == is_placeholder(row["text"])


@pytest.mark.parametrize(
    ("text", "value", "status"),
    [("1984-02-29", "1984-02-29", "used"), ("1984-02-29 00:00:00", "1984-02-29", "used"), ("2000-01-01", None, "used"),
     ("1900-01-01", "1900-01-01", "blocked"), ("1970-01-01", "1970-01-01", "blocked"), ("0001-01-01", None, "blocked"),
     ("1849-12-31", None, "invalid"), ("30.02.1984", "30.02.1984", "invalid"), ("1983-02-29", None, "invalid"),
     ("unknown", "unknown", "blocked"), ("", "", "invalid")],
)  # fmt: skip
def test_days_of_birth(text, value, status):
    found = birth_date(text)
    assert found.status == status
    assert value is None or found.value == value


@given(st.text(max_size=40))
def test_cleaning_is_done_once(text):
    assert clean(clean(text)) == clean(text)
    assert clean(text).isprintable() or not clean(text)
