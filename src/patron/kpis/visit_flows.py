"""What visits and messages add to the months of `kpis`.

In   contracts.visit.SESSIONS, what `profile.message_facts` says of each message
Out  flows: one row per customer and month, with columns that can be added up
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.kpis.calendar import month_number
from patron.profile.message_facts import COUNTS

_DEPTH = "decimal(38, 6)"


def visit_flow(sessions: ir.Table) -> ir.Table:
    """Return the visits by customer and month; those of nobody known have no customer.

    Visits of which nobody can tell whether they have an order count in ``visits``, and in ``visits_told`` not.
    """
    dated = sessions.mutate(number=month_number(sessions.started_at.date()))
    # Rounded before it is added up, so that the sum does not depend on the order of the rows.
    flow = dated.group_by("customer_id", "number").aggregate(
        visits=dated.count(), visits_told=dated.ordered.count(),
        visits_ordered=dated.count(where=dated.ordered.fill_null(False)),
        visit_depth=dated.engagement.cast("decimal(18, 6)").sum().cast(_DEPTH),
    )  # fmt: skip
    return flow.mutate(visitors=ibis.ifelse(flow.customer_id.notnull(), 1, 0).cast("int64"))


def message_flow(facts: ir.Table) -> ir.Table:
    """Return the messages by customer and month of sending."""
    dated = facts.mutate(number=month_number(facts.sent_at.date()))
    flow = dated.group_by("customer_id", "number").aggregate(
        **{f"messages_{name}": dated[name].sum().cast("decimal(38, 0)") for name in COUNTS}
    )
    return flow.mutate(messaged=ibis.ifelse(flow.messages_delivered > 0, 1, 0).cast("int64"))
