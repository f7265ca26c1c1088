"""The table of decisions that were asked for. Moments are UTC without a zone."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, Double, Index, Integer, String, Table

from patron.engines.state_tables import METADATA

DECISION_LOG = Table(
    "decision_log",
    METADATA,
    Column("decision_id", String, primary_key=True),
    Column("decided_at", DateTime, nullable=False),
    Column("asked_by", String, nullable=False),  # the token's or the user's name
    Column("customer_id", String),
    Column("user_id", String),
    Column("anonymous_id", String),
    Column("placement", String, nullable=False),
    Column("kind", String, nullable=False),
    Column(
        "outcome",
        String,
        CheckConstraint("outcome IN ('given', 'held_out', 'nothing')", name="known_decision_outcome"),
        nullable=False,
    ),
    Column("reason", String, nullable=False),  # a code
    Column("personal", String),  # why it is not made for her; none where it is
    Column("choice", String),
    Column("propensity", Double, nullable=False),
    Column("shares", String, nullable=False),  # JSON: the chance of each choice
    Column("trigger", String),
    Column("iteration", Integer),
    Column("variant", String),
    Column("variant_propensity", Double),
    Column("held_by", String),
    Column("given", String, nullable=False),  # JSON: products, action, offer, discount
    Column("run_id", String),
    Column("shown_at", DateTime),
    Column("clicked_at", DateTime),
    Column("ordered_at", DateTime),
    Column("ordered", String),  # what the order brought, exact
    Index("decision_log_by_day", "decided_at"),
    Index("decision_log_by_customer", "customer_id", "decided_at"),
    Index("decision_log_by_user", "user_id"),
    Index("decision_log_by_visitor", "anonymous_id"),
)
