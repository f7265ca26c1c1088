"""Signing in: by a password, or by a link that is good once. Both end in a new session."""

from __future__ import annotations

from sqlalchemy import update

from patron.engines.access_tables import USERS
from patron.engines.database import writing
from patron.privacy.tokens import is_name
from patron.privacy.users import Change, User, change_user, find_user
from patron.server.access.access import Access
from patron.server.access.links import use_link
from patron.server.access.lockout import attempt, succeeded
from patron.server.access.sessions import Session
from patron.server.refused import refused


def sign_in(access: Access, *, name: str, password: str, address: str) -> Session:
    """Begin a session by a password; `Session.cookie` is to be set.

    Raises
    ------
    Refused
        401: no such user, not her password, or she is locked: the answer and the work are the same for all of them.
        429: after too many attempts, whatever the password; 503: too many sign in at once.
    """
    services = access.services
    tried = attempt(services.state, name=name, address=address, now=services.clock())
    if tried.wait_s:
        raise refused(429, "access.wait", headers={"Retry-After": str(tried.wait_s)}, count=tried.wait_s)
    user = _known(access, name)
    open_to = user is not None and not user.locked
    fits = access.passwords.fits(password, user.password_hash if user is not None and open_to else None)
    if user is None or not fits:
        raise refused(401, "access.wrong")
    # Keep up with stronger settings while the password is at hand.
    anew = access.passwords.hash(password) if access.passwords.old(user.password_hash or "") else None
    with writing(services.state.engine) as connection:
        succeeded(connection, tried)
        if anew is not None:
            this = (USERS.c.name == user.name) & (USERS.c.password_hash == user.password_hash)
            connection.execute(update(USERS).where(this).values(password_hash=anew))
        return access.sessions.begin(connection, user)


def sign_in_by_link(access: Access, *, secret: str) -> Session:
    """Begin a session by a link; `Session.cookie` is to be set.

    Raises
    ------
    Refused
        401: it was used, has run out, or never was.
    """
    with writing(access.services.state.engine) as connection:
        user = use_link(connection, secret, now=access.services.clock())
        if user is not None:
            return access.sessions.begin(connection, user)
    raise refused(401, "access.no_link")


def set_password(access: Access, session: Session, *, before: str, password: str) -> Session:
    """Give the user of a session a password, and begin a new session: all others of hers end.

    Raises
    ------
    ArgumentError
        The new one is too short or too long.
    Refused
        401: she has a password already, and `before` is another one. 429 and 503: as `sign_in`.
    """
    services, user = access.services, session.user
    if user.password_hash is not None:
        tried = attempt(services.state, name=user.name, address=f"session:{session.session_id}", now=services.clock())
        if tried.wait_s:
            raise refused(429, "access.wait", headers={"Retry-After": str(tried.wait_s)}, count=tried.wait_s)
        if not access.passwords.fits(before, user.password_hash):
            raise refused(401, "access.wrong_before")
        with writing(services.state.engine) as connection:
            succeeded(connection, tried)
    change = Change(password_hash=access.passwords.hash(password))
    actor = access.by_session(session).actor
    changed = change_user(services.state, user.name, change, now=services.clock(), actor=actor)
    with writing(services.state.engine) as connection:
        return access.sessions.begin(connection, changed)


def _known(access: Access, name: str) -> User | None:
    """Return the user with this name; what cannot be a name is not looked for."""
    if not is_name(name):
        return None
    with access.services.state.engine.connect() as connection:
        return find_user(connection, name)
