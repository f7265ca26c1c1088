"""TC strings: published ones, every field there and back, and what is malformed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.errors import ArgumentError
from patron.privacy.signals import PublisherTc, Restriction, Said, Tcf, in_app
from patron.privacy.signals.bits import Reader, Writer

# The string of the Global Privacy Platform's own examples, and one that a public decoder documents field by field.
SPECIFICATION = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA"
DOCUMENTED = "CLcVDxRMWfGmWAVAHCENAXCkAKDAADnAABRgA5mdfCKZuYJez-NQm0TBMYA4oCAAGQYIAAAAAAEAIAEgAA.argAC0gAAAAAAAAAAAA"

SOME = st.frozensets(st.integers(1, 24))
VENDORS = st.frozensets(st.integers(1, 300), max_size=40) | st.frozensets(st.integers(1, 0xFFFF), max_size=5)
MOMENTS = st.integers(0, 2**36 - 1).map(lambda tenths: Reader(Writer().number(tenths, 36).text(), kind="").moment())
LETTERS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)


@st.composite
def publishers(draw):
    custom = draw(st.integers(0, 63))
    some = st.frozensets(st.integers(1, custom)) if custom else st.just(frozenset())
    return PublisherTc(
        consents=draw(SOME), interests=draw(SOME), custom=custom, custom_consents=draw(some),
        custom_interests=draw(some),
    )  # fmt: skip


STRINGS = st.builds(
    Tcf,
    created=MOMENTS, updated=MOMENTS, cmp_id=st.integers(0, 4095), cmp_version=st.integers(0, 4095),
    screen=st.integers(0, 63), language=LETTERS, vendor_list=st.integers(0, 4095), policy=st.integers(0, 63),
    service_specific=st.booleans(), own_texts=st.booleans(), special_features=st.frozensets(st.integers(1, 12)),
    consents=SOME, interests=SOME, purpose_one_treatment=st.booleans(), country=LETTERS, vendors=VENDORS,
    vendor_interests=VENDORS,
    restrictions=st.lists(
        st.builds(Restriction, purpose=st.integers(0, 63), kind=st.integers(0, 3), vendors=VENDORS), max_size=3
    ).map(tuple),
    disclosed=st.none() | VENDORS, allowed_vendors=st.none() | VENDORS, publisher=st.none() | publishers(),
)  # fmt: skip


@given(STRINGS)
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_back(tc):
    assert Tcf.decode(tc.encode()) == tc


def test_the_specifications_example():
    tc = Tcf.decode(SPECIFICATION)
    assert (tc.cmp_id, tc.cmp_version, tc.language, tc.country) == (31, 640, "EN", "DE")
    assert tc.created == tc.updated
    assert tc.created.year == 2022
    assert tc.encode() == SPECIFICATION
    assert not any(word.allowed for word in tc.said())


def test_a_string_whose_fields_are_documented():
    tc = Tcf.decode(DOCUMENTED)
    assert int(tc.created.timestamp()) == 1228644257
    assert int(tc.updated.timestamp()) == 1326215413
    assert (tc.cmp_id, tc.cmp_version, tc.screen, tc.language, tc.vendor_list) == (21, 7, 2, "EN", 23)
    assert {1, 3, 9, 10} <= tc.consents
    assert tc.publisher is not None


WHEN = datetime(2025, 1, 1, tzinfo=UTC)


def says(purpose, channel, **fields):
    words = Tcf(created=WHEN, updated=WHEN, **fields).said()
    return next(word.allowed for word in words if (word.purpose, word.channel) == (purpose, channel))


@pytest.mark.parametrize(
    ("purpose", "channel", "fields", "allowed"),
    [
        ("advertising", "all", {"consents": frozenset({1, 3, 4})}, True),
        ("advertising", "all", {"consents": frozenset({3, 4})}, False),
        ("advertising", "all", {"consents": frozenset({3, 4}), "purpose_one_treatment": True}, True),
        ("advertising", "all", {"consents": frozenset({1, 3})}, False),
        ("advertising", "all", {"consents": frozenset({1}), "interests": frozenset({3, 4})}, False),
        ("profiling", "web", {"consents": frozenset({5, 6})}, True),
        ("profiling", "web", {"interests": frozenset({5, 6})}, False),
        ("measurement", "web", {"consents": frozenset({7}), "interests": frozenset({8})}, True),
        ("measurement", "web", {"consents": frozenset({7})}, False),
        ("analytics", "web", {"interests": frozenset({9})}, True),
        ("analytics", "web", {}, False),
    ],
)
def test_what_it_says_in_our_purposes(purpose, channel, fields, allowed):
    assert says(purpose, channel, **fields) == allowed


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        ("C", "ends before"),
        (SPECIFICATION[:-4], "ends before"),
        (SPECIFICATION + "AAAB", "follows"),
        (SPECIFICATION[:-1] + "B", "follows"),
        ("B" + SPECIFICATION[1:], "version is 1"),
        ("C+" + SPECIFICATION[2:], "base64url"),
        (SPECIFICATION + ".", "empty"),
        (SPECIFICATION + ".AAAA", "type 0"),
        (DOCUMENTED + "." + DOCUMENTED.split(".")[1], "twice"),
    ],
)
def test_what_is_malformed_is_refused_and_not_repeated(text, fault):
    with pytest.raises(ArgumentError, match=fault) as error:
        Tcf.decode(text)
    assert SPECIFICATION not in str(error.value)


def test_a_range_that_leaves_the_greatest_vendor_is_refused():
    bits = Writer().number(5, 16).flag(True).ranges({6}).text()
    with pytest.raises(ArgumentError, match="above the greatest"):
        Reader(bits, kind="TCF").vendors()


def test_a_range_that_ends_before_it_begins_is_refused():
    bits = Writer().number(1, 12).flag(True).number(9, 16).number(3, 16).text()
    with pytest.raises(ArgumentError, match="range"):
        Reader(bits, kind="TCF").ranges()


def test_what_does_not_fit_is_not_written():
    tc = Tcf(created=WHEN, updated=WHEN, cmp_id=4096)
    with pytest.raises(ArgumentError, match="4095"):
        tc.encode()
    with pytest.raises(ArgumentError, match="24"):
        replace(tc, cmp_id=1, consents=frozenset({25})).encode()


ALL_YES = Said("advertising", "all", allowed=True)


def test_an_apps_stored_values():
    assert ALL_YES in in_app({"IABTCF_gdprApplies": 1, "IABTCF_PurposeConsents": "1011"})
    assert ALL_YES not in in_app({"IABTCF_PurposeConsents": "1001"})
    assert ALL_YES in in_app({"IABTCF_PurposeConsents": "0011", "IABTCF_PurposeOneTreatment": 1})
    assert (
        in_app({"IABTCF_TCString": SPECIFICATION, "IABTCF_PurposeConsents": "1111"}) == Tcf.decode(SPECIFICATION).said()
    ), "the string is what counts"
    assert in_app({"IABTCF_gdprApplies": "0"}) == ()


@pytest.mark.parametrize("values", [{}, {"IABTCF_PurposeConsents": "yes"}, {"IABTCF_TCString": "CXX"}])
def test_stored_values_that_say_nothing_are_refused(values):
    with pytest.raises(ArgumentError):
        in_app(values)
