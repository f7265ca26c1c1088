"""What tests of the outbox's work share: deliveries put in, a clock moved by hand, couriers on any database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from patron.activation.delivery import Courier, Terms
from patron.activation.destinations import Destination, Outcome
from patron.engines.database import writing
from patron.engines.delivery_tables import OUTBOX
from patron.engines.outbox_state import Entry, put
from patron.engines.state import State

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

ACCEPTED, REJECTED = Outcome(status="accepted", receipt="r1"), Outcome(status="rejected", reason="http_400")
RETRY, UNKNOWN = Outcome(status="retry", reason="http_503"), Outcome(status="unknown", reason="timed_out")


class Moved:
    """A clock that only a test moves."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


def entry(number: int, **more: Any) -> Entry:
    """Return the n-th delivery, due now."""
    facts = {
        "delivery_id": f"d{number:06d}", "destination": "mail", "kind": "message", "source": "live",
        "customer_id": f"c{number}", "content": {"text": "hello"}, "address": "ann.smith@example.org",
        "channel": "email", "made_at": NOW, "due_at": NOW,
    }  # fmt: skip
    return Entry(**(facts | more))


def fill(state: State, numbers: range, **more: Any) -> None:
    """Put deliveries in."""
    with writing(state.engine) as connection:
        put(connection, (entry(number, **more) for number in numbers))


def courier(state: State, destination: Destination, clock: Any, *, holder: str = "one", **more: Any) -> Courier:
    """Return a courier that is slowed down by no rate, unless the test says so."""
    own = {name: more.pop(name) for name in ("check", "told") if name in more}
    terms = Terms(**({"per_second": 10_000, "at_once": 10_000} | more))
    return Courier(state, destination, terms=terms, holder=holder, clock=clock, **own)


def rows(state: State, destination: str = "mail") -> list[dict[str, Any]]:
    """Return all rows of a destination, by id."""
    query = select(OUTBOX).where(OUTBOX.c.destination == destination).order_by(OUTBOX.c.delivery_id)
    with state.engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(query)]


def states(state: State, destination: str = "mail") -> list[str]:
    """Return their states."""
    return [row["state"] for row in rows(state, destination)]


def work(one: Courier, *, turns: int = 50) -> int:
    """Let a courier do turns until nothing is to do now; return how many it handed over."""
    handed = 0
    for _ in range(turns):
        turn = one.turn()
        handed += turn.handed
        if not turn.more:
            return handed
    raise AssertionError("it comes to no end")
