"""Push messages in the format of FCM HTTP v1, against a server that refuses what is not."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import pytest
from conformance import CONTENT, NOW, HttpConformance, message

from destination_server import DestinationServer, answer
from google_server import TOKEN, failed, firebase, key_file
from patron.activation.destinations.fcm import SCOPE, Fcm
from patron.activation.destinations.google_sign_in import GoogleSignIn, service_account


def push(url: str, *, signs_in_at=None, timeout_s=0.4, project="shop-1") -> Fcm:
    account = service_account(key_file(signs_in_at or url))
    sign_in = GoogleSignIn(account, scope=SCOPE, timeout_s=timeout_s)
    return Fcm("push", project=project, sign_in=sign_in, keep=timedelta(hours=24), origin=url, timeout_s=timeout_s)


@pytest.fixture(scope="module")
def google():
    """Where one signs in; the laws try out the other server."""
    with DestinationServer(otherwise=firebase(SCOPE)) as server:
        yield server


class TestConformance(HttpConformance):
    channel = "push"
    secrets = (TOKEN, "PRIVATE")
    accepted = staticmethod(firebase(SCOPE))
    statuses: ClassVar = {404: "retry"}  # without a code of theirs there is no such project: no message is to blame

    @pytest.fixture(autouse=True)
    def _google(self, google):
        self.google = google

    def made(self, url, timeout_s):
        return push(url, signs_in_at=self.google.url, timeout_s=timeout_s)

    def key(self, request):
        said = request.json()["message"]
        tags = {
            said["android"]["notification"]["tag"], said["android"]["collapse_key"],
            said["apns"]["headers"]["apns-collapse-id"], said["webpush"]["notification"]["tag"],
        }  # fmt: skip
        [tag] = tags
        return tag


@pytest.fixture
def server():
    with DestinationServer(otherwise=firebase(SCOPE)) as server:
        yield server


def sent(server, *, address="device-1", content=None, **more):
    said = message(channel="push", address=address, content=dict(CONTENT) | (content or {}), **more)
    destination = push(server.url)
    [outcome] = destination.deliver([said], now=NOW)
    destination.close()
    return outcome


def test_a_message_is_handed_over_as_the_format_asks(server):
    outcome = sent(server, content={"image": "https://shop.example/i.png"})
    assert outcome.status == "accepted"
    assert outcome.receipt == "projects/shop-1/messages/0:1500415314455276%31bd1c96"
    said = server.requests[-1].json()["message"]
    assert said["token"] == "device-1"
    assert said["notification"] == {
        "title": "Grüße, Annabel", "body": "Annabel, your basket waits.", "image": "https://shop.example/i.png",
    }  # fmt: skip
    assert said["data"] == {"delivery_id": message().delivery_id, "campaign": "left_cart"}
    assert said["android"]["ttl"] == "86400s"
    assert int(said["apns"]["headers"]["apns-expiration"]) == int(NOW.timestamp()) + 86_400


@pytest.mark.parametrize(
    ("act", "status", "happened"),
    [(failed(404, "NOT_FOUND", code="UNREGISTERED"), "rejected", "bounced"),
     (failed(403, "PERMISSION_DENIED", code="SENDER_ID_MISMATCH"), "rejected", "bounced"),
     (failed(400, "INVALID_ARGUMENT", code="INVALID_ARGUMENT", field="message.token"), "rejected", "bounced"),
     (failed(400, "INVALID_ARGUMENT", code="INVALID_ARGUMENT"), "rejected", None),
     (failed(401, "UNAUTHENTICATED", code="THIRD_PARTY_AUTH_ERROR"), "retry", None),
     (failed(503, "UNAVAILABLE", code="UNAVAILABLE"), "retry", None),
     (failed(500, "INTERNAL", code="INTERNAL"), "retry", None),
     (failed(404, "NOT_FOUND"), "retry", None)],
)  # fmt: skip
def test_what_their_codes_mean(server, act, status, happened):
    """FCM HTTP v1, ErrorCode."""
    server.will(firebase(SCOPE), act)
    outcome = sent(server)
    assert (outcome.status, outcome.happened) == (status, happened)


def test_a_used_up_quota_waits_a_minute(server):
    server.will(firebase(SCOPE), failed(429, "RESOURCE_EXHAUSTED", code="QUOTA_EXCEEDED"))
    outcome = sent(server)
    assert (outcome.status, outcome.retry_after_s, outcome.reason) == ("retry", 60, "fcm_quota_exceeded")


def test_a_token_that_ended_is_asked_for_anew(server):
    destination = push(server.url)
    destination.deliver([message(1, channel="push")], now=NOW)
    server.will(failed(401, "UNAUTHENTICATED"))
    assert destination.deliver([message(2, channel="push")], now=NOW)[0].status == "retry"
    assert destination.deliver([message(2, channel="push")], now=NOW)[0].status == "accepted"
    assert [request.path for request in server.requests].count("/token") == 2
    destination.close()


def test_without_a_sign_in_nothing_is_handed_over(server):
    server.will(answer(403))
    outcome = sent(server)
    assert (outcome.status, outcome.reason) == ("retry", "sign_in_http_403")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("more", "reason"), [({"address": None}, "no_token"), ({"content": {"text": "ж" * 3000}}, "too_long")]
)
def test_what_they_would_refuse_is_not_sent(server, more, reason):
    outcome = sent(server, **more)
    assert (outcome.status, outcome.reason) == ("rejected", reason)
    assert not server.requests


def test_a_long_name_makes_a_short_tag(server):
    """An apns-collapse-id may not be longer than 64 bytes."""
    assert sent(server, delivery_id="x" * 200).status == "accepted"


@pytest.mark.parametrize(
    "body", [b"[]", b'{"error": 7}', b'{"error": {"details": [1, {"fieldViolations": [2]}]}}', b"<html>"]
)
def test_an_answer_of_another_shape_is_read_by_its_status(server, body):
    server.will(firebase(SCOPE), answer(400, body=body))
    assert sent(server).status == "rejected"
