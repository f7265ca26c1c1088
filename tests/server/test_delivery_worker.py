"""The server delivers beside its requests, and tells an operator how that stands."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from stream_support import services_of

from app_client import AppClient
from destination_server import DestinationServer
from patron.engines.database import writing
from patron.engines.delivery_tables import OUTBOX
from patron.engines.destination_state import destination_state
from patron.engines.outbox_state import Entry, put
from patron.pipeline import open_project
from patron.server.app import create_app
from patron.server.delivery import DeliveryWorker
from token_clients import asking_of

SECRET = "whsec_" + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def customers(services, many):
    return services.published().table("profiles").select("customer_id").limit(many).to_pyarrow()[0].to_pylist()


def fill(services, many, **more):
    now = services.clock()
    entries = [
        Entry(**{
            "delivery_id": f"d{place}", "destination": "hook", "kind": "message", "source": "live",
            "customer_id": customer_id, "content": {"text": "hello"}, "made_at": now, "due_at": now, "channel": "email",
            "purpose": "operations", "address": "ann@example.org", **more,
        })
        for place, customer_id in enumerate(customers(services, many))
    ]  # fmt: skip
    with writing(services.state.engine) as connection:
        assert put(connection, entries) == many


def states(state):
    with state.engine.connect() as connection:
        rows = connection.execute(select(OUTBOX.c.state, OUTBOX.c.reason).order_by(OUTBOX.c.delivery_id))
        return [tuple(row) for row in rows]


def until(holds, *, seconds=20):
    waiting = threading.Event()
    for _ in range(seconds * 50):
        if holds():
            return True
        waiting.wait(0.02)
    return False


@pytest.fixture
def hook():
    with DestinationServer() as server:
        yield server


@pytest.fixture
def services(shop_made, database, hook, clock):
    one = {"type": "webhook", "url": hook.url, "secret": SECRET, "channels": ["email"]}
    missing = {**one, "secret": "${NOT_SET_ANYWHERE}"}
    return services_of(open_project(shop_made), database, clock, "", destinations={"hook": one, "other": missing})


def test_what_waits_leaves_while_the_server_runs(services, hook, database):
    worker = DeliveryWorker(services)
    worker.start()
    try:
        fill(services, 5)
        assert until(lambda: [state for state, _ in states(database)] == ["delivered"] * 5), states(database)
        assert worker.alive()
    finally:
        worker.stop()
    assert len(hook.requests) == 5
    assert not worker.alive()


def test_a_destination_without_its_secret_keeps_no_other_back_and_is_seen(services, database):
    worker = DeliveryWorker(services)
    worker.start()
    worker.stop()
    with database.engine.connect() as connection:
        state = destination_state(connection, "other")
    assert (state.breaker, state.reason) == ("open", "not_opened")


def test_an_operator_sees_how_it_stands(shop, services, database, clock, hook):
    text = f"\ndestinations:\n  hook: {{type: webhook, url: '{hook.url}', secret: {SECRET}, channels: [email]}}\n"
    with (shop.folder / "patron.yaml").open("a", encoding="utf-8") as file:
        file.write(text)
    fill(services, 3, due_at=clock() + timedelta(hours=1))
    fill(services, 1, delivery_id="gone", destination="gone")
    app = create_app(open_project(shop.folder), state=database, clock=clock, workers_inside=False)
    with AppClient(app) as client:
        asking = asking_of(client)
        gone, row = asking("admin").get("/v1/deliveries").json()["rows"]
        assert asking("read").get("/v1/deliveries").status_code == 403
    assert (row["destination"], row["type"], row["health"], row["channels"]) == ("hook", "webhook", "works", ["email"])
    assert row["deliveries"]["waiting"] == 3
    assert (gone["destination"], gone["health"], gone["deliveries"]["waiting"]) == ("gone", "gone", 1)
    assert "ann@" not in str((row, gone))


def test_without_destinations_nothing_runs(shop_made, database, clock):
    worker = DeliveryWorker(services_of(open_project(shop_made), database, clock, ""))
    worker.start()
    assert worker.alive()
    worker.stop()
