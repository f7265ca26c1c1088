"""Message events -> rows of `messages`, one a moment.

A visit whose address carries the name of a delivery in ``utm_content`` is a click on that message; whether there is
such a delivery, and whose it is, is known when a run reads the row (`settled`).

Feedback to a decision that was made on request is no message here: the log of decisions knows what was shown, and a run
reads it there (`pipeline.decided_live`).
"""

from __future__ import annotations

import re

from patron.sources.collected.doings import DONE
from patron.sources.collected.row import Row, Rows, any_of, row, written
from patron.sources.collected.spoken import channel_said, message_of
from patron.sources.stream import StreamEvent

DELIVERY = re.compile("[0-9a-f]{32}")
"""What deliveries are called."""

VISITED = "visited"
"""What a click is called until it is known to be one on a message of ours."""

_IDS = ("message_id", "messageId", "send_id", "email_id", "sms_id", "push_id")


def contacts(event: StreamEvent) -> Rows:
    """Yield the moment of a message that a call tells."""
    if event.utm_content is not None and event.kind in DONE and DELIVERY.fullmatch(event.utm_content):
        yield "messages", row(message_id=event.utm_content, event=VISITED, occurred_at=written(event.occurred_at))
    if event.kind != "track" or event.name is None:
        return
    message = message_of(event.name)
    if message is not None:
        told = row(message_id=any_of(event.properties, *_IDS), channel=message.channel or channel_said(event))
        if "message_id" in told or message.happened != "unsubscribed":  # else a consent says it, and nothing is known
            yield "messages", {**_row(event), **told, "event": message.happened}


def _row(event: StreamEvent) -> Row:
    return row(
        customer_id=event.user_id,
        anonymous_id=event.anonymous_id,
        occurred_at=written(event.occurred_at),
        campaign=any_of(event.properties, "campaign_name", "campaign", "campaign_id"),
        message=any_of(event.properties, "message_name", "template", "email_subject"),
        variant=any_of(event.properties, "variant", "variation_name"),
    )
