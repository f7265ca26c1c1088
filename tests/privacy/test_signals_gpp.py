"""GPP strings: the specification's own examples, every section there and back, and what is malformed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_signals_tcf import SPECIFICATION, STRINGS

from patron.errors import ArgumentError
from patron.privacy.signals import Gpp, Said, UsPrivacy, UsSection
from patron.privacy.signals.bits import Reader, Writer
from patron.privacy.signals.gpp import LAYOUTS

OUT = Said("advertising", "all", allowed=False)
LIMIT = Said("sensitive", "all", allowed=False)


@pytest.mark.parametrize(
    ("number", "bits"),
    [(1, "11"), (2, "011"), (3, "0011"), (4, "1011"), (5, "00011"), (6, "10011"), (7, "01011")],
)
def test_the_specifications_fibonacci_codes(number, bits):
    assert "".join(Writer().fibonacci(number)._bits) == bits


@given(st.integers(1, 10**6))
@settings(max_examples=50)
def test_fibonacci_codes_are_read_back(number):
    assert Reader(Writer().fibonacci(number).text(), kind="").fibonacci() == number


@given(st.frozensets(st.integers(1, 400), min_size=1, max_size=40))
@settings(max_examples=50)
def test_ranges_are_read_back(members):
    assert Reader(Writer().ranges(members).text(), kind="").ranges() == members
    assert Reader(Writer().fibonacci_ranges(members).text(), kind="").fibonacci_ranges() == tuple(sorted(members))


def test_the_specifications_ranges():
    bits = "".join(Writer().fibonacci_ranges([3, 5, 6, 7, 8])._bits)
    assert bits == "000000000010" + "0" + "0011" + "1" + "011" + "0011"


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        (f"DBABMA~{SPECIFICATION}", {2}),
        (f"DBACNYA~{SPECIFICATION}~1YNN", {2, 6}),
        (f"DBACNY~{SPECIFICATION}~1YNN", {2, 6}),
        (f"DBABjw~{SPECIFICATION}~1YNN", {5, 6}),
    ],
)
def test_the_specifications_examples(text, sections):
    gpp = Gpp.decode(text)
    found = ({2} if gpp.tcf else set()) | ({6} if gpp.us_privacy else set()) | {section for section, _ in gpp.unread}
    assert found == sections
    if gpp.tcf:
        assert gpp.tcf.encode() == SPECIFICATION


# Published by the reference libraries' test suites and seen on the public web.
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("DBABLA~BVVVVVVVVWA", {OUT, LIMIT}),  # US national: everything opted out
        ("DBABBg~BVVVVVVY", {OUT, LIMIT}),  # California: everything opted out
        ("DBABLA~BVQqAAAAAAJY.QA", set()),  # the later fields under version 1: did not opt out, GPC off
        ("DBABLA~BVQqAAAAAAJY.YA", {OUT}),  # the same with GPC on
        ("DBABLA~BAAAAAAAAgA.QA", set()),  # nothing applies
        ("DBABLA~BAQCAAAACZA.QA", set()),  # the first fields of version 1
    ],
)
def test_us_sections_as_they_are_met(text, said):
    assert set(Gpp.decode(text).said()) == said


@st.composite
def us_sections(draw, section):
    version = draw(st.sampled_from([version for known, version in LAYOUTS if known == section]))
    answers = tuple(
        tuple(draw(st.lists(st.integers(0, 2), min_size=count, max_size=count)))
        for _, count in LAYOUTS[section, version][0]
    )
    return UsSection(section=section, version=version, answers=answers, gpc=draw(st.none() | st.booleans()))


@given(
    st.none() | STRINGS,
    st.none() | st.sampled_from(["1YNN", "1YYN", "1---"]).map(UsPrivacy.decode),
    st.none() | us_sections(7),
    st.none() | us_sections(8),
    st.dictionaries(st.sampled_from([5, 9, 10, 23]), st.sampled_from(["BAAA", "BVVV.QA"]), max_size=2),
)
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read_back(tcf, us_privacy, national, california, unread):
    us = tuple(section for section in (national, california) if section)
    gpp = Gpp(tcf=tcf, us_privacy=us_privacy, us=us, unread=tuple(sorted(unread.items())))
    if tcf or us_privacy or us or unread:
        assert Gpp.decode(gpp.encode()) == gpp


def national(**fields):
    layout = LAYOUTS[7, 1][0]
    answers = tuple(fields.get(name, (2,) * count) for name, count in layout)
    return UsSection(section=7, version=1, answers=answers, gpc=fields.get("gpc"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, set()),
        ({"sale": (1,)}, {OUT}),
        ({"sharing": (1,)}, {OUT}),
        ({"advertising": (1,)}, {OUT}),
        ({"children": (0, 1)}, {OUT}),
        ({"gpc": True}, {OUT}),
        ({"gpc": False}, set()),
        ({"sensitive": (0,) * 11 + (1,)}, {LIMIT}),
    ],
)
def test_each_opt_out_is_one(fields, said):
    assert set(national(**fields).said()) == said


def test_a_no_in_one_section_stands_against_a_yes_in_another():
    tcf = Gpp.decode(f"DBABMA~{SPECIFICATION}").tcf
    yes = Gpp(tcf=type(tcf)(created=tcf.created, updated=tcf.updated, consents=frozenset({1, 3, 4})))
    assert Said("advertising", "all", allowed=True) in yes.said()
    both = Gpp(tcf=yes.tcf, us_privacy=UsPrivacy.decode("1YYN"))
    assert [word for word in both.said() if word.purpose == "advertising"] == [OUT]


def test_a_section_that_cannot_be_read_is_a_no():
    assert OUT in Gpp.decode(f"DBABjw~{SPECIFICATION}~1YNN").said()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        ("DBABMA", "names 1 sections"),
        (f"DBACNYA~{SPECIFICATION}", "names 2 sections"),
        (f"DBABMA~{SPECIFICATION}~1YNN", "names 1 sections"),
        ("CBABMA~x", "header"),
        ("DCABMA~x", "header"),
        ("DBABLA~", "empty"),
        ("DBABLA~BVV", "ends before"),
        ("DBABLA~BVVVVVVVVWAAAAAB", "follows"),
        ("DBABLA~DVVVVVVVVWA", "version is 3"),
        ("DBABLA~BVVVVVVVVWA.AA", "type 0"),
        ("DBABLA~BVVVVVVVVWA.QA.QA", "type 1"),
        ("DBABLA~B____VVVVWA", "answer is 3"),
        ("DBABMA~CXXX", "ends before"),
        ("DBACNYA~" + SPECIFICATION + "~1YN", "US Privacy"),
    ],
)
def test_what_is_malformed_is_refused(text, fault):
    with pytest.raises(ArgumentError, match=fault):
        Gpp.decode(text)
