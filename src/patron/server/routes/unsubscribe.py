"""One click and no more messages come: for mail programs (RFC 8058), and a page with a button for people.

The link's token is the secret: no cookie, no login, no redirect. Programs that open every link in a message to look
for harm ask by GET or HEAD, or send an empty POST: none of that unsubscribes. A link does so however old it is.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from patron.pipeline.preferences import unsubscribe, whose, words
from patron.privacy.signed_links import SignedLink
from patron.server.preferences import PAGES, LinkDesk, Opened, Token, describing_form, opened, posted
from patron.server.request import Served
from patron.server.services import Services
from patron.server.web.page import person_page

router = APIRouter(tags=["preferences"])

FIELD, CLICK = "List-Unsubscribe", "One-Click"
"""What the body of a one-click request says (RFC 8058, section 3.1)."""


@router.head("/u/{token}", include_in_schema=False)
@router.get("/u/{token}", summary="The page behind a link to unsubscribe", response_class=Response, responses=PAGES)
async def unsubscribe_page(request: Request, services: Served, token: Token) -> Response:
    """Ask before unsubscribing: opening a link, as scanners of messages do, must not use it."""
    found = opened(request, services, token, what_for="unsubscribe")
    return found.page if found.link is None else _asking(services, found.link)


@router.post(
    "/u/{token}",
    summary="Unsubscribe by one click (RFC 8058)",
    response_class=Response,
    responses=PAGES,
    openapi_extra=describing_form(**{FIELD: CLICK}),
)
async def one_click(request: Request, services: Served, token: Token) -> Response:
    """State that the person of the link wants no more messages by its channel. Repeated is fine."""
    found = opened(request, services, token, what_for="unsubscribe")
    if found.link is None:
        return found.page
    given = await posted(request)
    if given.get(FIELD, "").strip().lower() != CLICK.lower():
        return _asking(services, found.link, status=400)
    await run_in_threadpool(_unsubscribe, services, found)
    shop = services.settings.name
    return person_page("unsubscribed", shop=shop, said=words.unsubscribed(found.link.channel, shop))


def _asking(services: Services, link: SignedLink, *, status: int = 200) -> Response:
    shop = services.settings.name
    question = words.unsubscribing(link.channel, shop)
    return person_page("unsubscribe", status=status, shop=shop, question=question, field=FIELD, click=CLICK)


def _unsubscribe(services: Services, found: Opened) -> None:
    assert found.link is not None
    person = whose(services.project, services.state, services.part(LinkDesk).run(), found.link)
    if person is not None:  # of somebody who was erased nothing is written, and nothing is sent to her
        unsubscribe(services.state, person, zone=ZoneInfo(services.settings.timezone), now=services.clock())
