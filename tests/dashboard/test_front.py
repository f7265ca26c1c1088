"""Who may come in, and what surrounds the dashboard's answers."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

import httpx
import pytest

from access_support import CHEAP, PASSWORD, sign_in
from app_client import AppClient
from patron.dashboard import dashboard
from patron.dashboard.desk import queried
from patron.pipeline import Project
from patron.privacy.users import add_user
from patron.server.app import create_app
from shop_with_run import Hands

PRESSED = {
    "output": "navigation.children", "outputs": {"id": "navigation", "property": "children"},
    "inputs": [{"id": "view", "property": "value", "value": "marketing"}], "changedPropIds": [],
}  # fmt: skip


@pytest.fixture
def client(shop: Project, clock: Hands) -> Iterator[httpx.Client]:
    with shop.state() as state:
        add_user(state, name="anna", role="viewer", password_hash=CHEAP.hash(PASSWORD), now=clock(), actor="test")
        app = create_app(shop, state=state, clock=clock, workers_inside=False, front=dashboard)
        with AppClient(app) as asking:
            yield asking


@pytest.mark.parametrize("path", ["/", "/today", "/value", "/tables/segments"])
def test_strangers_are_led_to_the_form_and_from_there_to_what_they_asked_for(client: httpx.Client, path: str) -> None:
    found = client.get(path)
    where = client.get(found.headers["location"]) if path == "/" else found
    assert where.status_code == 303
    assert where.headers["location"].startswith("/login?next=%2F")


def test_strangers_get_no_answer_from_any_control(client: httpx.Client) -> None:
    for path in ("/_dash-layout", "/_dash-dependencies"):
        assert client.get(path).status_code == 401
    assert client.post("/_dash-update-component", json=PRESSED).status_code == 401


def test_a_change_without_the_token_of_the_session_is_refused(client: httpx.Client) -> None:
    csrf = sign_in(client).json()["csrf"]
    assert client.post("/_dash-update-component", json=PRESSED).status_code == 403
    answer = client.post("/_dash-update-component", json=PRESSED, headers={"X-CSRF-Token": csrf})
    assert answer.status_code == 200
    assert "Today" in answer.text


def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing_that_is_not_ours(client: httpx.Client) -> None:
    sign_in(client)
    page = client.get("/today")
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page.text)
    policy = page.headers["content-security-policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    assert "default-src 'none'" in policy
    assert 'python_version":""' in page.text.replace(": ", ":")


def test_scripts_are_sent_compressed_once_and_kept(client: httpx.Client) -> None:
    sign_in(client)
    paths = re.findall(r'src="(/_dash-component-suites/[^"]+)"', client.get("/today").text)
    assert paths
    first = client.get(paths[0])
    assert first.headers["content-encoding"] == "gzip"
    assert "immutable" in first.headers["cache-control"]
    plain = client.get(paths[0], headers={"Accept-Encoding": "identity"})
    assert len(gzip.compress(plain.content)) < len(plain.content) / 2
    assert client.get(paths[0], headers={"If-None-Match": first.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("path", ["dash/../../secrets.py", "patron/settings.py", "dash/nothing.js", "", "plotly/"])
def test_only_registered_files_are_sent(client: httpx.Client, path: str) -> None:
    assert client.get(f"/_dash-component-suites/{path}").status_code == 404


def test_the_address_holds_the_filters() -> None:
    assert queried("?segment=rfm.champions&at=2025-01-01&empty=") == {"segment": "rfm.champions", "at": "2025-01-01"}
    assert queried(None) == {}
