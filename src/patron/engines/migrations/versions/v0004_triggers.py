"""What became of each trigger, and why: its states and iterations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of events in the lives of triggers."""
    op.create_table(
        "trigger_events",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("trigger_name", sa.String, nullable=False),
        sa.Column("event", sa.String, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("iteration", sa.Integer, nullable=False),
        sa.Column("note", sa.String),
        sa.Column("believed", sa.String),
        sa.Column("saw", sa.String),
        sa.Column("keep", sa.String),
    )
