"""Who may do what: permissions, and the scopes of tokens and roles of people that hold them.

A token is a program's: it holds scopes. A user is a person: she holds one role. Both come to a set of permissions, and
each route of the server asks for one. What a role may not do, no setting can give it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from patron.errors import ArgumentError
from patron.language import did_you_mean, failure


class Permission(StrEnum):
    """What a route asks for."""

    TRACK = "write"  # send events
    DECIDE = "decide"  # ask what to do with a customer
    FIGURES = "read:figures"  # figures about many, nobody named
    PEOPLE = "read:people"  # one person
    OPERATE = "operate"  # start and stop what reaches customers
    PRIVACY = "privacy"  # consents, requests, the audit
    WATCH = "read:metrics"  # how the server fares; nobody is named
    ADMIN = "admin"  # users and tokens


_P = Permission

SCOPES: Mapping[str, frozenset[Permission]] = {
    "write": frozenset({_P.TRACK}),
    "read": frozenset({_P.FIGURES, _P.PEOPLE}),
    "decide": frozenset({_P.DECIDE}),
    "metrics": frozenset({_P.WATCH}),
    "admin": frozenset(Permission),
}
"""What a token of each scope may do."""

_ANALYST = frozenset({_P.FIGURES, _P.PEOPLE})

ROLES: Mapping[str, frozenset[Permission]] = {
    "viewer": frozenset({_P.FIGURES}),
    "analyst": _ANALYST,
    "operator": _ANALYST | {_P.DECIDE, _P.OPERATE, _P.WATCH},
    "privacy": _ANALYST | {_P.PRIVACY},
    "admin": frozenset(Permission),
}
"""What a user of each role may do."""


def of_scopes(scopes: Iterable[str]) -> frozenset[Permission]:
    """Return what a token of these scopes may do.

    Raises
    ------
    ArgumentError
        There is no such scope, or none was given.
    """
    chosen = tuple(scopes)
    for scope in chosen or ("",):
        if scope not in SCOPES:
            raise failure(ArgumentError, "access.scope", argument="scope", came=scope, hint=did_you_mean(scope, SCOPES))
    return frozenset().union(*(SCOPES[scope] for scope in chosen))


def of_role(role: str) -> frozenset[Permission]:
    """Return what a user of this role may do.

    Raises
    ------
    ArgumentError
        There is no such role.
    """
    if role not in ROLES:
        raise failure(ArgumentError, "access.role", argument="role", came=role, hint=did_you_mean(role, ROLES))
    return ROLES[role]
