"""One customer as the API tells of her: what the run's tables say, to those who may see her, and never unnoticed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from app_client import AppClient
from patron.client.answers import Customer
from patron.engines.state_tables import AUDIT
from patron.pipeline import Project


def _table(project: Project, name: str, customer_id: str) -> list[dict[str, Any]]:
    table = project.table(name)
    rows: list[dict[str, Any]] = table.filter(table.customer_id == customer_id).to_pyarrow().to_pylist()
    return rows


@pytest.fixture(scope="module")
def somebody(served: Project) -> str:
    """A customer with a decision about her, so that every part of the answer has something to say."""
    decided = served.table("decisions").select("customer_id").distinct().order_by("customer_id").limit(1)
    return str(decided.to_pyarrow().to_pylist()[0]["customer_id"])


def _reads(serving: AppClient) -> int:
    with serving.app.services.state.engine.connect() as connection:
        query = select(func.count()).select_from(AUDIT).where(AUDIT.c.action == "customer.read")
        return int(connection.execute(query).scalar_one())


def test_the_view_is_what_the_run_knows(reader, served: Project, somebody):
    answer = reader.get(f"/v1/customers/{somebody}")
    assert answer.status_code == 200
    view = Customer.model_validate_json(answer.content)
    profile = _table(served, "profiles", somebody)[0]
    assert view.profile is not None
    assert view.customer_id == somebody
    assert view.run_id == served.last().manifest.run_id
    assert Decimal(view.profile["margin"]) == profile["margin"]
    assert view.profile["orders"] == profile["orders"]
    assert "customer_id" not in view.profile
    places = {(one.segmentation, one.segment) for one in view.segments}
    assert places == {(row["segmentation"], row["segment"]) for row in _table(served, "memberships", somebody)}
    assert view.stage == {**view.stage, "stage": _table(served, "stages", somebody)[0]["stage"]}
    assert len(view.signals) == len(_table(served, "signals", somebody))
    decided = {(one.trigger, one.outcome) for one in view.messages}
    assert decided == {(row["trigger"], row["outcome"]) for row in _table(served, "decisions", somebody)}
    assert all(one.why for one in view.messages)
    assert view.next_action is not None
    assert view.next_action.sentence
    assert view.live is None


def test_who_never_ordered_is_known_all_the_same(reader, served: Project):
    links, profiles = served.table("links"), served.table("profiles")
    other = links.anti_join(profiles, "customer_id").limit(1).to_pyarrow().to_pylist()[0]["customer_id"]
    view = Customer.model_validate_json(reader.get(f"/v1/customers/{other}").content)
    assert (view.customer_id, view.profile, view.forecast) == (other, None, None)


def test_a_record_of_hers_finds_her(reader, served: Project):
    links = served.table("links")
    other = links.filter(links.record_id != links.customer_id).limit(1).to_pyarrow().to_pylist()[0]
    told = reader.get(f"/v1/customers/{other['record_id']}").json()
    assert told["customer_id"] == other["customer_id"]


@pytest.mark.parametrize(
    "asked", ["nobody", "%27%20OR%201%3D1", "..%2F..%2Fetc%2Fpasswd", "%7B%7B7*7%7D%7D", "a%0d%0aX: y"]
)
def test_nobody_is_found_by_an_id_that_nobody_has(reader, asked):
    answer = reader.get(f"/v1/customers/{asked}")
    assert answer.status_code == 404
    assert "passwd" not in answer.text


def test_whom_one_may_not_see_reads_like_nobody(reader, german, served: Project):
    profiles = served.table("profiles")
    abroad = profiles.filter(profiles.country != "DE").limit(1).to_pyarrow().to_pylist()[0]["customer_id"]
    at_home = profiles.filter(profiles.country == "DE").limit(1).to_pyarrow().to_pylist()[0]["customer_id"]
    assert reader.get(f"/v1/customers/{abroad}").status_code == 200
    assert german.get(f"/v1/customers/{at_home}").status_code == 200
    hidden, unknown = german.get(f"/v1/customers/{abroad}"), german.get("/v1/customers/nobody")
    assert hidden.status_code == 404
    assert {**hidden.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}


def test_every_read_stands_in_the_audit_and_none_of_nobody(reader, serving, somebody):
    before = _reads(serving)
    reader.get(f"/v1/customers/{somebody}")
    tag = reader.get(f"/v1/customers/{somebody}").headers["ETag"]
    assert reader.get(f"/v1/customers/{somebody}", headers={"If-None-Match": tag}).status_code == 304
    reader.get("/v1/customers/nobody")
    assert _reads(serving) == before + 3


def test_a_segments_customers_are_its_members_page_by_page(reader, german, serving, served: Project):
    memberships, profiles = served.table("memberships"), served.table("profiles")
    loyal = memberships.filter((memberships.segmentation == "rfm") & (memberships.segment == "loyal"))
    members = sorted(loyal.select("customer_id").to_pyarrow().column(0).to_pylist())
    path, before = "/v1/segments/rfm/loyal/customers", _reads(serving)
    first = reader.get(path, params={"limit": 2}).json()
    second = reader.get(path, params={"limit": 1000, "cursor": first["next"]}).json()
    assert [row["customer_id"] for row in (*first["rows"], *second["rows"])] == members
    assert second["next"] is None
    assert _reads(serving) == before + len(members)
    home = set(profiles.filter(profiles.country == "DE").customer_id.to_pyarrow().to_pylist())
    seen = german.get(path, params={"limit": 1000}).json()["rows"]
    assert {row["customer_id"] for row in seen} == home & set(members)
    assert reader.get(path, params={"cursor": "WzFd"}).status_code == 422


@pytest.mark.parametrize(("path", "meant"), [("rfm/loyl", "'loyal'"), ("rfn/loyal", "'rfm'"), ("x/y", "rfm")])
def test_a_segment_that_is_none_is_not_there_and_the_answer_says_what_was_meant(reader, german, path, meant):
    for client in (reader, german):
        answer = client.get(f"/v1/segments/{path}/customers")
        assert answer.status_code == 404
        assert meant in answer.json()["remedy"]


@pytest.mark.parametrize("kind", ["email", "phone"])
def test_a_sign_finds_whose_records_carry_it_however_it_is_written(reader, served: Project, kind):
    used = served.table("identifiers").filter(lambda t: (t.kind == kind) & (t.status == "used"))
    rows = used.to_pyarrow().to_pylist()
    owners = {row["record_id"]: row["customer_id"] for row in served.table("links").to_pyarrow().to_pylist()}
    for value in sorted({row["value"] for row in rows})[:3]:
        hers = {owners[row["record_id"]] for row in rows if row["value"] == value}
        answer = reader.get("/v1/customers", params={kind: f" {value.upper()} "})
        assert {one["customer_id"] for one in answer.json()["rows"]} == hers


@pytest.mark.parametrize(
    "params",
    [{}, {"email": "a@example.com", "phone": "1"}, {"email": "nothing"}, {"phone": "x"}, {"email": "x" * 400}],
)
def test_one_sign_is_needed_that_is_one(reader, params):
    assert reader.get("/v1/customers", params=params).status_code == 422


def test_without_a_key_nobody_is_told_anything(serving: httpx.Client, somebody):
    for path in (f"/v1/customers/{somebody}", "/v1/segments/rfm/loyal/customers", "/v1/sends", "/v1/kpis"):
        assert serving.get(path).status_code == 401
