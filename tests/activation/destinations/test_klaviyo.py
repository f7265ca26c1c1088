"""Klaviyo: by its published formats, and as all destinations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import pytest
from conformance import NOW, HttpConformance, message

from crm_servers import TOKEN, KlaviyoAccount, serving
from destination_server import answer
from patron.activation.destinations import Delivery
from patron.activation.destinations.http import Http
from patron.activation.destinations.klaviyo import METRIC, Klaviyo, headers


def klaviyo(url: str, *, timeout_s: float = 5.0, takes: Any = "profile", wait_s: float = 3.0, pauses=None) -> Klaviyo:
    http = Http(url, timeout_s=timeout_s, repeats="recognised", headers=headers(TOKEN))
    waited = [] if pauses is None else pauses
    return Klaviyo("mail", http=http, takes=takes, wait_s=wait_s, pause=waited.append)


def profile(number: int = 1, **content: Any) -> Delivery:
    told = {
        "email": f"ann.smith{number}@example.org", "phone": "+447700900123", "properties": {"tier": "gold"}, **content
    }  # fmt: skip
    return Delivery(delivery_id=f"p{number}", kind="profile", customer_id=f"c{number}", content=told)


class TestMessages(HttpConformance):
    accepted = answer(202)
    secrets: ClassVar = (TOKEN,)

    def made(self, url, timeout_s):
        return klaviyo(url, timeout_s=timeout_s, takes="message")

    def key(self, request):
        return request.json()["data"]["attributes"]["unique_id"]


class TestProfiles(HttpConformance):
    accepted = answer(201, body={"data": {"type": "profile", "id": "01"}})
    secrets: ClassVar = (TOKEN,)

    def made(self, url, timeout_s):
        made = klaviyo(url, timeout_s=timeout_s)
        made.largest_batch = 5  # written one by one
        return made

    def delivery(self, number):
        return profile(number)

    def key(self, request):
        return request.json()["data"]["attributes"]["external_id"]


@pytest.fixture
def account():
    made = KlaviyoAccount()
    yield made
    assert made.wrong == []


@pytest.fixture
def server(account):
    with serving(account) as server:
        yield server


def outcomes(destination: Klaviyo, *deliveries: Delivery):
    try:
        return destination.deliver(deliveries, now=NOW)
    finally:
        destination.close()


def test_a_few_profiles_are_written_one_by_one(server, account):
    found = outcomes(klaviyo(server.url), profile(1), profile(2, properties={"predicted_value": 12.5, "tier": None}))
    assert [(one.status, one.receipt) for one in found] == [("accepted", "01c1"), ("accepted", "01c2")]
    assert account.profiles["c2"]["properties"] == {"patron_predicted_value": 12.5, "patron_tier": None}
    assert account.profiles["c1"]["phone_number"] == "+447700900123"


def test_many_are_one_import_that_is_waited_for(server, account):
    account.looks, pauses = 2, []
    found = outcomes(klaviyo(server.url, pauses=pauses), *(profile(number) for number in range(200)))
    assert {one.status for one in found} == {"accepted"}
    assert len(account.profiles) == 200
    assert pauses == [0.5, 1.0]
    assert account.calls.count("POST /api/profile-bulk-import-jobs") == 1


def test_each_profile_that_an_import_refuses_is_its_own_outcome(server, account):
    account.refused = {"c3", "c7"}
    found = outcomes(klaviyo(server.url), *(profile(number) for number in range(10)))
    assert [place for place, one in enumerate(found) if one.status == "rejected"] == [3, 7]
    assert len(account.profiles) == 8


def test_an_import_that_does_not_end_is_handed_over_again(server, account):
    account.looks = 100
    found = outcomes(klaviyo(server.url, wait_s=5.0), *(profile(number) for number in range(10)))
    assert {(one.status, one.reason) for one in found} == {("unknown", "still_importing")}
    again = outcomes(klaviyo(server.url, wait_s=600.0), *(profile(number) for number in range(10)))
    assert {one.status for one in again} == {"accepted"}
    assert len(account.profiles) == 10


def test_an_import_whose_errors_cannot_be_read_is_not_believed(server, account):
    account.refused = {"c3"}

    def silent(request):
        return answer(500) if request.path.endswith("import-errors") else account(request)

    server.otherwise = silent
    found = outcomes(klaviyo(server.url), *(profile(number) for number in range(10)))
    assert {(one.status, one.reason) for one in found} == {("unknown", "errors_not_read")}


def test_who_said_no_is_unsubscribed_by_channel(server, account):
    leaving = Delivery(
        delivery_id="r1", kind="removal", customer_id="c1",
        content={"email": "bob@example.org", "phone": "+4915112345678", "unsubscribed": ["email", "push", "sms"]},
    )  # fmt: skip
    only = replace(leaving, delivery_id="r2", content={"phone": "+4915112345679", "unsubscribed": ["email", "sms"]})
    found = outcomes(klaviyo(server.url), leaving, only, profile(3))
    assert [one.status for one in found] == ["accepted"] * 3
    assert account.left == {"email": {"bob@example.org"}, "sms": {"+4915112345678", "+4915112345679"}}
    assert list(account.profiles) == ["c3"]


def test_who_could_not_be_unsubscribed_is_handed_over_again(server, account):
    leaving = profile(1, unsubscribed=["email"])

    def busy(request):
        return answer(429, headers={"Retry-After": "9"}) if "subscription" in request.path else account(request)

    server.otherwise = busy
    [outcome] = outcomes(klaviyo(server.url), leaving)
    assert (outcome.status, outcome.retry_after_s) == ("retry", 9)


def test_an_event_that_comes_twice_sets_its_flow_going_once(server, account):
    destination = klaviyo(server.url, takes="message")
    for _ in range(2):
        assert destination.deliver([message()], now=NOW)[0].status == "accepted"
    destination.close()
    [((name, unique_id), event)] = account.events.items()
    assert (name, unique_id) == (METRIC, message().delivery_id)
    assert event["properties"]["subject"] == "Grüße, Annabel"
    assert event["profile"]["data"]["attributes"] == {"external_id": "c1", "email": "ann.smith@example.org"}


def test_a_text_message_goes_by_number(server, account):
    outcomes(klaviyo(server.url, takes="message"), message(channel="sms"))
    [event] = account.events.values()
    assert event["profile"]["data"]["attributes"]["phone_number"] == "+447700900123"
