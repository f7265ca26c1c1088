"""One call to the server: tried again where that can help and do no harm, and its refusals in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from patron.client.outside import Outside
from patron.errors import ServerError
from patron.language import failure

try:
    import httpx
except ImportError as absent:
    raise failure(ServerError, "client.not_installed", command="pip install 'patron[client]'") from absent

Parameters = Mapping[str, str | int | None]

AGAIN = frozenset({429, 500, 502, 503, 504})
"""Another attempt may help. None does harm: readings change nothing, and what is sent has a name, by which the server
does it once."""

FIRST_PAUSE_S = 0.5

LONGEST_PAUSE_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Calls:
    """Calls to one server.

    Parameters
    ----------
    http : httpx.Client
        The connection, with the server's address.
    attempts : int
        How often a call is made at most.
    outside : Outside
        Chance and pauses.
    """

    http: httpx.Client
    attempts: int
    outside: Outside

    def get(self, path: str, *, params: Parameters | None = None, token: str | None) -> dict[str, Any]:
        """Read something.

        Raises
        ------
        ServerError
            The server cannot be reached, or refuses.
        """
        return self._call("GET", path, params=params, token=token)

    def post(
        self, path: str, body: Mapping[str, Any], *, token: str | None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Send something that does no harm when it arrives twice: it has a name of its own.

        Raises
        ------
        ServerError
            The server cannot be reached, or refuses.
        """
        return self._call("POST", path, json=dict(body), token=token, headers=headers or {})

    def send(self, path: str, content: bytes, *, write_key: str) -> None:
        """Send events, which may arrive twice: each has its own id.

        Raises
        ------
        ServerError
            The server cannot be reached, or refuses.
        """
        self._call("POST", path, content=content, auth=(write_key, ""))

    def _call(
        self, method: Literal["GET", "POST"], path: str, *, params: Parameters | None = None, token: str | None = None,
        **sent: Any,
    ) -> dict[str, Any]:  # fmt: skip
        asked = {name: value for name, value in (params or {}).items() if value is not None}
        request = self.http.build_request(
            method, path, params=asked or None, headers=_headers(token, sent), **_body(sent)
        )
        for pause in (*_pauses(self.attempts - 1, self.outside), None):
            try:
                answer = self.http.send(request, auth=sent.get("auth", httpx.USE_CLIENT_DEFAULT))
            except httpx.TransportError as error:
                if pause is None:
                    raise failure(
                        ServerError, "client.unreachable", server=_server(self.http), reason=type(error).__name__
                    ) from error
                self.outside.pause(pause)
                continue
            if answer.is_success:
                return _content(answer)
            if pause is None or answer.status_code not in AGAIN:
                raise _refusal(answer)
            self.outside.pause(_told(answer) or pause)
        raise AssertionError  # the last round has returned or raised


def _headers(token: str | None, sent: Mapping[str, Any]) -> dict[str, str]:
    headers = {**sent.get("headers", {})} | ({} if token is None else {"Authorization": f"Bearer {token}"})
    return headers | ({"Content-Type": "application/json"} if "content" in sent else {})


def _body(sent: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sent.items() if name in ("json", "content")}


def _pauses(count: int, outside: Outside) -> Iterator[float]:
    """Yield how long to wait before each further attempt, in seconds: up to twice as long each time, by chance.

    Chance keeps clients apart that lost the server at the same moment ("full jitter", Brooker 2015, Exponential
    Backoff and Jitter).
    """
    for attempt in range(count):
        yield min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**attempt) * outside.chance()


def _told(answer: httpx.Response) -> float | None:
    """Return the pause that the server asks for, in seconds; none where it asks for none."""
    asked = answer.headers.get("Retry-After", "")
    return min(float(asked), LONGEST_PAUSE_S) if asked.isascii() and asked.isdigit() else None


def _content(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer.json() if answer.content else {}
    except ValueError as error:
        raise _unreadable(answer) from error
    if not isinstance(content, dict):
        raise _unreadable(answer)
    return content


def _unreadable(answer: httpx.Response) -> ServerError:
    return failure(ServerError, "client.unreadable", status=answer.status_code, server=str(answer.request.url.host))


def _refusal(answer: httpx.Response) -> ServerError:
    """Return an error with the words of the server's problem (RFC 9457), which name no person."""
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    said = problem if isinstance(problem, dict) else {}
    words = [str(said[name]) for name in ("title", "detail") if said.get(name)]
    return failure(
        ServerError, "client.refused", status=answer.status_code, said="\n".join(words) or answer.reason_phrase,
        request_id=answer.headers.get("X-Request-Id", ""),
    )  # fmt: skip


def _server(http: httpx.Client) -> str:
    return str(http.base_url.copy_with(userinfo=b""))
