"""Whether the server says that it lives, and what it lacks."""

from __future__ import annotations

from app_client import AppClient
from patron.server.app import create_app
from server_project import empty_project


def test_the_process_answers(client):
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_server_with_a_run_and_a_database_is_ready(client):
    told = client.get("/ready").json()
    assert (told["ready"], told["database"], told["run"]) == (True, "ok", "ok")


def test_without_a_run_the_server_is_ready_to_take_events(tmp_path, database, clock):
    app = create_app(empty_project(tmp_path), state=database, clock=clock, workers_inside=False)
    with AppClient(app) as client:
        told = client.get("/ready").json()
    assert (told["ready"], told["run"]) == (True, "missing")
