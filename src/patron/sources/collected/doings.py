"""Events -> rows of `events`: what was done, by whom, and what brought the visit."""

from __future__ import annotations

from patron.sources.collected.row import Row, Rows, row, written
from patron.sources.collected.spoken import message_of
from patron.sources.stream import StreamEvent

DONE = ("track", "page", "screen")
"""Calls that say that something was done."""

NAMING = ("identify", "alias", "group")
"""Calls that say who somebody is: on a browser they tell whose it is, and elsewhere nothing was done."""


def doings(event: StreamEvent) -> Rows:
    """Yield what was done.

    Who signs in on a browser does something there, and the browser becomes hers by it; a call from a shop's own system
    that names a customer is nobody's visit.
    """
    if event.kind in DONE:
        if event.name is not None and event.kind == "track" and message_of(event.name) is not None:
            return  # what happens to a message is no visit: it is a row of `messages`
        yield "events", _row(event, event.anonymous_id)
    elif event.user_id is not None and (browser := _browser(event)) is not None:
        yield "events", _row(event, browser)


def _browser(event: StreamEvent) -> str | None:
    """Return the browser that a naming call was made on; an alias names it as what the user was before."""
    return event.anonymous_id or (event.previous_id if event.kind == "alias" else None)


def _row(event: StreamEvent, browser: str | None) -> Row:
    return row(
        occurred_at=written(event.occurred_at),
        event=event.event,
        event_id=event.message_id,
        customer_id=event.user_id,
        anonymous_id=browser,
        session_id=event.session_id,
        channel=event.channel,
        product_id=event.product_id,
        order_id=event.order_id,
        amount=event.amount,
        utm_source=event.utm_source,
        utm_medium=event.utm_medium,
        campaign=event.utm_campaign,
    )
