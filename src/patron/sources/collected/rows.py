"""One event of the stream -> the rows that it is in the sources of a run.

An event may be several: a customer who signs in is an event on her browser, a customer, and an identifier each for her
address and the browser. Nothing here judges: what cannot be used is refused and counted where all sources are.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from patron.sources.collected.bought import bought
from patron.sources.collected.contacts import contacts
from patron.sources.collected.doings import doings
from patron.sources.collected.permissions import permissions
from patron.sources.collected.persons import persons
from patron.sources.collected.row import Rows
from patron.sources.stream import StreamEvent

MAKERS = (doings, persons, permissions, contacts, bought)
"""In this order; none knows of another."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "events": (
        "occurred_at", "event", "event_id", "customer_id", "anonymous_id", "session_id", "channel", "product_id",
        "order_id", "amount", "utm_source", "utm_medium", "campaign",
    ),
    "customers": (
        "customer_id", "acquired_on", "country", "email", "phone", "name", "given_name", "family_name", "birth_date",
        "street", "city", "region", "postal_code", "updated_on",
    ),
    "identifiers": ("customer_id", "kind", "value", "seen_on"),
    "consents": (
        "customer_id", "anonymous_id", "given_at", "status", "purpose", "channel", "source", "proof", "text_version",
        "jurisdiction", "signal",
    ),
    "messages": (
        "message_id", "customer_id", "anonymous_id", "event", "occurred_at", "channel", "campaign", "message",
        "variant", "cost",
    ),
    "order_lines": (
        "says", "event_id", "order_id", "customer_id", "ordered_at", "currency", "channel", "quantity", "unit_price",
        "amount", "discount", "product_id", "product_name", "category",
    ),
}  # fmt: skip
"""The sources that events are rows of, with the columns of their parts, all of them text."""


def rows_of(event: StreamEvent) -> Rows:
    """Yield the rows that one event is, each with the source that it is a row of."""
    for maker in MAKERS:
        yield from maker(event)


NUMBER = "number"
"""The number of the call that a row was made of: rows go by it where two say different things."""


def tables_of(events: Iterable[StreamEvent]) -> dict[str, pa.Table]:
    """Return the rows of events as one table a source: `NUMBER`, and the columns of `COLUMNS` as text."""
    columns: dict[str, dict[str, list[object]]] = {
        source: {name: [] for name in (NUMBER, *names)} for source, names in COLUMNS.items()
    }
    for event in events:
        for source, values in rows_of(event):
            for name, column in columns[source].items():
                column.append(event.number if name == NUMBER else values.get(name))
    return {source: pa.table(held, schema=SCHEMAS[source]) for source, held in columns.items()}


SCHEMAS = {
    source: pa.schema([(NUMBER, pa.int64()), *((name, pa.string()) for name in names)])
    for source, names in COLUMNS.items()
}
"""Of the parts of each source."""
