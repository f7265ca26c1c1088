"""What touched whom before an order: visits that a channel brought, and messages that were answered.

In   contracts.raw_people.RAW_EVENTS and contracts.raw_messages.RAW_MESSAGES with the customer's id
Out  contracts.touch.TOUCHES   one row per touch

A visit is one touch of each channel and campaign that its events name, at the first such moment. One of which nothing
tells what brought it is `direct`, as web analytics has it, where other visits tell: a source that never tells what
brought anybody says nothing about direct visits either. A message is a touch from its click on; a visit by the same
channel within 30 minutes of that is the click's own landing, not a second touch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.contract import MOMENT
from patron.contracts.raw_messages import RAW_MESSAGES
from patron.contracts.raw_people import RAW_EVENTS
from patron.contracts.touch import BASELINE, DIRECT, NONE, TOUCHES
from patron.profile.completed_columns import completed
from patron.profile.event_words import CART, CHECKOUT, PAGE, PRODUCT, SEARCH
from patron.profile.known import day_of, known_by
from patron.profile.visit_parts import SILENCE, VISIT, in_visits, second, things_done
from patron.sources.marketing_channel import channel_word, renamed

BROUGHT = ("marketing_channel", "campaign")
LOOKS = (PAGE, PRODUCT, SEARCH, CART, CHECKOUT)
AT_PLACE = ("store", "phone", "catalogue")
"""Channels of visits that nobody comes to by a link."""

UNNAMED = "message"
"""The channel of messages whose source does not say by what they were sent."""

OF_CUSTOMER = "customer:"

_ANSWERS = {"sent": ("sent_at",), "opened": ("opened_at", "clicked_at"), "clicked": ("clicked_at",)}


@dataclass(frozen=True, kw_only=True)
class Touching:
    """What counts as a touch: from what on a message does, whether direct visits do, and the shop's own names."""

    message: str = "clicked"
    direct: bool = True
    aliases: Mapping[str, str] = field(default_factory=dict)


def touches(
    events: ir.Table | None, messages: ir.Table | None, *, as_of: date, counts: Touching | None = None
) -> ir.Table:  # fmt: skip
    """Return who was touched when and by what, as far as it was known on a day.

    Parameters
    ----------
    events : Table, one row per event, or None
        contracts.raw_people.RAW_EVENTS with the customer's id, as `identity.events_with_customer` returns them. Needed
        are ``occurred_at``, ``event``, ``customer_id`` and ``marketing_channel``.
    messages : Table, one row per message, or None
        contracts.raw_messages.RAW_MESSAGES with the customer's id; needed are ``customer_id`` and ``sent_at``.
    as_of : date
        The last day we may know about.
    counts : Touching, optional
        What counts as a touch.

    Returns
    -------
    Table, one row per touch
        contracts.touch.TOUCHES; no rows where nothing tells what brought anybody.

    Raises
    ------
    ContractError
        A column that is needed is not there.
    """
    counts = counts or Touching()
    parts = [_of_visits(events, as_of, counts)] if events is not None else []
    parts += [_of_messages(messages, as_of, counts)] if messages is not None else []
    if not parts:
        return TOUCHES.empty()
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    # Two spellings may be one channel, so that two touches of one second are one.
    named = every.mutate(channel=_own_name(every.channel, counts.aliases)).distinct()
    single = _once(named) if len(parts) > 1 else named
    return TOUCHES.shape(single.mutate(touch_id=_name(single), visitor=visitor_name(single.visitor)))


def visitor_name(visitor: ir.StringValue) -> ir.StringValue:
    """Return the name under which a customer (`OF_CUSTOMER` and the id) or a browser is told in `touches`."""
    return visitor.hexdigest("md5")


def _own_name(channel: ir.StringValue, aliases: Mapping[str, str]) -> ir.StringValue:
    """Return the shop's name of a channel, which is never that of a row of `attribution`."""
    name = renamed(channel, aliases)
    return ibis.ifelse(name.isin([BASELINE, NONE]), name.concat("_channel"), name)


def _of_visits(events: ir.Table, as_of: date, counts: Touching) -> ir.Table:
    told = completed(events, RAW_EVENTS, needed=("occurred_at", "event", "customer_id", "marketing_channel"))
    done = in_visits(things_done(told, as_of=as_of, also=BROUGHT))
    # An order that a server tells, a sign-in or an opened mail alone is no visit that somebody came to.
    come = done.kind.isin(LOOKS) & ~done.channel.isin(AT_PLACE).fill_null(False)
    wanted = done.marketing_channel.notnull() | come if counts.direct else done.marketing_channel.notnull()
    seen = done.filter(wanted)
    brought = seen.group_by(*VISIT, *BROUGHT).aggregate(customer_id=seen.customer_id.max(), touched_at=seen["at"].min())
    visit, by_channel = ibis.window(group_by=list(VISIT)), ibis.window(group_by=[*VISIT, "marketing_channel"])
    tagged = brought.mutate(
        _campaigns=brought.campaign.count().over(by_channel),
        _tags=brought.marketing_channel.count().over(visit),
        _told=brought.marketing_channel.count().over(ibis.window()),
    )
    # The untagged steps of a visit that a channel brought are that channel's visit; those without a campaign are of
    # the channel's campaign there.
    kept = tagged.filter(
        ibis.ifelse(
            tagged.marketing_channel.notnull(), tagged.campaign.notnull() | (tagged["_campaigns"] == 0),
            (tagged["_tags"] == 0) & (tagged["_told"] > 0),
        )
    )  # fmt: skip
    return kept.select(
        "visitor", "customer_id", touched_at=_whole(kept.touched_at),
        channel=kept.marketing_channel.fill_null(DIRECT), campaign="campaign", kind=ibis.literal("visit"),
    )  # fmt: skip


def _of_messages(messages: ir.Table, as_of: date, counts: Touching) -> ir.Table:
    told = completed(messages, RAW_MESSAGES, needed=("customer_id", "sent_at"))
    known = known_by(told, as_of=as_of, column="sent_at")
    moments = [known[name] for name in _ANSWERS[counts.message]]
    dated = known.mutate(touched_at=ibis.coalesce(ibis.least(*moments), *moments) if len(moments) > 1 else moments[0])
    touched = dated.filter(dated.touched_at.notnull() & (day_of(dated.touched_at) <= ibis.literal(as_of)))
    return touched.select(
        visitor=ibis.literal(OF_CUSTOMER).concat(touched.customer_id), customer_id="customer_id",
        touched_at=_whole(touched.touched_at), channel=channel_word(touched.channel).fill_null(UNNAMED),
        campaign="campaign", kind=ibis.literal("message"),
    )  # fmt: skip


def _whole(moment: ir.TimestampValue) -> ir.TimestampValue:
    return moment.truncate("s").cast(MOMENT)


def _once(touched: ir.Table) -> ir.Table:
    """Drop the visit that a click led to: by the same channel, within 30 minutes after the message's touch."""
    clicked = ibis.ifelse(touched.kind == "message", touched.touched_at, ibis.null(MOMENT))
    before = ibis.cumulative_window(
        group_by=["visitor", "channel"], order_by=[touched.touched_at, touched.kind, touched.campaign]
    )
    near = touched.mutate(_clicked=clicked.max().over(before))
    landed = (near.kind == "visit") & (second(near.touched_at) - second(near["_clicked"]) <= SILENCE)
    return near.filter(~landed.fill_null(False)).drop("_clicked")


def _name(touched: ir.Table) -> ir.StringValue:
    """Name a touch by who, when and by what, so that no id of a browser stands in the table."""
    parts = (second(touched.touched_at).cast("string"), touched.channel, touched.campaign.fill_null(""), touched.kind)
    return touched.visitor.concat(*(part for each in parts for part in ("\n", each))).hexdigest("md5")
