"""The one way in which destinations speak HTTP: what was answered, and what that means for a delivery.

What may have arrived is never called a failure. Only where the request certainly did not arrive, or where they say that
they did not take it, is it `retry`; where nothing, or nothing whole, came back, it is `unknown`.

No redirect is followed, no cookie kept and no `.netrc` read. Nothing of what is sent or answered is logged or put into
a reason: addresses of theirs hold tokens, and answers repeat names.

Ref  RFC 9110 (status codes, Retry-After), RFC 6585 (429), RFC 8470 (425)
"""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

from patron.activation.destinations.destination import Outcome, Repeats
from patron.errors import SettingsError
from patron.language import failure

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 1_000_000
"""Of an answer; what is behind is not read."""

LATER = frozenset({408, 425, 429, 503})
"""They did not take it, and ask to come again."""

ABOUT_US = frozenset({401, 402, 403, 407})
"""We are wrong, and not the delivery: a token that ended, a bill, a right that is missing. What waits leaves when
someone has seen to it."""

LONGEST_PAUSE_S = 86_400.0
"""The longest that they may ask for: a day."""

IDLE_S = 2.0
"""A connection that was idle for longer is not used again: servers close theirs after five seconds and more, and a
request that meets the closing has an unknown outcome."""

Parameters = Mapping[str, str] | Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of one request."""

    outcome: Outcome  # by the status alone; a destination that reads more says more
    status: int | None = None  # none where no answer came
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # names in small letters
    body: bytes = field(default=b"", repr=False)

    def json(self) -> Any:
        """Return the content of the answer; none where it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Http:
    """Requests of one destination, over one connection that is kept while it is used.

    Parameters
    ----------
    origin : str
        What all its addresses begin with, as https://api.example.com.
    timeout_s : float
        How long a request may take, from connecting to the last byte of the answer.
    repeats : Repeats
        What the destination does with a request that comes twice. Where it knows it again, an error of theirs (5xx) is
        `retry`, else `unknown`.
    headers : mapping
        What every request carries.
    most_bytes : int
        Of an answer.

    Raises
    ------
    SettingsError
        httpx is not installed, or the origin is no http address.
    """

    def __init__(
        self,
        origin: str,
        *,
        timeout_s: float,
        repeats: Repeats,
        headers: Mapping[str, str] | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._origin, self._timeout_s, self._repeats = origin, timeout_s, repeats
        self._headers, self._most_bytes = dict(headers or {}), most_bytes
        self._stream: Any = None  # of the connection that is open
        self._httpx = _httpx()
        self._host = _host(origin)

    def __repr__(self) -> str:
        """Name the host, and nothing that could be a secret."""
        return f"Http({self._host})"

    def call(
        self,
        method: str,
        path: str = "",
        *,
        now: datetime,
        headers: Mapping[str, str] | None = None,
        params: Parameters | None = None,
        json: Any = None,
        form: Parameters | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """Send one request with at most one of `json`, `form` and `content`, and return what came of it.

        Whatever happens on the net is an answer, and never an error.

        Parameters
        ----------
        now : datetime
            From here a Retry-After that names a moment is counted.
        """
        kind, body = _body(json, form, content)
        url = self._origin + path + (f"?{urlencode(params)}" if params else "")
        request = self._httpx.Request(
            method, url, content=body, extensions={"timeout": self._timeouts, "trace": self._watched},
            headers={"Accept-Encoding": "identity", "User-Agent": "patron", **kind, **self._headers, **(headers or {})},
        )  # fmt: skip
        return self._sent(request, now)

    def close(self) -> None:
        """Let go of the connection."""
        self._transport.close()
        self.__dict__.pop("_transport", None)

    @property
    def _timeouts(self) -> dict[str, float]:
        return dict.fromkeys(("connect", "read", "write", "pool"), self._timeout_s)

    @cached_property
    def _transport(self) -> httpx.HTTPTransport:
        """The transport and no client: a client logs whole addresses, follows cookies and unpacks what is sent."""
        limits = self._httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE_S)
        transport: httpx.HTTPTransport = self._httpx.HTTPTransport(
            verify=_trusted(), limits=limits, proxy=_proxy(self._origin)
        )
        return transport

    def _watched(self, event: str, about: Mapping[str, Any]) -> None:
        """Remember the open connection (httpcore's trace extension), to be able to cut it."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._stream = about["return_value"]

    @contextmanager
    def _in_time(self) -> Iterator[threading.Event]:
        """Cut the connection when the time is over.

        A timeout of httpx holds for each read alone: a byte now and then would never end.
        """
        over = threading.Event()

        def cut() -> None:
            over.set()
            if self._stream is not None:
                _cut(self._stream.get_extra_info("socket"))

        watch = threading.Timer(self._timeout_s, cut)
        watch.daemon = True
        watch.start()
        try:
            yield over
        finally:
            watch.cancel()

    def _sent(self, request: httpx.Request, now: datetime) -> Answer:
        with self._in_time() as over:
            try:
                response = self._transport.handle_request(request)
            except (self._httpx.ConnectError, self._httpx.ConnectTimeout, self._httpx.ProxyError):
                return Answer(outcome=Outcome(status="retry", reason="not_reached"))
            except self._httpx.LocalProtocolError:  # before anything left: a header of ours that cannot be
                return Answer(outcome=Outcome(status="rejected", reason="not_sendable"))
            except self._httpx.TransportError as error:
                return Answer(outcome=Outcome(status="unknown", reason=self._ended(error, over)))
            headers = {name.lower(): value for name, value in response.headers.items()}
            outcome = self._meant(response.status_code, headers, now)
            try:
                body = self._read(response)
            except self._httpx.TransportError as error:
                if outcome.status == "accepted":
                    outcome = Outcome(status="unknown", reason=self._ended(error, over))
                return Answer(outcome=outcome, status=response.status_code, headers=headers)
            finally:
                response.close()
        return Answer(outcome=outcome, status=response.status_code, headers=headers, body=body)

    def _read(self, response: httpx.Response) -> bytes:
        body = bytearray()
        for part in response.iter_raw():
            body += part
            if len(body) >= self._most_bytes:
                break
        return bytes(body[: self._most_bytes])

    def _ended(self, error: Exception, over: threading.Event) -> str:
        if over.is_set() or isinstance(error, self._httpx.TimeoutException):
            return "timed_out"
        ended_early = any(word in str(error) for word in ("disconnect", "closed"))  # httpcore tells it by no class
        return "no_http" if isinstance(error, self._httpx.ProtocolError) and not ended_early else "closed"

    def _meant(self, status: int, headers: Mapping[str, str], now: datetime) -> Outcome:
        """Return what a status means."""
        reason, pause = f"http_{status}", _pause(headers.get("retry-after", ""), now)
        if 200 <= status < 300:
            return Outcome(status="accepted")
        if status in LATER or status in ABOUT_US:
            return Outcome(status="retry", reason=reason, retry_after_s=pause)
        if 400 <= status < 500:
            return Outcome(status="rejected", reason=reason)
        recognised = self._repeats == "recognised"
        return Outcome(status="retry" if recognised else "unknown", reason=reason, retry_after_s=pause)


def basic(user: str, password: str) -> dict[str, str]:
    """Return the header of a user and password (RFC 7617)."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    """Return the header of a token (RFC 6750)."""
    return {"Authorization": f"Bearer {token}"}


def _httpx() -> Any:
    try:
        import httpx
    except ImportError as absent:
        raise failure(SettingsError, "direct.not_installed", command="pip install 'patron[delivery]'") from absent
    return httpx


@cache
def _trusted() -> ssl.SSLContext:
    """Read the authorities that are trusted, once for all destinations: it takes longer than a request."""
    context: ssl.SSLContext = _httpx().create_ssl_context()
    return context


def _host(origin: str) -> str:
    try:
        place = urlsplit(origin)
        host, _ = place.hostname, place.port
    except ValueError:  # an IPv6 address or a port that is none
        host = None
    if not host or place.scheme not in ("http", "https") or not origin.isascii() or not origin.isprintable():
        raise failure(SettingsError, "direct.no_address")
    return host


def _body(data: Any, form: Parameters | None, content: bytes | None) -> tuple[dict[str, str], bytes | None]:
    if form is not None:
        return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(form).encode()
    if data is not None:
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return {"Content-Type": "application/json"}, text.encode()
    return {}, content


def _proxy(origin: str) -> str | None:
    """Return the proxy that the environment names for an address, as HTTPS_PROXY does."""
    place = urlsplit(origin)
    return None if proxy_bypass(str(place.hostname)) else getproxies().get(place.scheme)


def _cut(open_socket: socket.socket) -> None:
    """End a connection under the feet of the thread that reads from it.

    By the plain socket's own method: that of a TLS socket takes its state away while another thread uses it.
    """
    try:
        socket.socket.shutdown(open_socket, socket.SHUT_RDWR)
    except OSError:  # it is closed already, which is what is wanted
        return


def _pause(asked: str, now: datetime) -> float | None:
    """Return how long they ask to wait, in seconds or until a moment; none where they do not, or not readably."""
    if asked.isascii() and asked.isdigit():
        return min(float(asked), LONGEST_PAUSE_S)
    try:
        moment = parsedate_to_datetime(asked)
    except ValueError:
        return None
    seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 0.0), LONGEST_PAUSE_S)


__all__ = ["MOST_BYTES", "Answer", "Http", "Parameters", "basic", "bearer"]
