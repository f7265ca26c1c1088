"""Live triggers: timers, and what is to be sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "stream_leases",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("until", sa.DateTime, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
    )
    _timers()
    _sends()
    op.create_table(
        "trigger_schedules",
        sa.Column("trigger", sa.String, primary_key=True),
        sa.Column("planned_at", sa.DateTime, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("run_id", sa.String),
    )


def _timers() -> None:
    op.create_table(
        "timers",
        sa.Column("trigger", sa.String, primary_key=True),
        sa.Column("person", sa.String, primary_key=True),
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("subject_kind", sa.String, nullable=False),
        sa.Column("customer_id", sa.String),
        sa.Column("user_id", sa.String),
        sa.Column("anonymous_id", sa.String),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("iteration", sa.Integer, nullable=False),
        sa.Column("occasion", sa.String, nullable=False),
        sa.Column("fired_at", sa.DateTime, nullable=False),
        sa.Column("due_at", sa.DateTime, nullable=False),
        sa.Column("expires_at", sa.DateTime, nullable=False),
        sa.Column("stake", sa.Double),
    )
    op.create_index("timers_by_due", "timers", ["due_at"])
    op.create_index("timers_by_person", "timers", ["person"])
    op.create_index("timers_by_user", "timers", ["user_id"])
    op.create_index("timers_by_visitor", "timers", ["anonymous_id"])


def _sends() -> None:
    op.create_table(
        "sends",
        sa.Column("send_id", sa.String, primary_key=True),
        sa.Column("customer_id", sa.String, nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("trigger", sa.String, nullable=False),
        sa.Column("iteration", sa.Integer, nullable=False),
        sa.Column("step", sa.String),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("subject_kind", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("occasion", sa.String, nullable=False),
        sa.Column("offer", sa.String),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("variant", sa.String),
        sa.Column("variant_propensity", sa.Double),
        sa.Column("fired_at", sa.DateTime, nullable=False),
        sa.Column("decided_at", sa.DateTime, nullable=False),
        sa.Column("send_at", sa.DateTime),
        sa.Column("expires_at", sa.DateTime, nullable=False),
        sa.Column(
            "outcome",
            sa.String,
            sa.CheckConstraint(
                "outcome IN ('waiting', 'sent', 'queued', 'refused', 'held_out', 'expired')", name="known_outcome"
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String),
        sa.Column("held_by", sa.String),
        sa.Column("value", sa.Double),
        sa.Column("cost", sa.Double),
        sa.Column("bid", sa.Double),
        sa.Column("price", sa.Double),
        sa.Column("run_id", sa.String),
    )
    op.create_index("sends_by_customer", "sends", ["customer_id", "decided_at"])
    op.create_index("sends_by_person", "sends", ["person", "trigger"])
    op.create_index("sends_by_outcome", "sends", ["outcome", "send_at"])
    op.create_index("sends_by_trigger", "sends", ["trigger", "decided_at"])
