"""`patron intake`: what came, what could not be used, and judging it again."""

from __future__ import annotations

import json
from contextlib import closing

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from patron.cli.main import app
from patron.engines.database import writing
from patron.engines.inbox_state import events_after
from patron.engines.inbox_tables import DEAD_LETTERS
from patron.engines.inbox_write import InboxWriter
from server_project import empty_project

pytest.importorskip("msgspec", reason="needs patron[server]")

NOW = 1_736_942_400_000_000


@pytest.fixture
def project(tmp_path):
    """A project whose inbox holds one event and three dead letters."""
    from patron.server.intake.sorted import Came

    made = empty_project(tmp_path)
    came = Came("shop", NOW, False)
    came.take(b'{"type": "track", "userId": "ann", "event": "x", "messageId": "m-1"}', None)
    came.take(b'{"type": "track", "userId": "ann"}', None)
    came.take(b'{"type": "dance", "userId": "ann", "messageId": "m-2", "event": "x"}', None)
    came.take_any(b"{no json", None)
    with made.state() as state, closing(InboxWriter(state.engine)) as writer:
        writer.write(came, now=NOW)
    return made


def told(project, *words):
    done = CliRunner().invoke(app, ["intake", *words, "--project", str(project.folder), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def said(project, *words):
    done = CliRunner().invoke(app, ["intake", *words, "--project", str(project.folder)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_status_and_list_say_what_came_and_show_nobody_unless_asked(project):
    status = told(project, "status")
    assert (status["came"], status["in_inbox"]) == (1, 1)
    assert status["dead_letters"] == {"no_event": 1, "type": 1, "unreadable": 1}
    assert "1 dead letter: A track call needs the event's name" in said(project, "status")
    assert "ann" not in said(project, "dead")
    (letter,) = told(project, "dead", "--reason", "type")["dead_letters"]
    assert (letter["kind"], letter["source"], json.loads(letter["payload"])["userId"]) == ("dance", "shop", "ann")


def test_what_can_be_used_by_now_moves_to_the_inbox_once(project):
    assert told(project, "replay") == {"used": 0, "left": 3}
    with project.state() as state:
        with writing(state.engine) as connection:  # as if a later version knew this call
            mended = DEAD_LETTERS.c.kind == "dance"
            connection.execute(update(DEAD_LETTERS).where(mended).values(kind="track"))
        assert told(project, "replay") == {"used": 1, "left": 2}
        assert told(project, "replay", "--reason", "type") == {"used": 0, "left": 0}
        with state.engine.connect() as connection:
            rows = events_after(connection, 0, limit=10)
    assert [(row.message_id, row.kind) for row in rows] == [("m-1", "track"), ("m-2", "track")]
    assert rows[0].received_at == rows[1].received_at, "it came when it came, not when it was replayed"


def test_dead_letters_can_be_thrown_away(project):
    assert told(project, "dead", "--drop", "--reason", "no_event") == {"dropped": 1}
    assert told(project, "dead", "--drop") == {"dropped": 2}
    assert "no dead letters" in said(project, "dead")


def test_a_reason_that_there_is_not_is_refused_with_the_nearest(project):
    done = CliRunner().invoke(app, ["intake", "dead", "--reason", "typ", "--project", str(project.folder)])
    assert done.exit_code == 2
    assert "'type'" in done.output
