"""The page of the API names every route that reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from patron.server.routes import browser, customers, figures, lists, privacy, runs

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
ROUTES = [
    (method, route.path)
    for part in (customers, figures, lists, runs, privacy, browser)
    for route in part.router.routes
    for method in route.methods
]


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda value: value)
def test_the_page_names_the_route(method, path):
    assert re.search(rf"{method} {re.escape(path)}(`|\?)", PAGE)


def test_the_page_names_no_other():
    named = set(re.findall(r"`(GET|POST) (/[^`?]*)", PAGE))
    assert named == set(ROUTES)
