"""When a live trigger fires: by the clock, and about what."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.decisions.triggers.live_rule import LiveRule, Schedule, cancels, free_again, subjects_of
from patron.sources.stream import StreamEvent, StreamProduct

THEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
MOMENTS = st.integers(0, 3 * 366 * 86_400).map(lambda past: THEN + timedelta(days=-400, seconds=past))
ZONES = ("UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")


def event(**said):
    shared = {"number": 1, "message_id": "m", "source": "web", "kind": "track", "event": "cart_add"}
    return StreamEvent(**shared, occurred_at=THEN, received_at=THEN, **said)


@given(
    MOMENTS, st.times(),
    st.sets(st.integers(0, 6), min_size=1), st.sampled_from(ZONES),
)  # fmt: skip
def test_a_schedule_goes_on_from_day_to_day(moment, at, days, zone):
    times = Schedule(at=at.replace(microsecond=0, fold=0), days=tuple(sorted(days)), zone=zone)
    found = times.after(moment)
    assert moment < found <= moment + timedelta(days=9)
    assert times.after(found) > found
    assert times.after(found - timedelta(microseconds=1)) == found  # nothing between is left out
    local = found.astimezone(ZoneInfo(zone))
    wanted = datetime.combine(local.date(), times.at, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    shift = abs(wanted - found)
    assert shift <= timedelta(hours=1)
    assert shift or local.weekday() in days


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-28T12:00", "2026-03-29T01:30"),  # 02:30 is left out that night in Paris: taken as 03:30
        ("2026-10-24T12:00", "2026-10-25T00:30"),  # and comes twice: the first counts
    ],
)
def test_the_nights_on_which_the_clock_is_changed(now, expected):
    nightly = Schedule(at=time(2, 30), zone="Europe/Paris")
    found = nightly.after(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_what_an_event_is_about():
    both = event(products=(StreamProduct(product_id="a"), StreamProduct(product_id="b"), StreamProduct(product_id="a")))
    assert subjects_of(both, "product") == ("a", "b")
    assert subjects_of(event(), "product") == ("",)
    assert subjects_of(event(cart_id="7", order_id="9"), "cart") == ("7",)
    assert subjects_of(event(order_id="9"), "order") == ("9",)
    assert subjects_of(event(order_id="9"), "customer") == ("",)


@pytest.mark.parametrize(
    ("said", "key", "subject", "expected"),
    [
        ({"cart_id": "7"}, "cart", "7", True),
        ({"cart_id": "8"}, "cart", "7", False),
        ({}, "cart", "7", True),  # an order that names no cart is of any
        ({"cart_id": "8"}, "cart", "", True),
        ({"products": (StreamProduct(product_id="a"),)}, "product", "a", True),
        ({"products": (StreamProduct(product_id="a"),)}, "product", "b", False),
    ],
)
def test_what_an_event_speaks_against(said, key, subject, expected):
    assert cancels(event(**said), key, subject) is expected


def test_when_it_may_fire_again():
    week = timedelta(days=7)
    assert free_again(LiveRule(again=None), [], THEN)
    assert not free_again(LiveRule(again=None), [THEN - timedelta(days=900)], THEN)
    assert free_again(LiveRule(), [THEN], THEN)
    assert free_again(LiveRule(again=week), [THEN - week], THEN)
    assert not free_again(LiveRule(again=week), [THEN - 2 * week, THEN - week + timedelta(seconds=1)], THEN)
