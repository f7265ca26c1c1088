"""Cookies that no script reads, that no other site sends along with a change, and that leave by TLS alone where it is.

Behind TLS their names begin with ``__Host-``, so that no neighbouring host can plant one.

Ref  RFC 6265bis (draft 20), sections 4.1.2.7 (SameSite) and 4.1.3.2 (``__Host-``)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from starlette.requests import HTTPConnection
from starlette.responses import Response

SESSION = "patron_session"
ASKED = "patron_login"  # shows that a form to sign in was asked for by the same browser

SET = "set_cookies"  # in the request's state: what the answer has to set


def name_of(cookie: str, request: HTTPConnection) -> str:
    """Return the cookie's name as it travels."""
    return f"__Host-{cookie}" if by_tls(request) else cookie


def by_tls(request: HTTPConnection) -> bool:
    """Tell whether the browser reached us, or a proxy that we believe, by TLS."""
    return request.url.scheme == "https"


def read_cookie(request: HTTPConnection, cookie: str) -> str | None:
    """Return a cookie's value; none where there is none."""
    cookies: Mapping[str, str] = request.cookies
    return cookies.get(name_of(cookie, request)) or None


def written(
    request: HTTPConnection, cookie: str, value: str, *, seconds: int, same_site: Literal["lax", "strict"] = "lax"
) -> str:
    """Return a Set-Cookie header; no seconds remove the cookie."""
    made = Response()
    made.set_cookie(
        name_of(cookie, request), value, max_age=seconds, path="/", secure=by_tls(request), httponly=True,
        samesite=same_site,
    )  # fmt: skip
    return made.headers["set-cookie"]


def set_later(request: HTTPConnection, header: str) -> None:
    """Have the answer set a cookie, whichever route gives it (`patron.server.guard` adds it)."""
    request.scope.setdefault("state", {}).setdefault(SET, []).append(header)
