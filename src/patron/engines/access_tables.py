"""The tables of tokens, users and sessions: none holds a secret, only hashes of them. Times are in UTC, without a zone.

Who writes which: tokens `privacy.tokens`, users `privacy.users`; sessions, sign_in_links and sign_in_failures
`server.access`.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Integer, String, Table

from patron.engines.state_tables import METADATA

TOKENS = Table(
    "tokens",
    METADATA,
    Column("token_id", String, primary_key=True),  # its public part
    Column("name", String, nullable=False, unique=True),
    Column("scopes", String, nullable=False),  # words with blanks between them
    Column("rows", String),  # which customers it may see: a condition
    Column("secret_hash", String, nullable=False),  # SHA-256 of its secret part
    Column("made_at", DateTime, nullable=False),
    Column("expires_at", DateTime),
    Column("revoked_at", DateTime),
    Column("used_at", DateTime),  # to the minute
)

USERS = Table(
    "users",
    METADATA,
    Column("name", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("rows", String),
    Column("password_hash", String),  # argon2id; none: she can sign in by a link only
    Column("locked", Boolean, nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("signed_in_at", DateTime),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("session_id", String, primary_key=True),
    Column("user_name", String, nullable=False, index=True),
    Column("cookie_hash", String, nullable=False, unique=True),
    Column("previous_hash", String, index=True),  # of the cookie before the last rotation
    Column("rotated_at", DateTime, nullable=False),
    Column("csrf", String, nullable=False),
    Column("started_at", DateTime, nullable=False),
    Column("seen_at", DateTime, nullable=False),  # to the minute
)

SIGN_IN_LINKS = Table(
    "sign_in_links",
    METADATA,
    Column("secret_hash", String, primary_key=True),
    Column("user_name", String, nullable=False),
    Column("expires_at", DateTime, nullable=False),
)

SIGN_IN_FAILURES = Table(
    "sign_in_failures",
    METADATA,
    Column("subject_hash", String, primary_key=True),  # SHA-256 of a user's name or an address
    Column("failures", Integer, nullable=False),
    Column("last_at", DateTime, nullable=False),
    Column("blocked_until", DateTime),
)
