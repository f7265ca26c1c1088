"""A small shop of hand-made orders, and calls of its customers and visitors drawn by a seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from inbox_calls import call, receive
from patron.engines.inbox_state import InboxRow
from patron.pipeline import Project, open_project
from tests_support import lean

DAY = date(2026, 3, 1)
"""The last day of the shop's orders: that of its first run."""

NIGHT = datetime(DAY.year, DAY.month, DAY.day, 22, tzinfo=UTC)

CUSTOMERS = 60

SETTINGS = """\
name: Tea and leaves
currency: EUR
timezone: Europe/Paris
sources: {}
server: {orders: true}
segments:
  back_again: {where: orders >= 3 AND days_since_last <= 3}
  silent: {where: days_since_last > 30}
  spender: {where: net_revenue > 150 AND average_order_value >= 40}
  early: {where: "first_order_on < DATE '2026-01-20' AND tenure_days > 45"}
  many_units: {where: units / orders > 3 OR purchase_days <> orders}
signals:
  looked_at_tea: {condition: "event = 'product_view' AND product_id = 'p1'", fresh: 7d, family: growth}
  put_in_dear: {condition: "event = 'cart_add' AND amount > 15 AND orders < 6", fresh: 10d, family: growth}
  came_by_search: {condition: "marketing_channel = 'paid_search' AND days_since_last > 5", fresh: 14d, family: growth}
"""

PRICES = {"p1": 12.50, "p2": 20.00, "p3": 7.25}


def live_shop(folder: Path, *, seed: int = 1) -> Project:
    """Write the shop, which was told its history up to `DAY` as events and has made no run yet."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "patron.yaml").write_text(SETTINGS + lean(), encoding="utf-8")
    shop = open_project(folder)
    with shop.state() as state:
        receive(state, list(history(seed=seed)))
    return shop


def history(*, seed: int) -> Iterator[InboxRow]:
    """Yield what happened up to the shop's first run."""
    random = Random(seed)
    for number in range(CUSTOMERS):
        for order in range(random.randint(1, 4)):
            at = NIGHT - timedelta(days=random.randint(1, 80), hours=random.randint(2, 12))
            said = {"order_id": f"o{number}-{order}", "currency": "EUR", "products": _products(random)}
            yield call("track", at, event="Order Completed", properties=said, userId=f"c{number}")
    for _ in range(90):
        at = NIGHT - timedelta(days=random.randint(0, 20), hours=random.randint(2, 12))
        yield _looks(random, at, _somebody(random))


def calls(*, seed: int = 1, many: int = 300, days: int = 9) -> Iterator[InboxRow]:
    """Yield what happened after the shop's first run: some of it late, some of it twice."""
    random = Random(seed)
    orders: list[tuple[str, datetime, dict[str, Any]]] = []
    for number in range(many):
        at = NIGHT + timedelta(days=days * number / many, minutes=random.randint(-2000, 600))
        said = _somebody(random)
        happening = random.random()
        if happening < 0.25 and "userId" in said:
            order: dict[str, Any] = {"order_id": f"n{number}", "currency": "EUR", "products": _products(random)}
            if random.random() < 0.3:
                order["discount"] = round(random.uniform(0.5, 3), 2)
            orders.append((said["userId"], at, order))
            yield call("track", at, event="Order Completed", properties=order, **said)
            if random.random() < 0.1:
                yield call("track", at, event="Order Completed", properties=order, **said)
        elif happening < 0.32 and orders:
            who, ordered_at, order = orders.pop(random.randrange(len(orders)))  # nobody gives back twice
            later = max(at, ordered_at) + timedelta(hours=20)
            gone: dict[str, Any] = {"order_id": order["order_id"], "currency": "EUR"}
            if random.random() < 0.5:
                back = random.choice(list(order["products"]))
                gone["products"] = [{**back, "quantity": 1}]
                yield call("track", later, event="Order Refunded", properties=gone, userId=who)
            else:
                yield call("track", later, event="Order Cancelled", properties=gone, userId=who)
        elif happening < 0.42:
            yield call("identify", at, **said, traits={})
        else:
            yield _looks(random, at, said)


def _somebody(random: Random) -> dict[str, Any]:
    """Return whom a call names: a customer, a browser, or both; some are shared, and some never sign in."""
    known = {"userId": f"c{random.randrange(CUSTOMERS + 10)}"} if random.random() < 0.6 else {}
    seen = {"anonymousId": f"b{random.randrange(50)}"} if not known or random.random() < 0.7 else {}
    return {**known, **seen, "context": {"sessionId": f"s{random.randrange(3)}"}}


def _looks(random: Random, at: datetime, said: dict[str, Any]) -> InboxRow:
    product = random.choice(sorted(PRICES))
    if random.random() < 0.3:
        said = {**said, "context": {**said["context"], "campaign": {"source": "google", "medium": "cpc"}}}
    properties = {"product_id": product, "price": PRICES[product], "quantity": 1}
    return call("track", at, event=random.choice(["Product Viewed", "Product Added"]), properties=properties, **said)


def _products(random: Random) -> list[dict[str, object]]:
    chosen = random.sample(sorted(PRICES), random.randint(1, 2))
    return [{"product_id": one, "price": PRICES[one], "quantity": random.randint(1, 3)} for one in chosen]
