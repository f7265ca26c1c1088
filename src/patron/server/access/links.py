"""Links that sign in once: for the first administrator, and for whoever has no password yet.

Only a hash of the link's secret is kept. Opening the link changes nothing, for mail programs and browsers open links
by themselves: a page asks, and its button signs in. A new link ends the user's earlier ones.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from ipaddress import ip_address

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from patron.engines.access_tables import SIGN_IN_LINKS as LINKS
from patron.engines.access_tables import USERS
from patron.engines.database import writing
from patron.engines.state import State
from patron.pipeline.project import Project
from patron.privacy.audit import append
from patron.privacy.roles import Permission
from patron.privacy.tokens import hashed, stored
from patron.privacy.users import User, as_user, find_user, insert_user

ADMINISTRATOR = "admin"

PATH = "/sign-in"

GOOD_FOR = timedelta(minutes=15)


def first_sign_in(project: Project, *, host: str, now: datetime, wanted: bool = False) -> str | None:
    """Return the path of a link for whoever started the server; none where others may be listening, or it was used.

    Parameters
    ----------
    project : Project
    host : str
        The address on which the server listens: only for this machine a link is made by itself.
    now : datetime
        The moment that it is by the server's clock.
    wanted : bool
        Make it on any address.
    """
    if not (wanted or is_local(host)):
        return None
    with project.state() as state:
        return first_link(state, now=now)


def is_local(host: str) -> bool:
    """Tell whether only this machine reaches an address.

    Examples
    --------
    >>> [is_local(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "shop.example")]
    [True, True, True, False, False]
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def first_link(state: State, *, now: datetime, actor: str = "patron") -> str | None:
    """Return the path of a link for the local administrator; none once an administrator can sign in.

    The administrator is made with the first link. Until the link is used, or an administrator gets a password, each
    start of the server makes a new one, for the one before may have run out unseen.
    """
    try:
        return _first_link(state, now=now, actor=actor)
    except IntegrityError:  # another process made the administrator in the same moment
        return _first_link(state, now=now, actor=actor)


def _first_link(state: State, *, now: datetime, actor: str) -> str | None:
    with writing(state.engine) as connection:
        known = [as_user(row) for row in connection.execute(select(USERS).with_for_update())]
        leads = [one for one in known if Permission.ADMIN in one.permissions and not one.locked]
        if any(one.password_hash is not None or one.signed_in_at is not None for one in leads):
            return None
        if not any(one.name == ADMINISTRATOR for one in known):
            made = User(name=ADMINISTRATOR, role="admin", rows=None, password_hash=None, locked=False, made_at=now)
            insert_user(connection, made, actor=actor)
        elif not any(one.name == ADMINISTRATOR for one in leads):
            return None  # somebody else's name
        return _link(connection, ADMINISTRATOR, now=now, actor=actor)


def make_link(state: State, user_name: str, *, now: datetime, actor: str) -> str:
    """Return the path of a link for a user who is known."""
    with writing(state.engine) as connection:
        return _link(connection, user_name, now=now, actor=actor)


def use_link(connection: Connection, secret: str, *, now: datetime) -> User | None:
    """Return the user of a link and end it, in the caller's transaction; none if it is not good now."""
    spent = delete(LINKS).where(LINKS.c.secret_hash == hashed(secret)).returning(LINKS.c.user_name, LINKS.c.expires_at)
    row = connection.execute(spent).one_or_none()  # whoever deletes it has it: two at once cannot
    if row is None or not stored(now) < row.expires_at <= stored(now) + GOOD_FOR:
        return None
    found = find_user(connection, row.user_name)
    return None if found is None or found.locked else found


def _link(connection: Connection, user_name: str, *, now: datetime, actor: str) -> str:
    secret = secrets.token_urlsafe(32)
    connection.execute(delete(LINKS).where(LINKS.c.user_name == user_name))
    row = {"secret_hash": hashed(secret), "user_name": user_name, "expires_at": stored(now + GOOD_FOR)}
    connection.execute(insert(LINKS), [row])
    append(connection, actor=actor, action="user.link", subject=None, facts={"user": user_name}, now=now)
    return f"{PATH}?link={secret}"
