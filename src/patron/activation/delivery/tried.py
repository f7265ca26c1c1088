"""What came of a try, as it is written down: over, tried again later, given up, or not known."""

from __future__ import annotations

from datetime import datetime, timedelta

from patron.activation.delivery.pauses import pause_s
from patron.activation.delivery.terms import Terms
from patron.activation.destinations import Delivery, Outcome, Repeats
from patron.engines.outbox_claims import Settled


def tried(
    delivery: Delivery, outcome: Outcome, *, expires_at: datetime | None, terms: Terms, repeats: Repeats, now: datetime
) -> Settled:
    """Return what is written about a delivery after a try.

    Parameters
    ----------
    delivery : Delivery
        With the number of the try.
    outcome : Outcome
    expires_at : datetime, optional
        From then on it makes no sense any more.
    terms : Terms
    repeats : Repeats
        Where the destination does not know a key again, what is unknown stays so.
    now : datetime
        When the try was over; aware.
    """
    state, moment = _state(delivery, outcome, repeats, terms), now
    if state == "waiting":
        moment = now + timedelta(
            seconds=max(pause_s(delivery.delivery_id, delivery.attempt), outcome.retry_after_s or 0)
        )
        if expires_at is not None and moment >= expires_at:
            state, moment = "expired", now
    return Settled(
        delivery_id=delivery.delivery_id,
        attempt=delivery.attempt,
        attempts=delivery.attempt,
        state=state,
        moment=moment,
        reason=outcome.reason,
        receipt=outcome.receipt,
        cost=terms.cost_of(delivery) if state == "delivered" else None,
    )


def given_back(delivery: Delivery, *, now: datetime) -> Settled:
    """Return what is written about a delivery that was taken in hand and not handed over: as if nothing had been."""
    attempt = delivery.attempt
    return Settled(delivery_id=delivery.delivery_id, attempt=attempt, attempts=attempt - 1, state="waiting", moment=now)


def _state(delivery: Delivery, outcome: Outcome, repeats: Repeats, terms: Terms) -> str:
    if outcome.status == "accepted":
        return "delivered"
    if outcome.status == "rejected":
        return "rejected"
    unknown = outcome.status == "unknown"
    if unknown and repeats == "never":
        return "unknown"
    if delivery.attempt >= terms.attempts:
        return "unknown" if unknown else "dead"
    return "waiting"


__all__ = ["given_back", "tried"]
