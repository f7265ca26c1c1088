"""What tests of the server share: both databases, a small shop with a published run, the application and a client.

The shop is made once for all processes of a test session and copied for each test that may write to it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from app_client import AppClient
from patron.cli.demo import DEMO_SETTINGS
from patron.cli.demo_approvals import approve_demo
from patron.cli.demo_decisions import DESTINATIONS
from patron.engines.lock import hold
from patron.engines.state import STATE_FILE, State
from patron.pipeline import Project, open_project
from patron.simulate import shop as simulated
from tests_support import TODAY, lean

CUSTOMERS = 200
WANTED = ("affinity", "behaviour", "budget", "next_actions", "next_products", "prices", "sessions", "stages")
"""Of the steps that a run may leave out, those whose tables the server answers with."""

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
"""The moment at which tests begin: noon of the day of the shop's run."""


class Hands:
    """A clock that only a test moves."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        """Move on, or back with negative numbers: ``clock.forward(hours=4)``."""
        self.now += timedelta(**span)


@pytest.fixture(scope="session")
def shop_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a simulated shop with a published run. Not to be written to."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base  # of several processes, what is above all of them
    folder, done = shared / "server_shop", shared / "server_shop.done"
    lock = hold(shared / "server_shop.lock", waiting=lambda _holder: None)
    try:
        if not done.exists():
            _make_shop(folder)
            done.touch()
    finally:
        lock.release()
    return folder


def _make_shop(folder: Path) -> None:
    simulated(
        customers=CUSTOMERS, seed=1, identity=True, dealings=True, market=True, experience=True, journeys=True,
        campaigns=True, marketing=True, triggers=True,
    ).write(folder)  # fmt: skip
    (folder / "patron.yaml").write_text(DEMO_SETTINGS.replace(DESTINATIONS, "") + lean(*WANTED), encoding="utf-8")
    project = open_project(folder)
    approve_demo(project)
    project.run(today=TODAY)


@pytest.fixture
def shop(shop_made: Path, tmp_path: Path) -> Project:
    """A small project with a published run, which a test may change."""
    return open_project(shutil.copytree(shop_made, tmp_path / "shop"))


@pytest.fixture
def clock() -> Hands:
    """The server's clock: noon of the day of the run, until the test moves it."""
    return Hands()


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
