"""One event of the stream: names, ids, moments, products and money, by whichever system wrote it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.engines.inbox_state import InboxRow, micros, moment
from patron.profile.event_words import EVENT_WORDS
from patron.sources.event_names import EVENT_NAMES, canonical
from patron.sources.stream import KINDS, Problem, read_event, validate

NOW = datetime(2025, 1, 15, 12, tzinfo=UTC)


def row(payload: object, kind: str = "track", **more: object) -> InboxRow:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return InboxRow(1, "m-1", "shop", kind, NOW, raw, **more)


def track(event: str, **properties: object) -> dict[str, object]:
    return {"userId": "ann", "event": event, "properties": properties}


def test_four_systems_call_an_order_differently_and_mean_the_same():
    lines = [{"product_id": "p-1", "price": 9.95, "quantity": 2}]
    said = {
        "Order Completed": track("Order Completed", order_id="o-1", revenue=19.9, currency="EUR", products=lines),
        "purchase": track(
            "purchase", transaction_id="o-1", value=19.9, currency="EUR",
            items=[{"item_id": "p-1", "price": 9.95, "quantity": 2}],
        ),
        "ecommerce.order_placed": track(
            "ecommerce.order_placed", order_id="o-1", total_value=19.9, currency="EUR", products=lines
        ),
        "checkout_completed": track(
            "checkout_completed",
            data={"checkout": {
                "order": {"id": "o-1"}, "totalPrice": {"amount": 19.9, "currencyCode": "EUR"},
                "lineItems": [
                    {"quantity": 2, "variant": {"product": {"id": "p-1"}, "price": {"amount": 9.95}}}
                ],
            }},
        ),
    }  # fmt: skip
    for name, call in said.items():
        event = read_event(row(call))
        assert (event.event, event.name) == ("order", name)
        assert (event.order_id, event.amount, event.currency) == ("o-1", Decimal("19.9"), "EUR"), name
        (product,) = event.products
        assert (product.product_id, product.price, product.quantity) == ("p-1", Decimal("9.95"), Decimal(2)), name
        assert event.product_id is None, "an order is about an order"


def test_a_view_and_a_cart_are_about_their_product():
    assert read_event(row(track("Product Viewed", product_id="p-1", price="9.95"))).amount == Decimal("9.95")
    added = read_event(row(track("add_to_cart", items=[{"item_id": "p-2", "price": 5, "quantity": 3}])))
    assert (added.event, added.product_id, added.amount) == ("cart_add", "p-2", Decimal(15))
    pixel = {"productVariant": {"product": {"id": "p-3"}, "price": {"amount": 7, "currencyCode": "EUR"}, "id": "v"}}
    seen = read_event(row(track("product_viewed", data=pixel)))
    assert (seen.event, seen.product_id, seen.products[0].variant, seen.currency) == ("product_view", "p-3", "v", "EUR")


@pytest.mark.parametrize(
    ("said", "sent", "meant"),
    [
        ("2025-01-15T11:00:00Z", None, NOW - timedelta(hours=1)),
        ("2025-01-15T12:00:00+02:00", None, NOW - timedelta(hours=2)),
        ("2025-01-15T11:00:00", None, NOW - timedelta(hours=1)),
        # a clock that is a day ahead, or years behind: what counts is how long before the sending it was
        ("2025-01-16T10:00:00Z", "2025-01-16T10:00:05Z", NOW - timedelta(seconds=5)),
        ("2001-01-01T00:00:00Z", "2001-01-01T01:00:00Z", NOW - timedelta(hours=1)),
        ("2025-01-15T11:00:00Z", "2025-01-15T10:00:00Z", NOW),  # sent before it was: it cannot be later than now
        ("2031-01-01T00:00:00Z", None, NOW),
        (None, "2025-01-15T11:00:00Z", NOW),
        ("0001-01-01T00:00:00+23:00", None, NOW),
    ],
)
def test_moments_are_corrected_for_the_senders_clock(said, sent, meant):
    call = {**track("x"), "timestamp": said}
    at = datetime.fromisoformat(sent) if sent else None
    assert read_event(row(call, sent_at=at)).occurred_at == meant


def test_the_original_timestamp_wins():
    call = {**track("x"), "timestamp": "2025-01-15T11:00:00Z", "originalTimestamp": "2025-01-15T10:00:00Z"}
    assert read_event(row(call)).occurred_at == NOW - timedelta(hours=2)


def test_a_campaign_stands_in_the_context_or_in_the_pages_address():
    context = {"campaign": {"source": "news", "medium": "email", "name": "may", "content": "a", "term": "t"}}
    told = read_event(row({"anonymousId": "a", "context": context}, "page"))
    assert (told.utm_source, told.utm_medium, told.utm_campaign, told.utm_content, told.utm_term) == (
        "news", "email", "may", "a", "t",
    )  # fmt: skip
    page = {"page": {"url": "https://shop.example/?utm_source=big%20one&utm_medium=cpc#x"}}
    read = read_event(row({"anonymousId": "a", "context": page}, "page"))
    assert (read.utm_source, read.utm_medium, read.channel, read.event) == ("big one", "cpc", "web", "page_view")


def test_what_a_batch_says_of_all_holds_where_the_event_says_nothing():
    shared = json.dumps({"gpc": True, "channel": "server", "page": {"url": "x"}}).encode()
    event = read_event(row({**track("x"), "context": {"channel": "app"}}, context=shared))
    assert (event.gpc, event.channel, event.context["page"]) == (True, "app", {"url": "x"})


def test_what_no_database_keeps_is_taken_out():
    raw = rb'{"userId": "a\u0000nn", "event": "x\ud800", "properties": {"k\u0000": ["\udc00v", 1]}}'
    event = read_event(row(raw))
    assert (event.user_id, event.name, event.properties) == ("ann", "x", {"k": ["v", 1]})


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = (
    "userId", "anonymousId", "event", "name", "timestamp", "originalTimestamp", "properties", "traits", "context",
    "groupId", "previousId", "messageId", "type",
)  # fmt: skip
INNER = (
    "product_id", "products", "items", "price", "quantity", "revenue", "value", "data", "checkout", "lineItems",
    "currency", "campaign", "page", "url", "gpc", "order_id", "productVariant", "cartLine", "cost", "totalAmount",
)  # fmt: skip
MEMBER = st.dictionaries(st.sampled_from(INNER), ANY | st.dictionaries(st.sampled_from(INNER), ANY, max_size=3))


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(st.sampled_from(MEMBERS), ANY | MEMBER), st.sampled_from(KINDS), st.booleans())
def test_whatever_somebody_sends_is_read(call, kind, sent):
    event = read_event(row(call, kind, sent_at=NOW if sent else None))
    assert event.kind == kind
    assert event.occurred_at <= event.received_at
    assert event.occurred_at.tzinfo is not None
    for text in (event.user_id, event.anonymous_id, event.name, event.product_id, event.order_id):
        assert text is None or text.encode()
    assert event.amount is None or event.amount.is_finite()


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"1e999999999", b'{"properties": {"value": 1e999999999}}',
                                 b'{"properties": {"value": 1%s}}' % (b"0" * 5_000), b"[" * 5_000,
                                 b'{"properties": {"value": NaN}}'])  # fmt: skip
def test_nothing_that_lies_in_the_inbox_stops_its_reader(raw):
    assert read_event(row(raw)).amount is None


@dataclass
class OneCall:
    type: object = "track"
    message_id: object = None
    user_id: object = "ann"
    anonymous_id: object = None
    previous_id: object = None
    group_id: object = None
    event: object = "x"
    timestamp: object = None
    original_timestamp: object = None


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (OneCall(), None),
        (OneCall(user_id=0), None),
        (OneCall(user_id=None, anonymous_id="a"), None),
        (OneCall(timestamp="2025-01-15T11:00:00Z"), None),
        (OneCall(type=None), "type"),
        (OneCall(type="batch"), "type"),
        (OneCall(user_id=None), "no_id"),
        (OneCall(user_id="", anonymous_id=""), "no_id"),
        (OneCall(anonymous_id="x" * 600), "id"),
        (OneCall(message_id="a\0"), "message_id"),
        (OneCall(event=None), "no_event"),
        (OneCall(event="e" * 600), "event"),
        (OneCall(type="group"), "no_group"),
        (OneCall(type="group", group_id="g" * 600), "id"),
        (OneCall(type="group", group_id=0), None),
        (OneCall(type="alias"), "no_previous"),
        (OneCall(type="alias", previous_id="a" * 600), "id"),
        (OneCall(type="alias", previous_id="a", user_id=None, anonymous_id="a"), "no_previous"),
        (OneCall(type="alias", previous_id="a"), None),
        (OneCall(type="page", event=None), None),
        (OneCall(original_timestamp="soon"), "timestamp"),
    ],
)
def test_each_rule_of_the_specification_has_its_reason(call, reason):
    found = validate(call)
    assert found == (None if reason is None else Problem(reason))
    assert found is None or len(str(found)) > 20


def test_names_are_canonical_in_each_spelling_and_belong_to_one_name_alone():
    every = [spelling for spellings in EVENT_NAMES.values() for spelling in spellings]
    assert len(every) == len(set(every))
    for name, spellings in EVENT_NAMES.items():
        assert canonical(name) == name
        assert {canonical(one) for one in spellings} == {name}
    assert canonical("Müsli gekauft") == "Müsli gekauft"


def test_every_kind_that_is_counted_knows_the_canonical_names():
    counted = {word for words in EVENT_WORDS.values() for word in words}
    wanted = ("page_view", "product_view", "search", "cart_add", "checkout_start", "payment_info", "order")
    assert all(name.replace("_", "") in counted for name in wanted)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_is_kept_to_the_microsecond(value):
    assert moment(micros(value)) == value
