"""Decisions that were asked for, with the chance that each had."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "decision_log",
        sa.Column("decision_id", sa.String, primary_key=True),
        sa.Column("decided_at", sa.DateTime, nullable=False),
        sa.Column("asked_by", sa.String, nullable=False),
        sa.Column("customer_id", sa.String),
        sa.Column("user_id", sa.String),
        sa.Column("anonymous_id", sa.String),
        sa.Column("placement", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column(
            "outcome",
            sa.String,
            sa.CheckConstraint("outcome IN ('given', 'held_out', 'nothing')", name="known_decision_outcome"),
            nullable=False,
        ),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("personal", sa.String),
        sa.Column("choice", sa.String),
        sa.Column("propensity", sa.Double, nullable=False),
        sa.Column("shares", sa.String, nullable=False),
        sa.Column("trigger", sa.String),
        sa.Column("iteration", sa.Integer),
        sa.Column("variant", sa.String),
        sa.Column("variant_propensity", sa.Double),
        sa.Column("held_by", sa.String),
        sa.Column("given", sa.String, nullable=False),
        sa.Column("run_id", sa.String),
        sa.Column("shown_at", sa.DateTime),
        sa.Column("clicked_at", sa.DateTime),
        sa.Column("ordered_at", sa.DateTime),
        sa.Column("ordered", sa.String),
    )
    op.create_index("decision_log_by_day", "decision_log", ["decided_at"])
    op.create_index("decision_log_by_customer", "decision_log", ["customer_id", "decided_at"])
    op.create_index("decision_log_by_user", "decision_log", ["user_id"])
    op.create_index("decision_log_by_visitor", "decision_log", ["anonymous_id"])
