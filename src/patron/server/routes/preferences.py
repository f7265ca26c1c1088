"""The preference centre: what is held and why, and what a person may choose, behind the signed link of a message.

It works without scripts. The link's token is the secret: no cookie, no login. After some months a link no longer opens
it, for messages are passed on; what it then still does is end all messages.
"""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from patron.language import day, say
from patron.pipeline.preferences import (
    ASKED_FOR,
    BEFORE,
    YES,
    Centre,
    Whose,
    ask_for,
    centre_of,
    choices_in,
    choose,
    kinds_of,
    law_of,
    stop_everything,
    uses_of,
    whose,
    words,
)
from patron.privacy.signed_links import SignedLink
from patron.server.asking import today_of
from patron.server.preferences import PAGES, LinkDesk, Token, describing_form, opened, posted
from patron.server.request import Served
from patron.server.services import Services
from patron.server.web.page import person_page

router = APIRouter(tags=["preferences"])

ACT, SAVE, STOP = "act", "save", "stop"
"""The field of the buttons, and what they say; the others are kinds of requests."""


@router.head("/preferences/{token}", include_in_schema=False)
@router.get("/preferences/{token}", summary="A person's preference centre", response_class=Response, responses=PAGES)
async def preferences_page(request: Request, services: Served, token: Token) -> Response:
    """Show what holds; opening it changes nothing."""
    found = opened(request, services, token, what_for="preferences")
    if found.link is None:
        return found.page
    return await run_in_threadpool(_shown, services, found.link)


@router.post(
    "/preferences/{token}",
    summary="Choose in the preference centre",
    response_class=Response,
    responses=PAGES,
    openapi_extra=describing_form(act=SAVE),
)
async def choose_preferences(request: Request, services: Served, token: Token) -> Response:
    """Write down what the form of the page says, and show the page with what holds then."""
    found = opened(request, services, token, what_for="preferences")
    if found.link is None:
        return found.page
    given = await posted(request)
    return await run_in_threadpool(_chosen, services, found.link, dict(given))


def _shown(services: Services, link: SignedLink) -> Response:
    person = _person(services, link)
    return _ended(services) if person is None or _old(services, link) else _page(services, person, said="")


def _chosen(services: Services, link: SignedLink, given: dict[str, str]) -> Response:
    """Do what the button says; a body without one changes nothing."""
    person, act = _person(services, link), given.get(ACT, "")
    if act == STOP:
        if person is not None:
            stop_everything(services.state, person, zone=_zone(services), now=services.clock())
        if person is None or _old(services, link):
            return person_page(
                "unsubscribed", shop=services.settings.name, said=words.unsubscribed(None, services.settings.name)
            )
        return _page(services, person, said=say("preferences.said.stopped"))
    if person is None or _old(services, link):
        return _ended(services)
    if act in ASKED_FOR:
        return _page(services, person, said=_asked(services, person, act))
    if act != SAVE:
        return _page(services, person, said=say("preferences.said.nothing"), status=400)
    centre = _centre(services, person)
    changed = choose(
        services.state, person, choices_in(given, centre), zone=_zone(services), now=services.clock()
    )  # fmt: skip
    return _page(services, person, said=say("preferences.said.saved" if changed else "preferences.said.as_it_was"))


def _asked(services: Services, person: Whose, kind: str) -> str:
    law = law_of(services.settings.privacy.jurisdictions)
    made = ask_for(
        services.state, person.customer_id, kind, law=law, today=today_of(services), now=services.clock()
    )  # fmt: skip
    return say("preferences.said.asked", request=made.request_id, day=day(made.due_on))


def _page(services: Services, person: Whose, *, said: str, status: int = 200) -> Response:
    settings = services.settings
    centre = _centre(services, person)
    return person_page(
        "preferences", status=status, shop=settings.name, said=said, centre=centre, kinds=kinds_of(settings),
        uses=uses_of(centre.policy), words=words, day=day, yes=YES, before=BEFORE,
        act=ACT, save=SAVE, stop=STOP, asked_for=ASKED_FOR,
    )  # fmt: skip


def _centre(services: Services, person: Whose) -> Centre:
    run = services.part(LinkDesk).run()
    return centre_of(services.settings, services.state, run, person, now=services.clock())


def _ended(services: Services) -> Response:
    return person_page("old_link", status=410, shop=services.settings.name, act=ACT, stop=STOP)


def _old(services: Services, link: SignedLink) -> bool:
    return link.made_on + timedelta(days=services.limits.preference_links) < today_of(services)


def _person(services: Services, link: SignedLink) -> Whose | None:
    return whose(services.project, services.state, services.part(LinkDesk).run(), link)


def _zone(services: Services) -> ZoneInfo:
    return ZoneInfo(services.settings.timezone)
