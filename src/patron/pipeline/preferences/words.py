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


def text_version(place: Place) -> str:
    """Return the version of the words of a choice: their language and a hash, which changes whenever they do.

    The words of every version stand in the catalogue's history, so that it can be shown what was agreed to
    (GDPR Article 7(1)).
    """
    words = "\n".join((title_of(place), meaning_of(place)))
    return f"preferences:{LANGUAGE}:{sha256(words.encode()).hexdigest()[:12]}"


__all__ = ["meaning_of", "text_version", "title_of"]
