"""Approvals: what was asked for before a trigger goes live, and what was answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of approvals."""
    op.create_table(
        "approvals",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("trigger_name", sa.String, nullable=False),
        sa.Column("team", sa.String),
        sa.Column("print", sa.String, nullable=False),
        sa.Column("asked_by", sa.String, nullable=False),
        sa.Column("asked_on", sa.Date, nullable=False),
        sa.Column("waits_for", sa.String, nullable=False),
        sa.Column("note", sa.String),
        sa.Column("approved", sa.Boolean),
        sa.Column("decided_by", sa.String),
        sa.Column("decided_on", sa.Date),
        sa.Column("answer", sa.String),
    )
