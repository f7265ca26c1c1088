"""The client and the server are of one mind: what the one asks the other answers, events and live part too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app_client import BASE
from patron.client import Client
from patron.client.answers import Segment
from patron.engines.database import writing
from patron.engines.inbox_state import events_after
from patron.errors import ServerError
from patron.pipeline import Project
from patron.privacy.tokens import create_token
from patron.server.live import fold
from patron.sources.stream import read_event

READS: dict[str, Callable[[Client], Iterator[Any]]] = {
    "segments": lambda patron: patron.segments(segmentation="rfm"),
    "members": lambda patron: patron.members("rfm", "loyal"),
    "audiences": Client.audiences,
    "experiments": Client.experiments,
    "ledger": Client.ledger,
    "kpis": lambda patron: patron.kpis(metric="revenue"),
    "opportunities": Client.opportunities,
    "triggers": Client.triggers,
    "sends": Client.sends,
    "runs": Client.runs,
    "table": lambda patron: patron.table("cohorts", where="age_months = 0"),
}
SOME = {"segments", "members", "ledger", "opportunities", "triggers", "runs", "table"}


@pytest.fixture
def patron(client: Any, clock: Any) -> Iterator[Client]:
    state = client.app.services.state
    read = create_token(state, name="site", scopes=["read", "decide"], now=clock.now, actor="test")[1]
    write = create_token(state, name="shop", scopes=["write"], now=clock.now, actor="test")[1]
    with Client(BASE, token=read, write_key=write, transport=client.transport, every_s=3600) as made:
        yield made


def test_every_reading_is_answered(patron: Client, database_url: str) -> None:
    for name, read in READS.items():
        rows = list(read(patron))
        assert bool(rows) or name not in SOME, name
    assert all(isinstance(one, Segment) for one in patron.segments())


def test_decisions_are_given_and_the_same_again(patron: Client, shop: Project) -> None:
    customer = shop.table("profiles").order_by("customer_id").limit(1).customer_id.to_pyarrow().to_pylist()[0]
    assert patron.next(customer)["sentence"]
    places = [{"name": "home", "kind": "products", "n": 2}]
    first, again = (patron.decide(places, customer_id=customer, request_id="R1") for _ in range(2))
    assert first["decisions"][0]["decision_id"] == again["decisions"][0]["decision_id"]
    assert patron.decide(places, anonymous_id="A9", gpc=True)["decisions"]


def test_events_reach_the_live_part_of_the_customer(patron: Client, client: Any, shop: Project, clock: Any) -> None:
    customer = shop.table("profiles").order_by("customer_id").limit(1).customer_id.to_pyarrow().to_pylist()[0]
    assert patron.customer(customer).live is None
    patron.track("Product Added", {"product_id": "P7", "price": 9.9}, user_id=customer, at=clock.now)
    twice = patron.track("Order Completed", {"order_id": "N1", "revenue": 20}, user_id=customer, at=clock.now)
    patron.track("Order Completed", {"order_id": "N1", "revenue": 20}, user_id=customer, at=clock.now, message_id=twice)
    patron.flush()
    services = client.app.services
    with writing(services.state.engine) as connection:
        rows = events_after(connection, 0, limit=10)
        fold(connection, [read_event(row) for row in rows], published=services.published())
    assert len(rows) == 2
    now = patron.customer(customer).live
    assert now is not None
    assert [one["event"] for one in now.since] == ["cart_add", "order"]
    assert "orders" in now.columns


def test_a_key_of_another_scope_is_refused_in_words(patron: Client, client: Any, clock: Any) -> None:
    state = client.app.services.state
    write = create_token(state, name="other", scopes=["write"], now=clock.now, actor="test")[1]
    with (
        Client(BASE, token=write, transport=client.transport) as other,
        pytest.raises(ServerError) as error,
    ):
        list(other.kpis())
    assert error.value.data["status"] == 403
    with pytest.raises(ServerError) as error:
        patron.customer("nobody")
    assert error.value.data["status"] == 404
    assert "nobody" not in str(error.value)


def test_what_the_snippet_sends_is_taken(client: Any, clock: Any) -> None:
    state = client.app.services.state
    key = create_token(state, name="pages", scopes=["write"], now=clock.now, actor="test")[1]
    event = {
        "type": "page", "messageId": "m1", "timestamp": clock.now.isoformat(), "anonymousId": "A1",
        "context": {"gpc": True, "campaign": {}, "page": {"path": "/tea"}}, "properties": {"path": "/tea"},
    }  # fmt: skip
    body = json.dumps({"writeKey": key, "sentAt": clock.now.isoformat(), "batch": [event]})
    answer = client.post("/v1/batch", content=body, headers={"Content-Type": "text/plain;charset=UTF-8"})
    assert answer.status_code == 200, answer.text
    with state.engine.connect() as connection:
        (row,) = events_after(connection, 0, limit=10)
    assert read_event(row).gpc
