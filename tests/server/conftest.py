"""What tests of the server share: both databases, a small shop with a published run, the application and a client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app_client import AppClient
from patron.engines.state import STATE_FILE, State
from patron.pipeline import Project
from shop_with_run import Hands, clock, shop, shop_made

__all__ = ["clock", "shop", "shop_made"]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty operational database is: a file's name, or a URL of PostgreSQL."""
    if request.param == "sqlite":
        return str(tmp_path / "empty" / STATE_FILE)
    url: str = request.getfixturevalue("migrated_database")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[State]:
    """The same, opened."""
    with State.open(database_url) as state:
        yield state


@pytest.fixture
def app(shop: Project, database: State, clock: Hands) -> object:
    """The application on the shop, with each of both databases, without what runs beside the requests."""
    from patron.server.app import create_app

    return create_app(shop, state=database, clock=clock, workers_inside=False)


@pytest.fixture
def client(app: object) -> Iterator[httpx.Client]:
    """A client of the application, whose parts run: ``client.get("/health")``. Nobody is signed in."""
    with AppClient(app) as asking:
        yield asking
