"""What the server was told: events as they came, and those that could not be used."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "inbox",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("message_id", sa.String, nullable=False),
        *_shared(),
    )
    op.create_table(
        "inbox_counter",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last", NUMBER, nullable=False),
    )
    op.create_table(
        "inbox_seen",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("day", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "inbox_recent",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("keys", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "dead_letters",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("reason", sa.String, nullable=False),
        *_shared(),
    )


def _shared() -> list[sa.Column[Any]]:
    return [
        sa.Column("source", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("received_at", NUMBER, nullable=False),
        sa.Column("sent_at", NUMBER),
        sa.Column("gpc", sa.Boolean, nullable=False),
        sa.Column("context", sa.LargeBinary),
        sa.Column("payload", sa.LargeBinary, nullable=False),
    ]
