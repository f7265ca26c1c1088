"""One event of the server -> rows of sources: every kind of call, and what is never guessed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox_calls import NOON, call
from patron.contracts.raw import FIELDS
from patron.sources.collected import COLUMNS, NUMBER, SCHEMAS, rows_of, tables_of
from patron.sources.collected.bought import shared
from patron.sources.collected.row import moment_said, written
from patron.sources.collected.spoken import message_of
from patron.sources.stream import read_event

AT = "2026-03-01T12:00:00.000000Z"


def said(kind: str, **body: Any) -> dict[str, list[dict[str, str]]]:
    """Return the rows of one call by source."""
    found: dict[str, list[dict[str, str]]] = {}
    for source, row in rows_of(read_event(call(kind, **body))):
        found.setdefault(source, []).append(row)
    return found


def test_a_page_of_a_visitor_is_an_event_alone():
    rows = said("page", anonymousId="A", name="Home", context={"campaign": {"source": "google", "medium": "cpc"}})
    assert rows == {
        "events": [
            {
                "occurred_at": AT, "event": "page_view", "event_id": "m1", "anonymous_id": "A", "channel": "web",
                "utm_source": "google", "utm_medium": "cpc",
            }
        ]
    }  # fmt: skip


def test_who_signs_in_is_a_customer_and_her_browser_is_known():
    rows = said(
        "identify", anonymousId="A", userId="u1",
        traits={"email": "ann@x.test", "firstName": "Ann", "birthday": "1980-05-01T00:00:00Z", "createdAt": 1577836800,
                "address": {"country": "DE", "postalCode": "10115"}},
    )  # fmt: skip
    assert rows["customers"] == [
        {
            "customer_id": "u1", "email": "ann@x.test", "given_name": "Ann", "birth_date": "1980-05-01",
            "acquired_on": "2020-01-01T00:00:00.000000Z", "country": "DE", "postal_code": "10115", "updated_on": AT,
        }
    ]  # fmt: skip
    assert {(one["kind"], one["value"]) for one in rows["identifiers"]} == {("device_id", "A"), ("email", "ann@x.test")}
    assert [one["customer_id"] for one in rows["events"]] == ["u1"]


def test_a_shop_system_that_names_customers_makes_no_visits():
    assert set(said("identify", userId="u1", traits={"email": "ann@x.test"})) == {"customers", "identifiers"}
    assert said("group", userId="u1", groupId="g") == {}


def test_an_alias_ties_the_browser_to_the_user():
    rows = said("alias", userId="u1", previousId="A")
    assert [(one["kind"], one["value"]) for one in rows["identifiers"]] == [("device_id", "A")]
    assert [(one["customer_id"], one["anonymous_id"]) for one in rows["events"]] == [("u1", "A")]


def test_a_visitor_without_user_id_is_no_customer():
    assert set(said("identify", anonymousId="A", traits={"email": "ann@x.test"})) == set()


ORDER = {
    "order_id": "o1", "discount": 1, "currency": "EUR",
    "products": [{"product_id": "p", "price": 10, "quantity": 2}, {"product_id": "q", "price": 10}],
}  # fmt: skip


def test_an_order_is_lines_with_its_discount_shared_and_an_event():
    rows = said("track", userId="u1", event="Order Completed", properties=ORDER)
    assert [(one["product_id"], one["quantity"], one["discount"]) for one in rows["order_lines"]] == [
        ("p", "2", "0.67"), ("q", "1", "0.33"),
    ]  # fmt: skip
    assert rows["events"][0]["event"] == "order"


def test_a_refund_is_negative_and_an_order_without_products_one_line():
    refund = said("track", userId="u1", event="Order Refunded", properties={"order_id": "o1", "total": 12.5})
    assert [(one["quantity"], one["amount"]) for one in refund["order_lines"]] == [("-1", "-12.5")]
    whole = said("track", userId="u1", event="Order Completed", properties={"order_id": "o2", "total": 30})
    assert [(one["quantity"], one["amount"]) for one in whole["order_lines"]] == [("1", "30")]


@given(
    st.integers(0, 10_000),
    st.lists(st.integers(0, 500_000).map(lambda cents: Decimal(cents) / 100), min_size=1, max_size=8),
)
def test_shares_of_a_discount_add_up_to_it(cents, amounts):
    whole = Decimal(cents) / 100
    shares = shared(whole, amounts)
    assert sum(shares) == (whole if sum(amounts) > 0 else 0)
    assert all(share >= 0 for share in shares)


@pytest.mark.parametrize(
    ("name", "channel", "happened"),
    [
        ("Email Delivered", "email", "delivered"), ("Email Opened", "email", "opened"),
        ("Email Link Clicked", "email", "clicked"), ("Email Bounced", "email", "bounced"),
        ("Email Marked as Spam", "email", "unsubscribed"), ("Unsubscribed", None, "unsubscribed"),
        ("Push Notification Tapped", "push", "clicked"), ("Received SMS", "sms", "delivered"),
        ("Clicked Email", "email", "clicked"),
    ],
)  # fmt: skip
def test_events_that_speak_of_messages(name, channel, happened):
    spoken = message_of(name)
    assert spoken is not None
    assert (spoken.channel, spoken.happened) == (channel, happened)


@pytest.mark.parametrize("name", ["Product Clicked", "Read", "Email", "Video Opened", "Emailed Friend Invited", ""])
def test_events_that_speak_of_something_else(name):
    assert message_of(name) is None


def test_a_message_event_is_a_message_and_no_visit():
    rows = said("track", userId="u1", event="Email Opened", properties={"message_id": "s1", "campaign_name": "May"})
    assert rows == {
        "messages": [
            {
                "message_id": "s1", "customer_id": "u1", "event": "opened", "occurred_at": AT, "channel": "email",
                "campaign": "May",
            }
        ]
    }  # fmt: skip


def test_whoever_unsubscribes_has_withdrawn_though_the_message_is_not_known():
    rows = said("track", userId="u1", event="Unsubscribed")
    assert set(rows) == {"consents"}
    assert [(one["status"], one["purpose"], one["channel"]) for one in rows["consents"]] == [
        ("revoked", "marketing", "email"),
    ]  # fmt: skip


def test_feedback_to_a_decision_is_an_event_alone():
    """What was shown stands in the log of decisions; every product that is shown would count as a contact."""
    assert set(said("track", userId="u1", event="Decision Shown", properties={"decision_id": "d1"})) == {"events"}


def test_a_browser_that_objects_says_no_to_advertising():
    rows = [row for source, row in rows_of(read_event(call("page", anonymousId="A", gpc=True))) if source == "consents"]
    assert [(one["status"], one["purpose"], one["signal"]) for one in rows] == [("denied", "advertising", "gpc=1")]


def test_preferences_are_a_statement_each_and_only_true_is_a_yes():
    told = {"Advertising": True, "Analytics": False, "DataSharing": "yes"}
    rows = said(
        "track", userId="u1", event="Segment Consent Preference Updated",
        context={"consent": {"categoryPreferences": told}},
    )  # fmt: skip
    assert {(one["purpose"], one["status"]) for one in rows["consents"]} == {
        ("Advertising", "granted"), ("Analytics", "denied"), ("sharing", "denied"),
    }  # fmt: skip


def test_moments_are_written_in_one_shape():
    assert written(NOON.astimezone()) == AT
    assert moment_said("2020-01-01") == "2020-01-01T00:00:00.000000Z"
    assert moment_said(1577836800000) == "2020-01-01T00:00:00.000000Z"
    assert moment_said("soon") is None
    assert moment_said(10**30) is None


@pytest.mark.parametrize("source", COLUMNS)
def test_every_part_holds_only_columns_that_are_read(source):
    known = {one.name for one in FIELDS[source]} | {"anonymous_id", "says", "event_id"}
    assert set(COLUMNS[source]) <= known
    assert SCHEMAS[source].names == [NUMBER, *COLUMNS[source]]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["Order Completed", "Order Refunded", "Order Cancelled", "Email Opened", "Unsubscribed", "Consent Given",
     "Consent Preference Updated", "Decision Shown", "x"]
)  # fmt: skip
FIELD_NAMES = st.sampled_from(
    ["products", "discount", "total", "order_id", "message_id", "consent", "categoryPreferences", "email", "address",
     "createdAt", "birthday", "decision_id", "purpose"]
)  # fmt: skip


@given(
    st.sampled_from(["track", "identify", "page", "alias", "group"]), NAMES,
    st.dictionaries(FIELD_NAMES, JSON, max_size=4), st.dictionaries(FIELD_NAMES, JSON, max_size=4),
)  # fmt: skip
def test_whatever_an_event_says_it_is_rows_of_text(kind, name, properties, traits):
    event = read_event(
        call(kind, NOON + timedelta(days=1), event=name, userId="u", properties=properties, traits=traits)
    )
    for source, row in rows_of(event):
        assert set(row) <= set(COLUMNS[source])
        assert all(isinstance(value, str) and value for value in row.values())
    assert set(tables_of([event])) == set(COLUMNS)
