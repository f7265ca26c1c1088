"""The outbox: a delivery is put in once, is counted, and nobody reads in the database what it says to whom."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from patron.engines.database import writing
from patron.engines.delivery_tables import DESTINATION_STATES, OUTBOX
from patron.engines.moments import stored
from patron.engines.outbox_state import OUTBOX_SCHEMA, Entry, counts, draining, of_customer, outbox_table, put
from patron.engines.sealed_text import open_text
from patron.errors import RunError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY, OTHER = (base64.b64encode(bytes([one]) * 32).decode() for one in (1, 2))


def entry(number: int = 1, **more: object) -> Entry:
    facts = {
        "delivery_id": f"d{number}", "destination": "mail", "kind": "message", "source": "live",
        "customer_id": f"c{number}", "content": {"text": "Grüße, Ann"}, "address": "ann@example.org",
        "channel": "email", "made_at": NOW, "due_at": NOW, "expires_at": NOW + timedelta(days=1),
    }  # fmt: skip
    return Entry(**(facts | more))


def kept(state) -> list[dict[str, object]]:
    with state.engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(select(OUTBOX).order_by(OUTBOX.c.delivery_id))]


def test_what_is_known_stays_as_it_is(state):
    with writing(state.engine) as connection:
        assert put(connection, [entry(1), entry(2), entry(1, address="twice@example.org")]) == 2
        assert put(connection, [entry(2, address="other@example.org"), entry(3)]) == 1
        assert put(connection, []) == 0
    assert [row["address"] for row in kept(state)] == ["ann@example.org"] * 3
    with state.engine.connect() as connection:
        assert counts(connection) == {("mail", "waiting"): 3}


def test_more_than_one_part(state):
    with writing(state.engine) as connection:
        assert put(connection, (entry(number) for number in range(2_100))) == 2_100


def test_with_a_key_nothing_of_a_person_can_be_read(state, monkeypatch):
    monkeypatch.setenv("PATRON_KEY", KEY)
    with writing(state.engine) as connection:
        put(connection, [entry(1), entry(2, address=None)])
    row, without = kept(state)
    assert "ann" not in row["address"].lower()
    assert "Ann" not in row["content"]
    assert open_text(row["address"], "outbox.address") == "ann@example.org"
    assert json.loads(open_text(row["content"], "outbox.content")) == {"text": "Grüße, Ann"}
    assert without["address"] is None
    monkeypatch.setenv("PATRON_KEY", OTHER)
    with pytest.raises(RunError):
        open_text(row["address"], "outbox.address")
    monkeypatch.delenv("PATRON_KEY")
    with pytest.raises(RunError):
        open_text(row["address"], "outbox.address")
    assert open_text("ann@example.org", "outbox.address") == "ann@example.org"


def test_facts_hold_neither_address_nor_words(state):
    with writing(state.engine) as connection:
        put(connection, [entry(1, trigger="cart", iteration=2), entry(2, customer_id="c1", due_at=NOW)])
    with state.engine.connect() as connection:
        first, second = of_customer(connection, "c1")
    assert (first.trigger, first.iteration, first.state, first.made_at) == ("cart", 2, "waiting", NOW)
    assert "example.org" not in repr((first, second, entry(1)))
    table = outbox_table(state)
    assert table.schema == OUTBOX_SCHEMA
    assert table["delivery_id"].to_pylist() == ["d1", "d2"]
    assert not {"address", "content"} & set(table.column_names)


def test_what_is_being_drained_takes_nothing_new(state):
    row = {"destination": "mail", "paused": False, "draining": True, "breaker": "closed", "failures": 0}
    with writing(state.engine) as connection:
        connection.execute(insert(DESTINATION_STATES).values(row | {"changed_at": stored(NOW)}))
        assert draining(connection) == {"mail"}
        assert put(connection, [entry(1), entry(2, destination="hook")]) == 1
