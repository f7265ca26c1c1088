"""Webhooks by Standard Webhooks 1.0.0: signed, known again by their id, refused singly."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from conformance import NOW, HttpConformance, message

from destination_server import DestinationServer, answer
from patron.activation.destinations.webhook import Webhook
from patron.activation.destinations.webhook_signature import signed_headers, verified_webhook, webhook_secret
from patron.errors import AccessError, ContractError, SettingsError

OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # of the specification's own libraries
NEW = "whsec_bmV3LXNlY3JldC1mb3ItdGhlLXRlc3RzLTAwMDE="


OPEN: list[Webhook] = []
"""What the fixture closes."""


def hook(url: str, *, secrets=(NEW,), timeout_s=0.4, batch=1) -> Webhook:
    read = [webhook_secret(secret) for secret in secrets]
    made = Webhook("hook", url, secrets=read, headers={"X-Token": "t0ken"}, timeout_s=timeout_s, batch=batch)
    OPEN.append(made)
    return made


class TestConformance(HttpConformance):
    secrets = (NEW, "t0ken")
    statuses: ClassVar = {404: "retry", 410: "retry"}  # the address is wrong, and no delivery

    def made(self, url, timeout_s):
        return hook(url, timeout_s=timeout_s)

    def key(self, request):
        return request.headers["webhook-id"]


class TestConformanceOfBatches(TestConformance):
    def made(self, url, timeout_s):
        return hook(url, timeout_s=timeout_s, batch=50)


def test_the_signature_is_the_one_that_is_published():
    """The vector of the reference libraries' own tests."""
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', secrets=[webhook_secret(OLD)], now=at
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert verified_webhook(b'{"test": 2432232314}', headers, secrets=[OLD], now=at) == {"test": 2432232314}


@pytest.fixture
def server():
    with DestinationServer() as server:
        yield server
    while OPEN:
        OPEN.pop().close()


def test_a_receiver_verifies_what_came(server):
    made = replace(message(7), made_at=NOW - timedelta(hours=3))
    hook(server.url).deliver([made], now=NOW)
    [request] = server.requests
    said = verified_webhook(request.body, request.headers, secrets=[NEW], now=NOW + timedelta(seconds=299))
    assert said["type"] == "message.due"
    assert said["timestamp"] == "2026-03-01T09:00:00Z"
    assert said["data"]["delivery_id"] == made.delivery_id
    assert said["data"]["address"] == "ann.smith@example.org"
    assert said["data"]["content"]["subject"] == "Grüße, Annabel"
    assert request.headers["webhook-id"] == made.delivery_id
    assert request.headers["x-token"] == "t0ken"
    assert request.headers["content-type"] == "application/json"


def test_a_repeated_call_is_the_same_but_for_its_time(server):
    made = replace(message(7), made_at=NOW)
    for later in (0, 3600):
        hook(server.url).deliver([made], now=NOW + timedelta(seconds=later))
    first, again = server.requests
    assert first.body == again.body
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != again.headers["webhook-timestamp"]
    assert first.headers["webhook-signature"] != again.headers["webhook-signature"]


def test_while_secrets_change_both_receivers_believe_it(server):
    hook(server.url, secrets=(NEW, OLD)).deliver([message()], now=NOW)
    [request] = server.requests
    for secret in (OLD, NEW):
        assert verified_webhook(request.body, request.headers, secrets=[secret], now=NOW)


@pytest.mark.parametrize(
    ("changed", "error"),
    [({"webhook-id": "other"}, AccessError), ({"webhook-id": ""}, AccessError),
     ({"webhook-timestamp": "1"}, AccessError), ({"webhook-timestamp": "now"}, AccessError),
     ({"webhook-timestamp": "²"}, AccessError), ({"webhook-signature": ""}, AccessError),
     ({"webhook-signature": "v1,bm9wZQ== v1,ü v2,x"}, AccessError), ({"webhook-signature": "v1a,xx"}, AccessError)],
)  # fmt: skip
def test_what_is_not_signed_is_not_believed(changed, error):
    headers = signed_headers("m1", b"{}", secrets=[webhook_secret(NEW)], now=NOW)
    with pytest.raises(error):
        verified_webhook(b"{}", headers | changed, secrets=[NEW], now=NOW)


def test_another_body_another_secret_and_another_day_are_not_believed():
    headers = signed_headers("m1", b"{}", secrets=[webhook_secret(NEW)], now=NOW)
    for body, secret, at in (
        (b"{ }", NEW, NOW), (b"{}", OLD, NOW), (b"{}", NEW, NOW + timedelta(seconds=301)),
        (b"{}", NEW, NOW - timedelta(seconds=301)),
    ):  # fmt: skip
        with pytest.raises(AccessError):
            verified_webhook(body, headers, secrets=[secret], now=at)
    with pytest.raises(ContractError):
        verified_webhook(
            b"[]", signed_headers("m1", b"[]", secrets=[webhook_secret(NEW)], now=NOW), secrets=[NEW], now=NOW
        )


def test_the_header_names_may_come_in_any_case():
    headers = signed_headers("m1", b"{}", secrets=[webhook_secret(NEW)], now=NOW)
    assert (
        verified_webhook(b"{}", {name.title(): value for name, value in headers.items()}, secrets=[NEW], now=NOW) == {}
    )


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_c2hvcnQ=", "bmV3LXNlY3JldC1mb3ItdGhlLXRlc3RzLTAwMDE=", "whsec_%%%"]
)
def test_a_weak_secret_is_refused_and_not_repeated(text):
    with pytest.raises(SettingsError) as caught:
        webhook_secret(text)
    assert "c2hv" not in str(caught.value)


def test_an_id_with_a_full_stop_does_not_travel_as_it_is(server):
    """It parts the id from the time in what is signed (specification, "Signature scheme")."""
    hook(server.url).deliver([replace(message(), delivery_id="a.1614265330.b")], now=NOW)
    [request] = server.requests
    assert "." not in request.headers["webhook-id"]
    assert verified_webhook(request.body, request.headers, secrets=[NEW], now=NOW)["data"]["delivery_id"][0] == "a"


def ids(request) -> list[str]:
    return [one["data"]["delivery_id"] for one in json.loads(request.body)["data"]["deliveries"]]


def test_several_travel_together_and_each_keeps_its_name(server):
    many = [message(number) for number in range(5)]
    destination = hook(server.url, batch=50)
    outcomes = destination.deliver(many, now=NOW)
    assert [one.status for one in outcomes] == ["accepted"] * 5
    [request] = server.requests
    assert ids(request) == [one.delivery_id for one in many]
    assert json.loads(request.body)["type"] == "deliveries.due"
    destination.deliver(many, now=NOW)
    destination.deliver(many[1:], now=NOW)
    assert server.requests[1].headers["webhook-id"] == request.headers["webhook-id"]
    assert server.requests[2].headers["webhook-id"] != request.headers["webhook-id"]


def test_one_that_is_wrong_does_not_take_the_others_with_it(server):
    bad = message(3).delivery_id
    server.otherwise = lambda request: answer(422 if bad in ids(request) else 200)
    many = [message(number) for number in range(8)]
    outcomes = hook(server.url, batch=50).deliver(many, now=NOW)
    assert [one.status for one in outcomes] == ["accepted"] * 3 + ["rejected"] + ["accepted"] * 4
    assert len(server.requests) == 1 + 2 * 3  # halves of eight


def test_each_kind_says_what_it_is_about(server):
    for kind in ("message", "profile", "member", "removal"):
        hook(server.url).deliver([replace(message(), kind=kind)], now=NOW)
    kinds = [json.loads(request.body)["type"] for request in server.requests]
    assert kinds == ["message.due", "profile.changed", "member.added", "member.removed"]
