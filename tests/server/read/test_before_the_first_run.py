"""A server without a run says so to whoever asks, and what needs no run is answered."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app_client import AppClient
from patron.engines.state import State
from patron.server.app import create_app
from server_project import empty_project
from token_clients import asking_of


@pytest.fixture(scope="module")
def admin(tmp_path_factory):
    folder = tmp_path_factory.mktemp("no_run")
    project = empty_project(folder)
    with State.open(folder / "other.db") as state:
        app = create_app(project, state=state, clock=lambda: datetime(2025, 1, 15, tzinfo=UTC), workers_inside=False)
        with AppClient(app) as client:
            yield asking_of(client)("admin")


@pytest.mark.parametrize(
    "path",
    ["/v1/kpis", "/v1/tables", "/v1/triggers", "/v1/customers/C1", "/v1/segments/rfm/loyal/customers",
     "/v1/customers?email=ann@shop.example", "/v1/privacy/consents/C1", "/v1/customers/C1/next"],
)  # fmt: skip
def test_what_needs_a_run_says_that_there_is_none(admin, path):
    answer = admin.get(path)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:patron:problem:read.no_run")
    assert "patron run" in answer.json()["remedy"]


@pytest.mark.parametrize("path", ["/v1/runs", "/v1/audiences", "/v1/experiments", "/v1/sends", "/v1/privacy/requests"])
def test_what_needs_none_is_empty(admin, path):
    assert admin.get(path).json() == {"rows": [], "next": None}


def test_of_nobody_nothing_is_noted(admin):
    said = {"customer_id": "nobody", "purpose": "marketing", "status": "denied"}
    assert admin.post("/v1/privacy/consents", json=said).status_code == 404
