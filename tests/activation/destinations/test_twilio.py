"""Texts in Twilio's published format, against a server that refuses what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conformance import CONTENT, NOW, HttpConformance, message

from destination_server import DestinationServer, answer
from patron.activation.destinations.twilio import Twilio
from twilio_server import ACCOUNT, TOKEN, refuse, twilio

SENDER = "+15005550006"


def texts(url: str, *, sender=SENDER, timeout_s=0.4, **more) -> Twilio:
    facts = {"account": ACCOUNT, "user": ACCOUNT, "password": TOKEN}
    return Twilio("texts", origin=url, sender=sender, timeout_s=timeout_s, **(facts | more))


class TestConformance(HttpConformance):
    channel = "sms"
    secrets = (TOKEN, ACCOUNT)
    accepted = staticmethod(twilio())
    keyed = False  # they publish no key by which a message would be known again

    def made(self, url, timeout_s):
        return texts(url, timeout_s=timeout_s)


@pytest.fixture
def server():
    with DestinationServer(otherwise=twilio()) as server:
        yield server


def sent(server, *, content=None, address="+447700900123", **more):
    said = message(channel="sms", address=address, content=dict(CONTENT) | (content or {}))
    destination = texts(server.url, **more)
    [outcome] = destination.deliver([said], now=NOW)
    destination.close()
    return outcome


def test_a_text_is_handed_over_as_the_format_asks(server):
    outcome = sent(server, callback="https://crm.example.com/v1/feedback/texts", valid_s=3600)
    assert (outcome.status, outcome.receipt) == ("accepted", "SM" + "9" * 32)
    [request] = server.requests
    assert request.form() == {
        "To": ["+447700900123"], "From": [SENDER], "Body": ["Annabel, your basket waits."], "ValidityPeriod": ["3600"],
        "StatusCallback": [f"https://crm.example.com/v1/feedback/texts?delivery={message().delivery_id}"],
    }  # fmt: skip


def test_a_messaging_service_takes_the_place_of_a_number(server):
    assert sent(server, sender="MG" + "ab" * 16).status == "accepted"
    assert server.requests[0].form()["MessagingServiceSid"] == ["MG" + "ab" * 16]


def test_an_api_key_signs_in_in_place_of_the_account(server):
    server.otherwise = twilio("SK1", "key-secret")
    assert sent(server, user="SK1", password="key-secret").status == "accepted"
    assert sent(server).reason == "twilio_20003"


@pytest.mark.parametrize(
    ("code", "status", "happened"),
    [(21610, "rejected", "unsubscribed"), (21211, "rejected", "bounced"), (21614, "rejected", "bounced"),
     (21617, "rejected", None), (30450, "rejected", None), (21606, "retry", None), (21408, "retry", None),
     (21703, "retry", None)],
)  # fmt: skip
def test_what_their_codes_mean(server, code, status, happened):
    """Twilio's Error and Warning Dictionary."""
    server.will(refuse(400, code))
    outcome = sent(server)
    assert (outcome.status, outcome.happened, outcome.reason) == (status, happened, f"twilio_{code}")


def test_a_bill_that_is_not_paid_loses_no_text(server):
    server.will(refuse(401, 20003), refuse(403, 20005), refuse(429, 20429))
    assert [sent(server).status for _ in range(3)] == ["retry"] * 3


@pytest.mark.parametrize(
    ("more", "reason"),
    [({"address": None}, "no_number"), ({"address": "07700 900123"}, "no_number"),
     ({"address": "+0123456"}, "no_number"), ({"content": {"text": " "}}, "no_text"),
     ({"content": {"text": "a" * 1601}}, "too_long")],
)  # fmt: skip
def test_what_they_would_refuse_is_not_sent(server, more, reason):
    outcome = sent(server, **more)
    assert (outcome.status, outcome.reason) == ("rejected", reason)
    assert not server.requests


def test_their_own_fault_is_not_repeated(server):
    """Nobody knows whether the text left; it is shown as unknown, and a person decides."""
    server.will(answer(500), answer(502))
    assert [sent(server).status for _ in range(2)] == ["unknown"] * 2
    assert texts(server.url).repeats == "never"


def test_each_of_several_has_its_own_outcome(server):
    many = [message(1, channel="sms"), replace(message(2, channel="sms"), address=None), message(3, channel="sms")]
    destination = texts(server.url)
    outcomes = destination.deliver(many, now=NOW)
    destination.close()
    assert [one.status for one in outcomes] == ["accepted", "rejected", "accepted"]
