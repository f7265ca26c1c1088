"""The server that tests of destinations speak to does what it is told."""

from __future__ import annotations

import httpx
import pytest

from destination_server import (
    DestinationServer,
    answer,
    close,
    close_mid_body,
    garbage,
    hang,
    nonsense,
    reset,
    slow,
    throttle,
)


def test_what_is_told_is_answered_in_order():
    with DestinationServer() as server, httpx.Client(base_url=server.url) as client:
        server.will(answer(201, body={"id": 7}), throttle(3), nonsense(), slow(0.01), answer(204))
        assert client.post("/x?a=1", json={"to": "Ann"}).json() == {"id": 7}
        assert client.get("/").headers["retry-after"] == "3"
        assert client.get("/").content.startswith(b"<html>")
        assert client.get("/").status_code == 200
        assert client.delete("/").status_code == 204
        assert client.post("/form", data={"To": "+49 1"}).json() == {}
        first, *_, last = server.requests
        assert (first.method, first.path, first.query, first.json()) == ("POST", "/x", {"a": ["1"]}, {"to": "Ann"})
        assert last.form() == {"To": ["+49 1"]}
        server.wait_for(6)


def test_an_answer_may_depend_on_the_request():
    with DestinationServer() as server, httpx.Client(base_url=server.url) as client:
        server.otherwise = lambda request: answer(200 if request.headers.get("authorization") else 401)
        assert client.get("/").status_code == 401
        assert client.get("/", headers={"Authorization": "x"}).status_code == 200
        parts = iter([b"a" * 10, b"b"])
        assert client.post("/", content=parts, headers={"Authorization": "x"}).status_code == 200
        assert server.requests[-1].body == b"a" * 10 + b"b"


@pytest.mark.parametrize(
    ("act", "error"),
    [(hang(), httpx.ReadTimeout), (close(), httpx.RemoteProtocolError), (garbage(), httpx.RemoteProtocolError),
     (close_mid_body(), httpx.RemoteProtocolError), (reset(), httpx.HTTPError)],
    ids=["hang", "close", "garbage", "close_mid_body", "reset"],
)  # fmt: skip
def test_it_misbehaves(act, error):
    with DestinationServer() as server, httpx.Client(base_url=server.url, timeout=0.3) as client:
        server.will(act)
        with pytest.raises(error):
            client.post("/", json={})
        assert client.get("/").status_code == 200  # and goes on
