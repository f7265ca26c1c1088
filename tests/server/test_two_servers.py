"""Two `patron serve` on one project: they share its database, and are of one mind."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from patron.engines.inbox_tables import INBOX
from patron.pipeline import clock
from patron.privacy.tokens import create_token
from served import Served
from server_project import empty_project

EVENTS = 60


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_two_servers_take_each_event_once_and_know_the_same_tokens(tmp_path, database, request):
    more = "" if database == "sqlite" else f"state: {request.getfixturevalue('migrated_database')}\n"
    project = empty_project(tmp_path, more)
    with project.state() as state:
        _made, token = create_token(state, name="shop", scopes=["write"], now=clock.now(), actor="test")
    with Served(project.folder) as one, Served(project.folder) as other:
        assert one.address != other.address
        with one.client(auth=(token, "")) as first, other.client(auth=(token, "")) as second:
            for number in range(EVENTS):
                event = {"messageId": f"message-{number}", "userId": "ann", "event": "Product Viewed"}
                for client in (first, second) if number % 3 else (second, first):
                    assert client.post("/v1/track", json=event).status_code == 200
            assert [client.get("/ready").json()["ready"] for client in (first, second)] == [True, True]
    with project.state() as state, state.engine.connect() as connection:
        rows = connection.execute(select(INBOX.c.number, INBOX.c.message_id).order_by(INBOX.c.number)).all()
    assert Counter(name for _number, name in rows) == Counter(f"message-{number}" for number in range(EVENTS))
    assert [number for number, _name in rows] == sorted({number for number, _name in rows})
