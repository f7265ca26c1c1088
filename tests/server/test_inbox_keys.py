"""What came long ago is forgotten, what came of late is known again."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from patron.engines import inbox_keys
from patron.engines.inbox_keys import forget_keys
from patron.engines.inbox_state import micros, newest
from patron.engines.inbox_write import Group, InboxWriter, event_key
from patron.engines.state import State


def sent(state: State, message_ids: list[str], day: date) -> int:
    """Write events as the intake does on a day; return how many were new."""
    now = micros(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    group = Group(
        keys=[event_key("web", one) for one in message_ids],
        events=[(one, "web", "track", now, None, False, None, b"{}") for one in message_ids],
    )
    writer = InboxWriter(state.engine)
    try:
        return writer.write(group, now=now)
    finally:
        writer.close()


@pytest.mark.parametrize("together", [2, 100])
def test_keys_of_days_before_are_forgotten(database, monkeypatch, together):
    monkeypatch.setattr(inbox_keys, "TOGETHER", together)
    state = database
    assert sent(state, ["a", "b", "c", "d", "e"], date(2026, 1, 1)) == 5
    assert sent(state, ["f", "a"], date(2026, 1, 2)) == 1
    assert forget_keys(state, before=date(2026, 1, 1)) == 0
    assert forget_keys(state, before=date(2026, 1, 2)) == 5
    assert sent(state, ["a", "f"], date(2026, 1, 3)) == 1  # a counts anew, f is known still
    with state.engine.connect() as connection:
        assert newest(connection) == 7
