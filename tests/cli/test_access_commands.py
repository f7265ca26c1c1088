"""`patron token` and `patron user`: what they print, keep and refuse."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from patron.cli.main import app
from patron.pipeline import clock
from patron.privacy.tokens import parted, tokens
from patron.privacy.users import users
from patron.server.access.links import first_sign_in
from server_project import empty_project

NOW = datetime(2025, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A project, at a moment that stands still."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return empty_project(tmp_path)


def patron(project, *words: str, given: str | None = None):
    return CliRunner().invoke(app, [*words, "--project", str(project.folder)], input=given)


def told(project, *words: str, given: str | None = None):
    result = patron(project, *words, "--json", given=given)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout.strip().splitlines()[-1])


def kept(project):
    with project.state() as state:
        return tokens(state), users(state)


def test_the_token_stands_alone_on_standard_output(project):
    result = patron(project, "token", "create", "--scope", "write", "--expires", "90d")
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    assert parted(line) is not None
    assert "15 April 2025" in result.stderr
    (made,), _users = kept(project)
    assert (made.name, made.scopes, made.secret_hash in line) == ("write", ("write",), False)


def test_quiet_still_tells_the_token(project):
    assert parted(patron(project, "token", "create", "--scope", "read", "--quiet").stdout.strip())


def test_tokens_are_listed_without_their_secret_and_revoked(project):
    text = told(project, "token", "create", "--scope", "read", "--scope", "decide", "--name", "site")["token"]
    patron(project, "token", "create", "--scope", "read", "--rows", "country = 'DE'")
    listed = patron(project, "token", "list").stdout
    assert "site" in listed
    assert parted(text)[1] not in listed
    assert told(project, "token", "revoke", "site")["state"] == "revoked"
    first, second = told(project, "token", "list")["tokens"]
    assert {first["state"], second["state"]} == {"revoked", "active"}
    assert {first["rows"], second["rows"]} == {None, "country = 'DE'"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("create", "--scope", "all"), "no scope"),
        (("create", "--scope", "read", "--expires", "soon"), "no time"),
        (("create", "--scope", "read", "--expires", "2020-01-01"), "before it begins"),
        (("create", "--scope", "read", "--rows", "landing = 'DE'"), "landing"),
        (("create", "--scope", "read", "--rows", "1; DROP TABLE tokens"), "one expression"),
        (("create", "--scope", "read", "--name", "a\nb"), "no name"),
        (("revoke", "nobody"), "no token"),
    ],
)
def test_tokens_that_are_refused(project, words, expected):
    result = patron(project, "token", *words)
    assert result.exit_code == 2
    assert expected in result.stderr
    assert kept(project) == ([], [])


def test_a_user_is_added_with_a_password_that_nobody_reads_again(project):
    shown = told(
        project, "user", "add", "anna", "--role", "analyst", "--password-stdin", given="correct horse battery\n"
    )
    assert (shown["name"], shown["password"]) == ("anna", True)
    assert "horse" not in str(shown)
    _tokens, (anna,) = kept(project)
    assert anna.password_hash.startswith("$argon2id$")
    typed = patron(project, "user", "add", "bob", "--role", "viewer", given="four words of bob\nfour words of bob\n")
    assert typed.exit_code == 0, typed.stderr
    assert "four words" not in typed.stdout
    assert "bob" in patron(project, "user", "list").stdout


def test_a_user_is_changed_locked_and_removed(project):
    patron(project, "user", "add", "kim", "--role", "admin", "--no-password")
    patron(project, "user", "add", "anna", "--role", "viewer", "--no-password", "--rows", "orders > 1")
    assert told(project, "user", "role", "anna", "operator", "--all-rows")["rows"] is None
    assert told(project, "user", "role", "anna", "--rows", "country = 'DE'")["rows"] == "country = 'DE'"
    assert told(project, "user", "lock", "anna")["locked"]
    assert not told(project, "user", "unlock", "anna")["locked"]
    assert told(project, "user", "link", "anna")["link"].startswith("http://127.0.0.1:8000/sign-in?link=")
    assert told(project, "user", "remove", "anna") == {"name": "anna"}
    assert [one.name for one in kept(project)[1]] == ["kim"]


@pytest.mark.parametrize(
    ("words", "given", "expected"),
    [
        (("add", "anna", "--role", "boss", "--no-password"), None, "no role"),
        (("add", "kim", "--role", "viewer", "--no-password"), None, "already"),
        (("add", "anna", "--role", "viewer", "--password-stdin"), "short\n", "12"),
        (("add", "anna", "--role", "viewer", "--no-password", "--rows", "nothing"), None, "nothing"),
        (("role", "kim"), None, "Nothing is to be changed"),
        (("role", "kim", "--all-rows", "--rows", "orders > 1"), None, "some customers or all"),
        (("role", "kim", "viewer"), None, "nobody would be left"),
        (("lock", "kim"), None, "nobody would be left"),
        (("remove", "kim"), None, "nobody would be left"),
        (("lock", "kin"), None, "kim"),
        (("link", "nobody"), None, "no user"),
        (("password", "nobody"), None, "no user"),
    ],
)
def test_users_that_are_refused(project, words, given, expected):
    patron(project, "user", "add", "kim", "--role", "admin", "--no-password")
    result = patron(project, "user", *words, given=given)
    assert result.exit_code == 2
    assert expected in result.stderr
    (kim,) = kept(project)[1]
    assert (kim.role, kim.locked) == ("admin", False)


def test_a_link_is_made_by_itself_only_where_nobody_else_listens(project):
    assert first_sign_in(project, now=NOW, host="0.0.0.0") is None
    assert kept(project)[1] == []
    assert first_sign_in(project, now=NOW, host="127.0.0.1").startswith("/sign-in?link=")
    assert first_sign_in(project, now=NOW, host="0.0.0.0", wanted=True).startswith("/sign-in?link=")
    patron(project, "user", "password", "admin", "--password-stdin", given="a long enough one\n")
    assert first_sign_in(project, now=NOW, host="127.0.0.1") is None


@pytest.mark.slow
def test_tokens_need_no_extra(project):
    """A bare install makes tokens: only passwords and serving need the extra."""
    forbidden = "import sys\nfor name in ('fastapi', 'argon2', 'uvicorn', 'msgspec'): sys.modules[name] = None\n"
    run = f"sys.argv = ['patron', 'token', 'create', '--scope', 'write', '--project', {str(project.folder)!r}]\n"
    code = f"{forbidden}{run}from patron.cli.main import main\nmain()\n"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert parted(made.stdout.strip())
