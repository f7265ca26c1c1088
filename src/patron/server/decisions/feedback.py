"""What events tell of decisions: that one was shown or clicked, and who ordered after.

A page sends ``Decision Shown`` and ``Decision Clicked`` with the property ``decision_id`` as any other event. Where an
event of another name carries the id, what she did with the thing counts as a click.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from patron.engines.decision_log_state import Answered, note_answers
from patron.engines.moments import stored
from patron.pipeline.serving import Published
from patron.sources.stream import StreamEvent

SHOWN = ("decision_shown", "promo_view", "list_view")
CLICKED = ("decision_clicked", "promo_click", "product_click", "product_view", "cart_add")
ORDER = "order"


def note_feedback(connection: Connection, events: Iterable[StreamEvent], *, published: Published) -> None:
    """Note what events tell of decisions, in the caller's transaction; told twice it changes nothing.

    Parameters
    ----------
    connection : Connection
        Of the transaction in which the events are worked.
    events : iterable of StreamEvent
        Any; those that tell nothing of a decision are passed over.
    published : Published
        Says which customer a user id is.
    """
    note_answers(connection, [one for event in events for one in _answers(event, published)])


def _answers(event: StreamEvent, published: Published) -> Iterator[Answered]:
    at = stored(event.occurred_at)
    if event.decision_id is not None and event.event in SHOWN:
        yield Answered(kind="shown", decision_id=event.decision_id, at=at)
    elif event.decision_id is not None and event.event in CLICKED:
        yield Answered(kind="clicked", decision_id=event.decision_id, at=at)
    if event.event == ORDER:
        customer_id = None if event.user_id is None else published.customer_of(event.user_id)
        yield Answered(
            kind="ordered", at=at, customer_id=customer_id, user_id=event.user_id, anonymous_id=event.anonymous_id,
            amount=event.amount,
        )  # fmt: skip
