"""Whose is a customer record?

In   contracts.person.LINKS     one row per source and record
Out  record_id, customer_id     one row per customer record, whatever sources it stands in
"""

from __future__ import annotations

import ibis.expr.types as ir

VISITORS = ("visitor", "visit")
"""The rules whose records are browsers and visits, not customer records."""


def record_owners(links: ir.Table) -> ir.Table:
    """Return the customer of each customer record; one id is one record in all sources."""
    own = links.filter(links.rule.notin(VISITORS))
    return own.group_by("record_id").aggregate(customer_id=own.customer_id.min())
