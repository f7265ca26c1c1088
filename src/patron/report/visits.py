"""How each segment visits, and responds to messages: what the report shows of it."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts.visit import ALL

DAYS = 365
DIVISION = "rfm"
MESSAGES = 6
"""Messages that are shown, those sent most often."""


def visit_rates(sessions: ir.Table, memberships: ir.Table, *, as_of: date) -> ir.Table:
    """Add up the visits of known customers over the last 365 days, by RFM segment and in total.

    Returns
    -------
    Table, one row per segment with a visit
        ``segmentation, segment, visitors, visits, ordered, conversion, engagement``.
    """
    since = ibis.literal(as_of - timedelta(days=DAYS))
    recent = sessions.filter(sessions.customer_id.notnull() & (sessions.started_at.date() > since))
    members = memberships.filter(memberships.segmentation == DIVISION)
    divided = recent.inner_join(members.select("customer_id", "segmentation", "segment"), "customer_id")
    total = recent.mutate(segmentation=ibis.literal(ALL), segment=ibis.literal(ALL))
    every = ibis.union(total, divided.select(*total.columns))
    return every.group_by("segmentation", "segment").aggregate(
        visitors=every.customer_id.nunique(), visits=every.count(),
        ordered=every.count(where=every.ordered.fill_null(False)), conversion=every.ordered.cast("int64").mean(),
        # Rounded first: two reports of the same visits are the same to the last digit.
        engagement=every.engagement.cast("decimal(18, 6)").sum().cast("float64") / every.count(),
    )  # fmt: skip


def responses_shown(responses: ir.Table) -> ir.Table:
    """Return the responses of each RFM segment and channel, and of the messages that were sent most."""
    whole = responses.message == ALL
    own = responses.filter((responses.segmentation == DIVISION) & whole & (responses.channel == ALL))
    total = responses.filter(responses.segmentation == ALL)
    channels = total.filter(total.message == ALL)
    named = total.filter((total.message != ALL) & (total.variant == ALL))
    most = named.order_by(named.sent.desc(), "channel", "message").limit(MESSAGES)
    variants = total.filter(total.variant != ALL).semi_join(most, ["channel", "message"])
    return ibis.union(own, channels, most, variants)
