"""Sections are made ahead once somebody looks, and again for a new run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from patron.pipeline import Project
from patron.server.ahead import Ahead
from patron.server.app import create_app
from patron.server.figures import SECTION, FigureBook
from patron.server.services import Services
from shop_with_run import Hands
from tests_support import TODAY


@pytest.fixture
def services(shop: Project, clock: Hands) -> Iterator[Services]:
    with shop.state() as state:
        yield create_app(shop, state=state, clock=clock, workers_inside=False).services


def made(services: Services) -> set[str]:
    return set(services.part(FigureBook).of(services.published().run)._sections)


def test_all_sections_are_made_once_somebody_looks(services: Services) -> None:
    ahead = services.part(Ahead)
    assert made(services) == set()
    ahead.begin()
    ahead.done()
    assert made(services) == set(SECTION)


def test_a_new_run_is_begun_with_by_the_next_who_looks(services: Services) -> None:
    ahead = services.part(Ahead)
    ahead.begin()
    ahead.done()
    services.project.run(today=TODAY)
    assert made(services) == set()
    ahead.begin()
    ahead.done()
    assert made(services) == set(SECTION)


def test_what_is_stopped_begins_no_more(services: Services) -> None:
    ahead = services.part(Ahead)
    ahead.stop()
    ahead.begin()
    assert made(services) == set()
