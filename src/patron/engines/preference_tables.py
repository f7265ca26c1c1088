"""The table of what people chose in the preference centre, beside their consents."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, String, Table

from patron.engines.state_tables import METADATA

PREFERENCES = Table(
    "preferences",
    METADATA,
    Column("customer_id", String, primary_key=True),
    Column("language", String),
    Column("channel", String),  # the one she prefers
    Column("most", Integer),  # messages in the window, at most
    Column("changed_at", DateTime, nullable=False),  # UTC
)
