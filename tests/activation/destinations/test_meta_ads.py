"""Audiences at Meta, against a server that checks the Marketing API's published format."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from conformance import NOW, HttpConformance

from ad_platforms import Meta
from destination_server import DestinationServer, answer
from patron.activation.destinations import Delivery
from patron.activation.destinations.http import Http
from patron.activation.destinations.meta_ads import MetaAds
from patron.activation.match_keys import Person, hashed, meta_keys

LIST = "23850001"
TOKEN, SECRET = "meta-t0ken", "meta-s3cret"


def member(number, *, kind="member", audience=LIST, value=None, **known):
    known = known or {"emails": (f"ann.smith+{number}@example.org",), "phones": ("07700 900123",), "country": "GB"}
    content = {"list": audience, "keys": meta_keys(Person(**known))}
    return Delivery(
        delivery_id=f"{number:032x}", kind=kind, customer_id=f"c{number}",
        content=content if value is None else content | {"value": value}, purpose="advertising", channel="ads",
    )  # fmt: skip


def made(url, timeout_s=2.0):
    return MetaAds("meta", token=TOKEN, secret=SECRET, http=Http(url, timeout_s=timeout_s, repeats="recognised"))


class TestTheLawsOfDestinations(HttpConformance):
    keyed = False  # a member added twice is one: there is nothing to recognise a request by
    secrets = (TOKEN, SECRET)

    def delivery(self, number):
        return member(number)

    def made(self, url, timeout_s):
        return made(url, timeout_s)


@pytest.fixture
def meta():
    return Meta(secret=SECRET)


@pytest.fixture
def server(meta):
    with DestinationServer(otherwise=lambda request: meta(request)) as server:
        yield server


@pytest.fixture
def ads(server):
    opened = made(server.url)
    yield opened
    opened.close()


def deliver(ads, *deliveries):
    return [one.status for one in ads.deliver(deliveries, now=NOW)]


def payload(request):
    return json.loads(request.form()["payload"][0])


def test_rows_stand_under_the_schema_that_they_need(ads, meta, server):
    whole = {
        "emails": ("John_Smith@gmail.com",), "phones": ("1 (650) 551-2212",), "given_name": "Mary",
        "family_name": "O’Brien", "city": "New York", "region": "California", "postal_code": "94035-1234",
        "country": "US", "birth_date": "1984-02-29", "gender": "female",
    }  # fmt: skip
    assert deliver(ads, member(1, **whole), member(2, emails=("x@example.org",))) == ["accepted"] * 2
    assert payload(server.requests[0]) == {
        "schema": ["EMAIL", "PHONE", "FN", "LN", "CT", "ST", "ZIP", "COUNTRY", "DOBY", "DOBM", "DOBD", "GEN"],
        "data": [
            [hashed(one) for one in (
                "john_smith@gmail.com", "16505512212", "mary", "obrien", "newyork", "ca", "94035", "us", "1984", "02",
                "29", "f",
            )],
            [hashed("x@example.org"), *[""] * 11],
        ],
    }  # fmt: skip
    assert meta.faults == []


def test_what_may_be_written_in_two_ways_is_sent_in_both(ads, meta, server):
    deliver(ads, member(1, emails=("a@example.org",), city="Zürich", country="CH"))
    rows = payload(server.requests[0])["data"]
    assert [row[1] for row in rows] == [hashed("zurich"), hashed("zürich")]
    assert {row[0] for row in rows} == {hashed("a@example.org")}
    assert meta.faults == []


def test_who_leaves_is_named_by_the_same_rows(ads, meta, server):
    deliver(ads, member(1, value=40.0), member(2, value=0.0))
    assert list(meta.rows[LIST].values()) == ["40.00", "0.00"]
    deliver(ads, member(1, kind="removal", value=40.0))
    assert server.requests[-1].method == "DELETE"
    assert "LOOKALIKE_VALUE" not in payload(server.requests[-1])["schema"]
    assert len(meta.rows[LIST]) == 1
    assert meta.faults == []


def test_a_new_value_takes_the_place_of_the_old_one(ads, meta):
    deliver(ads, member(1, value=40.0))
    deliver(ads, member(1, value=55.0))
    assert list(meta.rows[LIST].values()) == ["55.00"]


def test_a_value_is_never_below_nothing(ads, meta):
    deliver(ads, member(1, value=-3.0))
    assert list(meta.rows[LIST].values()) == ["0.00"]
    assert meta.faults == []


def test_no_more_than_ten_thousand_rows_leave_at_once(ads, meta, server):
    rows = [{"EMAIL": hashed("a@example.org"), "CT": hashed(one)} for one in ("zurich", "zürich")]
    many = [replace(member(1), delivery_id=str(at), content={"list": LIST, "keys": rows}) for at in range(5_001)]
    assert set(deliver(ads, *many)) == {"accepted"}
    assert [len(payload(one)["data"]) for one in server.requests] == [10_000, 2]
    assert meta.faults == []


def test_the_same_batch_again_is_the_same_session(ads, server):
    deliver(ads, member(1))
    deliver(ads, replace(member(1), attempt=2))
    deliver(ads, member(2))
    first, again, other = (one.form()["session"][0] for one in server.requests)
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ({"code": 80003}, "retry"),
        ({"code": 17}, "retry"),
        ({"code": 2, "is_transient": True}, "retry"),
        ({"code": 190}, "retry"),
        ({"code": 200}, "retry"),
        ({"code": 100, "error_subcode": 33}, "retry"),
        ({"code": 100, "error_subcode": 1713230}, "retry"),
        ({"code": 100}, "rejected"),
    ],
    ids=str,
)
def test_errors_mean_what_their_codes_say(ads, server, error, status):
    server.will(answer(400, body={"error": {**error, "message": "ann.smith@example.org"}}))
    [outcome] = ads.deliver([member(1)], now=NOW)
    assert (outcome.status, outcome.reason) == (status, f"meta_{error['code']}")


def test_a_limit_says_when_to_come_again(ads, server):
    usage = json.dumps({"66782684": [{"type": "custom_audience", "estimated_time_to_regain_access": 5}]})
    server.will(answer(400, headers={"X-Business-Use-Case-Usage": usage}, body={"error": {"code": 80003}}))
    [outcome] = ads.deliver([member(1)], now=NOW)
    assert outcome.retry_after_s == 300


def test_rows_that_could_not_be_read_are_told(ads, server):
    server.will(answer(200, body={"session_id": "9", "num_received": 2, "num_invalid_entries": 1}))
    some = ads.deliver([member(1), member(2)], now=NOW)
    assert [(one.status, one.reason) for one in some] == [("accepted", "rows_not_read_1")] * 2
    server.will(answer(200, body={"session_id": "9", "num_received": 1, "num_invalid_entries": 1}))
    [none] = ads.deliver([member(1)], now=NOW)
    assert (none.status, none.reason) == ("rejected", "rows_not_read_1")
