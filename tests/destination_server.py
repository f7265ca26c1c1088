"""A real HTTP server on the loopback that a test tells what to answer, and that may misbehave in every way.

::

    with DestinationServer() as server:
        server.will(answer(503), throttle(2), hang(), close(), answer(200, body={"id": "7"}))
        ... a destination is told server.url ...
        assert server.requests[0].json()["to"] == "..."

Each request takes the next act of the script; when that is at its end, `server.otherwise` (200 and an empty object).
An act may be made of the request, to check a published format: ``server.otherwise = lambda request: answer(...)``.
"""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request as it came."""

    method: str
    target: str  # path and query
    headers: Mapping[str, str]  # names in small letters
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    def json(self) -> Any:
        return json.loads(self.body)

    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode(), keep_blank_values=True)


Act = Callable[["_Handler", "DestinationServer"], None]
Said = Act | Callable[[Received], Act]


def answer(status: int = 200, *, headers: Mapping[str, str] | None = None, body: bytes | str | Any = b"") -> Act:
    """Answer; a body that is neither bytes nor text is sent as JSON."""

    def act(handler: _Handler, server: DestinationServer) -> None:
        handler.say(status, headers or {}, body)

    return act


def throttle(seconds: float | None = 1, *, status: int = 429) -> Act:
    """Answer that there were too many, and when to come again."""
    return answer(status, headers={} if seconds is None else {"Retry-After": f"{seconds:g}"})


def hang() -> Act:
    """Take the request and say nothing, until the test is over or `server.release()`."""

    def act(handler: _Handler, server: DestinationServer) -> None:
        server.released.wait()
        handler.hang_up()

    return act


def slow(seconds: float, then: Act | None = None) -> Act:
    """Answer, but late."""

    def act(handler: _Handler, server: DestinationServer) -> None:
        server.released.wait(seconds)
        (then or answer())(handler, server)

    return act


def close() -> Act:
    """Take the request and end the connection without a word."""

    def act(handler: _Handler, server: DestinationServer) -> None:
        handler.hang_up()

    return act


def reset() -> Act:
    """Take the request and tear the connection down."""

    def act(handler: _Handler, server: DestinationServer) -> None:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        handler.close_connection = True

    return act


def close_mid_body(status: int = 200, *, sent: bytes = b'{"id": "', promised: int = 1000) -> Act:
    """Promise a long answer, send its beginning, and end the connection."""

    def act(handler: _Handler, server: DestinationServer) -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {promised}\r\n\r\n"
        handler.raw(head.encode() + sent)
        handler.hang_up()

    return act


def garbage(sent: bytes = b"\x00\xff\x13 this is no HTTP\r\n\r\n") -> Act:
    """Answer something that is no HTTP."""

    def act(handler: _Handler, server: DestinationServer) -> None:
        handler.raw(sent)
        handler.hang_up()

    return act


def nonsense(status: int = 200) -> Act:
    """Answer properly, with a body that is not what anybody would expect."""
    return answer(status, headers={"Content-Type": "application/json"}, body=b"<html>\xff{{{")


@dataclass
class DestinationServer:
    """The server; `url` says where it listens, `requests` what came, in its order."""

    otherwise: Said = field(default_factory=lambda: answer(body={}))
    requests: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.released = threading.Event()
        self._script: deque[Said] = deque()
        self._changed = threading.Condition()
        self._listener = _Listener(("127.0.0.1", 0), _Handler)
        self._listener.told = self
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def will(self, *acts: Said) -> Self:
        """Put acts at the end of the script."""
        with self._changed:
            self._script.extend(acts)
        return self

    def release(self) -> None:
        """Let go of those who hang."""
        self.released.set()

    def wait_for(self, requests: int, *, seconds: float = 10) -> None:
        """Wait until so many requests have come in all."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.requests) >= requests, seconds)
        assert came, f"{len(self.requests)} requests came, {requests} were waited for"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.released.set()
        self._listener.shutdown()
        self._listener.server_close()
        self._listener.hang_up()
        self._thread.join()

    def next_act(self, received: Received) -> Said:
        with self._changed:
            self.requests.append(received)
            self._changed.notify_all()
            return self._script.popleft() if self._script else self.otherwise


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    told: DestinationServer

    def __init__(self, *args: Any) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that somebody keeps."""
        for request in list(self.open):
            try:
                request.shutdown(socket.SHUT_RDWR)
            except OSError:  # it has ended by itself
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: that the other side went away is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._take
        raise AttributeError(name)

    def _take(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self._body()
        if len(body) < int(headers.get("content-length", 0)):  # whoever asked has gone in the middle of it
            self.hang_up()
            return
        received = Received(method=self.command, target=self.path, headers=headers, body=body)
        told = self.server.told
        said = told.next_act(received)
        act = said if _is_act(said) else said(received)  # type: ignore[call-arg, arg-type]
        act(self, told)  # type: ignore[call-arg, arg-type, misc]

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def say(self, status: int, headers: Mapping[str, str], body: Any) -> None:
        known = {name.lower() for name in headers}
        if not isinstance(body, bytes | str):
            body = json.dumps(body)
            headers = dict(headers) if "content-type" in known else {"Content-Type": "application/json", **headers}
        sent = body.encode() if isinstance(body, str) else body
        if status in (204, 304):
            sent = b""
        lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers.items())]
        if status not in (204, 304):
            lines.append(f"Content-Length: {len(sent)}")
        head = "\r\n".join(lines).encode() + b"\r\n\r\n"
        self.raw(head + (b"" if self.command == "HEAD" else sent))

    def raw(self, sent: bytes) -> None:
        self.wfile.write(sent)
        self.wfile.flush()

    def hang_up(self) -> None:
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's own name
        """Write nothing."""


def _is_act(said: Said) -> bool:
    """Tell an act, which takes the handler and the server, from a function of the request."""
    return said.__code__.co_argcount == 2  # type: ignore[attr-defined]
