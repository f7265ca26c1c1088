"""What is known of customers reaches HubSpot, Klaviyo and Braze: who changed, who may be told of, and once."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from crm_servers import TOKEN, BrazeWorkspace, HubSpotAccount, KlaviyoAccount, serving
from delivering_shop import DAY, GOLDEN, MORNING, delivering_shop, publish
from outbox_rows import leaving
from patron.engines.database import writing
from patron.engines.delivery_tables import OUTBOX
from patron.engines.destination_tables import WRITTEN_PROFILES
from patron.engines.holdout_state import HeldSince, remember_holdouts
from patron.engines.preference_state import Preference, keep_preference
from patron.engines.state import State
from patron.pipeline import Project, open_project
from patron.pipeline.activating import activate_once
from patron.pipeline.filling.filled import Filled
from patron.pipeline.filling.profiles import profiles, superseded
from patron.privacy.statements import Statement, state_consent

SETTINGS = """\
name: Tea
currency: EUR
timezone: Europe/Paris
sources: {{customers: {{path: customers.csv}}}}
identity: {{country: FR}}
destinations:
  hubspot: {{type: hubspot, token: {token}, url: {hubspot}, profile: {{}}}}
  klaviyo:
    type: klaviyo
    key: {token}
    url: {klaviyo}
    profile: {{fields: [tier, past_value, lapse_chance, held_out]}}
  braze: {{type: braze, key: {token}, url: {braze}, profile: {{fields: [tier, preferred_channel, next_action]}}}}
"""

YES = {"purpose": "marketing", "channel": "all", "allowed": True, "since": DAY}


def known(**more: Any) -> dict[str, Any]:
    """Return the tables of a run in which ann is a gold customer."""
    return {
        "profiles": [
            {"customer_id": one, "orders": 3, "margin": Decimal("1234.56"), "last_order_on": date(2026, 2, 20)}
            for one in GOLDEN
        ],
        "forecasts": [
            {"customer_id": "ann", "predicted_value": 387.13, "value_low": 12.34, "value_high": 912.0}
        ],
        "memberships": [
            {"customer_id": "ann", "segmentation": "tier", "segment": "gold"},
            {"customer_id": "ann", "segmentation": "rfm", "segment": "champions"},
            {"customer_id": "bob", "segmentation": "tier", "segment": "bronze"},
        ],
        "stages": [{"customer_id": "ann", "stage": "loyal"}],
        "propensities": [
            {"customer_id": "ann", "target": "lapses", "horizon_days": 90, "probability": 0.2345},
            {"customer_id": "ann", "target": "lapses", "horizon_days": 365, "probability": 0.9},
        ],
        "next_products": [{"customer_id": "ann", "rank": 1, "product_id": "p1", "product_name": "Green tea"}],
        "next_actions": [
            {"customer_id": "ann", "does": "wait", "trigger": "cart", "action": "remind", "channel": "email",
             "reason": "outbid", "evidence": "measured", "signal": "cart_abandoned"},
            {"customer_id": "bob", "does": "held_out", "action": "remind", "channel": "email", "held_by": "global"},
        ],
        **more,
    }  # fmt: skip


class Accounts:
    def __init__(self) -> None:
        self.hubspot, self.klaviyo, self.braze = HubSpotAccount(), KlaviyoAccount(), BrazeWorkspace()


@pytest.fixture
def accounts():
    made = Accounts()
    yield made
    assert made.hubspot.wrong + made.klaviyo.wrong + made.braze.wrong == []


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A shop with its run, to be copied: to make one takes a second."""
    nowhere = SETTINGS.format(token=TOKEN, hubspot="http://h", klaviyo="http://k", braze="http://b")
    return delivering_shop(tmp_path_factory.mktemp("shops") / "shop", settings=nowhere, **known()).folder


@pytest.fixture
def shop(tmp_path, template, accounts):
    with serving(accounts.hubspot) as first, serving(accounts.klaviyo) as second, serving(accounts.braze) as third:
        folder = tmp_path / "shop"
        shutil.copytree(template, folder)
        settings = SETTINGS.format(token=TOKEN, hubspot=first.url, klaviyo=second.url, braze=third.url)
        (folder / "patron.yaml").write_text(settings)
        yield open_project(folder)


@pytest.fixture
def state(shop):
    with shop.state() as state:
        yield state


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request, shop):
    """The shop's operational database, on each of the two."""
    if request.param == "sqlite":
        with shop.state() as state:
            yield state
    else:
        with State.open(request.getfixturevalue("migrated_database")) as state:
            yield state


def filled(shop: Project, state: State, now: datetime = MORNING) -> Filled:
    return profiles(shop, state, now=now)


def delivered(shop: Project, state: State, now: datetime = MORNING) -> None:
    activate_once(shop, state, clock=lambda: now)


def states(state: State) -> dict[tuple[str, str, str], str | None]:
    with state.engine.connect() as connection:
        rows = connection.execute(select(OUTBOX).order_by(OUTBOX.c.made_at))
        return {(row.destination, row.customer_id, row.delivery_id): row.state for row in rows}


def test_what_a_run_knows_is_told_in_each_systems_own_words(shop, state, accounts):
    delivered(shop, state)
    ann = accounts.hubspot.contacts["ann.lee@example.com"]
    assert {name.removeprefix("patron_"): value for name, value in ann.items() if name.startswith("patron_")} == {
        "predicted_value": "387.0", "predicted_value_low": "12.3", "predicted_value_high": "912.0",
        "past_value": "1230.0", "orders": "3", "last_order_on": "2026-02-20", "lapse_chance": "0.23", "tier": "gold",
        "rfm": "champions", "stage": "loyal", "next_product": "p1", "next_action": "remind", "next_channel": "email",
        "next_action_reason": ann["patron_next_action_reason"], "preferred_channel": "", "held_out": "false",
    }  # fmt: skip
    assert ann["patron_next_action_reason"]
    assert accounts.klaviyo.profiles["ann"] == {
        "external_id": "ann", "email": "ann.lee@example.com", "phone_number": "+33700900123",
        "properties": {"patron_tier": "gold", "patron_past_value": 1230.0, "patron_lapse_chance": 0.23,
                       "patron_held_out": False},
    }  # fmt: skip
    assert accounts.braze.users["ann"]["patron_tier"] == "gold"
    assert set(states(state).values()) == {"delivered"}


def test_who_has_no_address_is_left_out_where_people_are_known_by_it(shop, state, accounts):
    counted = filled(shop, state)
    assert counted.made == {"hubspot": 2, "klaviyo": 4, "braze": 4}
    assert counted.left_out == {"no_address": 2}


def test_what_has_not_changed_is_told_once(shop, state, accounts):
    delivered(shop, state)
    for now in (MORNING, MORNING + timedelta(hours=1), MORNING + timedelta(days=3)):
        assert filled(shop, state, now).made == {}
    publish(shop, **known())  # another run that says the same
    assert filled(shop, state).made == {}


def test_who_has_changed_is_told_again_and_a_change_of_no_meaning_is_none(shop, either, accounts):
    state = either
    delivered(shop, state)
    forecasts = [{"customer_id": "ann", "predicted_value": 387.4, "value_low": 12.31, "value_high": 912.3}]
    memberships = [{"customer_id": "bob", "segmentation": "tier", "segment": "silver"}, *known()["memberships"][:2]]
    publish(shop, **known(forecasts=forecasts, memberships=memberships))
    assert filled(shop, state, MORNING + timedelta(hours=1)).made == {"hubspot": 1, "klaviyo": 1, "braze": 1}
    delivered(shop, state, MORNING + timedelta(hours=1))
    assert accounts.hubspot.contacts["bob@example.com"]["patron_tier"] == "silver"


def test_back_to_what_it_was_is_a_change_too(shop, state, accounts):
    delivered(shop, state)
    changed = known(memberships=[{"customer_id": "ann", "segmentation": "tier", "segment": "silver"}])
    for hour, tables in enumerate((changed, known()), start=1):
        publish(shop, **tables)
        delivered(shop, state, MORNING + timedelta(hours=hour))
    assert accounts.braze.users["ann"]["patron_tier"] == "gold"


def test_who_is_held_out_is_named_and_what_a_holdout_keeps_back_is_not_told(shop, state, accounts):
    remember_holdouts(state, [HeldSince(name="global", since=DAY, share=0.999, salt="holdout:global")])
    delivered(shop, state)
    assert accounts.hubspot.contacts["bob@example.com"]["patron_held_out"] == "true"
    assert accounts.hubspot.contacts["bob@example.com"]["patron_next_action"] == "nothing"
    assert accounts.hubspot.contacts["bob@example.com"]["patron_next_channel"] == ""


@pytest.mark.parametrize("right", ["restriction", "objection_profiling"])
def test_who_may_not_be_profiled_is_not_told_of(tmp_path, accounts, right, shop, state):
    reason = "restricted" if right == "restriction" else "objected"
    no = {"customer_id": "ann", "purpose": "*" if right == "restriction" else "profiling", "channel": "all",
          "allowed": False, "reason": reason, "since": DAY}  # fmt: skip
    publish(shop, **known(consents=[no]))
    counted = filled(shop, state)
    assert counted.made == {"hubspot": 1, "klaviyo": 3, "braze": 3}
    assert counted.left_out["restricted" if right == "restriction" else "no_profiling"] == 3
    delivered(shop, state)
    assert "ann" not in accounts.braze.users


def test_who_objects_to_profiling_is_taken_back(shop, state, accounts):
    delivered(shop, state)
    later = MORNING + timedelta(hours=2)
    say_no(state, "ann", "profiling", "all", later)
    assert filled(shop, state, later).made == {"hubspot": 1, "klaviyo": 1, "braze": 1}
    delivered(shop, state, later)
    assert accounts.klaviyo.profiles["ann"]["properties"] == {
        "patron_tier": None, "patron_past_value": None, "patron_lapse_chance": None, "patron_held_out": None
    }  # fmt: skip
    assert accounts.hubspot.contacts["ann.lee@example.com"]["patron_tier"] == ""
    assert filled(shop, state, later + timedelta(days=1)).made == {}


def test_who_revokes_here_has_left_there_within_one_filling(shop, either, accounts):
    state = either
    delivered(shop, state)
    later = MORNING + timedelta(hours=2)
    say_no(state, "bob", "marketing", "email", later)
    assert filled(shop, state, later).made == {"hubspot": 1, "klaviyo": 1, "braze": 1}
    delivered(shop, state, later)
    assert accounts.hubspot.left == {"bob@example.com"}
    assert accounts.klaviyo.left == {"email": {"bob@example.com"}}
    assert accounts.braze.users["bob"]["email_subscribe"] == "unsubscribed"
    assert "push_subscribe" not in accounts.braze.users["bob"]
    assert accounts.braze.users["bob"]["patron_tier"] == "bronze"  # she may be told of all the same


def test_who_comes_back_is_not_subscribed_for_her(shop, state, accounts):
    delivered(shop, state)
    say_no(state, "bob", "marketing", "email", MORNING + timedelta(hours=2))
    delivered(shop, state, MORNING + timedelta(hours=2))
    say_no(state, "bob", "marketing", "email", MORNING + timedelta(hours=4), status="granted")
    filled(shop, state, MORNING + timedelta(hours=4))
    delivered(shop, state, MORNING + timedelta(hours=4))
    assert accounts.klaviyo.left == {"email": {"bob@example.com"}}
    say_no(state, "bob", "marketing", "email", MORNING + timedelta(hours=6))
    assert filled(shop, state, MORNING + timedelta(hours=6)).made["klaviyo"] == 1  # a second no is told again


def test_what_she_prefers_is_told(shop, state, accounts):
    delivered(shop, state)
    later = MORNING + timedelta(hours=1)
    with writing(state.engine) as connection:
        keep_preference(connection, "ann", Preference(channel="sms"), now=later)
    delivered(shop, state, later)
    assert accounts.braze.users["ann"]["patron_preferred_channel"] == "sms"


def test_an_address_of_two_customers_names_neither(shop, state, accounts):
    golden = [{"customer_id": one, "attribute": "email", "value": "two@example.com"} for one in ("ann", "bob")]
    publish(shop, **known(golden_records=golden))
    counted = filled(shop, state)
    assert counted.left_out == {"shared_address": 2, "no_address": 2}
    assert counted.made == {"klaviyo": 4, "braze": 4}


def test_something_newer_takes_the_place_of_what_waits(shop, either, accounts):
    state = either
    assert filled(shop, state).made["braze"] == 4
    publish(shop, **known(memberships=[{"customer_id": "ann", "segmentation": "tier", "segment": "silver"}]))
    filled(shop, state, MORNING + timedelta(minutes=5))
    ann = [one for (name, who, _), one in states(state).items() if (name, who) == ("braze", "ann")]
    assert sorted(map(str, ann)) == ["cancelled", "waiting"]
    delivered(shop, state, MORNING + timedelta(minutes=5))
    assert accounts.braze.users["ann"]["patron_tier"] == "silver"


def test_an_old_one_that_is_tried_again_is_known_to_be_old(shop, state):
    filled(shop, state)
    with state.engine.connect() as connection:
        [(current,)] = connection.execute(
            select(WRITTEN_PROFILES.c.delivery_id).where(
                WRITTEN_PROFILES.c.destination == "braze", WRITTEN_PROFILES.c.customer_id == "ann"
            )
        )
        told = [leaving("older", kind="profile"), leaving(current, kind="profile"), leaving("m1")]
        assert superseded(connection, told, destination="braze") == {"older": "superseded"}


@pytest.mark.parametrize("ended", ["dead", "cancelled", "expired"])
def test_what_was_never_taken_is_told_again_the_next_day(shop, state, ended):
    filled(shop, state)
    with writing(state.engine) as connection:
        connection.execute(update(OUTBOX).where(OUTBOX.c.destination == "klaviyo").values(state=ended))
    assert filled(shop, state, MORNING + timedelta(hours=1)).made == {}
    assert filled(shop, state, MORNING + timedelta(days=1)).made == {"klaviyo": 4}


def say_no(
    state: State, customer_id: str, purpose: str, channel: str, at: datetime, *, status: str = "revoked"
) -> None:
    said = Statement(
        customer_id=customer_id, purpose=purpose, channel=channel, status=status,
        given_at=at.replace(tzinfo=None), source="preference_centre",
    )  # fmt: skip
    state_consent(state, [said], today=at.date())
