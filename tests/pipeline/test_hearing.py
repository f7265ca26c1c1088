"""What systems tell of people: about deliveries of ours, about messages of theirs, about nobody that is known."""

from __future__ import annotations

import json
import shutil
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm_servers import TOKEN, BrazeWorkspace, HubSpotAccount, serving
from delivering_shop import MORNING, delivering_shop
from destination_server import answer
from outbox_rows import put_rows
from patron.activation.delivery import Feedback, Theirs
from patron.engines.inbox_state import events_after
from patron.engines.inbox_tables import INBOX
from patron.engines.state import State
from patron.engines.state_tables import CONSENT_STATEMENTS
from patron.engines.suppression_tables import SUPPRESSIONS
from patron.engines.written_profile_state import cursor_of
from patron.pipeline import Project, open_project
from patron.pipeline.hearing import hear
from patron.pipeline.reading_back import read_back
from patron.privacy.closed_address import address_hash
from patron.sources.collected import tables_of
from patron.sources.stream import read_event

SETTINGS = """\
name: Tea
currency: EUR
timezone: Europe/Paris
sources: {{customers: {{path: customers.csv}}}}
destinations:
  scores: {{type: hubspot, token: {token}, url: {hubspot}, profile: {{}}}}
  mail: {{type: hubspot, token: {token}, url: {hubspot}, channels: [email], email_id: 7}}
  push: {{type: braze, key: {token}, url: {braze}, read_back: true}}
  files: {{type: files, folder: out}}
"""

PEOPLE = {
    "identifiers": [
        {"source": "s", "record_id": one, "kind": kind, "value": value, "status": "used"}
        for one, kind, value in (
            ("ann", "email", "ann.lee@example.com"), ("bob", "email", "two@example.com"),
            ("eve", "email", "two@example.com"), ("bob", "phone", "+447700900123"),
        )
    ],
}  # fmt: skip

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    nowhere = SETTINGS.format(token=TOKEN, hubspot="http://h", braze="http://b")
    return delivering_shop(tmp_path_factory.mktemp("shops") / "shop", settings=nowhere, **PEOPLE).folder


@pytest.fixture
def accounts():
    made = HubSpotAccount(), BrazeWorkspace()
    yield made
    assert made[0].wrong + made[1].wrong == []


@pytest.fixture
def shop(tmp_path, template, accounts):
    with serving(accounts[0]) as first, serving(accounts[1]) as second:
        folder = tmp_path / "shop"
        shutil.copytree(template, folder)
        (folder / "patron.yaml").write_text(SETTINGS.format(token=TOKEN, hubspot=first.url, braze=second.url))
        yield open_project(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request, shop):
    """The shop's operational database, on each of the two."""
    if request.param == "sqlite":
        with shop.state() as state:
            yield state
    else:
        with State.open(request.getfixturevalue("migrated_database")) as state:
            yield state


def theirs(number: int = 1, **said: Any) -> Theirs:
    plain = {"feedback_id": f"f{number}", "happened": "opened", "occurred_at": MORNING, "channel": "email"}
    return Theirs(**{**plain, **said})


def heard(shop: Project, state: State, *told: Theirs | Feedback, now: datetime = MORNING + HOUR) -> int:
    return hear(shop, state, told, destination="mail", now=now)


def calls(state: State) -> list[dict[str, Any]]:
    with state.engine.connect() as connection:
        return [json.loads(row.payload) for row in connection.execute(select(INBOX).order_by(INBOX.c.number))]


def statements(state: State) -> list[tuple[str, str, str, str]]:
    with state.engine.connect() as connection:
        rows = connection.execute(select(CONSENT_STATEMENTS))
        return [(row.customer_id, row.channel, row.status, row.source) for row in rows]


def test_a_receipt_names_the_delivery(shop, state):
    put_rows(state, {"delivery_id": "d1", "state": "delivered", "receipt": "r1", "customer_id": "ann"})
    told = [theirs(1, receipt="r1", customer_id="ann"), theirs(2, receipt="d1", happened="clicked")]
    assert heard(shop, state, *told) == 2
    assert [one["properties"]["message_id"] for one in calls(state)] == ["d1", "d1"]
    assert [one["userId"] for one in calls(state)] == ["ann", "ann"]


def test_a_receipt_of_several_names_the_delivery_of_the_person(shop, state):
    for one in ("ann", "bob"):
        put_rows(state, {"delivery_id": f"d-{one}", "state": "delivered", "receipt": "dispatch1", "customer_id": one})
    heard(shop, state, theirs(1, receipt="dispatch1", customer_id="bob"))
    assert [one["properties"]["message_id"] for one in calls(state)] == ["d-bob"]


def test_an_account_that_is_named_twice_is_one(shop, state):
    put_rows(state, {"delivery_id": "p1", "destination": "scores", "kind": "profile", "channel": None,
                     "state": "delivered", "receipt": "101", "customer_id": "ann"})  # fmt: skip
    assert heard(shop, state, theirs(1, happened="unsubscribed", receipt="101")) == 1
    assert statements(state) == [("ann", "email", "revoked", "delivery:mail")]


def test_what_ours_set_going_is_about_the_last_one_before_it(shop, state):
    for hour, name in enumerate(("d1", "d2", "d3")):
        put_rows(state, {"delivery_id": name, "state": "delivered", "customer_id": "ann",
                         "handed_at": (MORNING + hour * HOUR).replace(tzinfo=None)})  # fmt: skip
    at = MORNING + 1.5 * HOUR
    heard(shop, state, theirs(1, customer_id="ann", answers=True, occurred_at=at), now=MORNING + 9 * HOUR)
    assert [one["properties"]["message_id"] for one in calls(state)] == ["d2"]


def test_what_they_sent_on_their_own_is_a_message_of_the_person(shop, state):
    told = [
        theirs(1, happened="delivered", customer_id="ann", campaign="Spring", message="M1"),
        theirs(2, happened="opened", address=" Ann.Lee@Example.com", campaign="Spring", message="M1"),
        theirs(3, happened="clicked", channel="sms", address="+44 7700 900123", campaign="Sale"),
    ]
    assert heard(shop, state, *told) == 3
    assert heard(shop, state, *told) == 0
    assert [(one["userId"], one["event"]) for one in calls(state)] == [
        ("ann", "Email Delivered"), ("ann", "Email Opened"), ("bob", "SMS Link Clicked"),
    ]  # fmt: skip
    [first, second, third] = [one["properties"]["message_id"] for one in calls(state)]
    assert first == second != third


def test_a_run_collects_it_as_a_message(shop, state):
    heard(shop, state, theirs(1, happened="delivered", customer_id="ann", campaign="Spring", message="M1"))
    with state.engine.connect() as connection:
        [row] = events_after(connection, 0, limit=10)
    event = read_event(row)
    made = [one for one in tables_of([event])["messages"].to_pylist() if one["customer_id"] == "ann"]
    assert [(one["event"], one["campaign"], one["message"], one["channel"]) for one in made] == [
        ("delivered", "Spring", "M1", "email")
    ]


@pytest.mark.parametrize(
    "who",
    [
        {"address": "nobody@example.com"}, {"address": "two@example.com"}, {"customer_id": "stranger"}, {},
        {"receipt": "unheard of"},
    ],
)  # fmt: skip
def test_of_people_whom_nobody_knows_nothing_is_kept(shop, state, who):
    assert heard(shop, state, theirs(1, happened="unsubscribed", **who)) == 0
    assert calls(state) == []
    assert statements(state) == []


def test_who_leaves_there_says_no_here_once(shop, state):
    told = [theirs(1, happened="unsubscribed", customer_id="ann"), theirs(2, happened="complained", customer_id="ann")]
    heard(shop, state, *told)
    heard(shop, state, *told)
    assert statements(state) == [("ann", "email", "revoked", "delivery:mail")]


def test_a_bounce_of_a_delivery_closes_the_address(shop, state):
    hashed = address_hash("email", "ann.lee@example.com")
    put_rows(state, {"delivery_id": "d1", "state": "delivered", "customer_id": "ann", "address_hash": hashed})
    heard(shop, state, theirs(1, happened="bounced", receipt="d1", permanent=True))
    with state.engine.connect() as connection:
        assert [row.address_hash for row in connection.execute(select(SUPPRESSIONS))] == [hashed]


def test_reading_back_goes_on_from_where_it_was(shop, state, accounts):
    put_rows(state, {"delivery_id": "d1", "state": "delivered", "customer_id": "ann"})
    at = int((MORNING - HOUR).timestamp() * 1000)
    accounts[0].events = [
        {"id": "e1", "type": "OPEN", "created": at, "recipient": "ann.lee@example.com", "sendId": "d1"},
        {"id": "e2", "type": "CLICK", "created": at, "recipient": "ann.lee@example.com", "emailCampaignId": 9},
    ]
    accounts[1].unsubscribes = [{"email": "ann.lee@example.com", "unsubscribed_at": "2026-03-02 08:00:00 +0000"}]
    first = read_back(shop, state, now=MORNING)
    assert (first.new, first.failed) == ({"mail": 2, "push": 1}, {})
    again = read_back(shop, state, now=MORNING + timedelta(minutes=1))
    assert again.new == {"mail": 0, "push": 0}
    assert ("ann", "email", "revoked", "delivery:push") in statements(state)
    with state.engine.connect() as connection:
        assert cursor_of(connection, "mail", "feedback") == (MORNING + timedelta(minutes=1)).isoformat()
        assert cursor_of(connection, "scores", "feedback") is None


def test_one_that_does_not_answer_keeps_no_other_from_being_read(shop, state, accounts):
    accounts[0].answered = lambda request: answer(500)  # type: ignore[method-assign]
    done = read_back(shop, state, now=MORNING)
    assert done.new == {"push": 0}
    assert list(done.failed) == ["mail"]
    assert "500" in done.failed["mail"].problem
    with state.engine.connect() as connection:
        assert cursor_of(connection, "mail", "feedback") is None
        assert cursor_of(connection, "push", "feedback") == date(2026, 3, 2).isoformat()
