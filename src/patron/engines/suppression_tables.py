"""The table of closed addresses: a permanent bounce, a complaint. It holds hashes and names nobody."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, String, Table

from patron.engines.state_tables import METADATA

SUPPRESSIONS = Table(
    "suppressions",
    METADATA,
    Column("address_hash", String, primary_key=True),  # SHA-256 of the normalised address
    Column("channel", String, primary_key=True),
    Column("reason", String, nullable=False),  # bounced, complained
    Column("since", DateTime, nullable=False),
    Column("delivery_id", String),
)
