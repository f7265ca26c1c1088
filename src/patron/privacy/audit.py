"""Who did what about whom, and when: a list that only grows, in which no later edit goes unseen.

Every entry holds the SHA-256 of the entry before it and of its own fields, so that a change anywhere breaks the chain
there. Who could rewrite the whole chain, or cut off its end, is found out by a head (number and hash of the last
entry) that was kept elsewhere: a certificate, a printed page, another machine.

The hash is taken over the UTF-8 of one JSON array, without blanks and with everything beyond ASCII escaped::

    [number,"made_at","actor","action",subject or null,"facts","previous"]

`made_at` is ISO 8601 in UTC to the microsecond, `facts` the very text that is stored (a JSON object, keys sorted).
The entry before the first has the hash `GENESIS`. The subject is a pseudonym and the facts are counts, days and names
of tables, never personal data: an entry cannot be erased.

Ref  Crosby & Wallach (2009), Efficient Data Structures for Tamper-Evident Logging, section 2: the hash chain
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from patron.engines.state import State
from patron.engines.state_tables import AUDIT
from patron.errors import ArgumentError
from patron.language import failure, say
from patron.privacy.pseudonyms import is_pseudonym

GENESIS = "0" * 64

PAGE = 1000  # entries read at a time

LOCK = 7_238_641_091  # any number that no other program takes

Problem = Literal["changed", "missing", "unreadable", "cut", "replaced"]
"""changed: its fields do not give its hash, or it does not follow the one before; missing: numbers are left out;
unreadable: not even text; cut: the kept head lies behind the end; replaced: the chain holds, but it is another one."""


@dataclass(frozen=True)
class Head:
    """Where the chain ends: keep it where who may edit the database may not.

    Examples
    --------
    >>> Head.parse(str(Head(0, GENESIS))).number
    0
    """

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"

    @classmethod
    def parse(cls, written: str) -> Head:
        """Read what `str` wrote.

        Raises
        ------
        ArgumentError
            It is not a number, a colon and 64 hexadecimal digits.
        """
        number, _, found = written.strip().partition(":")
        if not (number.isascii() and number.isdigit() and len(found) == 64 and set(found) <= set("0123456789abcdef")):
            raise failure(ArgumentError, "audit.head_unreadable", came=len(written))
        return cls(int(number), found)


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What `verify` found."""

    entries: int  # that are in order, up to the first that is not
    head: Head  # of those
    first_bad: int | None = None
    problem: Problem | None = None

    @property
    def intact(self) -> bool:
        """Whether nothing was edited."""
        return self.problem is None

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        if self.problem is None:
            return say("audit.intact", count=self.entries, head=str(self.head))
        return say(f"audit.problem.{self.problem}", number=self.first_bad)


@dataclass(frozen=True)
class Entry:
    """What `append` is told, as one thing."""

    actor: str
    action: str
    subject: str | None
    facts: Mapping[str, object]
    now: datetime


def append(
    connection: Connection,
    *,
    actor: str,
    action: str,
    subject: str | None,
    facts: Mapping[str, object],
    now: datetime,
) -> Head:
    """Write one entry at the end, in the caller's transaction: the act and its entry stand or fall together.

    Parameters
    ----------
    connection : Connection
        Of `patron.engines.database.writing`, whose transaction lets one process append at a time.
    actor : str
        Who did it: an account or a program, never the person it is about.
    action : str
        What was done, as in ``request.opened``.
    subject : str, optional
        Whom it is about, as a pseudonym.
    facts : mapping
        Counts, days and names of tables; no personal data.
    now : datetime
        When, with a time zone.

    Returns
    -------
    Head
        Number and hash of the entry.

    Raises
    ------
    ArgumentError
        The subject is no pseudonym, the time has no zone, a word is empty or unprintable, or the facts are not plain.
    """
    return append_all(connection, [Entry(actor, action, subject, facts, now)])


def append_all(connection: Connection, entries: Sequence[Entry]) -> Head:
    """Write several entries at the end, in their order, as `append` writes one; return the head after the last.

    Raises
    ------
    ArgumentError
        As `append`; nothing was written.
    """
    for entry in entries:
        _check(entry.actor, entry.action, entry.subject, entry.now)
    facts = [_facts(entry.facts) for entry in entries]
    _wait_for_others(connection)
    last = _head(connection)
    rows: list[dict[str, object]] = []
    for entry, plain in zip(entries, facts, strict=True):
        number, made_at = last.number + 1, entry.now.astimezone(UTC).isoformat(timespec="microseconds")
        made = _hash(number, made_at, entry.actor, entry.action, entry.subject, plain, last.hash)
        rows.append(
            {
                "number": number, "made_at": made_at, "actor": entry.actor, "action": entry.action,
                "subject": entry.subject, "facts": plain, "previous": last.hash, "hash": made,
            }
        )  # fmt: skip
        last = Head(number, made)
    if rows:
        connection.execute(insert(AUDIT), rows)
    return last


def head(state: State) -> Head:
    """Return where the chain ends."""
    with state.engine.connect() as connection:
        return _head(connection)


def verify(state: State, head: Head | None = None) -> Verified:
    """Read the whole chain, and say where it was first edited.

    Parameters
    ----------
    state : State
        The database.
    head : Head, optional
        A head that was kept elsewhere. Only with it a cut end, or a chain made anew, can be seen.
    """
    last = Head(0, GENESIS)
    checked = head is None or head == last
    with state.engine.connect() as connection:
        for row in _entries(connection):
            problem = _problem(row, last)
            if problem is not None or row is None:
                return _bad(last, problem or "unreadable", row)
            last = Head(row.number, row.hash)
            if head is not None and last.number == head.number:
                if last.hash != head.hash:
                    return Verified(entries=last.number - 1, head=last, first_bad=last.number, problem="replaced")
                checked = True
    if head is not None and not checked and head != last:
        problem = "cut" if last.number < head.number else "replaced"
        return Verified(entries=last.number, head=last, first_bad=last.number + 1, problem=problem)
    return Verified(entries=last.number, head=last)


def _bad(last: Head, problem: Problem, row: Row[Any] | None) -> Verified:
    number = last.number + 1
    if row is not None and row.number < number:  # pushed in before the first
        number = row.number
    return Verified(entries=last.number, head=last, first_bad=number, problem=problem)


def _problem(row: Row[Any] | None, last: Head) -> Problem | None:
    """Tell what is wrong with the entry that comes after `last`; a row that cannot be read came as none."""
    if row is None:
        return "unreadable"
    if row.number > last.number + 1:
        return "missing"
    fields = (row.number, row.made_at, row.actor, row.action, row.subject, row.facts, row.previous)
    if row.number == last.number + 1 and row.previous == last.hash and row.hash == _hash(*fields):
        return None
    return "changed"


def _entries(connection: Connection) -> Iterator[Row[Any] | None]:
    """Yield every entry in order, a page at a time; none for the first that the database cannot give as text."""
    last: int | None = None
    size = PAGE
    while True:
        query = select(AUDIT).order_by(AUDIT.c.number).limit(size)
        try:
            page = connection.execute(query if last is None else query.where(AUDIT.c.number > last)).all()
        except SQLAlchemyError:
            if size == 1:
                yield None
                return
            size = 1  # bytes that are no UTF-8 stand somewhere in the page: find out where
            continue
        yield from page
        if len(page) < size:
            return
        last = page[-1].number


def _head(connection: Connection) -> Head:
    query = select(AUDIT.c.number, AUDIT.c.hash).order_by(AUDIT.c.number.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return Head(0, GENESIS) if row is None else Head(row.number, row.hash)


def _hash(*fields: object) -> str:
    # `repr` of what is neither text nor number, for a column into which somebody wrote bytes.
    return sha256(json.dumps(fields, ensure_ascii=True, separators=(",", ":"), default=repr).encode()).hexdigest()


def _facts(facts: Mapping[str, object]) -> str:
    try:
        return json.dumps(
            dict(facts), sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"), default=_day
        )
    except (TypeError, ValueError) as error:
        raise failure(ArgumentError, "audit.facts", came=len(facts)) from error


def _day(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError


def _check(actor: str, action: str, subject: str | None, now: datetime) -> None:
    for argument, word in (("actor", actor), ("action", action)):
        if not word or not word.isprintable():
            raise failure(ArgumentError, "audit.word", argument=argument)
    if subject is not None and not is_pseudonym(subject):
        raise failure(ArgumentError, "audit.subject")
    if now.utcoffset() is None:
        raise failure(ArgumentError, "audit.zone")


def _wait_for_others(connection: Connection) -> None:
    """Let one transaction append at a time; SQLite's writing transaction already does."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
