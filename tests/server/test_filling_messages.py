"""What was decided is put into the outbox once, in words that are hers; what is not put in says why not."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from delivering_shop import DAY, MORNING, SETTINGS, decided, delivering_shop, live, publish
from inbox_calls import call, receive
from patron.engines.database import writing
from patron.engines.delivery_tables import OUTBOX
from patron.engines.destination_state import destination_state, remember_destination
from patron.engines.preference_state import Preference, keep_preference
from patron.engines.state_tables import CORRECTIONS
from patron.engines.timer_tables import SENDS
from patron.pipeline.filling.messages import Messages
from patron.pipeline.serving import published_of
from patron.privacy.closed_address import address_hash
from patron.server.live import fold
from patron.sources.stream import read_event


def box(state):
    """Return the outbox by customer and channel, with the content read."""
    with state.engine.connect() as connection:
        rows = connection.execute(select(OUTBOX).order_by(OUTBOX.c.delivery_id)).mappings()
        return {(row["customer_id"], row["channel"]): {**row, "content": json.loads(row["content"])} for row in rows}


def outcomes(state):
    with state.engine.connect() as connection:
        return {row.send_id: (row.outcome, row.reason) for row in connection.execute(select(SENDS))}


def fill(shop, state, *, now=MORNING):
    return Messages()(shop, state, now=now)


@pytest.fixture
def shop(tmp_path):
    return delivering_shop(tmp_path / "tea")


def test_a_live_message_leaves_in_her_words_by_the_first_destination_of_its_channel(shop, database):
    name = live(database, "ann", variant="headline=warm/copy=long")
    filled = fill(shop, database)
    assert (filled.made, filled.left_out) == ({"mail": 1}, {})
    row = box(database)["ann", "email"]
    told = ("delivery_id", "destination", "kind", "source", "state", "address", "trigger")
    assert {name: row[name] for name in told} == {
        "delivery_id": name, "destination": "mail", "kind": "message", "source": "live", "state": "waiting",
        "address": "Ann.Lee@Example.com", "trigger": "cart",
    }  # fmt: skip
    assert row["address_hash"] == address_hash("email", "ann.lee@example.com")
    said = row["content"]
    assert (said["subject"], said["language"], said["direction"]) == ("Ann, your cart", "en", "ltr")
    campaign = f"utm_source=patron&utm_medium=email&utm_campaign=cart&utm_content={name}"
    assert f"https://tea.example/cart?id=7&{campaign}#top. Stop: " in said["text"]
    assert said["text"].endswith(f"{said['unsubscribe_url']} or {said['preferences_url']}"), "ours stay as they are"
    assert said["unsubscribe_url"].startswith("https://patron.tea.example/u/")
    assert outcomes(database) == {name: ("sent", None)}
    assert fill(shop, database).made == {}


def test_what_a_run_decided_is_put_in_once_however_often_it_is_filled_and_decided_again(shop, database):
    publish(shop, decisions=[decided("ann"), decided("bob", send_at=datetime(2026, 3, 2, 18))])  # noqa: DTZ001
    assert fill(shop, database).made == {"mail": 2}
    before = box(database)
    assert before["bob", "email"]["due_at"] == datetime(2026, 3, 2, 17), "her evening, in UTC"  # noqa: DTZ001
    assert before["bob", "email"]["expires_at"] == datetime(2026, 3, 2, 23), "the end of the day in Paris"  # noqa: DTZ001
    assert fill(shop, database).made == {}
    publish(shop, decisions=[decided("ann", variant="headline=warm"), decided("bob")])
    assert fill(shop, database).made == {}
    assert box(database) == before
    publish(shop, as_of=DAY + timedelta(days=1), decisions=[
        decided("ann", send_on=DAY + timedelta(days=2), send_at=datetime(2026, 3, 3, 8), expires_on=DAY + timedelta(days=4)),  # noqa: DTZ001, E501
    ])  # fmt: skip
    assert fill(shop, database, now=MORNING + timedelta(days=1)).made == {"mail": 1}, "another day, another message"


@pytest.mark.parametrize(
    "row",
    [decided("ann", outcome=outcome) for outcome in ("queued", "refused", "held_out", "expired")]
    + [decided("ann", channel="web"), decided("ann", send_on=date(2026, 3, 3)),
       decided("ann", send_on=date(2026, 2, 28), expires_on=date(2026, 3, 1))],
    ids=lambda row: f"{row['outcome']}-{row['channel']}-{row['send_on']}",
)  # fmt: skip
def test_what_is_not_sent_not_due_over_or_shown_on_a_page_is_not_put_in(shop, database, row):
    publish(shop, decisions=[row])
    filled = fill(shop, database)
    assert (filled.made, filled.left_out, box(database)) == ({}, {}, {})


def test_who_is_not_put_in_has_a_reason(shop, database):
    names = [live(database, "eve"), live(database, "moe"), live(database, "bob", trigger="mute", send_id="m"),
             live(database, "ann", channel="phone"), live(database, "ann", send_id="old",
             expires_at=MORNING - timedelta(hours=1))]  # fmt: skip
    filled = fill(shop, database)
    assert filled.made == {}
    assert filled.left_out == {"no_address": 2, "no_words": 1, "no_destination": 1, "stale": 1}
    assert outcomes(database) == dict(
        zip(names, [("refused", "no_address")] * 2 + [("refused", "no_words"), ("refused", "no_destination"),
                                                     ("expired", "stale")], strict=True)
    )  # fmt: skip


def test_each_channel_has_its_address(shop, database):
    for customer_id, channel in (("ann", "sms"), ("bob", "sms"), ("bob", "push"), ("ann", "post"), ("bob", "post")):
        live(database, customer_id, channel=channel)
    assert fill(shop, database).left_out == {"no_address": 1}, "Bob has no street"
    rows = box(database)
    found = {place: (row["destination"], row["address"]) for place, row in rows.items()}
    assert found == {
        ("ann", "sms"): ("texts", "+33700900123"), ("bob", "sms"): ("texts", "+447700900123"),
        ("bob", "push"): ("texts", "tok-bob"), ("ann", "post"): ("post", None),
    }  # fmt: skip
    assert rows["ann", "post"]["content"]["facts"] == {
        "given_name": "Ann", "family_name": "Lee", "street": "1 rue Haute", "city": "Lyon", "postal_code": "69001",
        "household_id": "h:ann",
    }  # fmt: skip
    short = rows["bob", "sms"]["content"]["text"]
    assert "utm_content=live-bob-sms" in short
    assert "utm_source" not in short, "text messages are paid by length"


def test_what_she_put_right_and_chose_holds_at_once(shop, database):
    with writing(database.engine) as connection:
        keep_preference(connection, "bob", Preference(language="fr"), now=MORNING)
        connection.execute(CORRECTIONS.insert().values(
            customer_id="bob", attribute="email", value="robert@example.com", made_on=DAY, request_id=None
        ))  # fmt: skip
    live(database, "bob")
    fill(shop, database)
    row = box(database)["bob", "email"]
    assert (row["address"], row["content"]["subject"], row["content"]["language"]) == (
        "robert@example.com", "Votre panier", "fr"
    )  # fmt: skip


def test_whom_the_run_does_not_know_yet_is_reached_by_what_she_told_when_she_signed_in(shop, database):
    told = {"email": "zoe@example.com", "firstName": "Zoe"}
    rows = receive(
        database, [call("identify", MORNING, userId="zoe", traits=told, context={"device": {"token": "t9"}})]
    )
    with writing(database.engine) as connection:
        fold(connection, [read_event(row) for row in rows], published=published_of(shop)())
    live(database, "zoe")
    live(database, "zoe", channel="push")
    assert fill(shop, database).made == {"mail": 1, "texts": 1}
    rows = box(database)
    assert (rows["zoe", "email"]["address"], rows["zoe", "push"]["address"]) == ("zoe@example.com", "t9")
    assert rows["zoe", "email"]["content"]["subject"] == "Zoe, your cart"


def test_what_is_for_a_destination_that_takes_nothing_new_waits(shop, database):
    with writing(database.engine) as connection:
        state = destination_state(connection, "mail")
        remember_destination(connection, type(state)(**{**vars(state), "draining": True}), now=MORNING)
    name = live(database, "ann")
    filled = fill(shop, database)
    assert (filled.made, filled.left_out) == ({}, {"draining": 1})
    assert outcomes(database)[name] == ("waiting", None)


def test_many_are_put_in_and_a_second_call_asks_for_little(shop, database):
    many = [f"c{number:04d}" for number in range(1200)]
    golden = [{"customer_id": one, "attribute": "email", "value": f"{one}@example.com"} for one in many]
    publish(shop, more_people=many, golden_records=golden, decisions=[decided(one) for one in many])
    filler = Messages()
    assert filler(shop, database, now=MORNING).made == {"mail": 1200}
    assert filler(shop, database, now=MORNING).made == {}
    with database.engine.connect() as connection:
        assert Counter(connection.execute(select(OUTBOX.c.state)).scalars()) == {"waiting": 1200}


def test_a_shop_without_destinations_keeps_what_waits(tmp_path, database):
    shop = delivering_shop(tmp_path / "tea", settings=SETTINGS.partition("destinations:")[0])
    name = live(database, "ann")
    assert fill(shop, database).made == {}
    assert outcomes(database)[name] == ("waiting", None)


def test_it_is_in_the_outbox_and_marked_in_one_step(shop, database):
    """Killed in between, it would leave twice or never: a send that was put in by another is not put in again."""
    name = live(database, "ann")
    fill(shop, database)
    with writing(database.engine) as connection:
        connection.execute(update(SENDS).values(outcome="waiting"))
        connection.execute(update(OUTBOX).values(state="delivered"))
    fill(shop, database)
    assert box(database)["ann", "email"]["state"] == "delivered"
    assert outcomes(database)[name] == ("sent", None)
