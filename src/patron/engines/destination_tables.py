"""What a system outside is known to hold: members of its audiences, scores as last written, how far it was read."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, String, Table

from patron.engines.state_tables import METADATA

DESTINATION_MEMBERS = Table(
    "destination_members",
    METADATA,
    Column("destination", String, primary_key=True),
    Column("audience", String, primary_key=True),
    Column("customer_id", String, primary_key=True),
    Column("keys", String, nullable=False),  # JSON, sealed where there is a key: what a removal has to name
    Column("state", String, nullable=False),  # as engines.member_state.STATES says
    Column("delivery_id", String),  # of what is under way: a row of the outbox
    Column("changed_at", DateTime, nullable=False),
)

AUDIENCE_SYNCS = Table(
    "audience_syncs",
    METADATA,
    Column("destination", String, primary_key=True),
    Column("audience", String, primary_key=True),
    Column("version", String, nullable=False),  # digest of the run and the settings by which it was compared
    Column("run_id", String, nullable=False),
    Column("wanted", Integer, nullable=False),  # customers
    Column("synced_at", DateTime, nullable=False),
)

WRITTEN_PROFILES = Table(
    "written_profiles",
    METADATA,
    Column("destination", String, primary_key=True),
    Column("customer_id", String, primary_key=True),
    Column("print", String),  # fingerprint of what was told; none of whom nothing may be told
    Column("gone", String, nullable=False),  # the channels that she is told to have left, with commas between
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
