"""Whose is a customer record?

In   contracts.person.LINKS     one row per source and record
Out  record_id, customer_id     one row per customer record, whatever sources it stands in
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

VISITORS = ("visitor", "visit")
"""The rules whose records are browsers and visits, not customer records."""


def record_owners(links: ir.Table) -> ir.Table:
    """Return the customer of each customer record; one id is one record in all sources."""
    own = links.filter(links.rule.notin(VISITORS))
    return own.group_by("record_id").aggregate(customer_id=own.customer_id.min())


def with_referred(referrals: ir.Table, links: ir.Table) -> ir.Table:
    """Put the customer in the place of the record that came by each referral."""
    owners = record_owners(links).rename(_record="record_id", _owner="customer_id")
    joined = referrals.left_join(owners, [("referred_id", "_record")])
    return joined.mutate(referred_id=ibis.coalesce(joined._owner, joined.referred_id)).drop("_record", "_owner")


def by_todays_ids(table: ir.Table, links: ir.Table) -> ir.Table:
    """Return a table of an earlier run under the ids that its customers have today.

    Parameters
    ----------
    table : Table
        With a column ``customer_id``.
    links : Table
        Those of today's run.
    """
    owners = record_owners(links).select(_record="record_id", _owner="customer_id")
    joined = table.left_join(owners, [("customer_id", "_record")])
    return joined.mutate(customer_id=ibis.coalesce(joined["_owner"], joined.customer_id)).select(table.columns)
