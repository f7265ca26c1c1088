"""Every route, every role, every scope: made from the application's own routes.

`routes.txt` says what each route needs; a new route that is not there fails, and so does one that lets in more.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from access_routes import KNOWN, PUBLIC, declared, pages_of
from patron.engines.database import writing
from patron.privacy.roles import ROLES, SCOPES, Permission
from patron.privacy.users import add_user

SESSION = "session"
TABLE = Path(__file__).with_name("routes.txt")
LOOKS = {"GET", "HEAD", "OPTIONS"}


def table():
    lines = [line.split() for line in TABLE.read_text(encoding="utf-8").splitlines()]
    return {(words[0], words[1]): words[2] for words in lines if words and not words[0].startswith("#")}


def test_every_route_has_a_rule_and_declares_it(served):
    """A route of `public` or `session` declares nothing; all others exactly their permission."""
    own = {route: PUBLIC if rule == SESSION else rule for route, rule in table().items()}
    own = {route: rule for route, rule in own.items() if route[1] not in served.mounted}
    found = declared(served)
    assert found == own
    described = pages_of(served).openapi()["paths"]
    assert {(method.upper(), path) for path, methods in described.items() for method in methods} <= set(table())
    assert set(table().values()) <= {PUBLIC, KNOWN, SESSION, *(one.value for one in Permission)}


def test_every_path_of_the_intake_has_a_rule(served):
    mounted = {path: rule for (method, path), rule in table().items() if path in served.mounted}
    assert set(mounted) == set(served.mounted)
    assert set(mounted.values()) <= {PUBLIC, Permission.TRACK.value}


@pytest.fixture
def asking(served, ask, access, database, clock, token):
    """One header or cookie for each role and scope."""
    known = {f"scope {scope}": (SCOPES[scope], token(scope)) for scope in SCOPES}
    for role, held in ROLES.items():
        user = add_user(database, name=role, role=role, password_hash=None, now=clock(), actor="test")
        with writing(database.engine) as connection:
            session = access.sessions.begin(connection, user)
        headers = {"Cookie": f"patron_session={session.cookie}", "X-CSRF-Token": session.csrf}
        known[f"role {role}"] = (held, headers)
    access.askers.burst = access.strangers.burst = 1e9
    return known


CALL = b'{"type": "track", "event": "Seen", "userId": "u", "groupId": "g", "previousId": "p", "name": "n", "batch": []}'
"""What every path of the intake can read."""


def called(ask, method, path, headers, body=b"{}"):
    filled = path.replace("{", "").replace("}", "")
    content = None if method in LOOKS else body
    kind = {} if content is None else {"Content-Type": "application/json"}
    return ask.request(method, filled, headers=headers | kind, content=content).status_code


def test_every_role_and_scope_gets_what_it_may_and_no_more(ask, asking, served):
    wrong = []
    for (method, path), rule in table().items():
        if rule in (PUBLIC, SESSION) or path in served.mounted:
            continue
        wrong += [(method, path, "nobody")] if called(ask, method, path, {}) != 401 else []
        for name, (held, headers) in asking.items():
            allowed = rule == KNOWN or Permission(rule) in held
            status = called(ask, method, path, headers)
            if (status == 403) == allowed or status == 401:
                wrong.append((method, path, name, status))
    assert wrong == []


def test_every_change_by_a_browser_needs_the_csrf_token(ask, asking, served):
    _held, headers = asking["role admin"]
    cookie = {"Cookie": headers["Cookie"]}
    changes = [
        (method, path) for (method, path), rule in table().items()
        if method not in LOOKS and rule != PUBLIC and path not in served.mounted
    ]  # fmt: skip
    assert ("POST", "/logout") in changes
    assert {one: called(ask, *one, cookie) for one in changes} == dict.fromkeys(changes, 403)
    foreign = headers | {"Sec-Fetch-Site": "cross-site"}
    assert {one: called(ask, *one, foreign) for one in changes} == dict.fromkeys(changes, 403)


def test_only_write_keys_get_into_the_intake(ask, asking, served):
    wrong = []
    for path in served.mounted:
        if table()["POST", path] == PUBLIC:
            continue
        wrong += [(path, "nobody")] if called(ask, "POST", path, {}, CALL) not in (401, 403) else []
        for name, (held, headers) in asking.items():
            allowed = Permission.TRACK in held and name.startswith("scope")
            if (called(ask, "POST", path, headers, CALL) in (401, 403)) == allowed:
                wrong.append((path, name))
    assert wrong == []


def test_a_route_without_a_rule_is_found(served):
    """The test above can fail: a route that somebody adds is not in the table."""
    pages = pages_of(served)
    before = declared(served)

    @pages.get("/v1/everything")
    def everything() -> None:
        """Tell all."""

    assert {**before, ("GET", "/v1/everything"): PUBLIC} == declared(served)
    assert ("GET", "/v1/everything") not in table()
