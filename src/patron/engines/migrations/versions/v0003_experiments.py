"""Experiments with everything that was promised of them, and hold-outs with the day since which they hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the four tables, and remember the programme of a list."""
    op.add_column("audiences", sa.Column("programme", sa.String))
    _experiments()
    op.create_table(
        "holdouts",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("since", sa.Date, primary_key=True),
        sa.Column("programme", sa.String),
        sa.Column("share", sa.Double, nullable=False),
        sa.Column("salt", sa.String, nullable=False),
    )


def _experiments() -> None:
    op.create_table(
        "experiments",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("run_id", sa.String, nullable=False),
        sa.Column("segment", sa.String, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("salt", sa.String, nullable=False),
        sa.Column("started_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("exclusive_group", sa.String),
        sa.Column("space_low", sa.Double, nullable=False),
        sa.Column("space_high", sa.Double, nullable=False),
        sa.Column("promised", sa.String, nullable=False),
        sa.Column("published", sa.Boolean, nullable=False),
        sa.Column("stopped_on", sa.Date),
        sa.Column("stop_reason", sa.String),
    )
    op.create_table(
        "experiment_arms",
        sa.Column("experiment", sa.String, sa.ForeignKey("experiments.name"), primary_key=True),
        sa.Column("arm", sa.String, primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("share", sa.Double, nullable=False),
        sa.Column("customers", sa.Integer, nullable=False),
        sa.Column("file", sa.String),
    )
    op.create_table(
        "experiment_members",
        sa.Column("experiment", sa.String, sa.ForeignKey("experiments.name"), primary_key=True),
        sa.Column("customer_id", sa.String, primary_key=True),
        sa.Column("arm", sa.String, nullable=False),
        sa.Column("unit", sa.Integer),
        sa.Column("stratum", sa.String),
        sqlite_with_rowid=False,
    )
