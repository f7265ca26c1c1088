"""What the name of an event says of a message: by which channel it went, and what happened to it.

Ref  Segment Spec, V2 Email and Mobile events; Klaviyo's metrics. Their words are `people.words.MESSAGE_WORDS`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from patron.contracts.raw_people import CHANNELS
from patron.sources.collected.row import said
from patron.sources.people.words import MESSAGE_WORDS
from patron.sources.stream import StreamEvent

_CHANNELS = {
    "email": "email", "mail": "email", "sms": "sms", "textmessage": "sms", "push": "push", "pushnotification": "push",
    "message": None, "letter": "post",
}  # fmt: skip
"""What a message is called, the longest names first where one opens with another, and its channel."""

_MEANS = {spelt: meaning for meaning, words in MESSAGE_WORDS.items() for spelt in words} | {"tapped": "clicked"}
_ALONE = ("unsubscribed",)  # words that speak of a message without naming one
_FILLING = re.compile("^(from|on|in|to|link)")


@dataclass(frozen=True)
class Spoken:
    """What an event says of a message."""

    channel: str | None
    happened: str  # sent, delivered, opened, clicked, unsubscribed, bounced


def plain_word(text: str) -> str:
    """Write a name as names are compared: small letters and digits."""
    return re.sub("[^a-z0-9]+", "", text.lower())


@lru_cache(maxsize=4096)
def message_of(name: str) -> Spoken | None:
    """Return what an event's name says of a message; none where it speaks of something else.

    Examples
    --------
    >>> message_of("Email Link Clicked")
    Spoken(channel='email', happened='clicked')
    >>> message_of("Opened Push"), message_of("Product Clicked")
    (Spoken(channel='push', happened='opened'), None)
    """
    bare = plain_word(name)
    if bare in _ALONE:
        return Spoken(None, _MEANS[bare])
    for called in sorted(_CHANNELS, key=len, reverse=True):
        before, found, after = bare.partition(called)
        if found and not (before and after):
            happened = _MEANS.get(before or after) or _MEANS.get(_FILLING.sub("", before or after))
            if happened is not None:
                return Spoken(_CHANNELS[called], happened)
    return None


def channel_said(event: StreamEvent) -> str | None:
    """Return the channel that an event tells beside its name, where it is one of ours."""
    told = said(event.properties.get("channel"))
    return told if told in CHANNELS[1:] else None
