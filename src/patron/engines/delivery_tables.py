"""The tables of delivery: what is to leave, where it stands, and how the destinations are.

Moments are UTC without a zone.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, Double, Index, Integer, String, Table

from patron.engines.state_tables import METADATA

STATES = ("waiting", "handing", "delivered", "rejected", "dead", "unknown", "expired", "cancelled")

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("delivery_id", String, primary_key=True),  # the idempotency key; of a message its send_id
    Column("destination", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("source", String, nullable=False),  # decision, live, audience, profile, ad_audience
    Column("customer_id", String, nullable=False),
    Column("channel", String),
    Column("purpose", String, nullable=False),
    Column("trigger", String),
    Column("iteration", Integer),
    Column("step", String),
    Column("variant", String),
    Column("audience", String),  # the frozen list, or the audience at the platform
    Column("run_id", String),
    Column("address", String),  # sealed where there is a key; emptied when it is over
    Column("address_hash", String),  # as suppressions have it; it stays
    Column("content", String),  # JSON; sealed where there is a key; emptied when it is over
    Column("state", String, CheckConstraint(f"state IN {STATES}", name="known_outbox_state"), nullable=False),
    Column("reason", String),
    Column("attempts", Integer, nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("due_at", DateTime, nullable=False),  # when it is tried next
    Column("expires_at", DateTime),
    Column("handed_at", DateTime),  # when the last try began
    Column("done_at", DateTime),
    Column("receipt", String),  # the destination's own id
    Column("cost", Double),
    Index("outbox_by_due", "destination", "state", "due_at"),
    Index("outbox_by_customer", "customer_id"),
    Index("outbox_by_address", "address_hash"),
    Index("outbox_by_receipt", "receipt"),
)

DESTINATION_STATES = Table(
    "destination_states",
    METADATA,
    Column("destination", String, primary_key=True),
    Column("paused", Boolean, nullable=False),
    Column("draining", Boolean, nullable=False),  # nothing new goes in; what waits leaves
    Column("breaker", String, nullable=False),  # closed, open, half_open
    Column("failures", Integer, nullable=False),  # one after the other
    Column("open_until", DateTime),
    Column("changed_at", DateTime, nullable=False),
    Column("reason", String),
)
