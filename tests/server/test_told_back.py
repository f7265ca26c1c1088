"""What destinations tell of messages is known to runs, closes addresses, and is obeyed; told again it is one."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from outbox_rows import NOON, put_rows
from patron.activation.delivery import Feedback
from patron.engines.inbox_state import events_after
from patron.engines.state_tables import CONSENT_STATEMENTS
from patron.engines.suppression_tables import SUPPRESSIONS
from patron.pipeline.told_back import tell_back
from patron.privacy.statements import Statement, state_consent
from patron.sources.collected.rows import rows_of
from patron.sources.stream import read_event

PARIS = ZoneInfo("Europe/Paris")


def said(happened, delivery_id="d1", *, feedback_id=None, minutes=5, **more):
    at = NOON + timedelta(minutes=minutes)
    told = feedback_id or f"{delivery_id}-{happened}"
    return Feedback(feedback_id=told, delivery_id=delivery_id, happened=happened, occurred_at=at, **more)


def tell(state, *feedback):
    return tell_back(state, feedback, zone=PARIS, now=NOON + timedelta(hours=1))


def rows(state, source):
    """Return the rows of a source that a run would read."""
    with state.engine.connect() as connection:
        calls = events_after(connection, 0, limit=100)
    return [row for one in calls for name, row in rows_of(read_event(one)) if name == source]


def table(state, of):
    with state.engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(select(of))]


@pytest.mark.parametrize("channel", ["email", "sms", "push", "post", "phone"])
@pytest.mark.parametrize(
    ("happened", "read_as"),
    [("delivered", "delivered"), ("opened", "opened"), ("clicked", "clicked"), ("bounced", "bounced"),
     ("complained", "unsubscribed"), ("unsubscribed", "unsubscribed")],
)  # fmt: skip
def test_a_run_reads_what_happened_to_a_message_by_every_channel(database, channel, happened, read_as):
    put_rows(database, {"delivery_id": "d1", "channel": channel, "trigger": "cart", "step": "one", "variant": "v=2"})
    assert tell(database, said(happened)) == 1
    (row,) = rows(database, "messages")
    assert row == {
        "customer_id": "ann", "occurred_at": "2026-03-02T12:05:00.000000Z", "campaign": "cart", "message": "one",
        "variant": "v=2", "message_id": "d1", "channel": channel, "event": read_as,
    }  # fmt: skip
    assert not rows(database, "events"), "it is no visit"


def test_the_same_told_again_is_one(database):
    put_rows(database, {"delivery_id": "d1"}, {"delivery_id": "d2", "customer_id": "bob"})
    assert tell(database, said("opened"), said("opened", "d2")) == 2
    assert tell(database, said("opened"), said("opened", "d2"), said("clicked", "d2")) == 1
    assert len(rows(database, "messages")) == 3


def test_what_is_about_no_delivery_of_ours_leaves_nothing(database):
    assert tell(database, said("unsubscribed", "theirs"), said("bounced", "theirs", permanent=True)) == 0
    assert (rows(database, "messages"), table(database, CONSENT_STATEMENTS)) == ([], [])


@pytest.mark.parametrize(
    ("told", "reason"),
    [(said("bounced", permanent=True, reason="5.1.1"), "bounced"), (said("complained"), "complained"),
     (said("bounced", permanent=False), None), (said("bounced"), None), (said("opened"), None)],
)  # fmt: skip
def test_dead_and_complaining_addresses_are_closed(database, told, reason):
    put_rows(database, {"delivery_id": "d1", "address_hash": "h1"})
    tell(database, told)
    tell(database, told)
    found = [(row["address_hash"], row["channel"], row["reason"]) for row in table(database, SUPPRESSIONS)]
    assert found == ([("h1", "email", reason)] if reason else [])


@pytest.mark.parametrize("happened", ["complained", "unsubscribed"])
def test_who_leaves_has_said_no_from_then_on_in_the_shops_time(database, happened):
    put_rows(database, {"delivery_id": "d1", "channel": "sms"})
    tell(database, said(happened))
    tell(database, said(happened))
    (statement,) = table(database, CONSENT_STATEMENTS)
    kept = {name: statement[name] for name in ("customer_id", "purpose", "channel", "status", "source")}
    assert kept == {"customer_id": "ann", "purpose": "marketing", "channel": "sms", "status": "revoked",
                    "source": "delivery:mail"}  # fmt: skip
    assert statement["given_at"].isoformat() == "2026-03-02T13:05:00"
    (row,) = rows(database, "consents")
    assert (row["status"], row["purpose"], row["channel"]) == ("revoked", "marketing", "sms")


def test_a_no_that_was_said_on_our_own_page_is_not_said_twice_and_a_later_yes_stands(database):
    put_rows(database, {"delivery_id": "d1"})
    no = Statement(customer_id="ann", purpose="marketing", channel="email", status="denied", proof="d1",
                   given_at=NOON.replace(tzinfo=None))  # fmt: skip
    state_consent(database, [no], today=NOON.date())
    tell(database, said("unsubscribed"))
    assert len(table(database, CONSENT_STATEMENTS)) == 1
    tell(database, said("complained"))
    assert len(table(database, CONSENT_STATEMENTS)) == 2, "calling it spam is another thing"


def test_a_moment_in_the_future_is_now(database):
    put_rows(database, {"delivery_id": "d1"})
    tell(database, said("unsubscribed", minutes=60 * 24 * 400))
    assert rows(database, "messages")[0]["occurred_at"] == "2026-03-02T13:00:00.000000Z"
    assert table(database, CONSENT_STATEMENTS)[0]["given_at"].isoformat() == "2026-03-02T14:00:00"
