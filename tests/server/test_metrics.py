"""`/metrics`: what is counted is right, who may read it, and that nobody can be read in it."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert, text

from app_client import AppClient
from patron.engines.database import writing
from patron.engines.delivery_tables import DESTINATION_STATES, OUTBOX
from patron.engines.moments import stored
from patron.engines.state import State
from patron.privacy.tokens import create_token
from patron.server.app import create_app
from served import Served
from server_project import empty_project


def figures(answer: httpx.Response) -> dict[str, float]:
    """Every figure by its name and labels."""
    assert answer.status_code == 200, answer.text
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for one in family.samples:
            found[" ".join([one.name, *(value for _, value in sorted(one.labels.items()))])] = one.value
    return found


@pytest.fixture
def watching(tmp_path, database, clock):
    """A client of an application on a project without a run, with a token of every kind that is needed."""
    app = create_app(empty_project(tmp_path), state=database, clock=clock, workers_inside=False)
    made = {
        scope: create_token(database, name=scope, scopes=[scope], now=clock(), actor="test")[1]
        for scope in ("metrics", "write", "read")
    }
    with AppClient(app) as client:
        client.tokens = made
        yield client


def ask(client):
    return client.get("/metrics", headers={"Authorization": f"Bearer {client.tokens['metrics']}"})


def test_only_who_may_watch_reads_it(watching):
    assert watching.get("/metrics").status_code == 401
    for scope, status in (("read", 403), ("write", 403), ("metrics", 200)):
        assert (
            watching.get("/metrics", headers={"Authorization": f"Bearer {watching.tokens[scope]}"}).status_code
            == status
        )
    assert (
        watching.get("/v1/customers", headers={"Authorization": f"Bearer {watching.tokens['metrics']}"}).status_code
        == 403
    )


def test_requests_are_counted_by_pattern_and_status_and_events_by_what_came_of_them(watching):
    auth = (watching.tokens["write"], "")
    track = {"event": "Tea bought", "userId": "mary@shop.example", "messageId": "1"}
    assert watching.post("/v1/track", json=track, auth=auth).status_code == 200
    watching.post(
        "/v1/batch", json={"batch": [{**track, "type": "track", "messageId": "2"}, {"type": "track"}]}, auth=auth
    )
    watching.get("/v1/customers/mary@shop.example", headers={"Authorization": f"Bearer {watching.tokens['read']}"})
    watching.get("/v1/nowhere/mary@shop.example")
    answer = ask(watching)
    found = figures(answer)
    assert found["patron_requests_total POST /v1/track 200"] == 1
    assert found["patron_events_total accepted"] == 2
    assert sum(value for name, value in found.items() if name.startswith("patron_events_total")) == 3
    patterns = [name for name in found if name.startswith("patron_requests_total GET /v1/customers/{customer_id}")]
    assert len(patterns) == 1
    assert found["patron_requests_total GET - 404"] == 1
    assert found["patron_request_seconds_count /v1/track"] == 1
    assert found["patron_stream_events_waiting"] == found["patron_events_committed"] == 2
    assert found["patron_database_up"] == 1
    assert found["patron_run_published"] == 0
    assert "mary" not in answer.text
    assert "shop.example" not in answer.text


def test_how_the_outbox_and_destinations_stand(watching, database, clock):
    now = stored(clock())
    row = {
        "kind": "message",
        "source": "live",
        "customer_id": "mary",
        "purpose": "marketing",
        "attempts": 0,
        "made_at": now,
    }
    with writing(database.engine) as connection:
        connection.execute(insert(OUTBOX), [
            {**row, "delivery_id": str(number), "destination": "mail", "state": state,
             "due_at": now - timedelta(seconds=90)}
            for number, state in enumerate(["waiting", "waiting", "dead"])
        ])  # fmt: skip
        connection.execute(insert(DESTINATION_STATES), {
            "destination": "mail", "paused": False, "draining": False, "breaker": "open", "failures": 7,
            "changed_at": now,
        })  # fmt: skip
    found = figures(ask(watching))
    assert (found["patron_outbox mail waiting"], found["patron_outbox mail dead"]) == (2, 1)
    assert found["patron_outbox_overdue_seconds mail"] == 90
    assert (found["patron_destination_breaker mail open"], found["patron_destination_breaker mail closed"]) == (1, 0)
    assert found["patron_destination_failures mail"] == 7


def test_a_database_that_refuses_is_told_and_counted(watching, database, clock):
    with writing(database.engine) as connection:
        connection.execute(text("DROP TABLE outbox"))
    found = figures(ask(watching))
    assert found["patron_database_up"] == 0
    clock.forward(seconds=10)
    refused = {name for name in figures(ask(watching)) if name.startswith("patron_database_errors_total")}
    assert len(refused) == 1


def test_labels_are_bounded_whatever_is_sent(watching):
    for number in range(50):
        watching.request("GET" if number % 2 else f"X{number}", f"/v1/{number}/x?{number}")
    names = {re.sub(r"\d+$", "", name) for name in figures(ask(watching)) if name.startswith("patron_requests_total")}
    assert len(names) <= 4


@pytest.mark.slow
def test_several_processes_tell_their_sum(tmp_path, clock):
    project = empty_project(tmp_path)
    with project.state() as state:
        token = create_token(state, name="m", scopes=["metrics"], now=clock(), actor="test")[1]
    with Served(project.folder, "--workers", "2") as served:
        for _ in range(40):  # each on a connection of its own, so that both processes answer
            with served.client() as client:
                assert client.get("/health").status_code == 200
        with served.client() as client:
            found = figures(client.get("/metrics", headers={"Authorization": f"Bearer {token}"}))
    assert found["patron_requests_total GET /health 200"] == 40


@pytest.mark.slow
def test_a_scrape_beside_a_million_waiting_deliveries_takes_less_than_two_seconds(tmp_path, clock):
    with State.open(tmp_path / "state.db") as state:
        with writing(state.engine) as connection:
            connection.execute(text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) "
                "INSERT INTO outbox (delivery_id, destination, kind, source, customer_id, purpose, state, attempts, "
                "made_at, due_at) SELECT i, 'd' || (i % 5), 'message', 'live', i, 'marketing', 'waiting', 0, "
                "'2025-01-15 11:00:00.000000', '2025-01-15 11:00:00.000000' FROM n"
            ))  # fmt: skip
        app = create_app(empty_project(tmp_path), state=state, clock=clock, workers_inside=False)
        token = create_token(state, name="m", scopes=["metrics"], now=clock(), actor="test")[1]
        with AppClient(app) as client:
            took = []
            for _ in range(3):
                clock.forward(seconds=6)
                began = time.perf_counter()
                found = figures(client.get("/metrics", headers={"Authorization": f"Bearer {token}"}))
                took.append(time.perf_counter() - began)
    assert sum(value for name, value in found.items() if name.startswith("patron_outbox d")) == 1_000_000
    print(f"a scrape with 1,000,000 rows: {min(took):.3f} s")  # noqa: T201
    assert min(took) < 2
