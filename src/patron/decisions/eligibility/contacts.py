"""To whom was something sent lately, by what, and as what?

In   contracts.raw_messages.RAW_MESSAGES with the customer's id
     contracts.decision.DECISIONS and CONTACTS of the run before, for what was decided and no source has told yet
Out  contracts.decision.CONTACTS
"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts.decision import CONTACTS
from patron.profile.known import day_of, known_by

UNNAMED = "unnamed"
KEPT_DAYS = 90
"""How long contacts are remembered: longer than any signal stays fresh."""

TOLD, DECIDED = "told", "decided"


def contacts(
    messages: ir.Table | None, decided: ir.Table | None = None, before: ir.Table | None = None, *, as_of: date
) -> ir.Table:
    """Return what reached out to customers in the last `KEPT_DAYS` days, and what is decided for days to come.

    Parameters
    ----------
    messages : Table, optional
        contracts.raw_messages.RAW_MESSAGES with the customer's id. What was sent after `as_of` is not known.
    decided : Table, optional
        contracts.decision.DECISIONS of the run before.
    before : Table, optional
        contracts.decision.CONTACTS of the run before.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table
        contracts.decision.CONTACTS. What was decided counts from the day on which it is sent, unless `messages` tells
        of one of the same campaign to her on that day or later: then it is the same message.
    """
    own = []
    if decided is not None:
        ours = decided.filter(decided.outcome == "sent")
        own.append(
            ours.select(
                "customer_id", "channel", campaign="trigger", sent_on="send_on", messages=ibis.literal(1, "int64")
            )
        )
    if before is not None:
        own.append(
            before.filter(before.source == DECIDED).select("customer_id", "channel", "campaign", "sent_on", "messages")
        )
    told = None if messages is None else _told(messages, as_of)
    planned = (ibis.union(*own) if len(own) > 1 else own[0]) if own else None
    if planned is not None and told is not None:
        planned = _untold(planned, told)
    parts = [
        part.mutate(source=ibis.literal(source))
        for part, source in ((told, TOLD), (planned, DECIDED))
        if part is not None
    ]
    if not parts:
        return CONTACTS.empty()
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    fresh = lately(every, on=as_of, window_days=KEPT_DAYS)
    place = ["customer_id", "channel", "campaign", "sent_on"]
    # One row a place, also where a source tells of one message of a day on which another was only decided.
    return CONTACTS.shape(
        fresh.group_by(place).aggregate(
            messages=fresh.messages.sum().cast("decimal(38, 0)").cast("int64"), source=fresh.source.max()
        )
    )


def _told(messages: ir.Table, as_of: date) -> ir.Table:
    known = known_by(messages, as_of=as_of, column="sent_at")
    return known.select(
        "customer_id", channel=known.channel.fill_null(UNNAMED),
        campaign=ibis.coalesce(known.campaign, known.message, ibis.literal(UNNAMED)), sent_on=day_of(known.sent_at),
        messages=ibis.literal(1, "int64"),
    )  # fmt: skip


def _untold(planned: ir.Table, told: ir.Table) -> ir.Table:
    """Return what was decided and is not among the messages, from the day on which it was to be sent."""
    last = told.group_by("customer_id", "campaign").aggregate(last_on=told.sent_on.max())
    last = last.select(told_id="customer_id", told_as="campaign", last_on="last_on")
    joined = planned.left_join(last, [("customer_id", "told_id"), ("campaign", "told_as")])
    still = joined.filter(joined.last_on.isnull() | (joined.last_on < joined.sent_on))
    return still.select(planned.columns)


def lately(sent: ir.Table, *, on: date, window_days: int) -> ir.Table:
    """Return the contacts of the window that ends with the day `on`, and those after it that are planned."""
    return sent.filter(sent.sent_on > ibis.literal(on - timedelta(days=window_days)))
