"""Global Privacy Control: the header, the statement's form and the site's resource."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.errors import ArgumentError
from patron.privacy.signals import Gpc, GpcSupport, Said


@pytest.mark.parametrize(
    ("headers", "opted_out"),
    [
        ({"Sec-GPC": "1"}, True),
        ({"sec-gpc": " 1 "}, True),
        ({"Sec-GPC": "0"}, False),
        ({"Sec-GPC": "true"}, False),
        ({"Sec-GPC": "1, 1"}, False),
        ({"DNT": "1"}, False),
        ({}, False),
    ],
)
def test_only_one_is_the_signal(headers, opted_out):
    assert Gpc.of_request(headers) == Gpc(opted_out)


def test_it_is_a_no_to_advertising_and_its_absence_says_nothing():
    assert Gpc(opted_out=True).said() == (Said("advertising", "all", allowed=False),)
    assert Gpc(opted_out=False).said() == ()


@pytest.mark.parametrize("value", ["yes", "", "2", "on"])
def test_a_written_value_that_is_neither_is_refused(value):
    with pytest.raises(ArgumentError, match="GPC"):
        Gpc.decode(value)


def test_the_resource_of_the_specification():
    assert GpcSupport.decode('{"gpc": true, "lastUpdate": "1997-03-10"}') == GpcSupport(
        honoured=True, updated=date(1997, 3, 10)
    )
    assert not GpcSupport.decode('{"gpc": "true"}').honoured
    assert not GpcSupport.decode("{}").honoured


@pytest.mark.parametrize("text", ["", "[]", "true", '{"gpc": true, "lastUpdate": "soon"}', '{"lastUpdate": 3}'])
def test_a_resource_that_is_none_is_refused(text):
    with pytest.raises(ArgumentError, match="gpc"):
        GpcSupport.decode(text)


@given(st.booleans(), st.none() | st.dates())
def test_what_is_written_is_read_back(honoured, updated):
    support = GpcSupport(honoured=honoured, updated=updated)
    assert GpcSupport.decode(support.encode()) == support
