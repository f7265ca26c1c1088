"""Delivery: the outbox, how destinations are, closed addresses, preferences, what systems outside hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATES = ("waiting", "handing", "delivered", "rejected", "dead", "unknown", "expired", "cancelled")


def upgrade() -> None:
    """Make the tables."""
    _outbox()
    _destination_states()
    _suppressions()
    _preferences()
    _destination_members()
    _audience_syncs()
    _written_profiles()
    _read_cursors()
    _scheduled_jobs()
    _restores()


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("delivery_id", sa.String, primary_key=True),
        sa.Column("destination", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("customer_id", sa.String, nullable=False),
        sa.Column("channel", sa.String),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("trigger", sa.String),
        sa.Column("iteration", sa.Integer),
        sa.Column("step", sa.String),
        sa.Column("variant", sa.String),
        sa.Column("audience", sa.String),
        sa.Column("run_id", sa.String),
        sa.Column("address", sa.String),
        sa.Column("address_hash", sa.String),
        sa.Column("content", sa.String),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.Column("due_at", sa.DateTime, nullable=False),
        sa.Column("expires_at", sa.DateTime),
        sa.Column("handed_at", sa.DateTime),
        sa.Column("done_at", sa.DateTime),
        sa.Column("receipt", sa.String),
        sa.Column("cost", sa.Double),
        sa.CheckConstraint(f"state IN {STATES}", name="known_outbox_state"),
    )
    op.create_index("outbox_by_due", "outbox", ["destination", "state", "due_at"])
    op.create_index("outbox_by_customer", "outbox", ["customer_id"])
    op.create_index("outbox_by_address", "outbox", ["address_hash"])
    op.create_index("outbox_by_receipt", "outbox", ["receipt"])


def _destination_states() -> None:
    op.create_table(
        "destination_states",
        sa.Column("destination", sa.String, primary_key=True),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("draining", sa.Boolean, nullable=False),
        sa.Column("breaker", sa.String, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("open_until", sa.DateTime),
        sa.Column("changed_at", sa.DateTime, nullable=False),
        sa.Column("reason", sa.String),
    )


def _suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("address_hash", sa.String, primary_key=True),
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.Column("delivery_id", sa.String),
    )


def _preferences() -> None:
    op.create_table(
        "preferences",
        sa.Column("customer_id", sa.String, primary_key=True),
        sa.Column("language", sa.String),
        sa.Column("channel", sa.String),
        sa.Column("most", sa.Integer),
        sa.Column("paused_until", sa.Date),
        sa.Column("changed_at", sa.DateTime, nullable=False),
    )


def _destination_members() -> None:
    op.create_table(
        "destination_members",
        sa.Column("destination", sa.String, primary_key=True),
        sa.Column("audience", sa.String, primary_key=True),
        sa.Column("customer_id", sa.String, primary_key=True),
        sa.Column("keys", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("delivery_id", sa.String),
        sa.Column("changed_at", sa.DateTime, nullable=False),
    )


def _audience_syncs() -> None:
    op.create_table(
        "audience_syncs",
        sa.Column("destination", sa.String, primary_key=True),
        sa.Column("audience", sa.String, primary_key=True),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("run_id", sa.String, nullable=False),
        sa.Column("wanted", sa.Integer, nullable=False),
        sa.Column("synced_at", sa.DateTime, nullable=False),
    )


def _written_profiles() -> None:
    op.create_table(
        "written_profiles",
        sa.Column("destination", sa.String, primary_key=True),
        sa.Column("customer_id", sa.String, primary_key=True),
        sa.Column("print", sa.String),
        sa.Column("gone", sa.String, nullable=False),
        sa.Column("delivery_id", sa.String, nullable=False),
        sa.Column("written_at", sa.DateTime, nullable=False),
    )


def _read_cursors() -> None:
    op.create_table(
        "read_cursors",
        sa.Column("destination", sa.String, primary_key=True),
        sa.Column("what", sa.String, primary_key=True),
        sa.Column("cursor", sa.String, nullable=False),
        sa.Column("read_at", sa.DateTime, nullable=False),
    )


def _scheduled_jobs() -> None:
    op.create_table(
        "scheduled_jobs",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("planned_at", sa.DateTime, nullable=False),
        sa.Column("began_at", sa.DateTime),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("outcome", sa.String),
        sa.Column("exit_code", sa.Integer),
        sa.Column("missed", sa.Integer, nullable=False),
        sa.CheckConstraint("outcome IN ('running', 'done', 'failed', 'stopped')", name="known_job_outcome"),
    )


def _restores() -> None:
    op.create_table(
        "restores",
        sa.Column("restored_at", sa.DateTime, primary_key=True),
        sa.Column("made_at", sa.DateTime, nullable=False),
    )
