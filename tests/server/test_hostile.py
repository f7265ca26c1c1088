# ruff: noqa: E501 - hostile lines read best one to a line
"""Values that no database takes, moments that no calendar has: refused or worked, on both databases, never a fault."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from app_client import AppClient
from patron.engines.inbox_state import events_after
from patron.engines.lease_state import worked_to
from patron.privacy.tokens import create_token
from patron.server.app import create_app
from patron.server.stream import StreamWorker
from patron.server.stream.worker import NAME

JSON = {"content-type": "application/json"}
BODIES = {
    "/v1/privacy/consents": [
        r'{"customer_id": "a\u0000b", "purpose": "marketing", "status": "denied"}',
        r'{"customer_id": "\ud800", "purpose": "marketing", "status": "denied"}',
        r'{"customer_id": "ann", "purpose": "marketing", "status": "denied", "given_at": "9999-12-31T23:59:59-14:00"}',
    ],
    "/v1/privacy/requests": [
        r'{"kind": "access", "customer_id": "a\u0000b"}',
        r'{"kind": "access", "customer_id": 1e99}',
    ],
    "/v1/decisions": [
        r'{"anonymous_id": "a\u0000b", "placements": [{"name": "x", "kind": "message", "n": 1}]}',
        r'{"user_id": "\ud800", "placements": [{"name": "x", "kind": "products", "n": 1}]}',
        r'{"user_id": "ann", "placements": [{"name": "\u0000", "kind": "products", "n": 99999999999999999999}]}',
    ],
}
PATHS = (
    "/v1/customers/%F0%9F%98%80", "/v1/customers/%ED%A0%80", "/v1/customers/..%2f..%2fetc%2fpasswd",
    "/v1/customers/{{7*7}}", "/v1/customers/'%20OR%201=1%20--", "/v1/customers?email='%20OR%201=1%20--",
    "/v1/customers/a%0d%0aSet-Cookie:%20x=1", "/v1/runs/..%2f..", "/v1/tables/..%2f..%2fstate",
    "/v1/customers?limit=99999999999999999999", "/v1/privacy/requests?cursor=bm90aGluZw", "/v1/tables/profiles?x=%00",
)  # fmt: skip
EVENTS = (
    r'{"userId": "ann", "event": "x", "properties": {"cart_id": "a\u0000b", "product_id": "\u0000"}}',
    r'{"userId": "ann", "event": "Product Added", "properties": {"price": 1e999, "quantity": -1e308, "currency": "\u0000"}}',
    r'{"userId": "ann", "event": "Order Completed", "properties": {"order_id": "o\u0000", "total": "NaN", "products": [{"price": "Infinity"}]}}',
    r'{"userId": "ann", "event": "x", "timestamp": "9999-12-31T23:59:59Z", "sentAt": "0001-01-01T00:00:00Z"}',
    r'{"userId": "ann", "event": "x", "timestamp": "0001-01-01T00:00:00Z", "sentAt": "9999-12-31T23:59:59Z"}',
    r'{"userId": "ann", "event": "x", "timestamp": "0001-01-01T00:00:00+14:00"}',
    r'{"userId": "ann", "event": "x\ud800", "context": {"campaign": {"source": "\u0000\udfff"}, "sessionId": "s\u0000"}}',
    r'{"anonymousId": "\ud83d", "event": "Product Viewed", "properties": {"product_id": {"a": [1]}, "price": [[]]}}',
)  # fmt: skip


@pytest.fixture
def serving(shop, database, clock):
    """The application with a worker that the test turns by hand, and a token that may do everything."""
    token = create_token(
        database, name="all", scopes=["write", "admin"], now=clock() - timedelta(hours=1), actor="test"
    )[1]
    return create_app(shop, state=database, clock=clock, workers_inside=False), token


def test_nothing_hostile_is_answered_with_a_fault(serving):
    app, token = serving
    with AppClient(app, auth=(token, "")) as client:
        for path, bodies in BODIES.items():
            for body in bodies:
                answer = client.post(path, content=body, headers=JSON)
                assert answer.status_code < 500, (path, body, answer.text)
        for path in PATHS:
            answer = client.get(path)
            assert answer.status_code < 500, (path, answer.text)
            assert "set-cookie" not in answer.headers


def test_hostile_events_are_refused_or_worked_and_those_behind_them_too(serving, database):
    app, token = serving
    taken = []
    with AppClient(app, auth=(token, "")) as client:
        for number, event in enumerate(EVENTS):
            answer = client.post("/v1/track", content=f'{{"messageId": "m-{number}", {event[1:]}', headers=JSON)
            assert answer.status_code in (200, 400), (event, answer.text)
            taken += [event] if answer.status_code == 200 else []
        last = {"messageId": "last", "userId": "ann", "event": "Product Viewed"}
        assert client.post("/v1/track", content=json.dumps(last), headers=JSON).status_code == 200
        worker = StreamWorker(app.services)
        for _ in range(5 * len(EVENTS)):
            worker.turn()
    assert taken
    with database.engine.connect() as connection:
        assert [row.message_id for row in events_after(connection, worked_to(connection, NAME), limit=10)] == []
