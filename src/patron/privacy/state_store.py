"""The operational database as a store: everything of a person goes, in the rows and in the bytes of the files.

Rows that are hers alone are deleted. A request stays as a proof, under her pseudonym; the audit's entries stay as they
are, and lose the row that said who is behind the pseudonym. Who was in which arm of a frozen audience or experiment
goes, its counts stay.

A deleted row still stands in a database's free pages and logs. SQLite overwrites it, empties its write-ahead log and
writes the file anew; PostgreSQL writes the tables anew, but keeps its own write-ahead log for a while: the certificate
says so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection, Table, delete, or_, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.elements import ColumnElement

from patron.engines.database import writing
from patron.engines.state import State
from patron.engines.state_tables import METADATA, REQUESTS
from patron.errors import RunError
from patron.language import failure, say
from patron.privacy.plan import Plan
from patron.privacy.pseudonyms import known_pseudonym, random_pseudonym
from patron.privacy.requests import REFUSALS
from patron.privacy.stores import VISITOR, Erased, Found, Subject

NAME = "state"

PERSONAL: Mapping[str, tuple[str, ...]] = {
    "assignments": ("customer_id",),
    "audience_events": ("customer_id",),
    "experiment_members": ("customer_id",),
    "identity_decisions": ("left_id", "right_id"),
    "id_history": ("record_id", "before_id", "after_id"),
    "consent_statements": ("customer_id",),
    "rights": ("customer_id",),
    "corrections": ("customer_id",),
    "timers": ("person", "subject", "customer_id", "user_id", "anonymous_id"),
    "sends": ("customer_id", "person", "subject"),
    "decision_log": ("customer_id", "user_id", "anonymous_id"),
    "live_events": ("user_id", "anonymous_id"),
    "outbox": ("customer_id",),
    "preferences": ("customer_id",),
    "destination_members": ("customer_id",),
    "written_profiles": ("customer_id",),
    "pseudonyms": ("customer_id",),
}
"""The tables whose rows are deleted, with every column that may hold a person's id. Pseudonyms go last."""

PAYLOADS = ("inbox", "dead_letters")
"""The tables that name persons inside of what was sent, in no column: `pipeline.erased_inbox` erases from them."""

KEPT: Mapping[str, tuple[str, ...]] = {
    "audiences": (
        "name", "segmentation", "segment", "purpose", "assigned_on", "run_id", "salt", "holdout", "unit", "treated",
        "control", "published", "file", "programme",
    ),
    "experiments": (
        "name", "run_id", "segment", "unit", "salt", "started_on", "ends_on", "exclusive_group", "space_low",
        "space_high", "promised", "published", "stopped_on", "stop_reason",
    ),
    "experiment_arms": ("experiment", "arm", "place", "share", "customers", "file"),
    "holdouts": ("name", "since", "programme", "share", "salt"),
    "trigger_events": (
        "id", "trigger_name", "event", "day", "state", "iteration", "note", "believed", "saw", "keep",
    ),
    "approvals": (
        "number", "trigger_name", "team", "print", "asked_by", "asked_on", "waits_for", "note", "approved",
        "decided_by", "decided_on", "answer",
    ),
    "requests": (
        "request_id", "kind", "subject", "law", "received_on", "due_on", "extended", "status", "closed_on", "note",
        "plan", "certificate",
    ),
    "tokens": (
        "token_id", "name", "scopes", "rows", "secret_hash", "made_at", "expires_at", "revoked_at", "used_at",
    ),
    "users": ("name", "role", "rows", "password_hash", "locked", "made_at", "signed_in_at"),
    "sessions": (
        "session_id", "user_name", "cookie_hash", "previous_hash", "rotated_at", "csrf", "started_at", "seen_at",
    ),
    "sign_in_links": ("secret_hash", "user_name", "expires_at"),
    "sign_in_failures": ("subject_hash", "failures", "last_at", "blocked_until"),
    "inbox_counter": ("id", "last"),
    "inbox_seen": ("key", "day"),  # a hash of source and messageId; it names nobody
    "inbox_recent": ("number", "day", "keys"),  # hashes, as above
    "stream_leases": ("name", "holder", "until", "turn", "number"),
    "destination_states": (
        "destination", "paused", "draining", "breaker", "failures", "open_until", "changed_at", "reason",
    ),
    "suppressions": ("address_hash", "channel", "reason", "since", "delivery_id"),  # no name
    "audience_syncs": ("destination", "audience", "version", "run_id", "wanted", "synced_at"),
    "read_cursors": ("destination", "what", "cursor", "read_at"),
    "scheduled_jobs": ("name", "planned_at", "began_at", "ended_at", "outcome", "exit_code", "missed"),
    "restores": ("restored_at", "made_at"),
    "trigger_schedules": ("trigger", "planned_at", "done", "run_id"),
    "audit": ("number", "made_at", "actor", "action", "subject", "facts", "previous", "hash"),
}  # fmt: skip
"""The tables whose rows stay, with all columns: a new one needs a decision. Of a request, subject, note and plan are
replaced; everything else holds nothing of a person, or her pseudonym."""

BROWSER = "anonymous_id"
"""A column that holds a browser's id alone, without the word that stands before it among a person's ids."""

IDS = 500  # looked for in one statement


@dataclass(frozen=True)
class StateStore:
    """The operational database."""

    state: State

    @property
    def name(self) -> str:
        """What the certificate calls it."""
        return NAME

    def find(self, subject: Subject) -> Found:
        """Count her rows by table."""
        with self.state.engine.connect() as connection:
            rows = {table.name: _count(connection, table, where, subject.ids) for table, where in _places()}
        return Found({table: count for table, count in rows.items() if count})

    def erase(self, subject: Subject) -> Erased:
        """Delete or replace her rows in one transaction, and clean the files of what they held.

        A plan of an erasure that stands beside one of her requests is kept without her, and notes that this store is
        done. Whoever finds such a plan (`Plan.subject` is none) calls `clean` and may close the request.

        Raises
        ------
        RunError
            Another process keeps the database from being cleaned. Her rows are gone; `clean` can be repeated.
        """
        with writing(self.state.engine) as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete = ON")
            found = {table.name: _count(connection, table, where, subject.ids) for table, where in _places()}
            erased = Erased(self.name, {table: count for table, count in found.items() if count}, self._exempt())
            _anonymise(connection, subject, erased)
            for table, columns in _deleted():
                for ids in _parts(subject.ids):
                    connection.execute(delete(table).where(_any_of(table, columns, ids)))
        clean(self.state)
        return erased

    def _exempt(self) -> dict[str, str]:
        if self.state.engine.dialect.name == "postgresql":
            return {"write-ahead log": say("requests.exempt_postgresql")}
        return {}


def clean(state: State) -> None:
    """Leave no trace of deleted rows in the database's files. Again does no harm.

    Raises
    ------
    RunError
        Another process reads or writes for so long that the files could not be cleaned.
    """
    try:
        if state.engine.dialect.name == "sqlite":
            _clean_sqlite(state)
        else:
            _clean_server(state)
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise failure(RunError, "requests.not_cleaned") from error


def _clean_sqlite(state: State) -> None:
    connection = state.engine.raw_connection()  # no transaction: VACUUM cannot run inside one
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.execute("VACUUM")
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        cursor.close()
    finally:
        connection.close()
    if busy:
        raise failure(RunError, "requests.not_cleaned")


def _clean_server(state: State) -> None:
    with state.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in (*PERSONAL, REQUESTS.name):
            connection.execute(text(f"VACUUM FULL {name}"))


def _deleted() -> list[tuple[Table, Sequence[str]]]:
    return [(METADATA.tables[name], columns) for name, columns in PERSONAL.items()]


def _places() -> list[tuple[Table, Sequence[str]]]:
    return [(REQUESTS, ("subject",)), *_deleted()]


def _count(connection: Connection, table: Table, columns: Sequence[str], ids: Sequence[str]) -> int:
    key = list(table.primary_key.columns)
    found = {  # a row that names her in two columns is one row
        tuple(row)
        for part in _parts(ids)
        for row in connection.execute(select(*key).where(_any_of(table, columns, part)))
    }
    return len(found)


def _any_of(table: Table, columns: Sequence[str], ids: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(table.c[name].in_(_browsers(ids) if name == BROWSER else ids) for name in columns))


def _browsers(ids: Sequence[str]) -> list[str]:
    """Return the browsers among a person's ids, as a column of browsers has them."""
    return [one.removeprefix(VISITOR) for one in ids if one.startswith(VISITOR)]


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    rest = iter(ids)
    while part := list(islice(rest, IDS)):
        yield part


def _anonymise(connection: Connection, subject: Subject, erased: Erased) -> None:
    """Put her pseudonym in the place of her id in the register, and take out what was said in free words."""
    for ids in _parts(subject.ids):
        rows = connection.execute(select(REQUESTS).where(REQUESTS.c.subject.in_(ids))).all()
        for row in rows:
            name = known_pseudonym(connection, row.subject) or known_pseudonym(connection, subject.customer_id)
            connection.execute(
                update(REQUESTS)
                .where(REQUESTS.c.request_id == row.request_id)
                .values(subject=name or random_pseudonym(), note=_note(row.note), plan=_plan(row.plan, erased))
            )


def _note(note: str | None) -> str | None:
    """Keep the reason of a refusal, which is one word of ours."""
    reason = (note or "").partition(":")[0]
    return reason if reason in REFUSALS else None


def _plan(plan: str | None, erased: Erased) -> str | None:
    if plan is None:
        return None
    kept = Plan.from_json(plan).without_subject()
    return kept.with_done((*(one for one in kept.done if one.store != erased.store), erased)).to_json()
