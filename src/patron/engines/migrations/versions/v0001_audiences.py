"""Frozen audiences and who is in which arm of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "audiences",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("segmentation", sa.String, nullable=False),
        sa.Column("segment", sa.String, nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("assigned_on", sa.Date, nullable=False),
        sa.Column("run_id", sa.String, nullable=False),
        sa.Column("salt", sa.String, nullable=False),
        sa.Column("holdout", sa.Double, nullable=False),
        sa.Column("treated", sa.Integer, nullable=False),
        sa.Column("control", sa.Integer, nullable=False),
        sa.Column("published", sa.Boolean, nullable=False),
    )
    op.create_table(
        "assignments",
        sa.Column("audience", sa.String, sa.ForeignKey("audiences.name"), primary_key=True),
        sa.Column("customer_id", sa.String, primary_key=True),
        sa.Column("arm", sa.String, sa.CheckConstraint("arm IN ('treated', 'control')", name="known_arm"), nullable=False),
        sqlite_with_rowid=False,
    )
