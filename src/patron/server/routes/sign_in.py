"""Signing in and out, and who one is: pages for people, JSON for programs."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from patron.errors import ArgumentError
from patron.language import say
from patron.privacy.roles import Permission
from patron.server.access.access import Access
from patron.server.access.cookies import ASKED, SESSION, read_cookie, set_later, written
from patron.server.access.needs import (
    COOKIE,
    address_of,
    check_csrf,
    check_stranger,
    from_elsewhere,
    needs,
    same,
    who_asks,
)
from patron.server.access.passwords import SHORTEST
from patron.server.access.sessions import Session
from patron.server.access.sign_in import set_password, sign_in, sign_in_by_link
from patron.server.access.who import Who
from patron.server.refused import Refused, refused
from patron.server.request import Served
from patron.server.web.form import described, fields
from patron.server.web.page import HOME, local_path, page

router = APIRouter(tags=["access"])

Known = Annotated[Who, Depends(needs(None))]

After = Annotated[str, Query(description="The path on this server to go on to; any other leads home.")]
Secret = Annotated[str, Query(description="The secret of the link.")]

FORM_SECONDS = 3600  # how long a form to sign in may stay open


class Me(BaseModel):
    """Who asks."""

    name: str
    kind: str = Field(description="`user` or `token`.")
    role: str | None = Field(description="Of a user.")
    permissions: list[Permission]
    limited: bool = Field(description="Whether only some customers may be seen.")
    csrf: str | None = Field(description="What a browser's session has to send with every change, in X-CSRF-Token.")


@router.get("/login", summary="The form to sign in", response_class=Response)
async def login_page(request: Request, next: After = HOME) -> Response:  # noqa: A002 - the usual name
    """Show the form."""
    return _form(request, next)


@router.post(
    "/login",
    summary="Sign in with a password",
    response_class=JSONResponse,
    openapi_extra=described(name="anna", password="four words nobody guesses"),
    responses={200: {"description": "The session's cookie, and its CSRF token."}, 303: {"description": "From a form."}},
)
async def login(request: Request, services: Served) -> Response:
    """Begin a session; a form is answered by a page, JSON by JSON."""
    access = services.part(Access)
    given, as_json = await _given(request, access)
    try:
        session = await run_in_threadpool(
            sign_in, access, name=given.get("name", ""), password=given.get("password", ""),
            address=address_of(request),
        )  # fmt: skip
    except Refused as error:
        access.strangers.wait(address_of(request))
        if as_json:
            raise
        return _form(request, given.get("next", HOME), error)
    await _begin(request, access, session)
    if as_json:
        return JSONResponse({"name": session.user.name, "csrf": session.csrf})
    return RedirectResponse(local_path(given.get("next", HOME)), 303)


@router.get("/sign-in", summary="The page behind a link that signs in once", response_class=Response)
async def link_page(request: Request, link: Secret = "") -> Response:
    """Ask before signing in: opening a link must not use it up."""
    return page("link", csrf=_asked(request), link=link, said="")


@router.post(
    "/sign-in",
    summary="Sign in by a link",
    response_class=Response,
    openapi_extra=described(link="the secret", csrf="from the page"),
    responses={303: {"description": "Signed in."}},
)
async def use(request: Request, services: Served) -> Response:
    """Use the link up, and begin a session."""
    access = services.part(Access)
    given, as_json = await _given(request, access)
    try:
        session = await run_in_threadpool(sign_in_by_link, access, secret=given.get("link", ""))
    except Refused as error:
        access.strangers.wait(address_of(request))
        if as_json:
            raise
        return page("link", status=error.status, said=error.problem, csrf="", link="")
    await _begin(request, access, session)
    return RedirectResponse(HOME, 303)


@router.post(
    "/logout",
    summary="Sign out",
    response_class=Response,
    dependencies=[Depends(COOKIE)],
    responses={204: {"description": "Signed out."}, 303: {"description": "Signed out, from a form."}},
)
async def logout(request: Request, services: Served) -> Response:
    """End the session, and forget its cookie."""
    access = services.part(Access)
    session = await _session(request, access)
    given, as_json = ({}, True) if not request.headers.get("content-type") else await fields(request)
    check_csrf(request, session, given.get("csrf"))
    await run_in_threadpool(access.sessions.end, session.session_id)
    set_later(request, written(request, SESSION, "", seconds=0))
    return Response(status_code=204) if as_json else RedirectResponse("/login", 303)


@router.get("/me", summary="Who asks, and what they may do")
async def me(request: Request, services: Served, who: Known) -> Me:
    """Say who asks."""
    found = await who_asks(request, services.part(Access))
    session = found[1] if found else None
    return Me(
        name=who.name, kind=who.kind, role=who.role, permissions=sorted(who.permissions), limited=who.rows is not None,
        csrf=session.csrf if session else None,
    )  # fmt: skip


@router.post(
    "/me/password",
    summary="Set or change one's own password",
    response_class=Response,
    dependencies=[Depends(COOKIE)],
    openapi_extra=described(before="the old one", password="four words nobody guesses"),
    responses={204: {"description": "It is kept; the person's other sessions have ended."}},
)
async def password(request: Request, services: Served) -> Response:
    """Keep a new password, and go on in a new session."""
    access = services.part(Access)
    session = await _session(request, access)
    given, as_json = await fields(request)
    check_csrf(request, session, given.get("csrf"))
    try:
        made = await run_in_threadpool(
            set_password, access, session, before=given.get("before", ""), password=given.get("password", "")
        )
    except (Refused, ArgumentError) as error:
        if as_json:
            raise
        return _home(access, session, said=str(error), status=422)
    await _begin(request, access, made)
    return Response(status_code=204) if as_json else _home(access, made, said=say("web.password_kept"))


@router.get("/account", summary="One's own account", response_class=Response)
@router.get("/", summary="The home page", response_class=Response)
async def home(request: Request, services: Served) -> Response:
    """Say who is signed in, or show the way to sign in."""
    access = services.part(Access)
    found = await who_asks(request, access)
    if found is None or found[1] is None:
        return RedirectResponse("/login", 303)
    return _home(access, found[1])


def _home(access: Access, session: Session, *, said: str = "", status: int = 200) -> Response:
    who, user = access.by_session(session), session.user
    role = say(f"web.role_{user.role}")
    return page(
        "home", status=status, who=who, role=role, rows=user.rows, csrf=session.csrf, said=said, shortest=SHORTEST,
        has_password=user.password_hash is not None,
    )  # fmt: skip


def _form(request: Request, after: str, error: Refused | None = None) -> Response:
    said = error.problem if error else ""
    made = page("login", status=error.status if error else 200, csrf=_asked(request), next=local_path(after), said=said)
    made.headers.update(error.headers if error else {})
    return made


async def _given(request: Request, access: Access) -> tuple[Mapping[str, str], bool]:
    """Return what somebody signs in with, and whether it came as JSON; a form has to be the one that was asked for."""
    check_stranger(request, access)
    given, as_json = await fields(request)
    if not as_json:
        _check_asked(request, given.get("csrf", ""))
    return given, as_json


def _asked(request: Request) -> str:
    """Return what the form has to bring back, and have the browser remember it, so that no other site sends it."""
    secret = read_cookie(request, ASKED) or secrets.token_urlsafe(32)
    set_later(request, written(request, ASKED, secret, seconds=FORM_SECONDS, same_site="strict"))
    return secret


def _check_asked(request: Request, given: str) -> None:
    known = read_cookie(request, ASKED)
    if known is None or from_elsewhere(request) or not same(given, known):
        raise refused(403, "access.form")


async def _session(request: Request, access: Access) -> Session:
    """Return the session of a person; a token has none to end or to change."""
    found = await who_asks(request, access)
    if found is None or found[1] is None:
        raise refused(401, "access.unknown")
    return found[1]


async def _begin(request: Request, access: Access, session: Session) -> None:
    """Have the answer set the new session's cookie, and end the one that came with the request."""
    came = read_cookie(request, SESSION)
    old = None if came is None else await run_in_threadpool(access.sessions.of, came)
    if old is not None and old.session_id != session.session_id:
        await run_in_threadpool(access.sessions.end, old.session_id)
    seconds = int(access.sessions.longest.total_seconds())
    set_later(request, written(request, SESSION, session.cookie or "", seconds=seconds))
