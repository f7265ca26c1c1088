"""The application on a project without a run, which is all that signing in needs, with cheap password hashes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from access_support import CHEAP, PASSWORD
from app_client import AppClient
from patron.engines.state import State
from patron.privacy.tokens import create_token
from patron.privacy.users import add_user
from patron.server.access import Access
from patron.server.access.passwords import Passwords
from patron.server.app import create_app
from server_project import empty_project


@pytest.fixture(scope="session")
def empty_state(tmp_path_factory) -> Path:
    """A SQLite database with all tables and no rows: to make one takes longer than most of these tests."""
    file = tmp_path_factory.mktemp("empty") / "state.db"
    State.open(file).close()
    return file


@pytest.fixture
def database(empty_state, tmp_path) -> Iterator[State]:
    """An empty operational database on SQLite; `database_of_both` is one on each."""
    with State.open(shutil.copy(empty_state, tmp_path / "state.db")) as state:
        yield state


@pytest.fixture
def database_of_both(database_url) -> Iterator[State]:
    """An empty operational database, on SQLite and on PostgreSQL."""
    with State.open(database_url) as state:
        yield state


@pytest.fixture
def served(tmp_path, database, clock):
    """The application; nobody but its parts is running."""
    app = create_app(empty_project(tmp_path), state=database, clock=clock, workers_inside=False)
    app.services.part(Access).passwords = Passwords(CHEAP)
    return app


@pytest.fixture
def access(served) -> Access:
    return served.services.part(Access)


@pytest.fixture
def ask(served) -> Iterator[AppClient]:
    """A browser or a program that nobody knows yet."""
    with AppClient(served) as client:
        yield client


@pytest.fixture
def token(database, clock) -> Callable[..., dict[str, str]]:
    """Make a token, and return the header that shows it."""

    def made(*scopes: str, name: str = "", **more) -> dict[str, str]:
        name = name or "-".join(scopes)
        _token, text = create_token(database, name=name, scopes=scopes, now=clock(), actor="test", **more)
        return {"Authorization": f"Bearer {text}"}

    return made


@pytest.fixture
def anna(database, clock):
    """A user with a password."""
    hashed = Passwords(CHEAP).hash(PASSWORD)
    return add_user(database, name="anna", role="analyst", password_hash=hashed, now=clock(), actor="test")
