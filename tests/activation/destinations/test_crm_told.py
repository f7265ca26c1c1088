"""What HubSpot, Klaviyo and Braze tell is believed when it is signed as they publish, and read as they publish it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm_servers import TOKEN, BrazeWorkspace, HubSpotAccount, KlaviyoAccount, dumped, serving
from destination_server import answer
from patron.activation.delivery import Called
from patron.activation.destinations.braze_told import BrazeReader, BrazeSource
from patron.activation.destinations.http import Http, bearer
from patron.activation.destinations.hubspot_told import HubSpotReader, HubSpotSource
from patron.activation.destinations.klaviyo import headers
from patron.activation.destinations.klaviyo_told import KlaviyoReader, KlaviyoSource
from patron.errors import AccessError, ContractError, ServerError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "a-secret-of-the-app"
URL = "https://shop.example/v1/feedback/crm?a=1"


def called(body: bytes, **more: str) -> Called:
    return Called(method="POST", url=URL, headers=more, body=body, now=NOW)


def mac(message: bytes) -> bytes:
    return hmac.new(SECRET.encode(), message, hashlib.sha256).digest()


def hubspot_call(body: bytes, *, at: datetime = NOW, url: str = URL) -> Called:
    stamp = str(int(at.timestamp() * 1000))
    signature = base64.b64encode(mac(b"POST" + url.encode() + body + stamp.encode())).decode()
    return called(body, **{"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": stamp})


LEFT = dumped([
    {"eventId": 1, "subscriptionId": 2, "portalId": 62515, "occurredAt": 1_772_366_400_000,
     "subscriptionType": "contact.propertyChange", "attemptNumber": 0, "objectId": 123,
     "propertyName": "hs_email_optout", "propertyValue": "true", "changeSource": "CRM_UI"},
    {"eventId": 3, "portalId": 62515, "occurredAt": 1_772_366_400_000, "subscriptionType": "contact.creation",
     "objectId": 124},
])  # fmt: skip


class TestHubSpot:
    reader = HubSpotReader(name="crm", secret=SECRET)

    def test_who_opted_out_is_named_by_the_contact(self):
        [told] = self.reader.read(hubspot_call(LEFT))
        assert (told.happened, told.receipt, told.channel) == ("unsubscribed", "123", "email")
        assert told.occurred_at == datetime(2026, 3, 1, 12, tzinfo=UTC)

    @pytest.mark.parametrize(
        "call",
        [
            called(LEFT),
            hubspot_call(LEFT, url="https://other.example/"),
            hubspot_call(LEFT, at=NOW - timedelta(minutes=6)),
            hubspot_call(LEFT, at=NOW + timedelta(minutes=6)),
            called(LEFT, **{"x-hubspot-request-timestamp": "9" * 30}),
        ],
        ids=["unsigned", "another address", "long ago", "to come", "no moment"],
    )
    def test_what_is_not_signed_now_is_not_believed(self, call):
        with pytest.raises(AccessError):
            self.reader.read(call)

    def test_behind_a_proxy_the_address_is_the_one_that_hubspot_knows(self):
        reader = HubSpotReader(name="crm", secret=SECRET, url="https://public.example/hook")
        assert reader.read(hubspot_call(LEFT, url="https://public.example/hook"))

    def test_an_address_is_decoded_as_they_do(self):
        reader = HubSpotReader(name="crm", secret=SECRET, url="https://shop.example/a%3Fb%40c")
        assert reader.read(hubspot_call(LEFT, url="https://shop.example/a?b@c"))

    @pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"[" * 5000])
    def test_garbage_cannot_be_read(self, body):
        with pytest.raises(ContractError):
            self.reader.read(hubspot_call(body))

    def test_events_are_read_window_by_window_and_page_by_page(self):
        def event(number: int, kind: str, hours: float, **more: Any) -> dict[str, Any]:
            created = int((NOW - timedelta(hours=hours)).timestamp() * 1000)
            return {"id": f"e{number}", "type": kind, "created": created, "recipient": "ann@example.org", **more}

        account = HubSpotAccount(events=[
            event(1, "SENT", 30, sendId="d1"), event(2, "DELIVERED", 29, sendId="d1"),
            event(3, "OPEN", 28.5, sendId="d1"), event(4, "OPEN", 28, sendId="d1", filteredEvent=True),
            event(5, "CLICK", 1, emailCampaignId=7),
            event(6, "STATUSCHANGE", 1, portalSubscriptionStatus="UNSUBSCRIBED"),
            event(7, "BOUNCE", 0.5, sendId="d2", category="UNKNOWN_USER", status="5.1.1"),
            event(8, "PRINT", 0.4), event(9, "SPAMREPORT", 0.3, sendId="d1"),
        ])  # fmt: skip
        with serving(account) as server:
            source = HubSpotSource(name="crm", http=_http(server.url, bearer(TOKEN)))
            told, cursor = source.pull(None, now=NOW)
            again, _ = source.pull(cursor, now=NOW + timedelta(minutes=5))
        by_id = {one.feedback_id: one for one in told}
        assert [by_id[key].happened for key in ("e1", "e3", "e5", "e6", "e9")] == [
            "sent", "opened", "clicked", "unsubscribed", "complained",
        ]  # fmt: skip
        assert by_id.keys() == {"e1", "e2", "e3", "e5", "e6", "e7", "e9"}
        assert (by_id["e7"].permanent, by_id["e7"].reason, by_id["e7"].receipt) == (True, "5.1.1", "d2")
        assert cursor == NOW.isoformat()
        assert again == []
        assert account.wrong == []

    def test_who_does_not_answer_leaves_the_cursor(self):
        with serving(HubSpotAccount()) as server:
            server.will(answer(502))
            with pytest.raises(ServerError):
                HubSpotSource(name="crm", http=_http(server.url, bearer(TOKEN))).pull(None, now=NOW)


def klaviyo_event(number: int, at: datetime, person: str = "P1", **properties: Any) -> dict[str, Any]:
    return {
        "type": "event", "id": f"k{number}",
        "attributes": {"timestamp": int(at.timestamp()), "datetime": at.isoformat(), "uuid": f"u{number}",
                       "event_properties": properties},
        "relationships": {"profile": {"data": {"type": "profile", "id": person}}},
    }  # fmt: skip


ANN = {
    "type": "profile", "id": "P1",
    "attributes": {"email": "ann@example.org", "phone_number": "+447700900123", "external_id": "c1"},
}  # fmt: skip


class TestKlaviyo:
    reader = KlaviyoReader(name="mail", secret=SECRET, flows=frozenset({"FLOW1"}))

    def call(self, body: bytes) -> Called:
        stamp = "2026-03-01T12:00:00+00:00"
        signature = mac(body + stamp.encode()).hex()
        return called(body, **{"klaviyo-signature": signature, "klaviyo-timestamp": stamp, "klaviyo-webhook-id": "w"})

    def body(self, *topics: str) -> bytes:
        items = [
            {"external_id": f"k{place}", "topic": f"event:klaviyo.{topic}",
             "payload": {"data": klaviyo_event(place, NOW), "included": [ANN]}}
            for place, topic in enumerate(topics)
        ]  # fmt: skip
        return dumped({"data": items, "meta": {"klaviyo_webhook_id": "w"}})

    def test_its_topics_are_read(self):
        told = self.reader.read(self.call(self.body("email_delivered", "opened_email", "unsubscribed_from_sms", "x")))
        assert [(one.channel, one.happened) for one in told] == [
            ("email", "delivered"), ("email", "opened"), ("sms", "unsubscribed"),
        ]  # fmt: skip
        assert [one.customer_id for one in told] == ["c1"] * 3
        assert told[2].address == "+447700900123"

    def test_another_body_is_not_signed(self):
        call = self.call(self.body("opened_email"))
        with pytest.raises(AccessError):
            self.reader.read(called(call.body + b" ", **call.headers))

    @pytest.mark.parametrize("body", [b"", b"[]", b'{"data": 7}', b"[" * 5000])
    def test_garbage_cannot_be_read(self, body):
        with pytest.raises(ContractError):
            self.reader.read(self.call(body))

    def test_events_are_asked_for_by_metric_page_by_page(self):
        told = [
            {"metric": "M1", "event": klaviyo_event(n, NOW - timedelta(hours=9 - n), **{"$flow": "FLOW1"})}
            for n in range(5)
        ] + [
            {"metric": "M2", "event": klaviyo_event(
                10, NOW - timedelta(hours=1), URL="https://shop.example/?utm_content=d7&x=1")},
            {"metric": "M3", "event": klaviyo_event(11, NOW - timedelta(hours=1), **{"Bounce Type": "Hard"})},
        ]  # fmt: skip
        metrics = {"M1": "Opened Email", "M2": "Clicked Email", "M3": "Bounced Email", "M9": "Placed Order"}
        account = KlaviyoAccount(metrics=metrics, told=told, people=[ANN])
        with serving(account) as server:
            source = KlaviyoSource(name="mail", http=_http(server.url, headers(TOKEN)), flows={"FLOW1"})
            first, cursor = source.pull(None, now=NOW)
            again, _ = source.pull(cursor, now=NOW + timedelta(minutes=10))
        assert account.wrong == []
        assert [one.feedback_id for one in first] == ["k0", "k1", "k2", "k3", "k4", "k10", "k11"]
        assert {one.answers for one in first if one.happened == "opened"} == {True}
        by_id = {one.feedback_id: one for one in first}
        assert (by_id["k10"].receipt, by_id["k10"].answers) == ("d7", False)
        assert by_id["k11"].permanent is True
        assert json.loads(cursor or "") == {metric: NOW.isoformat() for metric in ("M1", "M2", "M3")}
        assert again == []


class TestBraze:
    reader = BrazeReader(name="push", secret=SECRET)

    def event(self, kind: str, **properties: Any) -> dict[str, Any]:
        return {
            "event_type": kind, "id": f"b-{kind}", "time": int(NOW.timestamp()),
            "user": {"user_id": "0123", "external_user_id": "c1", "timezone": "Europe/Paris"},
            "properties": {"campaign_name": "Spring", "dispatch_id": "dispatch1", **properties},
        }  # fmt: skip

    def test_currents_events_are_read(self):
        events = [
            self.event("users.messages.email.Send", email_address="ann@example.org"),
            self.event("users.messages.email.Open"),
            self.event("users.messages.email.Open", machine_open=True),
            self.event("users.messages.email.Bounce"),
            self.event("users.messages.email.SoftBounce"),
            self.event("users.messages.sms.ShortLinkClick", to_phone_number="+447700900123"),
            self.event("users.behaviors.subscription.GlobalStateChange", channel="email",
                       subscription_status="Unsubscribed"),
            self.event("users.behaviors.subscription.GlobalStateChange", channel="email",
                       subscription_status="Subscribed"),
            self.event("users.behaviors.app.SessionStart"),
        ]  # fmt: skip
        told = self.reader.read(called(dumped({"events": events}), authorization=f"Bearer {SECRET}"))
        assert [(one.channel, one.happened, one.permanent) for one in told] == [
            ("email", "sent", None), ("email", "opened", None), ("email", "bounced", True), ("email", "bounced", False),
            ("sms", "clicked", None), ("email", "unsubscribed", None),
        ]  # fmt: skip
        assert {(one.customer_id, one.receipt) for one in told} == {("c1", "dispatch1")}

    @pytest.mark.parametrize("token", ["", "Bearer ", f"Bearer {SECRET}x", SECRET])
    def test_another_token_is_not_believed(self, token):
        with pytest.raises(AccessError):
            self.reader.read(called(b"{}", authorization=token))

    @pytest.mark.parametrize("body", [b"", b"[]", b'{"events": {}}'])
    def test_garbage_cannot_be_read(self, body):
        with pytest.raises(ContractError):
            self.reader.read(called(body, authorization=f"Bearer {SECRET}"))

    def test_the_lists_tell_who_left_and_bounced(self):
        account = BrazeWorkspace(
            unsubscribes=[{"email": f"{n}@example.org", "unsubscribed_at": "2026-02-28T10:00:00Z"} for n in range(501)],
            hard_bounces=[{"email": "gone@example.org", "hard_bounced_at": "2026-02-28 10:00:00 +0000"}],
        )  # fmt: skip
        with serving(account) as server:
            source = BrazeSource(name="push", http=_http(server.url, bearer(TOKEN)))
            told, cursor = source.pull(None, now=NOW)
        assert account.wrong == []
        assert len(told) == 502
        assert len({one.feedback_id for one in told}) == 502
        assert "@" not in "".join(one.feedback_id for one in told)
        assert (told[-1].happened, told[-1].permanent) == ("bounced", True)
        assert told[-1].occurred_at == datetime(2026, 2, 28, 10, tzinfo=UTC)
        assert cursor == "2026-03-01"


def _http(url: str, said: dict[str, str]) -> Http:
    return Http(url, timeout_s=5, repeats="recognised", headers=said)
