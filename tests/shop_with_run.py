"""A small shop with a published run, made once for all processes of a test session, and copied for who writes to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from patron.cli.demo import DEMO_SETTINGS
from patron.cli.demo_approvals import approve_demo
from patron.cli.demo_decisions import DESTINATIONS
from patron.engines.lock import hold
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
    """The folder of a simulated shop with a published run of the steps in `WANTED`. Not to be written to."""
    return made_once(tmp_path_factory, "server_shop", lambda folder: _make_shop(folder, lean(*WANTED)))


@pytest.fixture(scope="session")
def whole_shop_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a simulated shop with a published run of all steps. Not to be written to."""
    return made_once(tmp_path_factory, "whole_shop", lambda folder: _make_shop(folder, "", customers=400))


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that is made by whichever process of the session comes first."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base  # of several processes, what is above all of them
    folder, done = shared / name, shared / f"{name}.done"
    lock = hold(shared / f"{name}.lock", waiting=lambda _holder: None)
    try:
        if not done.exists():
            make(folder)
            done.touch()
    finally:
        lock.release()
    return folder


def _make_shop(folder: Path, more: str, *, customers: int = CUSTOMERS) -> None:
    simulated(
        customers=customers, seed=1, identity=True, dealings=True, market=True, experience=True, journeys=True,
        campaigns=True, marketing=True, triggers=True,
    ).write(folder)  # fmt: skip
    (folder / "patron.yaml").write_text(DEMO_SETTINGS.replace(DESTINATIONS, "") + more, encoding="utf-8")
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
