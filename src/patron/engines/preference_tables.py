"""The table of what people chose in the preference centre, beside their consents."""

from __future__ import annotations

from sqlalchemy import Column, Date, DateTime, Integer, String, Table

from patron.engines.state_tables import METADATA

PREFERENCES = Table(
    "preferences",
    METADATA,
    Column("customer_id", String, primary_key=True),
    Column("language", String),
    Column("channel", String),  # the one she prefers
    Column("most", Integer),  # messages in the window of contacts, at most
    Column("paused_until", Date),  # the last day on which no message reaches her
    Column("changed_at", DateTime, nullable=False),  # UTC
)
