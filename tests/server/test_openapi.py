"""The API's description is complete: a route that is not described fails here."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from app_client import AppClient
from patron.engines.state import State
from patron.server.app import create_app
from server_project import empty_project

ANYONE = {
    "/", "/.well-known/gpc.json", "/account", "/docs", "/health", "/login", "/patron.js",
    "/ready", "/sign-in", "/u/{token}", "/preferences/{token}", "/v1/feedback/{destination}",
}  # fmt: skip
"""Paths without a security scheme: pages to sign in by or behind signed links, what tells nothing about anybody."""


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    from datetime import UTC, datetime

    project = empty_project(tmp_path_factory.mktemp("described"))
    with State.open(":memory:") as state:
        app = create_app(project, state=state, clock=lambda: datetime(2025, 1, 15, tzinfo=UTC), workers_inside=False)
        with AppClient(app) as asking:
            yield asking


@pytest.fixture(scope="module")
def described(client):
    return client.get("/openapi.json").json()


def operations(described):
    return [
        (f"{method.upper()} {path}", path, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_route_says_what_it_is_and_belongs_to_a_subject(described):
    for name, _path, operation in operations(described):
        assert operation.get("summary"), name
        assert operation.get("tags"), name
        assert operation.get("operationId"), name
        assert operation["responses"]["default"]["content"]["application/problem+json"], name
        assert any(code.startswith(("2", "3")) for code in operation["responses"]), name


def test_every_route_says_who_may_ask_or_is_known_to_be_open(described):
    schemes = described["components"]["securitySchemes"]
    for name, path, operation in operations(described):
        security = operation.get("security", [])
        assert bool(security) != (path in ANYONE), name
        assert {one for way in security for one in way} <= set(schemes), name


def test_every_parameter_says_what_it_is(described):
    for name, _path, operation in operations(described):
        for parameter in operation.get("parameters", []):
            assert parameter.get("description") or parameter["name"] in ("next", "link"), (name, parameter["name"])


def test_every_body_has_a_schema(described):
    for name, _path, operation in operations(described):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert content["schema"], name


def test_every_reference_leads_somewhere(described):
    def walk(node):
        if isinstance(node, dict):
            if "$ref" in node:
                yield node["$ref"]
            for value in node.values():
                yield from walk(value)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value)

    for reference in set(walk(described)):
        found = described
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


class Links(HTMLParser):
    """What a page loads or runs."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [tag] if tag == "script" else []
        self.found += [value for name, value in attrs if name in ("src", "href") and "//" in (value or "")]


def test_the_page_of_the_api_names_every_route_and_loads_nothing_from_elsewhere(client, described):
    page = client.get("/docs")
    for _name, path, operation in operations(described):
        assert path in page.text
        assert operation["operationId"]
    links = Links()
    links.feed(page.text)
    assert links.found == []
    assert "style-src 'sha256-" in page.headers["content-security-policy"]
