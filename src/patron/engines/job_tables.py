"""The tables of operations: what the server does by the clock, and when the database was restored.

Moments are UTC without a zone.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, Integer, String, Table

from patron.engines.state_tables import METADATA

JOB_OUTCOMES = ("running", "done", "failed", "stopped")

SCHEDULED_JOBS = Table(
    "scheduled_jobs",
    METADATA,
    Column("name", String, primary_key=True),
    Column("planned_at", DateTime, nullable=False),  # the next moment at which it is due
    Column("began_at", DateTime),  # the last time that it was begun
    Column("ended_at", DateTime),
    Column(
        "outcome", String,
        CheckConstraint("outcome IN ('running', 'done', 'failed', 'stopped')", name="known_job_outcome"),
    ),
    Column("exit_code", Integer),
    Column("missed", Integer, nullable=False),  # moments that passed while nobody could begin it
)  # fmt: skip

RESTORES = Table(
    "restores",
    METADATA,
    Column("restored_at", DateTime, primary_key=True),
    Column("made_at", DateTime, nullable=False),  # when the backup was made
)
