"""What tests of the dashboard share: a shop with a run, a page asked in this process, and a server with a browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from dash.development.base_component import Component

from patron.dashboard.answering import answered
from patron.dashboard.asked import Asked
from patron.pipeline import Project
from patron.privacy.roles import ROLES
from patron.server.access import Who
from patron.server.app import create_app
from patron.server.services import Services
from shop_with_run import Hands, clock, shop, shop_made, whole_shop_made
from war_room import WarRoom, add_people

__all__ = ["clock", "shop", "shop_made", "whole_shop_made"]


@pytest.fixture
def services(shop: Project, clock: Hands) -> Iterator[Services]:
    """The services of one process on a shop that the test may change; nothing runs beside them."""
    with shop.state() as state:
        yield create_app(shop, state=state, clock=clock, workers_inside=False).services


@pytest.fixture
def who() -> Callable[..., Who]:
    """Make somebody of a role: ``who("analyst")``."""

    def made(role: str = "admin", **more: Any) -> Who:
        return Who(name=role, kind="user", role=role, permissions=ROLES[role], **more)

    return made


@pytest.fixture
def page(services: Services, who: Callable[..., Who]) -> Callable[..., Sequence[Component]]:
    """Ask for a page in this process: ``page("/today", role="viewer", segment="champions")``."""

    def shown(path: str, role: str = "admin", *, dark: bool = False, **query: str) -> Sequence[Component]:
        return answered(services, who(role), path, query, dark=dark)

    return shown


@pytest.fixture
def asked(services: Services, who: Callable[..., Who]) -> Callable[..., Asked]:
    """Make a question as a page or an answer of a `Desk` gets it: ``asked("operator", segment="champions")``."""

    def made(role: str = "admin", *, path: str = "/", rest: str = "", **query: str) -> Asked:
        return Asked(services=services, who=who(role), path=path, rest=rest, query=query)

    return made


@pytest.fixture(scope="session")
def room(whole_shop_made: Path, tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[WarRoom]:
    """A real server on a copy of the shop, with a user of every role; tests must not change what others read."""
    folder = Path(shutil.copytree(whole_shop_made, tmp_path_factory.mktemp("room") / "shop"))
    add_people(folder)
    with WarRoom(folder, browser) as opened:
        yield opened


@pytest.fixture
def own_room(whole_shop_made: Path, tmp_path: Path, browser: Any) -> Iterator[WarRoom]:
    """The same on a shop of the test's own, which it may change."""
    folder = Path(shutil.copytree(whole_shop_made, tmp_path / "room"))
    add_people(folder)
    with WarRoom(folder, browser) as opened:
        yield opened
