"""A real server from its start to SIGTERM: what its log tells of whom, and what an end in the middle of load loses."""

from __future__ import annotations

import base64
import http.client
import json
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from delivering_shop import SETTINGS, delivering_shop
from destination_server import DestinationServer, answer, close, slow
from patron.engines.database import writing
from patron.engines.delivery_tables import OUTBOX
from patron.engines.inbox_state import events_after
from patron.engines.job_state import plan
from patron.engines.outbox_state import Entry, put
from patron.privacy.tokens import create_token
from served import Served

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "whsec_" + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
NOBODY = ("Zebedee", "Quillfeather", "zebedee", "quill", "+4917012345678", "17012345678", "visitor-77", "m-secret-1")
"""Of people that only this test knows: names, addresses, ids."""

PATHS = (
    "/v1/customers/visitor-77", "/v1/customers/zebedee@quillfeather.example", "/v1/nothing/+4917012345678",
    "/Zebedee?q=Quillfeather", "/u/visitor-77", "/preferences/zebedee@quillfeather.example",
)  # fmt: skip
"""Addresses with somebody in them."""


def shop(folder, hook, more=""):
    """A project with a run, a webhook, and a token that may do everything."""
    section = (
        f"  hook: {{type: webhook, url: '{hook.url}', secret: {SECRET}, channels: [push], batch: 1, at_once: 1000}}\n"
    )
    settings = SETTINGS.replace("server: {", "server: {log: json, stop_seconds: 10, ") + section + more
    project = delivering_shop(folder / "shop", settings=settings)
    with project.state() as state:
        token = create_token(state, name="all", scopes=["admin"], now=NOW, actor="test")[1]
    return project, token


def wait_in_the_outbox(project, many, **said):
    entries = [
        Entry(**{
            "delivery_id": f"d{place}", "destination": "hook", "kind": "message", "source": "live", "made_at": NOW,
            "due_at": NOW, "customer_id": "ann", "channel": "push", "purpose": "marketing",
            "content": {"text": "Zebedee, your tea"}, "address": "zebedee@quillfeather.example", **said,
        })
        for place in range(many)
    ]  # fmt: skip
    with project.state() as state, writing(state.engine) as connection:
        assert put(connection, entries) == many


def states(project):
    with project.state() as state, state.engine.connect() as connection:
        return {row.delivery_id: row.state for row in connection.execute(select(OUTBOX.c.delivery_id, OUTBOX.c.state))}


def until(holds, *, seconds=60):
    ends, waiting = time.monotonic() + seconds, threading.Event()
    while not holds():
        assert time.monotonic() < ends
        waiting.wait(0.02)


@pytest.mark.slow
def test_no_line_of_a_whole_life_names_anybody_and_each_is_json(tmp_path):
    with DestinationServer() as hook:
        hook.will(
            answer(500, body=b"zebedee@quillfeather.example is unknown"), close(), answer(400, body=b"Quillfeather")
        )
        (tmp_path / "archives").mkdir()
        project, token = shop(tmp_path, hook, 'backup: {to: ../archives}\nschedule: {backup: "03:00"}\n')
        wait_in_the_outbox(project, 4)
        with project.state() as state, writing(state.engine) as connection:
            plan(connection, "backup", at=NOW - timedelta(days=1))
        with Served(project.folder, "--today", "2026-03-02") as served, served.client() as client:
            key, mine = (token, ""), {"Authorization": f"Bearer {token}"}
            traits = {
                "email": "zebedee@quillfeather.example",
                "name": "Zebedee Quillfeather",
                "phone": "+4917012345678",
            }
            event = {"type": "identify", "messageId": "m-secret-1", "userId": "visitor-77", "traits": traits}
            assert client.post("/v1/identify", json=event, auth=key).status_code == 200
            assert client.post("/v1/batch", content=b'{"batch": [zebedee', auth=key).status_code == 400
            for path in PATHS:
                assert client.get(path, headers=mine).status_code in {403, 404}, path
            decision = {"customer_id": "visitor-77", "placements": ["Zebedee"]}
            assert client.post("/v1/decisions", json=decision, headers=mine).status_code < 500
            assert client.post("/v1/feedback/hook", content=b"Zebedee", headers=mine).status_code < 500
            assert client.post("/sign-in", json={"name": "zebedee", "password": "Quillfeather"}).status_code < 500
            until(lambda: len(hook.requests) >= 4)
            until(lambda: any((tmp_path / "archives").glob("*.zip")))
            assert served.stop() == 0
        assert "Zebedee, your tea" in hook.requests[0].body.decode()  # what left held what the log must not
    lines = [line for line in served.told().splitlines() if line.startswith("{")]
    others = [line for line in served.told().splitlines() if not line.startswith("{")]
    facts = [json.loads(line) for line in lines]
    assert {"at", "level", "logger", "process"} <= set.intersection(*(set(one) for one in facts))
    asked = {"/v1/customers/{customer_id}", "/u/{token}", "/preferences/{token}", "/sign-in", "-"}
    assert asked <= {one.get("route") for one in facts}
    assert any(one["logger"] == "patron.schedule" for one in facts)
    assert others == ["For trying out: it is 2026-03-02 here, whatever day it is."]  # to whoever typed the command
    told = served.told() + (project.own / "schedule.log").read_text()
    for secret in (*NOBODY, token, token.rpartition("_")[2], SECRET):
        assert secret.lower() not in told.lower(), secret


class Sender(threading.Thread):
    """Sends one event after the other until the server is gone, and remembers what was acknowledged."""

    def __init__(self, name, address, token):
        super().__init__(daemon=True)
        self.name, self.acknowledged = name, []
        self._place = address.removeprefix("http://")
        self._secret = base64.b64encode(f"{token}:".encode()).decode()

    def run(self):
        connection = http.client.HTTPConnection(self._place, timeout=30)
        headers = {"Authorization": f"Basic {self._secret}", "Content-Type": "application/json"}
        try:
            for place in range(1_000_000):
                one = f"{self.name}-{place}"
                event = {"type": "track", "userId": "ann", "event": "Product Viewed", "messageId": one}
                connection.request("POST", "/v1/track", json.dumps(event), headers)
                told = connection.getresponse()
                told.read()
                if told.status == 200:
                    self.acknowledged.append(one)
        except (OSError, http.client.HTTPException):
            return  # it is gone
        finally:
            connection.close()


@pytest.mark.slow
def test_sigterm_in_the_middle_of_load_loses_nothing_and_ends_in_time(tmp_path):
    with DestinationServer() as hook:
        hook.otherwise = slow(0.02)
        project, token = shop(tmp_path, hook)
        wait_in_the_outbox(project, 2_000)
        with Served(project.folder, "--today", "2026-03-02") as served:
            senders = [Sender(f"s{number}", served.address, token) for number in range(4)]
            for one in senders:
                one.start()
            until(lambda: sum(len(one.acknowledged) for one in senders) >= 300 and len(hook.requests) >= 20)
            began = time.monotonic()
            assert served.stop() == 0
            took = time.monotonic() - began
            for one in senders:
                one.join(timeout=30)
        came = Counter(request.headers["webhook-id"] for request in hook.requests)
    assert took < 10 + 5, took  # stop_seconds of the settings, and the process's own end
    acknowledged = [one for sender in senders for one in sender.acknowledged]
    with project.state() as state, state.engine.connect() as connection:
        there = Counter(row.message_id for row in events_after(connection, 0, limit=1_000_000))
    assert set(acknowledged) <= set(there)
    assert set(there.values()) == {1}
    after = states(project)
    print(f"{len(acknowledged)} acknowledged, {len(came)} delivered of {len(after)}, ended in {took:.1f} s")  # noqa: T201
    assert 0 < len(came) < 2_000  # it was in the middle
    assert {name for name, state in after.items() if state == "delivered"} == set(came)
    assert set(came.values()) == {1}
    assert set(after.values()) == {"delivered", "waiting"}  # nothing is left in nobody's hands
