"""Sessions: how a browser shows that a person has signed in. Only a hash of each cookie is kept.

A session begins with a cookie that nobody knew before (so none can be planted), takes a new one every few minutes,
and ends when it was idle for long, when its day is over, when the user is changed, and by signing out. The cookie
before the last one is good for a minute more, for requests that were on their way; after that, whoever shows it ends
the session, for somebody must have copied it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from patron.engines.access_tables import SESSIONS, USERS
from patron.engines.database import writing
from patron.engines.state import State
from patron.privacy.audit import append
from patron.privacy.tokens import hashed, stored
from patron.privacy.users import User, find_user

ROTATED_AFTER = timedelta(minutes=15)

OVERLAP = timedelta(minutes=1)
"""How long the cookie before is still good, and how exactly `seen_at` is kept."""


@dataclass(frozen=True)
class Session:
    """A session that goes on, and whose it is."""

    session_id: str
    csrf: str
    user: User
    cookie: str | None = None  # a new one, which the answer has to set


@dataclass(frozen=True)
class Sessions:
    """All sessions.

    Parameters
    ----------
    state : State
    clock : callable
        Gives the moment that it is, aware.
    idle : timedelta
        How long a session lives without a request.
    longest : timedelta
        How long it lives at most.
    """

    state: State
    clock: Callable[[], datetime]
    idle: timedelta
    longest: timedelta

    def begin(self, connection: Connection, user: User) -> Session:
        """Begin a session, in the caller's transaction; `Session.cookie` is to be set."""
        now, cookie = self.clock(), secrets.token_urlsafe(32)
        moment = stored(now)
        made = Session(secrets.token_hex(16), secrets.token_urlsafe(32), user, cookie)
        connection.execute(delete(SESSIONS).where(SESSIONS.c.started_at < moment - self.longest))
        row = {
            "session_id": made.session_id, "user_name": user.name, "cookie_hash": hashed(cookie), "csrf": made.csrf,
            "rotated_at": moment, "started_at": moment, "seen_at": moment,
        }  # fmt: skip
        connection.execute(insert(SESSIONS), [row])
        connection.execute(update(USERS).where(USERS.c.name == user.name).values(signed_in_at=moment))
        actor = f"user:{user.name}"
        append(connection, actor=actor, action="user.signed_in", subject=None, facts={"role": user.role}, now=now)
        return made

    def of(self, cookie: str) -> Session | None:
        """Return the session of a cookie, and note that it was used; none if it does not go on."""
        known, now = hashed(cookie), stored(self.clock())
        with self.state.engine.connect() as connection:
            either = or_(SESSIONS.c.cookie_hash == known, SESSIONS.c.previous_hash == known)
            row = connection.execute(select(SESSIONS).where(either)).one_or_none()
            user = None if row is None else find_user(connection, row.user_name)
        if row is None:
            return None
        before = row.cookie_hash != known
        if user is None or user.locked or self._over(row, now) or (before and now - row.rotated_at > OVERLAP):
            self.end(row.session_id)
            return None
        fresh = None if before else self._kept(row, now)
        return Session(row.session_id, row.csrf, user, fresh)

    def end(self, session_id: str) -> None:
        """End a session; again does no harm."""
        with writing(self.state.engine) as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.session_id == session_id))

    def _over(self, row: Row[tuple[object, ...]], now: datetime) -> bool:
        return bool(now - row.started_at > self.longest or now - row.seen_at > self.idle)

    def _kept(self, row: Row[tuple[object, ...]], now: datetime) -> str | None:
        """Note the use, once a minute; return a new cookie when it is time for one and no other request took it."""
        due = abs(now - row.rotated_at) >= ROTATED_AFTER  # abs: a clock that was set back must not stop it for good
        if not due and abs(now - row.seen_at) < OVERLAP:
            return None
        changes: dict[str, object] = {"seen_at": now}
        cookie = secrets.token_urlsafe(32) if due else None
        if cookie:
            changes |= {"cookie_hash": hashed(cookie), "previous_hash": row.cookie_hash, "rotated_at": now}
        this = (SESSIONS.c.session_id == row.session_id) & (SESSIONS.c.cookie_hash == row.cookie_hash)
        with writing(self.state.engine) as connection:
            mine = connection.execute(update(SESSIONS).where(this).values(**changes)).rowcount == 1
        return cookie if mine else None
