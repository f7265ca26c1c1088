"""Links into the server that stand in messages: unsubscribing and the preference centre, signed for one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from patron.errors import SettingsError
from patron.language import failure
from patron.pipeline.project import Project
from patron.privacy.signed_links import LinkFor, LinkSigner, SignedLink, link_key

PATHS: dict[LinkFor, str] = {"unsubscribe": "/u/", "preferences": "/preferences/"}
"""Where the server answers them; the token follows."""


@dataclass(frozen=True)
class PublicLinks:
    """Makes links for messages of one day. The same asked for twice is the same text."""

    base: str  # https://shop.example, without a slash at its end
    signer: LinkSigner
    today: date

    def unsubscribe(self, customer_id: str, *, channel: str | None, delivery_id: str) -> str:
        """Return the link that ends all messages by one channel; without a channel, by all (RFC 8058)."""
        return self._link("unsubscribe", customer_id, channel, delivery_id)

    def preferences(self, customer_id: str, *, delivery_id: str) -> str:
        """Return the link to her preference centre."""
        return self._link("preferences", customer_id, None, delivery_id)

    def _link(self, what_for: LinkFor, customer_id: str, channel: str | None, delivery_id: str) -> str:
        link = SignedLink(
            customer_id=customer_id, what_for=what_for, channel=channel, delivery_id=delivery_id, made_on=self.today
        )
        return f"{self.base}{PATHS[what_for]}{self.signer.token(link)}"


def links_of(project: Project, *, now: datetime) -> PublicLinks:
    """Return what makes links for messages of the day that it is at `now` (aware).

    Raises
    ------
    SettingsError
        The settings do not say under which address the server is reached (`server.public_url`).
    RunError
        The key of the links cannot be read or made.
    """
    settings = project.settings
    base = settings.server.public_url
    if base is None:
        raise failure(SettingsError, "preferences.no_public_url", key="server.public_url")
    return PublicLinks(base, LinkSigner(link_key(project.own)), now.astimezone(ZoneInfo(settings.timezone)).date())


__all__ = ["PATHS", "PublicLinks", "links_of"]
