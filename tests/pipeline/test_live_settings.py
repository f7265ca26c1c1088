"""What the settings may say of live triggers."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from pydantic import ValidationError

from patron.errors import ConditionError
from patron.pipeline.check_triggers import check_triggers
from patron.pipeline.live_settings import LiveSettings
from patron.pipeline.settings import Settings

SHOP = {"name": "shop", "currency": "EUR", "sources": {"orders": {"path": "orders.csv"}}, "timezone": "Europe/Paris"}


def shop(**live):
    trigger = {"live": live, "action": "remind", "holdout": "10%", "state": "scaled"}
    return Settings.model_validate(SHOP | {"triggers": {"cart": trigger}})


def rule(**live):
    return shop(**live).launched["cart"].bound("cart", timezone="Europe/Paris").rule


def test_a_cart_that_is_left():
    found = rule(events=["cart_add"], after="4h", unless=["order"], key="cart", again="7d", expires="36h")
    assert (found.events, found.after, found.unless, found.key) == (
        ("cart_add",),
        timedelta(hours=4),
        ("order",),
        "cart",
    )
    assert (found.again, found.expires, found.schedule) == (timedelta(days=7), timedelta(hours=36), None)


def test_by_the_clock():
    found = rule(at="18:30", days=["monday", "friday"]).schedule
    assert (found.at, found.days, found.zone) == (time(18, 30), (0, 4), "Europe/Paris")
    assert rule(at="09:00").schedule.days == (0, 1, 2, 3, 4, 5, 6)
    assert rule(at="09:00", days="weekdays").schedule.days == (0, 1, 2, 3, 4)


@pytest.mark.parametrize(
    "live",
    [
        {"events": ["cart_add"], "after": "90m", "unless": ["order"], "again": "once"},
        {"at": "09:00", "days": "tuesday", "expires": "45s"},
    ],
)
def test_what_a_manifest_keeps_is_read_again(live):
    said = LiveSettings.model_validate(live)
    assert LiveSettings.model_validate(said.model_dump(mode="json")) == said


@pytest.mark.parametrize(
    ("live", "words"),
    [
        ({}, "either `events`"),
        ({"events": ["order"], "at": "09:00"}, "either `events`"),
        ({"at": "09:00", "where": "amount > 1"}, "beside `at`"),
        ({"events": ["cart_add"], "unless": ["order"]}, "`after`"),
        ({"events": ["cart_add"], "after": "4"}, "30m"),
        ({"events": ["cart_add"], "after": "400d"}, "up to a year"),
        ({"events": ["cart_add"], "expires": "0h"}, "needs time"),
        ({"at": "09:00", "days": ["mon"]}, "monday"),
        ({"at": "25:00"}, "09:00"),
        ({"events": ["cart_add"], "key": "basket"}, "customer"),
        ({"events": ["cart_add"], "afer": "4h"}, "afer"),
    ],
)
def test_what_cannot_be_is_told(live, words):
    with pytest.raises(ValidationError) as caught:
        shop(**live)
    assert words in str(caught.value)


def test_without_a_cause_nothing_fires():
    with pytest.raises(ValidationError, match="live"):
        Settings.model_validate(SHOP | {"triggers": {"cart": {"action": "remind", "holdout": "10%"}}})


def test_a_condition_over_the_event_is_read_before_anything_is_computed():
    check_triggers(shop(events=["order"], where="amount > 50 AND currency = 'EUR'"))
    with pytest.raises(ConditionError) as caught:
        check_triggers(shop(events=["order"], where="amuont > 50"))
    assert "triggers.cart.live.where" in str(caught.value)
    assert "amount" in str(caught.value)
