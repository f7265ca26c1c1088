"""Who is who, and what each person allows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of identity and privacy, and remember where lists were written."""
    op.add_column("audiences", sa.Column("file", sa.String))
    op.add_column("audiences", sa.Column("unit", sa.String, nullable=False, server_default="customer"))
    op.add_column("assignments", sa.Column("unit", sa.Integer))
    _audience_events()
    _identity()
    _consent()
    _requests()
    _audit()


def _audience_events() -> None:
    op.create_table(
        "audience_events",
        sa.Column("audience", sa.String, sa.ForeignKey("audiences.name"), primary_key=True),
        sa.Column("customer_id", sa.String, primary_key=True),
        sa.Column("run_id", sa.String, primary_key=True),
        sa.Column("event", sa.String, sa.CheckConstraint("event IN ('add', 'remove')", name="known_event"), primary_key=True),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
    )


def _identity() -> None:
    op.create_table(
        "identity_decisions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("action", sa.String, sa.CheckConstraint("action IN ('merge', 'unmerge')", name="known_action"), nullable=False),
        sa.Column("left_id", sa.String, nullable=False),
        sa.Column("right_id", sa.String),
        sa.Column("rule", sa.String),
        sa.Column("key", sa.String),
    )
    op.create_table(
        "id_history",
        sa.Column("run_id", sa.String, primary_key=True),
        sa.Column("record_id", sa.String, primary_key=True),
        sa.Column("before_id", sa.String, nullable=False),
        sa.Column("after_id", sa.String, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
    )


def _consent() -> None:
    op.create_table(
        "consent_statements",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("customer_id", sa.String, nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("lawful_basis", sa.String, nullable=False),
        sa.Column("given_at", sa.DateTime, nullable=False),
        sa.Column("text_version", sa.String),
        sa.Column("source", sa.String),
        sa.Column("proof", sa.String),
        sa.Column("confirmed_at", sa.DateTime),
        sa.Column("expires_on", sa.Date),
        sa.Column("jurisdiction", sa.String),
        sa.Column("signal", sa.String),
    )


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("request_id", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("law", sa.String, nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("extended", sa.Boolean, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("closed_on", sa.Date),
        sa.Column("note", sa.String),
        sa.Column("plan", sa.String),
        sa.Column("certificate", sa.String),
    )
    op.create_table(
        "rights",
        sa.Column("customer_id", sa.String, primary_key=True),
        sa.Column("right", sa.String, primary_key=True),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("request_id", sa.String),
    )
    op.create_table(
        "corrections",
        sa.Column("customer_id", sa.String, primary_key=True),
        sa.Column("attribute", sa.String, primary_key=True),
        sa.Column("value", sa.String, nullable=False),
        sa.Column("made_on", sa.Date, nullable=False),
        sa.Column("request_id", sa.String),
    )


def _audit() -> None:
    op.create_table(
        "pseudonyms",
        sa.Column("customer_id", sa.String, primary_key=True),
        sa.Column("pseudonym", sa.String, nullable=False, unique=True),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("made_at", sa.String, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("subject", sa.String),
        sa.Column("facts", sa.String, nullable=False),
        sa.Column("previous", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
