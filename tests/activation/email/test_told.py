"""What comes back by e-mail: bounces, complaints and words in the forms of many systems, and whatever else there is."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.activation.email.told import told_by

DELIVERY = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)

CASES = [
    (*(word.strip() for word in head.split("|")), text)
    for head, text in re.findall(
        r"(?ms)^=== ([^\n]*)\n(.*?)(?=^=== |\Z)", Path(__file__).with_name("reports.txt").read_text(encoding="utf-8")
    )
]


@pytest.mark.parametrize(("name", "expected", "text"), CASES, ids=[name for name, *_ in CASES])
def test_what_comes_back_is_understood(name, expected, text):
    told = told_by(text.encode("utf-8"), now=NOW)
    assert told_by(text.replace("\n", "\r\n").encode("utf-8"), now=NOW) == told  # a pipe gives LF, the wire CR LF
    if expected == "nothing":
        assert told == []
        return
    [one] = told
    final = {True: " permanent", False: " soft", None: ""}[one.permanent]
    status = f" {one.reason or '-'}" if one.happened == "bounced" else ""
    assert f"{one.happened}{final}{status}" == expected
    assert one.delivery_id == DELIVERY
    assert one.occurred_at <= NOW
    assert not re.search(r"\bann\b|example\.org", repr(one))


def test_there_are_cases_enough():
    assert len(CASES) >= 40
    assert len({name for name, *_ in CASES}) == len(CASES)


def test_the_server_may_say_to_whom_it_came():
    plain = b"Subject: unsubscribe\n\n"
    assert told_by(plain, now=NOW) == []
    [one] = told_by(plain, now=NOW, came_to=f"unsubscribe+{DELIVERY}@b.shop.example")
    assert one.happened == "unsubscribed"


def test_the_same_told_twice_is_one_and_final_comes_after_for_now():
    texts = {name: text for name, _, text in CASES}
    names = ("Postfix, nobody there", "qmail", "Postfix, mailbox full")
    keys = [told_by(texts[name].encode(), now=NOW)[0].feedback_id for name in names]
    assert keys == [f"{DELIVERY}:bounced", f"{DELIVERY}:bounced", f"{DELIVERY}:bounced_for_now"]


@pytest.mark.parametrize(
    "date", ["Mon, 02 Mar 2099 08:00:00 +0000", "yesterday", "", "Mon, 99 Foo 2026 99:99:99 +9999"]
)
def test_a_moment_that_cannot_be_is_now(date):
    text = {name: text for name, _, text in CASES}["qmail"]
    [one] = told_by(text.replace("2 Mar 2026 08:00:00 -0000", date).encode(), now=NOW)
    assert one.occurred_at == NOW


@given(raw=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))))
def test_whatever_comes_is_read_without_a_failure(raw):
    told_by(raw, now=NOW)


@given(st.data())
def test_a_report_changed_anywhere_is_read_without_a_failure(data):
    raw = bytearray(data.draw(st.sampled_from([text for *_, text in CASES if text])).encode())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5)) or b"\n"
    for one in told_by(bytes(raw), now=NOW):
        assert one.delivery_id
        assert one.occurred_at <= NOW
