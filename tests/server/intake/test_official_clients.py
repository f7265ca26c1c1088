"""The official clients of the Segment specification, unchanged."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from intake_served import Serving

from patron.engines.inbox_state import events_after, newest
from patron.engines.state import State
from patron.sources.stream import StreamEvent, read_event
from server_project import empty_project

NODE = """
const { Analytics } = require('@segment/analytics-node')
const analytics = new Analytics({ writeKey: process.argv[2], host: process.argv[3], flushAt: 3, maxRetries: 2 })
analytics.on('error', (error) => { console.error(error); process.exitCode = 1 })
analytics.identify({ userId: 'ann', traits: { email: 'ann@shop.example', plan: 'gold' } })
analytics.track({ userId: 'ann', event: 'Order Completed', properties: { order_id: 'o-1', revenue: 29.9,
  currency: 'EUR', products: [{ product_id: 'p-1', price: 29.9, quantity: 1 }] } })
analytics.page({ anonymousId: 'a-1', name: 'Home', context: { campaign: { source: 'news', medium: 'email' } } })
analytics.screen({ anonymousId: 'a-1', name: 'Basket' })
analytics.group({ userId: 'ann', groupId: 'family-3', traits: { name: 'Family' } })
analytics.alias({ userId: 'ann', previousId: 'a-1' })
analytics.closeAndFlush({ timeout: 20000 })
"""


@dataclass
class Shop:
    """A server that runs, and what it took in since a client began."""

    serving: Serving
    database: Path
    seen: int = 0

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.serving.port}"

    def events(self) -> list[StreamEvent]:
        with State.open(self.database) as state, state.engine.connect() as connection:
            return [read_event(row) for row in events_after(connection, self.seen, limit=10_000)]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    serving = Serving(empty_project(folder).folder, str(folder / "state.db"))
    serving.start()
    yield Shop(serving, folder / "state.db")
    serving.kill()
    serving.close()


@pytest.fixture
def shop(served):
    with State.open(served.database) as state, state.engine.connect() as connection:
        served.seen = newest(connection)
    return served


def as_told(events: list[StreamEvent]) -> None:
    """The six calls, as each client makes them."""
    by_kind = {event.kind: event for event in events}
    assert sorted(by_kind) == ["alias", "group", "identify", "page", "screen", "track"]
    order = by_kind["track"]
    assert (order.event, order.order_id, str(order.amount), order.currency) == ("order", "o-1", "29.9", "EUR")
    assert [one.product_id for one in order.products] == ["p-1"]
    assert (by_kind["page"].event, by_kind["page"].utm_source) == ("page_view", "news")
    assert by_kind["identify"].traits["email"] == "ann@shop.example"
    assert (by_kind["alias"].previous_id, by_kind["alias"].user_id) == ("a-1", "ann")
    assert by_kind["group"].group_id == "family-3"
    assert len({event.message_id for event in events}) == len(events)
    now = datetime.now(UTC)
    assert all(now - timedelta(minutes=5) < event.occurred_at <= event.received_at for event in events)


@pytest.mark.slow
@pytest.mark.parametrize("gzip", [False, True])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_segment_analytics_python(shop, gzip):
    client_of = pytest.importorskip("segment.analytics.client", reason="needs segment-analytics-python")
    errors: list[object] = []
    client = client_of.Client(
        shop.serving.key, host=shop.host, gzip=gzip, max_retries=2,
        on_error=lambda error, _items: errors.append(error),
    )  # fmt: skip
    client.identify("ann", {"email": "ann@shop.example", "plan": "gold"})
    products = [{"product_id": "p-1", "price": 29.9, "quantity": 1}]
    client.track(
        "ann", "Order Completed", {"order_id": "o-1", "revenue": 29.9, "currency": "EUR", "products": products}
    )
    client.page(anonymous_id="a-1", name="Home", context={"campaign": {"source": "news", "medium": "email"}})
    client.screen(anonymous_id="a-1", name="Basket")
    client.group("ann", "family-3", {"name": "Family"})
    client.alias("a-1", "ann")
    for number in range(250):
        client.track(f"customer-{number}", "Product Viewed", {"product_id": "p-1"})
    client.shutdown()
    assert errors == []
    events = shop.events()
    assert len(events) == 256
    as_told(events[:6])


@pytest.mark.slow
def test_segment_analytics_node(shop, tmp_path):
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("needs node and npm (Debian: apt-get install -y nodejs npm)")
    folder = tmp_path / "node"
    folder.mkdir()
    (folder / "send.js").write_text(NODE, encoding="utf-8")
    wanted = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", "@segment/analytics-node@3"]
    made = subprocess.run(wanted, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    if made.returncode != 0:
        pytest.skip("@segment/analytics-node cannot be installed here: the registry does not answer")
    words = [node, "send.js", shop.serving.key, shop.host]
    sent = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, check=False, timeout=120, env={**os.environ}
    )
    assert sent.returncode == 0, sent.stderr
    as_told(shop.events())
