"""What all tests share: a small simulated shop, run once, and where the public data sets lie."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from chromium import browser
from patron.cli.demo import SETTINGS
from patron.engines.state import State
from patron.pipeline import Project, open_project
from patron.simulate import shop
from postgres_server import _migrated, empty_database, migrated_database, postgres, postgres_server
from spark_session import spark
from tests_support import TODAY

__all__ = ["_migrated", "browser", "empty_database", "migrated_database", "postgres", "postgres_server", "spark"]

# Building expressions makes many small objects, and a process of thousands of tests keeps many: to look through them
# for cycles after every 700 new ones takes a tenth of the time.
gc.set_threshold(20_000, 20, 20)

# The same examples every time: a run that fails can be repeated, and nobody's change fails by another's luck. The
# option --hypothesis-profile=default of pytest draws new ones.
settings.register_profile("stable", derandomize=True, deadline=None)
settings.load_profile("stable")


@pytest.fixture(scope="session")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder with the files of a simulated shop, not run yet. Not to be written to."""
    folder = tmp_path_factory.mktemp("shop")
    shop(customers=600, seed=7).write(folder)
    (folder / "patron.yaml").write_text(SETTINGS, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def ran_folder(shop_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a published run. Not to be written to."""
    folder = tmp_path_factory.mktemp("ran") / "shop"
    shutil.copytree(shop_folder, folder)
    open_project(folder).run(today=TODAY)
    return folder


@pytest.fixture
def fresh(shop_folder: Path, tmp_path: Path) -> Path:
    """A copy of the shop that a test may change."""
    return Path(shutil.copytree(shop_folder, tmp_path / "shop"))


@pytest.fixture
def ran(ran_folder: Path, tmp_path: Path) -> Path:
    """A copy of the shop with its run that a test may change."""
    return Path(shutil.copytree(ran_folder, tmp_path / "ran"))


@pytest.fixture(scope="session")
def ran_project(ran_folder: Path) -> Project:
    """The project with its run, opened."""
    return open_project(ran_folder)


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Return a public data set's folder, or skip the test with the reason."""

    def find(name: str) -> Path:
        folder = Path(__file__).resolve().parents[1].parent / "shared" / "data" / name
        if not folder.exists():
            pytest.skip(f"needs the public data set {name} in ../shared/data/{name} beside the project")
        return folder

    return find


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest) -> Iterator[State]:
    """An empty operational database, once in SQLite and once in PostgreSQL."""
    target = ":memory:" if request.param == "sqlite" else request.getfixturevalue("migrated_database")
    with State.open(target) as opened:
        yield opened
