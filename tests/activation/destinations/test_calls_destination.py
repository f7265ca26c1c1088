"""A call list: the most urgent first, at numbers that are some, at hours that are allowed where she is."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest
from conformance import CONTENT, NOW, Conformance, message

from patron.activation.destinations.call_hours import Hours, common_hours, hours
from patron.activation.destinations.calls import COLUMNS, Calls
from patron.activation.destinations.folder import Folder


class TestConformance(Conformance):
    channel = "phone"

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        self.folder = tmp_path

    def opened(self):
        return Calls("team", Folder(str(self.folder)), home="GB")

    def delivery(self, number):
        return call(number)


def call(number=1, *, address="+442071838750", **facts):
    return message(number, channel="phone", address=address, content=dict(CONTENT) | {"facts": {"name": "Ann"} | facts})


@pytest.fixture
def listed(tmp_path):
    def listed(*deliveries, **more):
        outcomes = Calls("team", Folder(str(tmp_path)), home="GB", **more).deliver(deliveries, now=NOW)
        found = []
        for file in sorted(tmp_path.glob("*.csv")):
            found += csv.DictReader(io.StringIO(file.read_bytes().decode(), newline=""))
        return [one.reason or one.status for one in outcomes], found

    return listed


def test_a_row_has_what_a_caller_needs(listed):
    _, [row] = listed(call(priority=12.5))
    assert list(row) == list(COLUMNS)
    assert (row["name"], row["number"], row["national"]) == ("Ann", "+442071838750", "020 7183 8750")
    assert (row["country"], row["zone"], row["from"], row["until"]) == ("GB", "Europe/London", "09:00", "20:00")
    assert (row["from_utc"], row["until_utc"], row["priority"]) == ("09:00", "20:00", "12.5")
    assert row["script"] == "Annabel, your basket waits."


def test_the_most_urgent_come_first(listed):
    outcomes, rows = listed(call(1, priority=1), call(2, priority=30), call(3), call(4, priority=2.5))
    assert outcomes == ["accepted"] * 4
    assert [row["customer_id"] for row in rows] == ["c2", "c4", "c1", "c3"]


@pytest.mark.parametrize("address", [None, "", "12345", "+4400000", "no number", "+999123456789"])
def test_what_is_no_number_is_left_out(listed, address):
    outcomes, rows = listed(call(address=address))
    assert (outcomes, rows) == (["no_number"], [])


def test_a_number_without_prefix_is_one_of_home(listed):
    assert listed(call(address="020 7183 8750"))[1][0]["number"] == "+442071838750"


@pytest.mark.parametrize(
    ("address", "facts", "zone", "start", "end"),
    [("+4930901820", {}, "Europe/Berlin", "08:00", "19:00"), ("+81312345678", {}, "Asia/Tokyo", "00:00", "11:00"),
     ("+12125550123", {}, "America/New_York", "14:00", "01:00"),
     ("+442071838750", {"timezone": "Asia/Kolkata"}, "Asia/Kolkata", "03:30", "14:30"),
     ("+442071838750", {"timezone": "Mars/Base"}, "Europe/London", "09:00", "20:00")],
)  # fmt: skip
def test_the_clock_is_hers(listed, address, facts, zone, start, end):
    """On 1 March 2026 Berlin is one hour ahead of UTC, New York five behind, Tokyo nine ahead."""
    _, [row] = listed(call(address=address, **facts))
    assert (row["zone"], row["from_utc"], row["until_utc"]) == (zone, start, end)


def test_where_a_number_may_be_in_several_zones_it_is_early_in_none_and_late_in_none(listed):
    """A mobile of Russia says nothing of eleven zones: nine in Kaliningrad is 7 UTC, twenty on Kamchatka is 8 UTC."""
    _, [row] = listed(call(address="+79161234567"))
    assert len(row["zone"].split()) > 3
    assert (row["from_utc"], row["until_utc"]) == ("07:00", "08:00")


def test_hours_are_those_of_the_country(listed):
    told = {"GB": Hours(start=hours("10:00-18:30").start, end=hours("10:00-18:30").end), "*": hours("12:00-13:00")}
    _, rows = listed(call(1), call(2, address="+4930901820"), hours=told)
    assert [(row["from"], row["until"]) for row in rows] == [("10:00", "18:30"), ("12:00", "13:00")]


def test_where_it_is_allowed_nowhere_at_once_nobody_is_called(listed):
    outcomes, rows = listed(call(address="+18005550100"), hours={"*": hours("09:00-10:00")})
    assert (outcomes, rows) == (["no_hours"], [])


def test_hours_in_summer_and_winter():
    """Directive 2000/84/EC: summer time begins on the last Sunday of March."""
    allowed = hours("09:00-20:00")
    winter = common_hours(date(2026, 3, 28), ["Europe/Berlin"], allowed)
    summer = common_hours(date(2026, 3, 30), ["Europe/Berlin"], allowed)
    assert winter[0].astimezone(UTC) == datetime(2026, 3, 28, 8, tzinfo=UTC)
    assert summer[0].astimezone(UTC) == datetime(2026, 3, 30, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "9-20", "09:00-24:00", "20:00-09:00", "09:00-09:00", "09:60-10:00", "09:00 - 20:00"]
)
def test_what_are_no_hours(text):
    assert hours(text) is None
