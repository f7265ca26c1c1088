"""The tables of what the server was told: events in the order in which they were committed, and those of no use."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, String, Table

from patron.engines.state_tables import METADATA

NUMBER = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers its rows by INTEGER alone

INBOX = Table(
    "inbox",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("message_id", String, nullable=False),
    Column("source", String, nullable=False),  # the name of the write key it came with
    Column("kind", String, nullable=False),  # track, identify, page, screen, group, alias
    Column("received_at", NUMBER, nullable=False),  # microseconds since 1970, UTC
    Column("sent_at", NUMBER),  # the same by the sender's clock; none where it did not say, or for history
    Column("gpc", Boolean, nullable=False),  # the request carried Sec-GPC: 1
    Column("context", LargeBinary),  # JSON: what a batch says of all its events
    Column("payload", LargeBinary, nullable=False),  # the event's JSON as it came
)

INBOX_COUNTER = Table(
    "inbox_counter",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row: 1
    Column("last", NUMBER, nullable=False),  # the last number given; a number is never given again
)

INBOX_SEEN = Table(
    "inbox_seen",
    METADATA,
    Column("key", LargeBinary, primary_key=True),  # 16 bytes made of source and messageId
    Column("day", Integer, nullable=False),  # on which it came, counted from 1970-01-01, UTC
    sqlite_with_rowid=False,
)

INBOX_RECENT = Table(  # on SQLite: what is not in the tree of `inbox_seen` yet
    "inbox_recent",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=False),  # of the last event of a group
    Column("day", Integer, nullable=False),
    Column("keys", LargeBinary, nullable=False),  # those of the group, one after the other
)

DEAD_LETTERS = Table(
    "dead_letters",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("reason", String, nullable=False),  # a code of `sources.stream.problem`
    Column("source", String, nullable=False),
    Column("kind", String, nullable=False),  # as the address or the event said; batch where neither did
    Column("received_at", NUMBER, nullable=False),
    Column("sent_at", NUMBER),
    Column("gpc", Boolean, nullable=False),
    Column("context", LargeBinary),
    Column("payload", LargeBinary, nullable=False),
)
