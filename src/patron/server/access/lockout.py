"""Who guesses passwords has to wait, longer with every guess.

Every attempt is counted before the password is looked at, in one transaction, so that a hundred at once count as a
hundred. It is counted for the name, whether or not a user has it, and for the address it came from. A good password
clears the name's count and takes the attempt off the address's: who has one account cannot clear what was tried on
others. After a day without attempts all is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from patron.engines.access_tables import SIGN_IN_FAILURES as FAILURES
from patron.engines.database import writing
from patron.engines.state import State
from patron.privacy.tokens import stored

FREE = {"user": 5, "address": 20}
"""From the how manieth attempt on the next one has to wait."""

LONGEST_S = 900

FORGOTTEN = timedelta(days=1)


def delay_s(failures: int, free: int) -> int:
    """Return for how many seconds the next attempt is refused: 1, 2, 4 and so on, 15 minutes at most.

    Examples
    --------
    >>> [delay_s(failures, free=5) for failures in (4, 5, 6, 7, 100)]
    [0, 1, 2, 4, 900]
    """
    return 0 if failures < free else min(2 ** min(failures - free, 20), LONGEST_S)


@dataclass(frozen=True)
class Attempt:
    """One attempt that was counted. `wait_s` above zero: it is refused, and was not."""

    subjects: Sequence[str]  # hashes: of the name, of the address
    wait_s: int = 0


def attempt(state: State, *, name: str, address: str, now: datetime) -> Attempt:
    """Count an attempt to sign in, unless an earlier one still bars it."""
    moment = stored(now)
    kinds = {_subject("user", name): "user", _subject("address", address): "address"}
    with writing(state.engine) as connection:
        connection.execute(delete(FAILURES).where(FAILURES.c.last_at < moment - FORGOTTEN))
        # In one order, so that no two attempts wait for each other.
        rows = {subject: _counted(connection, subject, moment) for subject in sorted(kinds)}
        wait = max(_left(row.blocked_until, moment) for row in rows.values())
        if wait:
            connection.rollback()
            return Attempt(tuple(kinds), wait)
        for subject, row in rows.items():
            wait_s = delay_s(row.failures, FREE[kinds[subject]])
            until = moment + timedelta(seconds=wait_s) if wait_s else None
            connection.execute(_this(subject).values(blocked_until=until))
    return Attempt(tuple(kinds))


def succeeded(connection: Connection, tried: Attempt) -> None:
    """Take back what `attempt` counted, for its password was good; in the caller's transaction."""
    user, address = tried.subjects
    connection.execute(delete(FAILURES).where(FAILURES.c.subject_hash == user))
    connection.execute(_this(address).values(failures=FAILURES.c.failures - 1, blocked_until=None))


def _counted(connection: Connection, subject: str, moment: datetime) -> Any:
    """Add one to a subject's count and return its row, which no other transaction changes before this one ends."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    add = dialect.insert(FAILURES).values(subject_hash=subject, failures=1, last_at=moment)
    one_more = {"failures": FAILURES.c.failures + 1, "last_at": moment}
    connection.execute(add.on_conflict_do_update(index_elements=["subject_hash"], set_=one_more))
    return connection.execute(select(FAILURES).where(FAILURES.c.subject_hash == subject)).one()


def _left(until: datetime | None, moment: datetime) -> int:
    """Return the seconds that are left; never more than a wait can be, however the clock was set back."""
    return 0 if until is None or until <= moment else min(int((until - moment).total_seconds()) + 1, LONGEST_S)


def _this(subject: str) -> Any:
    return update(FAILURES).where(FAILURES.c.subject_hash == subject)


def _subject(kind: str, text: str) -> str:
    """Return a hash: what was typed as a name may be a password."""
    return sha256(f"{kind}:{text}".encode("utf-8", "surrogatepass")).hexdigest()
