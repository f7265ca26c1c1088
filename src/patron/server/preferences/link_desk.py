"""Reads the tokens of signed links, and slows down who tries tokens or asks too often with one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Path, Request, Response

from patron.errors import RunError
from patron.pipeline.serving import Published
from patron.privacy.signed_links import LONGEST, LinkFor, LinkSigner, SignedLink, link_key
from patron.server.access.access import Access
from patron.server.access.limits import Limiter
from patron.server.access.needs import address_of
from patron.server.services import Services
from patron.server.web.page import person_page

Token = Annotated[str, Path(min_length=1, max_length=LONGEST, description="What stands at the end of a signed link.")]

HTML: dict[str, Any] = {"content": {"text/html": {"schema": {"type": "string"}}}}

PAGES: dict[int | str, dict[str, Any]] = {
    200: {"description": "A page.", **HTML},
    400: {"description": "The body says nothing: the page, and nothing was changed.", **HTML},
    404: {"description": "No link of this shop.", **HTML},
    410: {"description": "The link is too old to open this.", **HTML},
    429: {"description": "Too often.", **HTML},
}
"""What the API's description says of the answers of such pages."""

PER_SECOND, AT_ONCE = 0.5, 30
"""How often one link may be used: a person chooses, she does not hammer."""


class LinkDesk:
    """The key of the project's links and the limits of one process; one a process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.limit = Limiter(PER_SECOND, AT_ONCE, services.clock)

    def start(self) -> None:
        """Do nothing: the key is read when the first link comes."""

    def stop(self) -> None:
        """Do nothing."""

    @cached_property
    def signer(self) -> LinkSigner:
        """What reads tokens."""
        return LinkSigner(link_key(self._services.project.own))

    def run(self) -> Published | None:
        """Return the published run; none while there is none: links work all the same."""
        try:
            return self._services.published()
        except RunError:
            return None


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What a link says, or the page that tells why it says nothing."""

    link: SignedLink | None
    page: Response


def opened(request: Request, services: Services, token: str, *, what_for: LinkFor) -> Opened:
    """Read the token of a request.

    Parameters
    ----------
    request : Request
        Who tries tokens that are none of ours is refused, by address, like whoever tries passwords.
    services : Services
    token : str
        As it came.
    what_for : str
        A link for something else is none here.
    """
    desk, access, shop = services.part(LinkDesk), services.part(Access), services.settings.name
    wait = access.strangers.empty(address_of(request))
    if wait:
        return Opened(link=None, page=_too_often(shop, wait))
    link = desk.signer.read(token)
    if link is None or link.what_for != what_for:
        access.strangers.wait(address_of(request))
        return Opened(link=None, page=person_page("no_link", status=404, shop=shop, too_often=False))
    wait = desk.limit.wait(sha256(token.encode()).hexdigest())
    page = _too_often(shop, wait) if wait else Response(status_code=204)
    return Opened(link=None if wait else link, page=page)


def _too_often(shop: str, wait: float) -> Response:
    made = person_page("no_link", status=429, shop=shop, too_often=True)
    made.headers["Retry-After"] = str(math.ceil(wait))
    return made


__all__ = ["PAGES", "LinkDesk", "Opened", "Token", "opened"]
