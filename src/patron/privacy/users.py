"""Users: the people who may sign in, each with one role. Whoever changes one leaves an entry in the audit.

A change of role or rows, a lock and a removal end the user's sessions in the same transaction: nobody goes on with
what was taken from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from patron.engines.access_tables import SESSIONS, SIGN_IN_LINKS, USERS
from patron.engines.database import writing
from patron.engines.state import State, driver_reason
from patron.errors import ArgumentError, RunError
from patron.language import did_you_mean, failure
from patron.privacy.audit import append
from patron.privacy.roles import Permission, of_role
from patron.privacy.tokens import checked_name, read, stored


@dataclass(frozen=True, kw_only=True)
class User:
    """A person as the database remembers her. Times are aware, in UTC."""

    name: str
    role: str
    rows: str | None  # which customers she may see: a condition
    password_hash: str | None  # none: she can sign in by a link only
    locked: bool
    made_at: datetime
    signed_in_at: datetime | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What she may do."""
        return of_role(self.role)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to be changed of a user; what is none stays as it is."""

    role: str | None = None
    rows: str | None = None
    all_rows: bool = False  # she may see all customers from now on
    locked: bool | None = None
    password_hash: str | None = None

    def values(self) -> dict[str, object]:
        """Return the columns that change."""
        given = {"role": self.role, "rows": self.rows, "locked": self.locked, "password_hash": self.password_hash}
        changes: dict[str, object] = {key: value for key, value in given.items() if value is not None}
        return changes | ({"rows": None} if self.all_rows else {})


def add_user(
    state: State, *, name: str, role: str, password_hash: str | None, now: datetime, actor: str, rows: str | None = None
) -> User:
    """Remember a new user.

    Raises
    ------
    ArgumentError
        There is no such role, or the name is no name or is taken.
    RunError
        The database refused.
    """
    of_role(role)
    made = User(name=checked_name(name), role=role, rows=rows, password_hash=password_hash, locked=False, made_at=now)
    try:
        with writing(state.engine) as connection:
            insert_user(connection, made, actor=actor)
    except IntegrityError as error:
        raise failure(ArgumentError, "access.user_name_used", argument="name", came=name) from error
    except SQLAlchemyError as error:
        raise failure(RunError, "access.not_remembered", reason=driver_reason(error)) from error
    return made


def insert_user(connection: Connection, made: User, *, actor: str) -> None:
    """Write a new user and the audit's entry, in the caller's transaction."""
    values = {
        "name": made.name, "role": made.role, "rows": made.rows, "password_hash": made.password_hash, "locked": False,
        "made_at": stored(made.made_at),
    }  # fmt: skip
    connection.execute(insert(USERS), [values])
    facts = {"user": made.name, "role": made.role, "limited": made.rows is not None}
    append(connection, actor=actor, action="user.added", subject=None, facts=facts, now=made.made_at)


def change_user(state: State, name: str, change: Change, *, now: datetime, actor: str) -> User:
    """Change a user, and end her sessions and links.

    Raises
    ------
    ArgumentError
        There is no such user or role; or nobody would be left who may manage users.
    RunError
        The database refused.
    """
    if change.role is not None:
        of_role(change.role)
    values = change.values()
    facts = {"user": name, "changed": sorted(values), **({"role": change.role} if change.role else {})}
    _change(state, name, values, action="user.changed", facts=facts, now=now, actor=actor)
    return user(state, name)


def remove_user(state: State, name: str, *, now: datetime, actor: str) -> None:
    """Remove a user; what she did stays in the audit under her name.

    Raises
    ------
    ArgumentError
        There is no such user; or nobody would be left who may manage users.
    RunError
        The database refused.
    """
    _change(state, name, None, action="user.removed", facts={"user": name}, now=now, actor=actor)


def users(state: State) -> list[User]:
    """Return all users by name."""
    with state.engine.connect() as connection:
        return [as_user(row) for row in connection.execute(select(USERS).order_by(USERS.c.name))]


def user(state: State, name: str) -> User:
    """Return one user.

    Raises
    ------
    ArgumentError
        There is no such user.
    """
    known = {one.name: one for one in users(state)}
    if name not in known:
        hint = did_you_mean(name, known) if known else ""
        raise failure(ArgumentError, "access.no_user", argument="name", came=name, hint=hint)
    return known[name]


def find_user(connection: Connection, name: str) -> User | None:
    """Return one user, or none."""
    row = connection.execute(select(USERS).where(USERS.c.name == name)).one_or_none()
    return None if row is None else as_user(row)


def _change(
    state: State, name: str, changes: Mapping[str, object] | None, *, action: str, facts: Mapping[str, object],
    now: datetime, actor: str,
) -> None:  # fmt: skip
    """Change a user, or remove her where there are no changes, with the entry in the audit."""
    user(state, name)
    try:
        with writing(state.engine) as connection:
            this = USERS.c.name == name
            led = _in_charge(connection)
            if changes is None:
                connection.execute(delete(USERS).where(this))
            elif changes:
                connection.execute(update(USERS).where(this).values(**changes))
            if led and not _in_charge(connection):
                raise failure(ArgumentError, "access.last_admin", argument="name", came=name)
            for table in (SESSIONS, SIGN_IN_LINKS):
                connection.execute(delete(table).where(table.c.user_name == name))
            append(connection, actor=actor, action=action, subject=None, facts=facts, now=now)
    except SQLAlchemyError as error:
        raise failure(RunError, "access.not_remembered", reason=driver_reason(error)) from error


def _in_charge(connection: Connection) -> bool:
    """Tell whether there is somebody who may manage users."""
    rows = [as_user(row) for row in connection.execute(select(USERS).with_for_update())]
    return any(Permission.ADMIN in one.permissions and not one.locked for one in rows)


def as_user(row: Row[Any]) -> User:
    """Return a row of the table of users as a user."""
    facts = dict(row._mapping)
    return User(**{**facts, "made_at": read(facts["made_at"]), "signed_in_at": read(facts["signed_in_at"])})
