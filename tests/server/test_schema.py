"""Requests that are made from the API's own description, well formed and not: none is answered with a 500."""

from __future__ import annotations

import shutil
import warnings
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings

from app_client import AppClient
from patron.engines.state import State
from patron.pipeline import open_project
from patron.privacy.tokens import create_token
from patron.server.app import create_app
from tests_support import TODAY

EXAMPLES = 10  # of each operation, well formed and malformed each
WORDS = ("method", "url", "params", "headers", "cookies", "json", "data", "files")
BY_HAND = {"POST /login", "POST /sign-in", "POST /me/password"}
"""A person signs in or changes a password: what a program sends there is refused as it should be."""

UNASKED = {"/logout"}
"""Not asked: it ends what the others are asked with."""


class Clock:
    """A clock that runs on by two seconds a look: no limit of requests in a time is met."""

    def __init__(self) -> None:
        self.now = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=2)
        return self.now


@pytest.fixture(scope="module")
def asking(shop_made, tmp_path_factory):
    """A client of the shop's application, with a token that may do everything."""
    clock = Clock()
    project = open_project(shutil.copytree(shop_made, tmp_path_factory.mktemp("schema") / "shop"))
    with State.open(tmp_path_factory.mktemp("state") / "state.db") as state:
        token = create_token(state, name="all", scopes=["write", "admin"], now=clock(), actor="test")[1]
        app = create_app(project, state=state, clock=clock, workers_inside=False)
        with AppClient(app, auth=(token, "")) as client:
            yield client


def prepared(case: Any) -> tuple[str, str, dict[str, str], bytes]:
    """Return a generated case as it goes over the wire."""
    import requests

    words = case.as_transport_kwargs(base_url="http://127.0.0.1:8000")
    words = {name: value for name, value in words.items() if name in WORDS}
    made = requests.Request(**words).prepare()
    body = made.body.encode() if isinstance(made.body, str) else made.body or b""
    headers = {
        name: value if isinstance(value, str) else value.decode("latin-1")
        for name, value in made.headers.items()
        if name.lower() != "authorization"  # the client's own is right
    }
    return str(made.method), str(made.url), headers, body


def faults(case: Any, answer: httpx.Response) -> list[str]:
    """Return what is wrong with an answer."""
    from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

    if answer.status_code >= 500:
        return [f"{answer.status_code}: {answer.text[:200]}"]
    if answer.is_redirect:
        return []
    answer.elapsed = timedelta(0)  # nothing travelled
    try:
        case.validate_response(answer, checks=[response_schema_conformance, content_type_conformance])
    except BaseExceptionGroup as error:
        return [str(one)[:400] for one in error.exceptions]
    return []


@pytest.mark.slow
def test_no_request_made_from_the_description_fails_the_server(asking):
    schemathesis = pytest.importorskip("schemathesis")
    from schemathesis import GenerationMode

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = schemathesis.openapi.from_dict(asking.get("/openapi.json").json())
        schema.config.update(base_url="http://127.0.0.1:8000")
        found: dict[str, list[str]] = {}
        statuses: dict[str, Counter[int]] = {}
        for result in schema.get_all_operations():
            operation = result.ok()
            if operation.path in UNASKED:
                continue
            name = f"{operation.method.upper()} {operation.path}"
            statuses[name] = Counter()
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                found.setdefault(name, []).extend(_ask(asking, operation, mode, statuses[name]))
    assert {name: faults for name, faults in found.items() if faults} == {}
    refused = [name for name, counted in statuses.items() if set(counted) <= {401, 403} and name not in BY_HAND]
    assert refused == [], "whatever comes is refused before it is looked at: nothing was tried"


def _ask(asking: AppClient, operation: Any, mode: Any, statuses: Counter[int]) -> list[str]:
    found: list[str] = []

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate], derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        method, url, headers, body = prepared(case)
        try:
            answer = asking.request(method, url, headers=headers, content=body)
        except httpx.InvalidURL:  # longer than a client sends
            reject()
        statuses[answer.status_code] += 1
        found.extend(faults(case, answer))

    try:
        ask()
    except Exception as error:  # nothing of this kind can be made: an operation without anything to get wrong
        if type(error).__name__ not in ("Unsatisfiable", "SkipTest", "Skipped"):
            raise
    return list(dict.fromkeys(found))
