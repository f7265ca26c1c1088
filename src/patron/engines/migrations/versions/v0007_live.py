"""What is known of people since the last run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of what happened since the published run."""
    op.create_table(
        "live_events",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("user_id", sa.String),
        sa.Column("anonymous_id", sa.String),
        sa.Column("session_id", sa.String),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("event", sa.String, nullable=False),
        sa.Column("occurred_at", sa.DateTime, nullable=False),
        sa.Column("channel", sa.String),
        sa.Column("product_id", sa.String),
        sa.Column("order_id", sa.String),
        sa.Column("decision_id", sa.String),
        sa.Column("gpc", sa.Boolean, nullable=False),
        sa.Column("details", sa.String),
    )
    op.create_index("live_events_user", "live_events", ["user_id"])
    op.create_index("live_events_anonymous", "live_events", ["anonymous_id"])
