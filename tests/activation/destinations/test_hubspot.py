"""HubSpot: by its published formats, and as all destinations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import pytest
from conformance import NOW, HttpConformance, message

from crm_servers import TOKEN, HubSpotAccount, serving
from destination_server import answer
from patron.activation.destinations import Delivery
from patron.activation.destinations.http import Http, bearer
from patron.activation.destinations.hubspot import HubSpot
from patron.activation.destinations.hubspot_properties import HubSpotProperties
from patron.activation.destinations.profile_fields import FIELDS

EVERY = tuple(FIELDS)


def hubspot(url: str, *, timeout_s: float = 5.0, takes: Any = "profile", fields=EVERY, make=True) -> HubSpot:
    return HubSpot(
        "crm", http=Http(url, timeout_s=timeout_s, repeats="recognised", headers=bearer(TOKEN)), takes=takes,
        properties=HubSpotProperties(fields=fields, prefix="patron_", make=make), email_id=4711,
    )  # fmt: skip


def profile(number: int = 1, **content: Any) -> Delivery:
    told = {"email": f"ann.smith{number}@example.org", "properties": {"tier": "gold"}, **content}
    return Delivery(
        delivery_id=f"p{number}", kind="profile", customer_id=f"c{number}", content=told, purpose="profiling"
    )


def taken(request):
    """Answer as HubSpot does, without remembering."""
    if request.method == "POST" and request.path.endswith("upsert"):
        results = [{"id": "1", "objectWriteTraceId": one["objectWriteTraceId"]} for one in request.json()["inputs"]]
        return answer(body={"status": "COMPLETE", "results": results})
    return answer(body={"status": "PENDING", "statusId": "s1", "results": []})


class TestMessages(HttpConformance):
    accepted = taken
    secrets: ClassVar = (TOKEN,)

    def made(self, url, timeout_s):
        return hubspot(url, timeout_s=timeout_s, takes="message")

    def key(self, request):
        return request.json()["message"]["sendId"]


class TestProfiles(HttpConformance):
    accepted = taken
    secrets: ClassVar = (TOKEN,)

    def made(self, url, timeout_s):
        return hubspot(url, timeout_s=timeout_s, fields=())

    def delivery(self, number):
        return profile(number)

    def key(self, request):
        return request.json()["inputs"][0]["objectWriteTraceId"]


@pytest.fixture
def account():
    made = HubSpotAccount()
    yield made
    assert made.wrong == []


@pytest.fixture
def server(account):
    with serving(account) as server:
        yield server


def outcomes(destination: HubSpot, *deliveries: Delivery):
    try:
        return destination.deliver(deliveries, now=NOW)
    finally:
        destination.close()


def test_scores_become_properties_which_are_made_first(server, account):
    values = {
        "predicted_value": 123.0, "tier": "gold", "last_order_on": "2026-02-01", "held_out": False, "lapse_chance": None
    }  # fmt: skip
    [outcome] = outcomes(hubspot(server.url), profile(properties=values))
    assert (outcome.status, outcome.receipt) == ("accepted", "101")
    assert account.contacts["ann.smith1@example.org"] == {
        "id": "101", "email": "ann.smith1@example.org", "patron_predicted_value": "123.0", "patron_tier": "gold",
        "patron_last_order_on": "2026-02-01", "patron_held_out": "false", "patron_lapse_chance": "",
    }  # fmt: skip
    assert {account.properties[f"patron_{name}"] for name in ("predicted_value", "lapse_chance")} == {"number"}
    assert account.properties["patron_last_order_on"] == "date"
    assert account.properties["patron_held_out"] == "bool"


def test_properties_are_looked_for_once_and_made_once(server, account):
    account.properties["patron_tier"] = "string"
    destination = hubspot(server.url, fields=("tier", "orders"))
    for _ in range(3):
        destination.deliver([profile()], now=NOW)
    destination.close()
    paths = [f"{one.method} {one.path.rpartition('/')[2]}" for one in server.requests]
    assert paths == ["GET contacts", "POST groups", "POST create", "POST upsert", "POST upsert", "POST upsert"]


def test_a_missing_property_that_is_not_to_be_made_is_named(server, account):
    [outcome] = outcomes(hubspot(server.url, fields=("tier",), make=False), profile())
    assert (outcome.status, outcome.reason) == ("retry", "no_property_patron_tier")
    assert account.contacts == {}


def test_one_that_is_refused_spoils_no_other(server, account):
    account.refused = {"ann.smith2@example.org"}
    found = outcomes(hubspot(server.url), *(profile(number) for number in range(1, 4)))
    assert [one.status for one in found] == ["accepted", "rejected", "accepted"]
    assert found[1].reason == "hubspot_validation_error"


def test_a_batch_that_is_refused_as_a_whole_is_halved_until_it_is_known_who_is_wrong(server, account):
    def picky(request):
        if request.path.endswith("upsert") and any("wrong" in one["id"] for one in request.json()["inputs"]):
            return answer(400, body={"status": "error", "category": "VALIDATION_ERROR"})
        return account(request)

    server.otherwise = picky
    deliveries = [profile(number) for number in range(8)]
    deliveries[5] = replace(deliveries[5], content={**deliveries[5].content, "email": "wrong"})
    found = outcomes(hubspot(server.url), *deliveries)
    assert [one.status for one in found] == ["accepted"] * 5 + ["rejected"] + ["accepted"] * 2
    assert len(account.contacts) == 7


def test_an_address_never_comes_twice_in_a_batch(server, account):
    twins = [profile(1), replace(profile(2), content=profile(1).content)]
    assert [one.status for one in outcomes(hubspot(server.url), *twins)] == ["accepted"] * 2
    assert account.batches == [1, 1]


def test_a_hundred_are_one_call(server, account):
    assert {one.status for one in outcomes(hubspot(server.url), *(profile(number) for number in range(100)))} == {
        "accepted"
    }
    assert account.batches == [100]


def test_who_said_no_is_unsubscribed_and_not_made_a_contact(server, account):
    leaving = Delivery(
        delivery_id="r1", kind="removal", customer_id="c1",
        content={"email": "bob@example.org", "properties": {}, "unsubscribed": ["email", "sms"]},
    )  # fmt: skip
    found = outcomes(hubspot(server.url), leaving, profile(2))
    assert [one.status for one in found] == ["accepted"] * 2
    assert account.left == {"bob@example.org"}
    assert list(account.contacts) == ["ann.smith2@example.org"]


def test_without_an_address_nobody_is_found(server):
    [outcome] = outcomes(hubspot(server.url), profile(email=None))
    assert (outcome.status, outcome.reason) == ("rejected", "no_address")


def test_a_send_that_comes_twice_is_one_email(server, account):
    destination = hubspot(server.url, takes="message")
    first, again = (destination.deliver([message()], now=NOW)[0] for _ in range(2))
    destination.close()
    assert [first.status, again.status] == ["accepted", "accepted"]
    assert first.receipt == "s" + message().delivery_id
    assert account.again == [message().delivery_id]
    [sent] = account.sends.values()
    assert sent["message"]["to"] == "ann.smith@example.org"
    assert sent["customProperties"]["unsubscribe_url"] == "https://shop.example/u/t0ken"


@pytest.mark.parametrize("result", ["PREVIOUSLY_UNSUBSCRIBED_MESSAGE", "INVALID_TO_ADDRESS", "BLOCKED_DOMAIN"])
def test_what_hubspot_keeps_back_is_rejected_with_its_code(server, result):
    server.will(answer(body={"status": "CANCELED", "statusId": "s", "sendResult": result}))
    [outcome] = outcomes(hubspot(server.url, takes="message"), message())
    assert (outcome.status, outcome.reason) == ("rejected", f"hubspot_{result.lower()}"[:40])


@pytest.mark.parametrize(
    ("headers", "body", "pause"),
    [
        ({"X-HubSpot-RateLimit-Interval-Milliseconds": "10000"}, {"policyName": "TEN_SECONDLY_ROLLING"}, 10),
        ({}, {"policyName": "SECONDLY"}, 10),
        ({}, {"policyName": "DAILY"}, 3600),
        ({"Retry-After": "3"}, {"policyName": "DAILY"}, 3),
    ],
)
def test_its_limits_say_when_to_come_again(server, headers, body, pause):
    server.will(answer(429, headers=headers, body={"status": "error", "errorType": "RATE_LIMIT", **body}))
    [outcome] = outcomes(hubspot(server.url, takes="message"), message())
    assert (outcome.status, outcome.retry_after_s) == ("retry", pause)


def test_a_limit_met_while_properties_are_made_hands_nothing_over(server, account):
    server.will(answer(429, headers={"Retry-After": "2"}))
    [outcome] = outcomes(hubspot(server.url), profile())
    assert (outcome.status, outcome.retry_after_s) == ("retry", 2)
    assert account.contacts == {}
