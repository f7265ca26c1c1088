"""What the preference centre says of each choice, and which version of those words somebody saw when she chose."""

from __future__ import annotations

from hashlib import sha256

from patron.language import LANGUAGE, say
from patron.pipeline.preferences.standing import ALL, Place

MARKETING = "marketing"


def title_of(place: Place) -> str:
    """Return what a choice is called."""
    if place == Place(MARKETING, ALL):
        return say("preferences.stop.title")
    if place.purpose == MARKETING:
        return say(f"preferences.channel.{place.channel}")
    return say(f"preferences.purpose.{place.purpose}")


def meaning_of(place: Place) -> str:
    """Return what a yes to it means."""
    if place.purpose == MARKETING and place.channel != ALL:
        return say(f"preferences.channel_means.{place.channel}")
    return say(f"preferences.purpose_means.{place.purpose}")


def way(channel: str) -> str:
    """Return what messages by a channel are called."""
    return say(f"preferences.channel.{channel}")


def unsubscribing(channel: str | None, shop: str) -> str:
    """Return the question of the page behind a link to unsubscribe."""
    return say(f"preferences.unsubscribe.ask_{channel or ALL}", shop=shop)


def unsubscribed(channel: str | None, shop: str) -> str:
    """Return what holds after that."""
    return say(f"preferences.unsubscribed.done_{channel or ALL}", shop=shop)


def locked(reason: str) -> str:
    """Return why a choice cannot be made here."""
    return say(f"preferences.locked.{reason}")


def asked_for(kind: str) -> str:
    """Return what a request is about, as a part of a sentence."""
    return say(f"preferences.request.{kind}")


def offer(kind: str) -> tuple[str, str, str]:
    """Return how the page offers a kind of request: its title, what it means, and its button."""
    return say(f"preferences.ask.{kind}"), say(f"preferences.ask_means.{kind}"), say(f"preferences.ask_button.{kind}")


def text_version(place: Place) -> str:
    """Return the version of the words of a choice: their language and a hash, which changes whenever they do.

    The words of every version stand in the catalogue's history, so that it can be shown what was agreed to
    (GDPR Article 7(1)).
    """
    words = "\n".join((title_of(place), meaning_of(place)))
    return f"preferences:{LANGUAGE}:{sha256(words.encode()).hexdigest()[:12]}"


__all__ = [
    "asked_for",
    "locked",
    "meaning_of",
    "offer",
    "text_version",
    "title_of",
    "unsubscribed",
    "unsubscribing",
    "way",
]
