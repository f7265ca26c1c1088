"""What an answer means, and that nothing that may have arrived is called a failure."""

from __future__ import annotations

import logging
import socket
import sys
from datetime import UTC, datetime

import pytest
from conformance import NOW

from destination_server import DestinationServer, answer, close, close_mid_body, garbage, hang, reset, throttle
from patron.activation.destinations.http import Http, basic, bearer
from patron.errors import SettingsError

BOTH = ("recognised", "never")


@pytest.fixture
def server():
    with DestinationServer() as server:
        yield server


def meant(server, act, *, repeats="never", **call):
    server.will(act)
    http = Http(server.url, timeout_s=0.4, repeats=repeats)
    try:
        return http.call("POST", "/x", now=NOW, **call)
    finally:
        http.close()


@pytest.mark.parametrize("repeats", BOTH)
@pytest.mark.parametrize(
    ("status", "wanted"),
    [(200, "accepted"), (201, "accepted"), (202, "accepted"), (204, "accepted"), (400, "rejected"), (404, "rejected"),
     (409, "rejected"), (422, "rejected"), (401, "retry"), (402, "retry"), (403, "retry"), (407, "retry"),
     (408, "retry"), (425, "retry"), (429, "retry"), (503, "retry")],
)  # fmt: skip
def test_a_status_means_the_same_for_all(server, status, wanted, repeats):
    found = meant(server, answer(status), repeats=repeats)
    assert (found.outcome.status, found.status) == (wanted, status)
    assert found.outcome.reason == (None if wanted == "accepted" else f"http_{status}")


@pytest.mark.parametrize(("repeats", "wanted"), [("recognised", "retry"), ("never", "unknown")])
@pytest.mark.parametrize("status", [500, 501, 502, 504, 599, 301, 302, 303, 307])
def test_what_may_have_been_taken_goes_again_only_where_it_is_known_again(server, status, repeats, wanted):
    found = meant(server, answer(status, headers={"Location": "http://127.0.0.1:1/"}), repeats=repeats)
    assert found.outcome.status == wanted
    assert len(server.requests) == 1, "a redirect was followed"


@pytest.mark.parametrize(
    ("act", "reason"),
    [(hang(), "timed_out"), (close(), "closed"), (reset(), "closed"), (garbage(), "no_http"),
     (close_mid_body(), "closed")],
)  # fmt: skip
@pytest.mark.parametrize("repeats", BOTH)
def test_without_a_whole_answer_nobody_knows(server, act, reason, repeats):
    outcome = meant(server, act, repeats=repeats).outcome
    assert (outcome.status, outcome.reason) == ("unknown", reason)


def test_a_refusal_stays_one_when_its_body_breaks_off(server):
    assert meant(server, close_mid_body(422)).outcome.status == "rejected"
    assert meant(server, close_mid_body(429)).outcome.status == "retry"


def drips(head: bytes):
    """An act that never ends: one byte, and then the next."""

    def act(handler, server):
        handler.raw(head)
        while not server.released.wait(0.03):
            handler.raw(b"a")

    return act


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n"], ids=["head", "body"]
)
def test_who_answers_a_byte_now_and_then_holds_nobody(server, head):
    """A timeout of each read alone would never end this."""
    outcome = meant(server, drips(head)).outcome
    assert (outcome.status, outcome.reason) == ("unknown", "timed_out")
    assert meant(server, answer(200)).outcome.status == "accepted"


def test_a_long_answer_is_not_read_to_its_end(server):
    server.will(answer(200, body=b"x" * 3_000_000))
    http = Http(server.url, timeout_s=5, repeats="never", most_bytes=1000)
    assert len(http.call("GET", now=NOW).body) == 1000
    http.close()


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("7", 7), ("0", 0), ("99999999", 86_400), ("Sun, 01 Mar 2026 12:02:00 GMT", 120),
     ("Sun, 01 Mar 2026 11:00:00 GMT", 0), ("soon", None), ("-1", None), ("", None), ("１２", None)],
)  # fmt: skip
def test_how_long_they_ask_to_wait(server, asked, seconds):
    """RFC 9110, section 10.2.3: seconds, or a moment."""
    headers = {"Retry-After": asked.encode().decode("latin-1")}
    assert meant(server, answer(503, headers=headers)).outcome.retry_after_s == seconds


def test_where_nobody_listens_nothing_was_taken():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        http = Http(f"http://127.0.0.1:{free.getsockname()[1]}", timeout_s=0.4, repeats="never")
        assert http.call("GET", now=NOW).outcome.status == "retry"
    http.close()


def test_what_is_sent_arrives_as_it_was_meant(server):
    server.will(answer(200), answer(200), answer(200))
    http = Http(f"{server.url}/v1", timeout_s=5, repeats="never", headers=bearer("t"))
    http.call("POST", "/a", json={"name": "Grüße"}, params={"q": "a&b", "r": "1"}, now=NOW)
    http.call("POST", "/b", form=[("To", "+49"), ("To", "é")], headers=basic("u", "pé"), now=NOW)
    http.call("PUT", content=b"\x00", headers={"X-One": "1"}, now=NOW)
    http.close()
    first, second, third = server.requests
    assert (first.path, first.query, first.json()) == ("/v1/a", {"q": ["a&b"], "r": ["1"]}, {"name": "Grüße"})
    assert (first.headers["authorization"], first.headers["content-type"]) == ("Bearer t", "application/json")
    assert first.headers["accept-encoding"] == "identity"
    assert second.form() == {"To": ["+49", "é"]}
    assert second.headers["authorization"] == "Basic dTpww6k="
    assert (third.method, third.path, third.body, third.headers["x-one"]) == ("PUT", "/v1", b"\x00", "1")


def test_an_answer_that_is_no_json_is_none(server):
    assert meant(server, answer(200, body=b'{"a": 1}')).json() == {"a": 1}
    assert meant(server, answer(200, body=b"<html>")).json() is None
    assert meant(server, answer(200, body=b"\xff")).json() is None


def test_a_header_that_cannot_be_is_refused_before_anything_leaves(server):
    http = Http(server.url, timeout_s=1, repeats="never")
    outcome = http.call("GET", headers={"X-Name": "a\r\nX-Other: b"}, now=NOW).outcome
    assert (outcome.status, outcome.reason) == ("rejected", "not_sendable")
    assert not server.requests
    http.close()


def test_the_connection_is_kept_and_no_cookie_is(server):
    server.otherwise = answer(200, headers={"Set-Cookie": "s=1"})
    http = Http(server.url, timeout_s=1, repeats="never")
    for _ in range(3):
        http.call("GET", now=NOW)
    http.close()
    http.close()
    assert all("cookie" not in request.headers for request in server.requests)
    assert http.call("GET", now=NOW).outcome.status == "accepted"  # and it opens again
    http.close()


def test_nothing_of_a_request_is_logged(server, caplog):
    """httpx's own client logs whole addresses, with the tokens in them."""
    caplog.set_level(logging.INFO)
    meant(server, answer(200), params={"access_token": "s3cret"}, headers=bearer("t0ken"))
    assert "s3cret" not in caplog.text
    assert "t0ken" not in caplog.text
    assert repr(Http("https://user:pass@example.com/s3cret", timeout_s=1, repeats="never")) == "Http(example.com)"


@pytest.mark.parametrize(
    "address", ["", "s3cret", "ftp://s3cret", "https:///s3cret", "http://[s3cret", "http://s3\ncret/"]
)
def test_what_is_no_address_is_refused_and_not_repeated(address):
    with pytest.raises(SettingsError) as caught:
        Http(address, timeout_s=1, repeats="never")
    assert "s3" not in str(caught.value)


def test_without_httpx_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(SettingsError, match=r"pip install 'patron\[delivery\]'"):
        Http("https://example.com", timeout_s=1, repeats="never")


def test_a_moment_without_a_zone_is_utc(server):
    """Old servers write -0000, which RFC 5322 reads as UTC of an unknown place."""
    found = meant(server, throttle(None))
    assert found.outcome.retry_after_s is None
    server.will(answer(429, headers={"Retry-After": "Sun, 01 Mar 2026 12:00:30 -0000"}))
    http = Http(server.url, timeout_s=1, repeats="never")
    assert http.call("GET", now=datetime(2026, 3, 1, 12, tzinfo=UTC)).outcome.retry_after_s == 30
    http.close()
