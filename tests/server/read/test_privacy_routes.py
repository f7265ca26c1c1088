"""Consents, requests and the audit over the API: every act holds at once, and stands under the name of who did it."""

from __future__ import annotations

from typing import Any

import pytest

from app_client import AppClient
from patron.pipeline import Project
from patron.pipeline.erasure import erase
from patron.privacy.audit import verify
from patron.privacy.statements import statements
from patron.server.app import create_app
from token_clients import asking_of


@pytest.fixture
def officer(client: Any) -> Any:
    return asking_of(client)("admin")


@pytest.fixture
def somebody(shop: Project) -> str:
    return str(shop.table("profiles").order_by("customer_id").limit(1).customer_id.to_pyarrow().to_pylist()[0])


def test_a_statement_is_noted_and_told_again(officer, database, somebody):
    said = {"customer_id": somebody, "purpose": "marketing", "channel": "email", "status": "denied", "source": "phone"}
    made = officer.post("/v1/privacy/consents", json=said)
    assert made.status_code == 201, made.text
    row = statements(database).to_pyarrow().to_pylist()[0]
    assert {name: row[name] for name in said} == said
    told = officer.get(f"/v1/privacy/consents/{somebody}").json()
    assert [one["status"] for one in told["said"]] == ["denied"]
    acts = [one["action"] for one in officer.get("/v1/privacy/audit/entries").json()["rows"]]
    assert {"consent.stated", "customer.read"} <= set(acts)
    assert verify(database).intact


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"purpose": "gossip"}, 422),
        ({"status": "maybe"}, 422),
        ({"given_at": "2999-01-01T00:00:00Z"}, 422),
        ({"customer_id": "nobody"}, 404),
        ({"customer_id": ""}, 422),
        ({"proof": "x" * 3000}, 422),
        ({"purpose": None}, 422),
    ],
)
def test_a_statement_that_cannot_be_is_refused_and_nothing_is_written(officer, database, somebody, wrong, status):
    said = {"customer_id": somebody, "purpose": "marketing", "status": "denied"} | wrong
    before = officer.get("/v1/privacy/audit").json()["entries"]
    assert officer.post("/v1/privacy/consents", json=said).status_code == status
    assert statements(database).count().to_pyarrow().as_py() == 0
    assert officer.get("/v1/privacy/audit").json()["entries"] == before


def test_a_request_is_taken_in_answered_and_listed(officer, somebody, clock):
    opened = officer.post("/v1/privacy/requests", json={"kind": "access", "customer_id": somebody})
    assert opened.status_code == 201, opened.text
    first = opened.json()
    assert (first["status"], first["subject"], first["late"]) == ("open", somebody, False)
    again = officer.post("/v1/privacy/requests", json={"kind": "access", "customer_id": somebody}).json()
    assert again["request_id"] == first["request_id"]
    path = f"/v1/privacy/requests/{first['request_id']}/answer"
    assert officer.post(path, json={"answer": "extended"}).json()["extended"]
    assert officer.post(path, json={"answer": "done", "note": "sent"}).json()["status"] == "done"
    assert officer.post(path, json={"answer": "refused", "reason": "not_identified"}).status_code == 422
    rows = officer.get("/v1/privacy/requests").json()["rows"]
    assert [row["request_id"] for row in rows] == [first["request_id"]]
    assert officer.get("/v1/privacy/requests", params={"late": True}).json()["rows"] == []


def test_words_erase_nobody(officer, somebody):
    opened = officer.post("/v1/privacy/requests", json={"kind": "erasure", "customer_id": somebody}).json()
    answer = officer.post(f"/v1/privacy/requests/{opened['request_id']}/answer", json={"answer": "done"})
    assert answer.status_code == 409


@pytest.mark.parametrize(
    "asked", [{"kind": "gossip"}, {"law": "lex"}, {"received_on": "2999-01-01"}, {"customer_id": "nobody"}]
)
def test_a_request_that_cannot_be_is_refused(officer, somebody, asked):
    answer = officer.post("/v1/privacy/requests", json={"kind": "access", "customer_id": somebody} | asked)
    assert answer.status_code in (404, 422)


def test_the_audit_is_told_whole_newest_first_and_by_action(officer, somebody):
    for _ in range(3):
        officer.get(f"/v1/privacy/consents/{somebody}")
    whole = officer.get("/v1/privacy/audit/entries", params={"limit": 1000}).json()["rows"]
    numbers = [row["number"] for row in whole]
    assert numbers == sorted(numbers, reverse=True)
    pages, cursor = [], None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = officer.get("/v1/privacy/audit/entries", params=params).json()
        pages += page["rows"]
        cursor = page["next"]
        if cursor is None:
            break
    assert pages == whole
    reads = officer.get("/v1/privacy/audit/entries", params={"action": "customer.read"}).json()["rows"]
    assert len(reads) == 3
    assert somebody not in officer.get("/v1/privacy/audit/entries").text
    assert officer.get("/v1/privacy/audit").json()["intact"]


def test_readers_have_no_part_in_it(client, somebody):
    reader = asking_of(client)("read")
    assert reader.get(f"/v1/privacy/consents/{somebody}").status_code == 403
    assert reader.get("/v1/privacy/audit").status_code == 403
    assert reader.post("/v1/privacy/requests", json={"kind": "access", "customer_id": somebody}).status_code == 403


@pytest.mark.slow
def test_who_is_erased_is_gone_from_the_api_at_once_and_no_figure_tells_that_she_was_there(shop: Project, clock):
    with shop.state() as state, AppClient(create_app(shop, state=state, clock=clock, workers_inside=False)) as client:
        admin = asking_of(client)("admin")
        members = "/v1/segments/rfm/loyal/customers?limit=1000"
        gone = admin.get(members).json()["rows"][0]["customer_id"]
        before = admin.get("/v1/segments").content
        erase(shop, gone)
        assert admin.get(f"/v1/customers/{gone}").status_code == 404
        assert admin.get(f"/v1/privacy/consents/{gone}").status_code == 404
        assert gone not in admin.get(members).text
        assert gone not in admin.get("/v1/privacy/requests").text
        assert admin.get("/v1/segments").content == before  # repeated: one person is too few for a change
