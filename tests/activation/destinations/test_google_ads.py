"""Audiences at Google, against a server that checks the Data Manager API's published format."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest
from conformance import NOW, HttpConformance

from ad_platforms import Google, account_file
from destination_server import DestinationServer, answer
from patron.activation.destinations import Delivery
from patron.activation.destinations.google_ads import SCOPE, GoogleAds
from patron.activation.destinations.google_sign_in import GoogleSignIn, service_account
from patron.activation.destinations.http import Http
from patron.activation.match_keys import Person, google_keys, hashed

LIST = "7001"


def member(number, *, kind="member", audience=LIST, **known):
    known = known or {"emails": (f"ann.smith+{number}@example.org",), "phones": ("07700 900123",), "country": "GB"}
    content = {"list": audience, "keys": google_keys(Person(**known))}
    return Delivery(
        delivery_id=f"{number:032x}", kind=kind, customer_id=f"c{number}", content=content, purpose="advertising",
        channel="ads",
    )  # fmt: skip


def made(url, *, timeout_s=2.0, sign_in_at=None, login=None):
    token_url = f"{sign_in_at or url}/token"
    account = service_account(account_file(token_url))
    return GoogleAds(
        "google", account="1234567890", login_account=login,
        sign_in=GoogleSignIn(account, scope=SCOPE, timeout_s=timeout_s),
        http=Http(url, timeout_s=timeout_s, repeats="recognised"),
    )  # fmt: skip


class TestTheLawsOfDestinations(HttpConformance):
    keyed = False  # a member added twice is one: there is nothing to recognise a request by
    statuses: ClassVar = {400: "retry", 404: "retry"}  # about the list: nobody in it is wrong (see below for who is)

    @pytest.fixture(autouse=True)
    def signed_in(self):
        google = Google()
        with DestinationServer(otherwise=lambda request: google(request)) as self.door:
            yield

    def delivery(self, number):
        return member(number)

    def made(self, url, timeout_s):
        return made(url, timeout_s=timeout_s, sign_in_at=self.door.url)


@pytest.fixture
def google():
    return Google()


@pytest.fixture
def server(google):
    with DestinationServer(otherwise=lambda request: google(request)) as server:
        yield server


@pytest.fixture
def ads(server):
    opened = made(server.url)
    yield opened
    opened.close()


def deliver(ads, *deliveries):
    return [one.status for one in ads.deliver(deliveries, now=NOW)]


def test_who_comes_and_goes_is_told_in_the_published_format(ads, google, server):
    whole = {
        "emails": ("Ann.Smith@googlemail.com",), "phones": ("07700 900123",), "given_name": "Mrs. Ann",
        "family_name": "O’Brien", "postal_code": "sw1a1aa", "country": "United Kingdom",
    }  # fmt: skip
    assert deliver(ads, member(1, **whole), member(2)) == ["accepted"] * 2
    assert len(google.members[LIST]) == 2
    told = server.requests[-1].json()["audienceMembers"][0]["userData"]["userIdentifiers"]
    assert told == [
        {"emailAddress": hashed("annsmith@googlemail.com")},
        {"emailAddress": hashed("annsmith@gmail.com")},
        {"phoneNumber": hashed("+447700900123")},
        {"address": {
            "givenName": hashed("ann"), "familyName": hashed("obrien"), "regionCode": "GB", "postalCode": "SW1A 1AA",
        }},
    ]  # fmt: skip
    assert deliver(ads, member(1, kind="removal", **whole)) == ["accepted"]
    assert len(google.members[LIST]) == 1
    assert google.faults == []


def test_adding_twice_is_one(ads, google):
    deliver(ads, member(1))
    deliver(ads, replace(member(1), attempt=2))
    assert len(google.members[LIST]) == 1


def test_who_comes_and_goes_in_one_batch_is_out(ads, google):
    assert deliver(ads, member(1), member(2), member(1, kind="removal")) == ["accepted"] * 3
    assert len(google.members[LIST]) == 1
    assert google.faults == []


def test_each_list_has_its_own_requests(ads, google, server):
    mixed = [member(1), member(2, audience="7002"), member(3), member(4, audience="7002")]
    assert deliver(ads, *mixed) == ["accepted"] * 4
    assert {name: len(found) for name, found in google.members.items()} == {"7001": 2, "7002": 2}
    assert len([one for one in server.requests if "ingest" in one.path]) == 2


def test_one_that_is_wrong_takes_nobody_with_it(ads, google):
    bad = member(2, emails=("bad@example.org",))
    google.wrong = {hashed("bad@example.org")}
    outcomes = ads.deliver([member(1), bad, member(3)], now=NOW)
    assert [one.status for one in outcomes] == ["accepted", "rejected", "accepted"]
    assert outcomes[1].reason == "invalid_sha256_format"
    assert len(google.members[LIST]) == 2


def test_a_list_that_is_not_there_rejects_nobody(ads, server):
    deliver(ads, member(1))  # signed in
    error = {"code": 400, "status": "INVALID_ARGUMENT", "details": [
        {"fieldViolations": [{"field": "destinations.destinations[0]", "reason": "INVALID_DESTINATION"}]}
    ]}  # fmt: skip
    server.will(answer(400, body={"error": error}))
    [outcome] = ads.deliver([member(2)], now=NOW)
    assert (outcome.status, outcome.reason) == ("retry", "invalid_destination")


def test_a_token_that_was_refused_is_asked_for_anew(ads, server):
    deliver(ads, member(1))
    server.will(answer(401, body={}))
    assert deliver(ads, member(2)) == ["retry"]
    assert deliver(ads, member(2)) == ["accepted"]
    assert len([one for one in server.requests if one.path == "/token"]) == 2


def test_a_large_audience_leaves_in_requests_of_ten_thousand(ads, google, server):
    key = {"emailAddress": hashed("x@example.org")}
    many = [replace(member(1), delivery_id=str(at), content={"list": LIST, "keys": [key]}) for at in range(10_001)]
    assert set(deliver(ads, *many)) == {"accepted"}
    sizes = [len(one.json()["audienceMembers"]) for one in server.requests if "ingest" in one.path]
    assert sizes == [10_000, 1]
    assert google.faults == []


def test_a_manager_account_is_named_where_one_is_used(server, google):
    opened = made(server.url, login="999")
    deliver(opened, member(1))
    opened.close()
    told = server.requests[-1].json()["destinations"][0]
    assert told["loginAccount"] == {"accountType": "GOOGLE_ADS", "accountId": "999"}
    assert google.faults == []
