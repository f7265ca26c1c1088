"""The tables of the operational database, in one place: each change of them is a migration beside this file.

Who writes which: audiences, assignments and audience_events `engines.state`; experiments, experiment_arms and
experiment_members `engines.experiment_state`, holdouts `engines.holdout_state`, trigger_events `engines.trigger_state`;
identity_decisions and id_history `identity`; everything below `privacy`.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
)

METADATA = MetaData()

AUDIENCES = Table(
    "audiences",
    METADATA,
    Column("name", String, primary_key=True),
    Column("segmentation", String, nullable=False),
    Column("segment", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("assigned_on", Date, nullable=False),
    Column("run_id", String, nullable=False),
    Column("salt", String, nullable=False),
    Column("holdout", Double, nullable=False),
    Column("unit", String, nullable=False, server_default="customer"),
    Column("treated", Integer, nullable=False),
    Column("control", Integer, nullable=False),
    Column("published", Boolean, nullable=False),
    Column("file", String),  # where the list was written; erasure goes there, too
    Column("programme", String),
)

ASSIGNMENTS = Table(
    "assignments",
    METADATA,
    Column("audience", String, ForeignKey("audiences.name"), primary_key=True),
    Column("customer_id", String, primary_key=True),
    Column("arm", String, CheckConstraint("arm IN ('treated', 'control')", name="known_arm"), nullable=False),
    Column("unit", Integer),  # number of the household that was drawn as a whole; it names nobody
    sqlite_with_rowid=False,
)

AUDIENCE_EVENTS = Table(
    "audience_events",
    METADATA,
    Column("audience", String, ForeignKey("audiences.name"), primary_key=True),
    Column("customer_id", String, primary_key=True),
    Column("run_id", String, primary_key=True),
    Column("event", String, CheckConstraint("event IN ('add', 'remove')", name="known_event"), primary_key=True),
    Column("reason", String, nullable=False),
    Column("day", Date, nullable=False),
)

EXPERIMENTS = Table(
    "experiments",
    METADATA,
    Column("name", String, primary_key=True),
    Column("run_id", String, nullable=False),
    Column("segment", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("salt", String, nullable=False),
    Column("started_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("exclusive_group", String),  # experiments of one group share a hash space
    Column("space_low", Double, nullable=False),  # which part of it is this one's: from here, up to space_high
    Column("space_high", Double, nullable=False),
    Column("promised", String, nullable=False),  # JSON: the settings as they stood, and what was said to be needed
    Column("published", Boolean, nullable=False),
    Column("stopped_on", Date),
    Column("stop_reason", String),
)

EXPERIMENT_ARMS = Table(
    "experiment_arms",
    METADATA,
    Column("experiment", String, ForeignKey("experiments.name"), primary_key=True),
    Column("arm", String, primary_key=True),
    Column("place", Integer, nullable=False),  # 0 is the control
    Column("share", Double, nullable=False),
    Column("customers", Integer, nullable=False),
    Column("file", String),  # where its list was written; erasure goes there, too
)

EXPERIMENT_MEMBERS = Table(
    "experiment_members",
    METADATA,
    Column("experiment", String, ForeignKey("experiments.name"), primary_key=True),
    Column("customer_id", String, primary_key=True),
    Column("arm", String, nullable=False),
    Column("unit", Integer),  # as in assignments
    Column("stratum", String),
    sqlite_with_rowid=False,
)

HOLDOUTS = Table(
    "holdouts",
    METADATA,
    Column("name", String, primary_key=True),  # global, programme:NAME, trigger:NAME
    Column("since", Date, primary_key=True),
    Column("programme", String),
    Column("share", Double, nullable=False),  # from that day on; 0 where it is given up
    Column("salt", String, nullable=False),
)

TRIGGER_EVENTS = Table(
    "trigger_events",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("trigger_name", String, nullable=False),
    Column("event", String, nullable=False),  # pilot, scale, pause, retire, iterate
    Column("day", Date, nullable=False),
    Column("state", String, nullable=False),  # from that day on
    Column("iteration", Integer, nullable=False),
    Column("note", String),
    Column("believed", String),
    Column("saw", String),
    Column("keep", String),
)

APPROVALS = Table(
    "approvals",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("trigger_name", String, nullable=False),
    Column("team", String),
    Column("print", String, nullable=False),  # fingerprint of the trigger and its message, as they stood
    Column("asked_by", String, nullable=False),
    Column("asked_on", Date, nullable=False),
    Column("waits_for", String, nullable=False),
    Column("note", String),
    Column("approved", Boolean),  # none while it waits
    Column("decided_by", String),
    Column("decided_on", Date),
    Column("answer", String),
)

IDENTITY_DECISIONS = Table(
    "identity_decisions",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("made_at", DateTime, nullable=False),  # UTC
    Column("actor", String, nullable=False),
    Column("action", String, CheckConstraint("action IN ('merge', 'unmerge')", name="known_action"), nullable=False),
    Column("left_id", String, nullable=False),  # a record's own id
    Column("right_id", String),  # of a merge: the other record's
    Column("rule", String),  # of an unmerge: which edge of left_id
    Column("key", String),
)

ID_HISTORY = Table(
    "id_history",
    METADATA,
    Column("run_id", String, primary_key=True),
    Column("record_id", String, primary_key=True),  # the source's own id
    Column("before_id", String, nullable=False),  # the customer it belonged to
    Column("after_id", String, nullable=False),
    Column("day", Date, nullable=False),
)

CONSENT_STATEMENTS = Table(
    "consent_statements",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("customer_id", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("status", String, nullable=False),
    Column("lawful_basis", String, nullable=False),
    Column("given_at", DateTime, nullable=False),  # in the project's time zone
    Column("text_version", String),
    Column("source", String),
    Column("proof", String),
    Column("confirmed_at", DateTime),
    Column("expires_on", Date),
    Column("jurisdiction", String),
    Column("signal", String),
)

REQUESTS = Table(
    "requests",
    METADATA,
    Column("request_id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),  # the customer; her pseudonym once erased
    Column("law", String, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("extended", Boolean, nullable=False),
    Column("status", String, nullable=False),  # open, working, done, refused
    Column("closed_on", Date),
    Column("note", String),
    Column("plan", String),  # while working: what is to be erased, as JSON; emptied when done
    Column("certificate", String),  # JSON
)

RIGHTS = Table(
    "rights",
    METADATA,
    Column("customer_id", String, primary_key=True),
    Column("right", String, primary_key=True),  # for example restriction or objection_marketing
    Column("since", Date, nullable=False),
    Column("until", Date),
    Column("request_id", String),
)

CORRECTIONS = Table(
    "corrections",
    METADATA,
    Column("customer_id", String, primary_key=True),
    Column("attribute", String, primary_key=True),
    Column("value", String, nullable=False),
    Column("made_on", Date, nullable=False),
    Column("request_id", String),
)

PSEUDONYMS = Table(
    "pseudonyms",
    METADATA,
    Column("customer_id", String, primary_key=True),
    Column("pseudonym", String, nullable=False, unique=True),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("made_at", String, nullable=False),  # ISO, UTC, as it was hashed
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String),  # a pseudonym
    Column("facts", String, nullable=False),  # JSON, as it was hashed; never personal data
    Column("previous", String, nullable=False),
    Column("hash", String, nullable=False),
)
