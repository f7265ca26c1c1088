"""The shop's server for tests that only read: made once a module, on SQLite, with a client for each scope."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from app_client import AppClient
from patron.engines.state import State
from patron.pipeline import Project, open_project
from patron.server.app import create_app
from tests_support import TODAY
from token_clients import Asking, asking_of

NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)


@pytest.fixture(scope="package")
def served(shop_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The shop that is served."""
    return open_project(shutil.copytree(shop_made, tmp_path_factory.mktemp("read") / "shop"))


@pytest.fixture(scope="package")
def serving(served: Project) -> Iterator[AppClient]:
    """A client of its application, whose clock stands. Nobody is signed in."""
    with State.open(served.folder / "state.db") as state:
        app = create_app(served, state=state, clock=lambda: NOON, workers_inside=False)
        with AppClient(app) as client:
            yield client


@pytest.fixture(scope="package")
def asking(serving: AppClient) -> Asking:
    """Return a client with a new token: ``asking("read")``, ``asking("read", rows="country = 'DE'")``."""
    return asking_of(serving)


@pytest.fixture(scope="package")
def reader(asking: Asking) -> httpx.Client:
    """May see figures and people."""
    return asking("read")


@pytest.fixture(scope="package")
def german(asking: Asking) -> httpx.Client:
    """May see the customers of one country."""
    return asking("read", rows="country = 'DE'")
