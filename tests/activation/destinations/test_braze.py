"""Braze: by its published formats, and as all destinations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import pytest
from conformance import NOW, HttpConformance, message

from crm_servers import TOKEN, BrazeWorkspace, serving
from destination_server import answer
from patron.activation.destinations import Delivery
from patron.activation.destinations.braze import Braze, repeats_of
from patron.activation.destinations.http import Http, bearer

CAMPAIGNS = {"email": "campaign-mail", "sms": "campaign-text"}


def braze(url: str, *, timeout_s: float = 5.0, takes: Any = "profile") -> Braze:
    http = Http(url, timeout_s=timeout_s, repeats=repeats_of(takes), headers=bearer(TOKEN))
    return Braze("push", http=http, takes=takes, campaigns=CAMPAIGNS, sms_group="group-1")


def profile(number: int = 1, **content: Any) -> Delivery:
    told = {"email": f"ann.smith{number}@example.org", "properties": {"tier": "gold"}, **content}
    return Delivery(delivery_id=f"p{number}", kind="profile", customer_id=f"c{number}", content=told)


class TestMessages(HttpConformance):
    accepted = answer(201, body={"dispatch_id": "d1", "message": "success"})
    secrets: ClassVar = (TOKEN,)

    def made(self, url, timeout_s):
        return braze(url, timeout_s=timeout_s, takes="message")

    def key(self, request):
        return request.json()["recipients"][0]["trigger_properties"]["delivery_id"]


class TestProfiles(HttpConformance):
    accepted = answer(201, body={"message": "success"})
    secrets: ClassVar = (TOKEN,)

    def made(self, url, timeout_s):
        return braze(url, timeout_s=timeout_s)

    def delivery(self, number):
        return profile(number)

    def key(self, request):
        return request.json()["attributes"][0]["external_id"]


@pytest.fixture
def account():
    made = BrazeWorkspace()
    yield made
    assert made.wrong == []


@pytest.fixture
def server(account):
    with serving(account) as server:
        yield server


def outcomes(destination: Braze, *deliveries: Delivery):
    try:
        return destination.deliver(deliveries, now=NOW)
    finally:
        destination.close()


def test_scores_become_attributes(server, account):
    found = outcomes(braze(server.url), *(profile(number) for number in range(75)))
    assert {one.status for one in found} == {"accepted"}
    assert account.users["c7"] == {"external_id": "c7", "patron_tier": "gold", "email": "ann.smith7@example.org"}
    assert len(server.requests) == 1


def test_each_object_that_is_refused_is_its_own_outcome(server, account):
    account.refused = {"c2"}
    found = outcomes(braze(server.url), *(profile(number) for number in range(4)))
    assert [one.status for one in found] == ["accepted", "accepted", "rejected", "accepted"]


def test_who_said_no_leaves_by_channel_and_is_not_made_a_user(server, account):
    account.users["c1"] = {"external_id": "c1"}
    leaving = [
        Delivery(delivery_id=f"r{number}", kind="removal", customer_id=f"c{number}",
                 content={"email": "x@example.org", "unsubscribed": ["email", "push", "sms"]})
        for number in (1, 2)
    ]  # fmt: skip
    assert {one.status for one in outcomes(braze(server.url), *leaving)} == {"accepted"}
    assert account.users.keys() == {"c1"}
    held = account.users["c1"]
    assert (held["email_subscribe"], held["push_subscribe"]) == ("unsubscribed", "unsubscribed")
    assert held["subscription_groups"] == [{"subscription_group_id": "group-1", "subscription_state": "unsubscribed"}]
    assert "email" not in held


def test_messages_are_sends_of_the_channels_campaign(server, account):
    twice = [message(1), message(2, channel="sms"), replace(message(3), customer_id="c1")]
    found = outcomes(braze(server.url, takes="message"), *twice)
    assert [one.status for one in found] == ["accepted"] * 3
    sent = [(one["campaign_id"], [who["external_user_id"] for who in one["recipients"]]) for one in account.sends]
    assert sent == [("campaign-mail", ["c1"]), ("campaign-mail", ["c1"]), ("campaign-text", ["c2"])]
    assert [one.receipt for one in found] == ["dispatch1", "dispatch3", "dispatch2"]


def test_a_channel_without_a_campaign_is_rejected(server):
    [outcome] = outcomes(braze(server.url, takes="message"), message(channel="push"))
    assert (outcome.status, outcome.reason) == ("rejected", "no_campaign")


def test_what_is_unknown_of_messages_stays_unknown_and_of_scores_comes_again():
    assert repeats_of("message") == "never"
    assert repeats_of("profile") == "recognised"


def test_its_limit_ends_at_the_second_that_it_names(server):
    server.will(answer(429, headers={"X-RateLimit-Reset": str(int(NOW.timestamp()) + 12)}))
    [outcome] = outcomes(braze(server.url), profile())
    assert (outcome.status, outcome.retry_after_s) == ("retry", 12)
