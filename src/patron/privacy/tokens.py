"""Tokens: how a program shows who it is. Only a hash of each is kept.

A token is ``patron_<id>_<secret>``. The id is public: lists and the audit name it. The secret is 256 random bits, so
that a plain SHA-256 of it can be kept: nobody can try them all, and nothing slow stands in the way of a request.

In   the text of a token
Out  what it may do, or nothing
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from patron.engines.access_tables import TOKENS
from patron.engines.database import writing
from patron.engines.state import State, driver_reason
from patron.errors import ArgumentError, RunError
from patron.language import did_you_mean, failure
from patron.privacy.audit import append
from patron.privacy.roles import Permission, of_scopes

PREFIX = "patron"

_FORM = re.compile(rf"{PREFIX}_([0-9a-f]{{12}})_([A-Za-z0-9_-]{{43}})")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,79}")


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token as the database remembers it. Times are aware, in UTC."""

    token_id: str
    name: str
    scopes: tuple[str, ...]
    rows: str | None  # which customers it may see: a condition
    secret_hash: str
    made_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    used_at: datetime | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What it may do."""
        return of_scopes(self.scopes)

    def state(self, now: datetime) -> str:
        """Return ``active``, ``expired`` or ``revoked``."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"

    def opened_by(self, secret: str) -> bool:
        """Tell whether `secret` is its own; how long that takes says nothing of where they differ."""
        return hmac.compare_digest(hashed(secret), self.secret_hash)


def hashed(secret: str) -> str:
    """Return the SHA-256 of a secret, in hexadecimal digits.

    Examples
    --------
    >>> hashed("a")[:8]
    'ca978112'
    """
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def parted(text: str) -> tuple[str, str] | None:
    """Return a token's id and secret; none for what is no token.

    Examples
    --------
    >>> parted("patron_0123456789ab_" + "x" * 43)[0]
    '0123456789ab'
    >>> parted("patron_0123456789ab_short") is None
    True
    """
    found = _FORM.fullmatch(text)
    return None if found is None else (found[1], found[2])


def is_name(name: str) -> bool:
    """Tell whether a name is one that the audit and a list can show."""
    return _NAME.fullmatch(name) is not None


def checked_name(name: str) -> str:
    """Return a name that the audit and a list can show.

    Raises
    ------
    ArgumentError
        It is empty, too long, or has characters that no name needs.
    """
    if not is_name(name):
        raise failure(ArgumentError, "access.name", argument="name", came=name[:80])
    return name


def create_token(
    state: State,
    *,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    actor: str,
    expires_at: datetime | None = None,
    rows: str | None = None,
) -> tuple[Token, str]:
    """Make a token, and return it with its text, which nobody can tell again.

    Raises
    ------
    ArgumentError
        There is no such scope, the name is no name or is taken, or the token ends before it begins.
    RunError
        The database refused.
    """
    of_scopes(scopes)
    if expires_at is not None and expires_at <= now:
        raise failure(ArgumentError, "access.ends_before", argument="expires", came=expires_at.isoformat())
    token_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    token = Token(
        token_id=token_id, name=checked_name(name), scopes=tuple(dict.fromkeys(scopes)), rows=rows,
        secret_hash=hashed(secret), made_at=now, expires_at=expires_at,
    )  # fmt: skip
    values = {
        "token_id": token_id, "name": token.name, "scopes": " ".join(token.scopes), "rows": rows,
        "secret_hash": token.secret_hash, "made_at": stored(now), "expires_at": expires_at and stored(expires_at),
    }  # fmt: skip
    facts = {"token": token_id, "scopes": list(token.scopes), "expires": expires_at and expires_at.date()}
    try:
        with writing(state.engine) as connection:
            connection.execute(insert(TOKENS), [values])
            append(connection, actor=actor, action="token.created", subject=None, facts=facts, now=now)
    except IntegrityError as error:
        raise failure(ArgumentError, "access.token_name_used", argument="name", came=name) from error
    except SQLAlchemyError as error:
        raise failure(RunError, "access.not_remembered", reason=driver_reason(error)) from error
    return token, f"{PREFIX}_{token_id}_{secret}"


def revoke_token(state: State, named: str, *, now: datetime, actor: str) -> Token:
    """End a token, by its name or id; one that has ended stays as it was.

    Raises
    ------
    ArgumentError
        There is no such token.
    RunError
        The database refused.
    """
    known = tokens(state)
    found = next((one for one in known if named in (one.name, one.token_id)), None)
    if found is None:
        hint = did_you_mean(named, [one.name for one in known])
        raise failure(ArgumentError, "access.no_token", argument="token", came=named, hint=hint)
    if found.revoked_at is not None:
        return found
    try:
        with writing(state.engine) as connection:
            this = update(TOKENS).where(TOKENS.c.token_id == found.token_id)
            connection.execute(this.values(revoked_at=stored(now)))
            facts = {"token": found.token_id}
            append(connection, actor=actor, action="token.revoked", subject=None, facts=facts, now=now)
    except SQLAlchemyError as error:
        raise failure(RunError, "access.not_remembered", reason=driver_reason(error)) from error
    return replace(found, revoked_at=now)


def tokens(state: State) -> list[Token]:
    """Return every token ever made, the oldest first."""
    with state.engine.connect() as connection:
        rows = connection.execute(select(TOKENS).order_by(TOKENS.c.made_at, TOKENS.c.name))
        return [_token(row) for row in rows]


def note_use(state: State, used: dict[str, datetime]) -> None:
    """Remember when tokens were last used, by their ids."""
    with writing(state.engine) as connection:
        for token_id, moment in used.items():
            connection.execute(update(TOKENS).where(TOKENS.c.token_id == token_id).values(used_at=stored(moment)))


def _token(row: Row[tuple[object, ...]]) -> Token:
    facts = dict(row._mapping)
    for name in ("made_at", "expires_at", "revoked_at", "used_at"):
        facts[name] = read(facts[name])
    return Token(**{**facts, "scopes": tuple(str(facts["scopes"]).split())})


def stored(moment: datetime) -> datetime:
    """Return a moment as the tables hold it: in UTC, without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def read(moment: datetime | None) -> datetime | None:
    """Return a moment of the tables with its zone."""
    return None if moment is None else moment.replace(tzinfo=UTC)
