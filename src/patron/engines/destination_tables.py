"""What a system outside is known to hold: members of its audiences, scores as last written, how far it was read."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, String, Table

from patron.engines.state_tables import METADATA

DESTINATION_MEMBERS = Table(
    "destination_members",
    METADATA,
    Column("destination", String, primary_key=True),
    Column("audience", String, primary_key=True),
    Column("customer_id", String, primary_key=True),
    Column("keys", String, nullable=False),  # JSON of hashed match keys: what a removal has to name
    Column("state", String, nullable=False),  # adding, member, removing
    Column("changed_at", DateTime, nullable=False),
)

WRITTEN_PROFILES = Table(
    "written_profiles",
    METADATA,
    Column("destination", String, primary_key=True),
    Column("customer_id", String, primary_key=True),
    Column("print", String, nullable=False),  # fingerprint of what was written
    Column("written_at", DateTime, nullable=False),
)

READ_CURSORS = Table(
    "read_cursors",
    METADATA,
    Column("destination", String, primary_key=True),
    Column("cursor", String, nullable=False),
    Column("read_at", DateTime, nullable=False),
)
