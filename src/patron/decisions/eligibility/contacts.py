"""To whom was something sent lately, by what, and as what?

In   contracts.raw_messages.RAW_MESSAGES with the customer's id
     contracts.decision.DECISIONS of runs before, for what was decided and no source has told yet
Out  one row per message: customer_id, channel, campaign, sent_on
"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.profile.known import day_of, known_by

UNNAMED = "unnamed"
COLUMNS = ("customer_id", "channel", "campaign", "sent_on")


def contacts(messages: ir.Table | None, decided: ir.Table | None = None, *, as_of: date) -> ir.Table:
    """Return every message that reached out to a customer.

    Parameters
    ----------
    messages : Table, optional
        contracts.raw_messages.RAW_MESSAGES with the customer's id. What was sent after `as_of` is not known.
    decided : Table, optional
        contracts.decision.DECISIONS of earlier days. A message that was to be sent counts from its day on, also where
        that is still to come, unless `messages` tells of one of the same trigger to her since it was decided.
    as_of : date
        The last day we may know about.
    """
    parts = []
    if messages is not None:
        told = known_by(messages, as_of=as_of, column="sent_at")
        parts.append(
            told.select(
                "customer_id", channel=told.channel.fill_null(UNNAMED),
                campaign=ibis.coalesce(told.campaign, told.message, ibis.literal(UNNAMED)), sent_on=day_of(told.sent_at),
            )
        )  # fmt: skip
    if decided is not None:
        ours = decided.filter(decided.outcome == "sent")
        planned = ours.select("customer_id", "channel", campaign=ours.trigger, sent_on=ours.send_on)
        parts.append(planned if not parts else _untold(planned, parts[0]))
    if not parts:
        return ibis.memtable([], schema={"customer_id": "string", "channel": "string", "campaign": "string", "sent_on": "date"})
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _untold(planned: ir.Table, told: ir.Table) -> ir.Table:
    """Return what was decided and is not among the messages, from the day on which it was to be sent."""
    known = told.select(told_id=told.customer_id, told_campaign=told.campaign, told_on=told.sent_on).distinct()
    return planned.anti_join(
        known,
        [
            planned.customer_id == known.told_id,
            planned.campaign == known.told_campaign,
            known.told_on >= planned.sent_on,
        ],
    )


def lately(sent: ir.Table, *, on: date, window_days: int) -> ir.Table:
    """Return the contacts of the window that ends with the day `on`, and those after it that are planned."""
    return sent.filter(sent.sent_on > ibis.literal(on - timedelta(days=window_days)))
