"""What simulated people did and allowed: visits, consents, requests and bought attributes, each with its truth."""

from __future__ import annotations

import base64
from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from patron.simulate import Shop, shop
from patron.simulate.persons.consents import CONTRADICTED
from patron.simulate.persons.requests import KINDS
from patron.simulate.persons.tcf import tc_string

LAST = date(2024, 12, 31)


@pytest.fixture(scope="module")
def known() -> Shop:
    return shop(customers=8000, seed=9, mess=False, identity=True)


@pytest.fixture(scope="module")
def person(known: Shop) -> dict[str, str]:
    rows = known.truth["people"].to_pylist()
    return {row["record_id"]: row["person_id"] for row in rows}


# Visits


def test_there_are_about_three_events_a_customer_and_more_of_the_active(known: Shop) -> None:
    assert 2.5 < known.events.num_rows / known.customers.num_rows < 4
    lines = Counter(known.order_lines["customer_id"].to_pylist())
    events = Counter(known.truth["events"]["record_id"].to_pylist())
    ranked = sorted(known.customers["customer_id"].to_pylist(), key=lambda who: lines[who])
    few, many = (sum(events[who] for who in part) for part in (ranked[:800], ranked[-800:]))
    assert many > 2.5 * few


def test_every_event_is_somebodys(known: Shop, person: dict[str, str]) -> None:
    truth = known.truth["events"].to_pylist()
    came = known.events.to_pylist()
    assert [row["event_id"] for row in truth] == [row["event_id"] for row in came]
    assert len({row["event_id"] for row in truth}) == len(truth)
    assert all(row["person_id"] == person[row["record_id"]] for row in truth)
    assert all(row["customer_id"] in (None, true["record_id"]) for row, true in zip(came, truth, strict=True))
    nobody = sum(row["customer_id"] is None for row in came) / len(came)
    assert 0.3 < nobody < 0.6
    assert all(row["event"] not in ("sign_in",) or row["customer_id"] for row in came)
    moments = [row["occurred_at"] for row in came]
    assert moments == sorted(moments)
    assert max(moments).date() <= LAST


def test_a_visit_is_one_persons_on_one_device(known: Shop) -> None:
    frame = known.events.append_column("record_id", known.truth["events"]["record_id"])
    for column in ("record_id", "anonymous_id"):
        counts = frame.group_by("session_id").aggregate([(column, "count_distinct")])
        assert pc.max(counts[f"{column}_count_distinct"]).as_py() == 1


def test_an_order_in_the_events_is_one_of_the_order_lines(known: Shop) -> None:
    events = known.events.append_column("record_id", known.truth["events"]["record_id"])
    bought = set(
        zip(known.order_lines["customer_id"].to_pylist(), known.order_lines["ordered_at"].to_pylist(), strict=True)
    )
    orders = events.filter(pc.equal(events["event"], "order")).to_pylist()
    assert len(orders) > 2000
    assert all((row["record_id"], row["occurred_at"]) in bought for row in orders)


def test_who_only_looks_looks_at_what_she_likes_and_some_far_more_often(known: Shop) -> None:
    """Of one shop: the share of looks at the category of most of her lines, against that of somebody else's."""
    category = dict(zip(*(known.products[name].to_pylist() for name in ("product_id", "category")), strict=True))
    lines = defaultdict(Counter)
    for row in known.order_lines.select(["customer_id", "product_id"]).to_pylist():
        lines[row["customer_id"]][category[row["product_id"]]] += 1
    events = known.events.append_column("record_id", known.truth["events"]["record_id"])
    ordering = set(events.filter(pc.equal(events["event"], "order"))["session_id"].to_pylist())
    looks = events.filter(pc.invert(pc.is_in(events["session_id"], pa.array(list(ordering)))))
    own = other = told = 0
    former = ""
    for row in looks.filter(pc.equal(looks["event"], "product_view")).to_pylist():
        if len(lines[row["record_id"]]) and sum(lines[row["record_id"]].values()) >= 5:
            seen = category[row["product_id"]]
            own += lines[row["record_id"]].most_common(1)[0][0] == seen
            other += bool(former) and lines[former].most_common(1)[0][0] == seen
            told, former = told + 1, row["record_id"]
    assert told > 500
    assert own > 1.5 * other
    keen = known.truth["keenness"].sort_by([("keenness", "descending")])["record_id"].to_pylist()
    visits = looks.group_by("record_id").aggregate([("session_id", "count_distinct")])
    count = dict(zip(visits["record_id"].to_pylist(), visits["session_id_count_distinct"].to_pylist(), strict=True))
    some, most = (sum(count.get(who, 0) for who in part) for part in (keen[-2000:], keen[:2000]))
    assert most > 10 * some


def test_own_devices_are_one_persons_and_shared_ones_are_not(known: Shop) -> None:
    kind = {row["device_id"]: row for row in known.truth["devices"].to_pylist()}
    users = defaultdict(set)
    for event, true in zip(known.events.to_pylist(), known.truth["events"].to_pylist(), strict=True):
        users[event["anonymous_id"]].add(true["person_id"])
    assert set(users) == set(kind)
    for device, who in users.items():
        assert kind[device]["kind"] != "own" or who == {kind[device]["person_id"]}
    assert max(len(who) for device, who in users.items() if kind[device]["kind"] == "kiosk") > 100
    assert max(len(who) for device, who in users.items() if kind[device]["kind"] == "household") in (2, 3, 4, 5)


def test_a_device_becomes_an_identifier_when_somebody_signs_in(known: Shop) -> None:
    found = known.identifiers.filter(pc.equal(known.identifiers["kind"], "device_id")).to_pylist()
    first: dict[tuple[str, str], date] = {}
    for row in known.events.to_pylist():
        if row["customer_id"]:
            first.setdefault((row["customer_id"], row["anonymous_id"]), row["occurred_at"].date())
    assert {(row["customer_id"], row["value"]) for row in found} == set(first)
    assert len(found) == len(first)
    late = [row for row in found if row["seen_on"] - first[row["customer_id"], row["value"]] > timedelta(1)]
    assert late == []


def test_a_card_is_one_persons_but_for_the_one_in_the_drawer(known: Shop, person: dict[str, str]) -> None:
    owners = defaultdict(set)
    for row in known.identifiers.to_pylist():
        if row["kind"] == "loyalty_id":
            owners[row["value"]].add(person[row["customer_id"]])
    assert [card for card, who in owners.items() if len(who) > 1] == ["0000000000"]


# Consents


def test_what_holds_follows_from_what_was_said(known: Shop, person: dict[str, str]) -> None:
    told = {
        (row["person_id"], row["purpose"], row["channel"]): row["allowed"]
        for row in known.truth["consents"].to_pylist()
    }
    assert told == holding(known.consents.to_pylist(), person)
    assert 0.2 < sum(told.values()) / len(told) < 0.7


def holding(statements: list[dict[str, Any]], person: dict[str, str]) -> dict[tuple[str, str, str], bool]:
    """Read the statements once more, slowly: the last second of each record counts, and the strictest of all."""
    last: dict[tuple[str, str, str], tuple[Any, bool]] = {}
    for row in statements:
        yes = row["status"] == "granted"
        if (row["purpose"], row["channel"]) == ("marketing", "email"):
            yes &= row["confirmed_at"] is not None
        yes &= row["expires_on"] is None or row["expires_on"] >= LAST
        channel = "all" if row["signal"] else row["channel"]
        key = (row["customer_id"], row["purpose"], channel)
        when, before = last.get(key, (row["given_at"], True))
        if row["given_at"] > when:
            before = True
        last[key] = (max(when, row["given_at"]), yes and before)
    held: dict[tuple[str, str, str], bool] = {}
    for (record, purpose, channel), (_, yes) in last.items():
        key = (person[record], purpose, channel)
        held[key] = held.get(key, True) and yes
    for who, purpose, channel in list(held):
        if purpose == "marketing" and held.get((who, "marketing", "all")) is False:
            held[who, purpose, channel] = False
    return held


def test_statements_show_every_turn_that_they_can_take(known: Shop) -> None:
    rows = known.consents.to_pylist()
    asked = [row for row in rows if row["channel"] == "email" and row["status"] == "granted"]
    assert 0.75 < sum(row["confirmed_at"] is not None for row in asked) / len(asked) < 0.90
    assert all(row["confirmed_at"] > row["given_at"] for row in asked if row["confirmed_at"])
    assert 0.1 < sum(row["status"] == "revoked" for row in rows) / len(asked) < 0.4
    assert any(row["expires_on"] and row["expires_on"] < LAST for row in asked)
    assert any(row["expires_on"] and row["expires_on"] >= LAST for row in asked)
    at_once = Counter((row["customer_id"], row["purpose"], row["channel"], row["given_at"]) for row in rows)
    clashes = sum(count > 1 for count in at_once.values())
    assert 0.3 * CONTRADICTED < clashes / known.customers.num_rows < 2 * CONTRADICTED
    assert Counter(row["signal"] == "gpc=1" for row in rows if row["signal"])[True] > 200
    assert {row["source"] for row in rows} >= {"checkout", "cookie_banner", "browser", "unsubscribe_link"}
    assert max(row["given_at"] for row in rows).date() <= LAST


def test_a_tc_string_says_what_was_agreed_to() -> None:
    for purposes in ((), (1,), (1, 3, 4), tuple(range(1, 25))):
        text = tc_string(purposes, day=date(2024, 1, 1))
        whole = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        bits = "".join(format(byte, "08b") for byte in whole)
        assert int(bits[:6], 2) == 2
        assert int(bits[6:42], 2) == int(bits[42:78], 2) == 19_723 * 864_000  # days from 1970 to 2024
        assert [at + 1 for at in range(24) if bits[152 + at] == "1"] == list(purposes)  # bits 152 to 175: purposes
        assert int(bits[176:200], 2) == 0  # no legitimate interests


# Requests and traits


def test_a_handful_of_people_ask(known: Shop, person: dict[str, str]) -> None:
    rows = known.truth["requests"].to_pylist()
    assert Counter(row["kind"] for row in rows) == dict.fromkeys(KINDS, 3)
    assert len({row["person_id"] for row in rows}) == len(rows)
    assert all(person[row["record_id"]] == row["person_id"] for row in rows)
    assert all(LAST - timedelta(63) < row["received_on"] <= LAST for row in rows)
    records = Counter(person.values())
    assert sum(records[row["person_id"]] > 1 for row in rows) >= len(rows) // 2


def test_bought_attributes_end_and_one_is_protected(known: Shop) -> None:
    rows = known.traits.to_pylist()
    assert {row["trait"] for row in rows} == {"household_income", "home_owner", "religion"}
    ended = sum(row["expires_on"] < LAST for row in rows) / len(rows)
    assert ended == pytest.approx(0.5, abs=4.5 * (0.25 / len(rows)) ** 0.5)
    ids = pa.array(known.customers["customer_id"].combine_chunks())
    for name in ("identifiers", "households", "consents", "traits"):
        assert pc.all(pc.is_in(getattr(known, name)["customer_id"].combine_chunks(), value_set=ids)).as_py()
