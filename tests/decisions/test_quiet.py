"""Nobody is disturbed in her quiet hours, whatever the country, the zone, the season and the channel."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.decisions import Hours, Quiet, sending_moment

CLOCKS = st.times().map(lambda one: one.replace(minute=one.minute // 15 * 15, second=0, microsecond=0))


@settings(max_examples=40, deadline=None)
@given(
    begins=CLOCKS, ends=CLOCKS, hour=CLOCKS, days=st.sets(st.integers(0, 6), max_size=6),
    country=st.sampled_from(["DE", "US", "IN", "AU", "RU", "NP", ""]), channel=st.sampled_from(["sms", "email"]),
    on=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)  # fmt: skip
def test_a_message_never_comes_in_a_quiet_hour(
    begins: time, ends: time, hour: time, days: set[int], country: str, channel: str, on: date
) -> None:
    quiet = Quiet(begins=begins, ends=ends, days=tuple(days))
    hours = Hours(zone="Europe/London", hour=hour, quiet={"": quiet})
    found = sending_moment(hours, country=country, channel=channel, on=on)
    if found is None:
        return
    day, moment = found
    assert day >= on
    utc = moment.replace(tzinfo=ZoneInfo("Europe/London"))
    for zone in hours.zones(country):
        local = utc.astimezone(ZoneInfo(zone))
        assert local.date() == day
        if channel == "sms":
            assert not quiet.holds(local, channel=channel)
            assert local.weekday() not in days


@pytest.mark.parametrize(
    ("country", "on", "moment"),
    [
        ("GB", date(2026, 3, 2), datetime.fromisoformat("2026-03-02T10:00")),
        ("DE", date(2026, 3, 2), datetime.fromisoformat("2026-03-02T09:00")),  # ten o'clock there
        ("DE", date(2026, 10, 25), datetime.fromisoformat("2026-10-26T09:00")),  # a Sunday, on which clocks change
        (
            "US",
            date(2026, 3, 2),
            datetime.fromisoformat("2026-03-02T20:00"),
        ),  # ten o'clock on the Aleutians, and nowhere too late
        ("", date(2026, 3, 2), datetime.fromisoformat("2026-03-02T10:00")),
    ],
)
def test_the_first_moment_after_the_quiet_hours(country: str, on: date, moment: datetime) -> None:
    hours = Hours(zone="Europe/London", quiet={"": Quiet(begins=time(22), ends=time(10), days=(6,))})
    found = sending_moment(hours, country=country, channel="push", on=on)
    assert found is not None
    assert found[1] == moment


def test_a_country_may_differ_and_a_week_of_silence_is_never_broken() -> None:
    never = Quiet(days=tuple(range(7)))
    hours = Hours(quiet={"": Quiet(), "FR": never, "CA": Quiet(zone="America/Toronto")})
    on = date(2026, 3, 2)
    assert sending_moment(hours, country="FR", channel="sms", on=on) is None
    assert sending_moment(hours, country="FR", channel="email", on=on) == (
        on,
        datetime.fromisoformat("2026-03-02T08:00"),
    )
    assert sending_moment(hours, country="CA", channel="sms", on=on) == (on, datetime.fromisoformat("2026-03-02T14:00"))
    assert not Quiet(begins=time(9), ends=time(9)).holds(datetime.fromisoformat("2026-03-02T09:00"), channel="sms")
