"""Consent events and privacy signals -> rows of `consents`. A word that is not known is refused later, never guessed.

Ref  Segment, Consent Preference Updated: context.consent.categoryPreferences, one true or false a category
     Global Privacy Control: Sec-GPC: 1 is a no to the sale and sharing of one's data
"""

from __future__ import annotations

from collections.abc import Mapping

from patron.sources.collected.row import Row, Rows, any_of, row, written
from patron.sources.collected.spoken import channel_said, message_of, plain_word
from patron.sources.stream import StreamEvent

PREFERENCES = ("segmentconsentpreferenceupdated", "segmentconsentpreference", "consentpreferenceupdated")
"""Events that carry a preference for each category."""

STATEMENTS = {
    "consentgiven": "granted", "consentgranted": "granted", "consentdenied": "denied", "consentdeclined": "denied",
    "consentrevoked": "revoked", "consentwithdrawn": "revoked",
}  # fmt: skip
"""Events that say yes or no to one purpose, and what they say."""

_CATEGORIES = {"datasharing": "sharing"}
"""Categories under names that consent has other words for."""


def permissions(event: StreamEvent) -> Rows:
    """Yield what a call allows or forbids; who is not known yet is found by her browser when a run reads the rows."""
    if event.gpc:
        yield "consents", {**_said(event, "denied", "advertising", "all"), "signal": "gpc=1"}
    if event.kind != "track" or event.name is None:
        return
    name = plain_word(event.name)
    if name in PREFERENCES:
        yield from _preferences(event)
    elif name in STATEMENTS:
        purpose = any_of(event.properties, "purpose") or "marketing"
        channel = any_of(event.properties, "channel") or "all"
        yield "consents", _said(event, STATEMENTS[name], purpose, channel)
    else:
        message = message_of(event.name)
        if message is not None and message.happened == "unsubscribed":
            # Whom an unsubscription names has withdrawn, whether or not the message can be told.
            channel = message.channel or channel_said(event) or "email"
            yield "consents", _said(event, "revoked", "marketing", channel)


def _preferences(event: StreamEvent) -> Rows:
    for holder in (event.context.get("consent"), event.properties.get("consent"), event.properties):
        told = holder.get("categoryPreferences") if isinstance(holder, Mapping) else None
        if isinstance(told, Mapping):
            for category, allowed in told.items():
                purpose = _CATEGORIES.get(plain_word(str(category)), str(category))
                # Whatever is no true is no consent.
                yield "consents", _said(event, "granted" if allowed is True else "denied", purpose, "all")
            return


def _said(event: StreamEvent, status: str, purpose: str, channel: str) -> Row:
    return row(
        customer_id=event.user_id,
        anonymous_id=event.anonymous_id,
        given_at=written(event.occurred_at),
        status=status,
        purpose=purpose,
        channel=channel,
        source=event.source,
        proof=event.message_id,
        text_version=any_of(event.properties, "text_version", "textVersion"),
        jurisdiction=any_of(event.properties, "jurisdiction"),
    )
