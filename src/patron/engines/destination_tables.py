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
    Column("print", String),  # fingerprint of what was told; none of whom nothing may be told
    Column("left", String, nullable=False),  # the channels that she is told to have left, with commas between
    Column("delivery_id", String, nullable=False),  # the last one, which alone still counts
    Column("written_at", DateTime, nullable=False),
)

READ_CURSORS = Table(
    "read_cursors",
    METADATA,
    Column("destination", String, primary_key=True),
    Column("what", String, primary_key=True),  # feedback: what was read there; profiles: what was told there
    Column("cursor", String, nullable=False),
    Column("read_at", DateTime, nullable=False),
)
