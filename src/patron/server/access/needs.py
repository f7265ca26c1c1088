"""What every route declares: the permission that it needs.

::

    @router.get("/v1/customers/{customer_id}")
    def customer(customer_id: str, who: Annotated[Who, Depends(needs(Permission.PEOPLE))]) -> Customer: ...

A program sends its token: ``Authorization: Bearer TOKEN``, or as the user name of basic authentication. A person's
browser sends its session's cookie and, with everything but a look, the session's CSRF token in the header
``X-CSRF-Token``. Who sends a token is judged by it alone, also when a cookie comes with it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import math
from dataclasses import dataclass

from fastapi import Depends, Request
from fastapi.openapi.models import APIKey, APIKeyIn, HTTPBase, HTTPBearer
from fastapi.openapi.models import SecurityBase as Model
from fastapi.security.base import SecurityBase
from starlette.concurrency import run_in_threadpool

from patron.privacy.roles import Permission
from patron.server.access.access import Access
from patron.server.access.cookies import SESSION, read_cookie, set_later, written
from patron.server.access.sessions import Session
from patron.server.access.who import Who
from patron.server.refused import Refused, refused
from patron.server.request import services_of

CSRF_HEADER = "X-CSRF-Token"

ASKER = "asker"  # in the request's state: what was found out

LOOKS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing, and so need no CSRF token."""

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="patron"'}


class Scheme(SecurityBase):
    """How one may show who one is, for the API's description; `Needs` does the work."""

    def __init__(self, name: str, model: Model) -> None:
        self.scheme_name, self.model = name, model

    async def __call__(self) -> None:
        """Do nothing."""


TOKEN = Scheme("token", HTTPBearer(description="A token made by `patron token create`."))
BASIC = Scheme("basic", HTTPBase(scheme="basic", description="The token as the user name, without a password."))
COOKIE = Scheme("session", APIKey(**{"in": APIKeyIn.cookie}, name=SESSION, description="Of a person who signed in."))


@dataclass(frozen=True)
class Needs:
    """A dependency of FastAPI that lets in who holds the permission, and says who that is.

    Without a permission everybody is let in who is known.
    """

    permission: Permission | None

    async def __call__(
        self,
        request: Request,
        _token: None = Depends(TOKEN),
        _basic: None = Depends(BASIC),
        _cookie: None = Depends(COOKIE),
    ) -> Who:
        """Return who asks.

        Raises
        ------
        Refused
            401: nobody who is known; 403: somebody without the permission, or a change without the CSRF token; 429:
            too often.
        """
        return await let_in(request, services_of(request).part(Access), self.permission)


async def let_in(
    request: Request, access: Access, permission: Permission | None = None, *, person: bool = False
) -> Who:
    """Return who asks, as `Needs` does; `person` lets in nobody but a person who has signed in.

    Raises
    ------
    Refused
        As of `Needs`.
    """
    found = await who_asks(request, access)
    if found is None or (person and found[1] is None):
        raise _stranger(request, access)
    who, session = found
    wait = access.askers.wait(who.actor)
    if wait:
        raise _too_often(wait)
    if permission is not None and not who.may(permission):
        raise refused(403, "access.forbidden", permission=permission.value)
    if session is not None:
        check_csrf(request, session)
    return who


def needs(permission: Permission | None) -> Needs:
    """Return the dependency that a route declares: ``Annotated[Who, Depends(needs(Permission.PEOPLE))]``."""
    return Needs(permission)


async def who_asks(request: Request, access: Access) -> tuple[Who, Session | None] | None:
    """Return who asks, with the session where it is a person's; none where nobody who is known does.

    Asked again for the same request, the answer is the same, without a query.
    """
    state = request.scope.setdefault("state", {})
    if ASKER not in state:
        state[ASKER] = await _found(request, access)
    found: tuple[Who, Session | None] | None = state[ASKER]
    return found


async def _found(request: Request, access: Access) -> tuple[Who, Session | None] | None:
    given = request.headers.get("authorization")
    if given is not None:
        token = _token_in(given)
        if token is None:
            return None
        if not access.book.fresh():
            await run_in_threadpool(access.book.refresh)
        who = access.by_token(token)
        return None if who is None else (who, None)
    cookie = read_cookie(request, SESSION)
    session = None if cookie is None else await run_in_threadpool(access.sessions.of, cookie)
    if session is None:
        return None
    if session.cookie is not None:
        seconds = int(access.sessions.longest.total_seconds())
        set_later(request, written(request, SESSION, session.cookie, seconds=seconds))
    return access.by_session(session), session


def check_csrf(request: Request, session: Session, given: str | None = None) -> None:
    """Refuse a change that another site may have had the browser send.

    Raises
    ------
    Refused
        403: the token of the session is not with it.
    """
    if request.method in LOOKS:
        return
    came = given or request.headers.get(CSRF_HEADER, "")
    if from_elsewhere(request) or not same(came, session.csrf):
        raise refused(403, "access.csrf")


def from_elsewhere(request: Request) -> bool:
    """Tell whether the browser says that a page of another site sends this."""
    return request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


def same(came: str, known: str) -> bool:
    """Compare two secrets in a time that tells nothing."""
    return hmac.compare_digest(came.encode("utf-8", "surrogatepass"), known.encode())


def _token_in(header: str) -> str | None:
    """Return the token of an Authorization header; none where it holds none."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(rest.strip(), validate=True).decode("ascii").partition(":")[0]
    except (binascii.Error, ValueError):
        return None


def _stranger(request: Request, access: Access) -> Refused:
    """Return the answer to nobody known: 401, or 429 when that comes from one address again and again."""
    wait = access.strangers.wait(address_of(request))
    return _too_often(wait) if wait else refused(401, "access.unknown", headers=CHALLENGE)


def check_stranger(request: Request, access: Access) -> None:
    """Refuse an address that came with what is not good too often, before anything is looked up.

    Raises
    ------
    Refused
        429.
    """
    wait = access.strangers.empty(address_of(request))
    if wait:
        raise _too_often(wait)


def _too_often(wait: float) -> Refused:
    return refused(429, "access.too_often", headers={"Retry-After": str(math.ceil(wait))})


def address_of(request: Request) -> str:
    """Return the address that asks: the proxy's word counts where the server believes it."""
    return request.client.host if request.client else "-"
