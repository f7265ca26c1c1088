"""The tables of live triggers: who works the stream, what waits for its time, what is to be sent.

Moments are UTC without a zone. `person` is the key of the live state: of a known customer her id, else what she is
known by.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Double, Index, Integer, String, Table

from patron.engines.state_tables import METADATA

SEND_OUTCOMES = ("waiting", "sent", "queued", "refused", "held_out", "expired")

STREAM = "stream"
"""The work of live triggers: the one lease whose holder reads events."""

STREAM_LEASES = Table(
    "stream_leases",
    METADATA,
    Column("name", String, primary_key=True),  # of the work
    Column("holder", String, nullable=False),  # the process that does it; it names nobody
    Column("until", DateTime, nullable=False),  # after which another may take over
    Column("turn", Integer, nullable=False),  # grows with every holder
    Column("number", BigInteger, nullable=False),  # the last event of the inbox that was worked
)

TIMERS = Table(
    "timers",
    METADATA,
    Column("trigger", String, primary_key=True),
    Column("person", String, primary_key=True),
    Column("subject", String, primary_key=True),  # which cart, product or order; empty where it is about none
    Column("subject_kind", String, nullable=False),
    Column("customer_id", String),
    Column("user_id", String),
    Column("anonymous_id", String),
    Column("place", Integer, nullable=False),  # of a sequence the step that is due, from 0
    Column("iteration", Integer, nullable=False),
    Column("occasion", String, nullable=False),  # what armed it; one occasion is fired once
    Column("fired_at", DateTime, nullable=False),  # when it happened
    Column("due_at", DateTime, nullable=False),
    Column("expires_at", DateTime, nullable=False),
    Column("stake", Double),  # money that is at stake, as far as the event tells
    Index("timers_by_due", "due_at"),
    Index("timers_by_person", "person"),
    Index("timers_by_user", "user_id"),
    Index("timers_by_visitor", "anonymous_id"),
)

SENDS = Table(
    "sends",
    METADATA,
    Column("send_id", String, primary_key=True),
    Column("customer_id", String, nullable=False),
    Column("person", String, nullable=False),
    Column("trigger", String, nullable=False),
    Column("iteration", Integer, nullable=False),
    Column("step", String),
    Column("kind", String, nullable=False),
    Column("action", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("subject_kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("occasion", String, nullable=False),
    Column("offer", String),
    Column("purpose", String, nullable=False),
    Column("variant", String),
    Column("variant_propensity", Double),
    Column("fired_at", DateTime, nullable=False),
    Column("decided_at", DateTime, nullable=False),
    Column("send_at", DateTime),
    Column("expires_at", DateTime, nullable=False),
    Column(
        "outcome",
        String,
        CheckConstraint(f"outcome IN ({', '.join(repr(one) for one in SEND_OUTCOMES)})", name="known_outcome"),
        nullable=False,
    ),
    Column("reason", String),
    Column("held_by", String),
    Column("value", Double),
    Column("cost", Double),
    Column("bid", Double),
    Column("price", Double),
    Column("run_id", String),  # whose prices and plans it was decided by
    Index("sends_by_customer", "customer_id", "decided_at"),
    Index("sends_by_person", "person", "trigger"),
    Index("sends_by_outcome", "outcome", "send_at"),
    Index("sends_by_trigger", "trigger", "decided_at"),
)

TRIGGER_SCHEDULES = Table(
    "trigger_schedules",
    METADATA,
    Column("trigger", String, primary_key=True),
    Column("planned_at", DateTime, nullable=False),  # when it fires next
    Column("done", Integer, nullable=False),  # of a firing under way: for how many its timers stand
    Column("run_id", String),  # of that firing: whose customers are counted
)
