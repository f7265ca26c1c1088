"""The table of what happened since the published run: written by `server.live`, read for one person at a time."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, String, Table

from patron.engines.state_tables import METADATA

LIVE_EVENTS = Table(
    "live_events",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # that of the inbox
    Column("user_id", String),  # the shop's own
    Column("anonymous_id", String),  # browser or installation
    Column("session_id", String),
    Column("kind", String, nullable=False),
    Column("event", String, nullable=False),
    Column("occurred_at", DateTime, nullable=False),  # UTC
    Column("channel", String),
    Column("product_id", String),
    Column("order_id", String),
    Column("decision_id", String),
    Column("gpc", Boolean, nullable=False),
    Column("details", String),  # JSON: money, products, cart and campaign, as `server.live.rows` reads them
    Index("live_events_user", "user_id"),
    Index("live_events_anonymous", "anonymous_id"),
)
