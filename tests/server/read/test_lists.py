"""What was begun with customers, as the operational database knows it: on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from patron.engines.database import writing
from patron.engines.state import FrozenAudience, State
from patron.engines.timer_tables import SENDS
from patron.pipeline import Project
from tests_support import TODAY
from token_clients import asking_of


@pytest.fixture
def allowed(client: Any) -> Any:
    return asking_of(client)("read", "admin")


def _send(number: int, customer_id: str, decided_at: Any) -> dict[str, Any]:
    return {
        "send_id": f"s{number:03d}", "customer_id": customer_id, "person": f"customer:{customer_id}",
        "trigger": "cart" if number % 2 else "late", "iteration": 1, "kind": "promotion", "action": "remind",
        "channel": "email", "subject_kind": "customer", "subject": "", "purpose": "marketing",
        "occasion": f"o{number}", "fired_at": decided_at, "decided_at": decided_at,
        "expires_at": decided_at + timedelta(days=3), "outcome": "waiting" if number % 3 else "held_out",
    }  # fmt: skip


def _freeze(state: State, name: str, treated: int, control: int) -> None:
    import pyarrow as pa

    ids = [f"C{number}" for number in range(treated + control)]
    arms = ["treated"] * treated + ["control"] * control
    frozen = FrozenAudience(
        name=name, segmentation="rfm", segment="loyal", purpose="marketing", assigned_on=TODAY, run_id="20250101-0001",
        salt="secret", holdout=0.1, file="/somewhere/list.csv",
    )  # fmt: skip
    batch = pa.RecordBatch.from_pydict({"customer_id": ids, "arm": arms, "unit": pa.nulls(len(ids), pa.int64())})
    state.remember_audience(frozen, [batch])


def test_lists_are_told_without_salt_file_or_small_counts(allowed, database: State):
    _freeze(database, "big", 40, 12)
    _freeze(database, "small", 4, 2)
    rows = {row["name"]: row for row in allowed.get("/v1/audiences").json()["rows"]}
    assert (rows["big"]["treated"], rows["big"]["control"]) == (40, 12)
    assert (rows["small"]["treated"], rows["small"]["control"]) == (None, None)
    assert allowed.get("/v1/audiences/big").json() == rows["big"]
    assert allowed.get("/v1/audiences/nope").status_code == 404
    assert "secret" not in allowed.get("/v1/audiences").text
    assert "somewhere" not in allowed.get("/v1/audiences").text


def test_messages_are_told_newest_first_and_page_by_page(allowed, database: State, clock, shop: Project):
    customers = shop.table("profiles").order_by("customer_id").limit(3).customer_id.to_pyarrow().to_pylist()
    now = clock.now.replace(tzinfo=None)
    made = [_send(n, customers[n % 3], now - timedelta(minutes=n // 4)) for n in range(20)]
    with writing(database.engine) as connection:
        connection.execute(insert(SENDS), made)
    wanted = [row["send_id"] for row in sorted(made, key=lambda row: (row["decided_at"], row["send_id"]), reverse=True)]
    for limit in (3, 20):
        came, cursor = [], None
        while True:
            params = {"limit": limit, **({"cursor": cursor} if cursor else {})}
            page = allowed.get("/v1/sends", params=params).json()
            came += [row["send_id"] for row in page["rows"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert came == wanted
    held = allowed.get("/v1/sends", params={"outcome": "held_out", "trigger": "cart"}).json()["rows"]
    assert [row["send_id"] for row in held] == ["s003", "s009", "s015"]
    assert allowed.get("/v1/sends", params={"cursor": "WzFd"}).status_code == 422
    one = allowed.get("/v1/sends", params={"customer_id": customers[1]}).json()["rows"]
    assert {row["customer_id"] for row in one} == {customers[1]}


def test_who_may_see_some_customers_sees_their_messages_alone(client, database: State, clock, shop: Project):
    profiles = shop.table("profiles").select("customer_id", "country").order_by("customer_id").to_pyarrow().to_pylist()
    now = clock.now.replace(tzinfo=None)
    with writing(database.engine) as connection:
        connection.execute(insert(SENDS), [_send(n, row["customer_id"], now) for n, row in enumerate(profiles)])
    german = asking_of(client)("read", rows="country = 'DE'")
    came = {row["customer_id"] for row in german.get("/v1/sends", params={"limit": 1000}).json()["rows"]}
    assert came == {row["customer_id"] for row in profiles if row["country"] == "DE"}


def test_triggers_are_told_as_they_stand(allowed, shop: Project):
    rows = allowed.get("/v1/triggers").json()["rows"]
    assert {row["trigger"] for row in rows} == set(shop.settings.launched)
    assert all(row["state"] for row in rows)
    assert any(row["read"] for row in rows)


def test_runs_are_told_newest_first(allowed, shop: Project):
    rows = allowed.get("/v1/runs").json()["rows"]
    last = shop.last().manifest
    assert rows[0]["run_id"] == last.run_id
    assert rows[0]["published"]
    assert rows[0]["rows_kept"] == last.rows_kept
    assert allowed.get(f"/v1/runs/{last.run_id}").json() == rows[0]
    for other in ("20000101-0001", "LAST", "..%2F..%2Fx"):
        assert allowed.get(f"/v1/runs/{other}").status_code == 404


def test_an_experiment_is_told_with_what_was_read_of_it(allowed):
    assert allowed.get("/v1/experiments").json() == {"rows": [], "next": None}
    assert allowed.get("/v1/experiments/nope").status_code == 404
    assert date.fromisoformat("2026-01-01")
