"""What stands around every route: problems, limits, headers, names, and a log that names nobody."""

from __future__ import annotations

import json
import logging

import pytest
from fastapi import APIRouter
from sqlalchemy.exc import OperationalError

from app_client import AppClient
from patron.engines.state import State
from patron.errors import ArgumentError, ConditionError, MissingTable, NotEnoughData, RunError
from patron.server import app as application
from patron.server.app import create_app
from patron.server.errors import PROBLEM
from patron.server.refused import refused
from server_project import empty_project

SECRET = "mary@poppins.example"
FAILURES = {
    "argument": (ArgumentError("The day is wrong.\nGive another one."), 422),
    "condition": (ConditionError("It does not parse."), 422),
    "table": (MissingTable("There is no such table."), 404),
    "little": (NotEnoughData("Too little."), 409),
    "run": (RunError(f"{SECRET} is in /srv/shop"), 500),
    "bug": (ZeroDivisionError(SECRET), 500),
    "stored": (UnicodeEncodeError("utf-8", SECRET, 0, 1, "surrogates"), 422),
    "database": (OperationalError(f"select '{SECRET}'", {"id": SECRET}, Exception(SECRET)), 503),
    "no": (refused(429, "server.failed", headers={"Retry-After": "7"}), 429),
}
JSON = {"content-type": "application/json"}
router = APIRouter()


@router.get("/fails/{how}")
def _fails(how: str) -> None:
    raise FAILURES[how][0]


@router.post("/takes")
def _takes(body: dict[str, int]) -> int:
    return len(body)


@router.get("/finds/{customer_id}")
def _finds(customer_id: str, days: int = 1) -> str:
    return f"{customer_id} {days}"


@pytest.fixture
def asking(tmp_path, clock, monkeypatch):
    """A client of an application with routes that fail, on settings that a test adds to."""
    opened = []

    def ask(more: str = "", host: str | None = None) -> AppClient:
        monkeypatch.setattr(application, "ROUTERS", (router,))
        state = State.open(":memory:")
        project = empty_project(tmp_path / str(len(opened)), more)
        app = create_app(project, state=state, clock=clock, workers_inside=False, host=host)
        client = AppClient(app)
        client.__enter__()
        opened.extend([client, state])
        return client

    yield ask
    for one in opened:
        one.__exit__(None, None, None)


def told_of(caplog) -> str:
    """Return what the server logged, as a file would hold it."""
    caplog.handler.setFormatter(logging.Formatter())
    return "\n".join(caplog.handler.format(one) for one in caplog.records if one.name.startswith("patron"))


@pytest.mark.parametrize("how", FAILURES)
def test_every_failure_is_a_problem_and_tells_nothing_of_the_inside(asking, how, caplog):
    caplog.set_level(logging.INFO)
    answer = asking().get(f"/fails/{how}")
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (FAILURES[how][1], PROBLEM)
    assert told["status"] == answer.status_code
    assert told["request_id"] == answer.headers["x-request-id"]
    assert told["title"]
    assert told["detail"]
    assert SECRET not in answer.text + told_of(caplog)
    assert "Traceback" not in answer.text + told_of(caplog)


def test_what_the_caller_did_wrong_is_told_in_the_words_of_the_catalogue(asking):
    told = asking().get("/fails/argument").json()
    assert (told["detail"], told["remedy"]) == ("The day is wrong.", "Give another one.")
    assert asking().get("/fails/no").headers["retry-after"] == "7"


def test_an_error_of_ours_is_logged_by_its_class_and_its_place(asking, caplog):
    caplog.set_level(logging.INFO)
    request_id = asking().get("/fails/bug").headers["x-request-id"]
    [line] = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert line.startswith(f"{request_id} ZeroDivisionError at ")
    assert "test_guard" in line


def test_an_error_of_the_callers_is_not_logged_as_ours(asking, caplog):
    caplog.set_level(logging.WARNING)
    asking().get("/fails/argument")
    assert not caplog.records


def test_the_log_names_the_pattern_of_the_address_and_nobody(asking, caplog):
    caplog.set_level(logging.INFO)
    asking().get(f"/finds/{SECRET}", params={"days": 3, "email": SECRET})
    asking("server: {log: json}\n").get(f"/finds/{SECRET}")
    lines = [record.getMessage() for record in caplog.records if record.name == "patron.server"]
    assert SECRET not in "".join(lines)
    assert "/finds/{customer_id}" in lines[0]
    facts = json.loads(lines[1])
    assert (facts["method"], facts["route"], facts["status"]) == ("GET", "/finds/{customer_id}", 200)


def test_without_a_log_nothing_is_logged(asking, caplog):
    caplog.set_level(logging.INFO, logger="patron.server")
    asking("server: {log: none}\n").get("/finds/ann")
    assert not [record for record in caplog.records if record.name == "patron.server"]


@pytest.mark.parametrize("body", ["", "{", '{"a": "b"}', '"x"', "[" * 100_000, '{"a": NaN}', "\udcff"])
def test_a_body_that_is_none_is_refused_without_being_repeated(asking, body):
    answer = asking().post("/takes", content=body.encode("utf-8", "surrogatepass"), headers=JSON)
    told = answer.json()
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == PROBLEM
    assert "input" not in json.dumps(told)


def test_a_body_larger_than_allowed_is_refused_by_its_header_and_by_what_comes(asking):
    client = asking("server: {largest_body_kb: 2}\n")
    body = b'{"a": 1' + b" " * 2048 + b"}"
    assert client.post("/takes", json={"a": 1}).status_code == 200
    assert client.post("/takes", content=body, headers=JSON).status_code == 413
    assert client.post("/takes", content=iter([body[:1500], body[1500:]]), headers=JSON).status_code == 413
    assert client.post("/takes", content=b"{}", headers={"content-length": "-1"}).status_code == 400


@pytest.mark.parametrize("path", ["/finds/a%00b", "/finds/a?days=%00"])
def test_a_nul_in_the_address_is_refused(asking, path):
    assert asking().get(path).status_code == 400


@pytest.mark.parametrize("path", ["/finds/ann", "/nowhere", "/fails/bug", "/finds/a%00b"])
def test_every_answer_has_the_headers_that_keep_browsers_careful(asking, path):
    headers = asking().get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers
    assert "strict-transport-security" not in headers  # it came without TLS


@pytest.mark.parametrize(
    ("host", "more", "name", "status"),
    [
        ("127.0.0.1", "", "127.0.0.1:8000", 200),
        ("127.0.0.1", "", "localhost", 200),
        ("::1", "", "[::1]:8000", 200),
        ("127.0.0.1", "", "evil.example", 421),
        ("127.0.0.1", "", "127.0.0.1.evil.example", 421),
        ("127.0.0.1", "", "localhost@evil.example", 421),
        ("0.0.0.0", "", "shop.example", 200),
        ("0.0.0.0", "server: {hosts: [shop.example]}\n", "SHOP.example.:443", 200),
        ("0.0.0.0", "server: {hosts: [shop.example]}\n", "localhost:8000", 200),
        ("0.0.0.0", "server: {hosts: [shop.example]}\n", "other.example", 421),
        ("0.0.0.0", "server: {hosts: ['*.shop.example']}\n", "a.shop.example", 200),
        ("0.0.0.0", "server: {hosts: ['*.shop.example']}\n", "ashop.example", 421),
    ],
)
def test_it_answers_under_its_own_names_alone(asking, host, more, name, status):
    assert asking(more, host=host).get("/finds/ann", headers={"host": name}).status_code == status


def test_pages_of_the_sites_in_the_settings_may_ask_and_no_others(asking):
    client = asking("server: {origins: ['https://shop.example']}\n")
    allowed = client.get("/finds/ann", headers={"origin": "https://shop.example"}).headers
    assert allowed["access-control-allow-origin"] == "https://shop.example"
    assert "access-control-allow-credentials" not in allowed
    foreign = client.get("/finds/ann", headers={"origin": "https://evil.example"}).headers
    assert "access-control-allow-origin" not in foreign


@pytest.mark.parametrize("origin", ["shop.example", "https://shop.example/", "*", "https://*", "null"])
def test_an_origin_that_is_no_site_is_refused(tmp_path, origin):
    with pytest.raises(ValueError, match="no site"):
        empty_project(tmp_path, f"server: {{origins: ['{origin}']}}\n")


@pytest.mark.parametrize("host", ["http://shop.example", "shop.example/x", "a b", ""])
def test_a_host_that_is_no_name_is_refused(tmp_path, host):
    with pytest.raises(ValueError, match="no host's name"):
        empty_project(tmp_path, f"server: {{hosts: ['{host}']}}\n")
