"""Which of a cluster's ids is the customer's?

A pure function of the records: the person that the source `customers` names, then the record that was seen first, then
the smallest id. So new records leave ids alone, and it does not matter in which order records came.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.identity.match_keys import key_of
from patron.identity.rules import PERSON_ID


def first_seen(nodes: ir.Table) -> list[ir.Value]:
    """Return the order of records: who was seen first stands first, who was never seen on a known day last."""
    return [nodes.seen_on.isnull(), nodes.seen_on, nodes.record_id]


def survivors(clusters: ir.Table, identifiers: ir.Table, edges: ir.Table) -> ir.Table:
    """Name the customer of each record.

    Parameters
    ----------
    clusters : Table, one row per record
        ``record_id`` and ``first_id``, the record of its cluster that was seen first.
    identifiers : Table
        contracts.person.IDENTIFIERS of these records, for the persons that are given.
    edges : Table
        contracts.person.MATCH_KEYS of these records.

    Returns
    -------
    Table, one row per record
        ``record_id, customer_id``.
    """
    named = _named(clusters, identifiers, edges)
    found = clusters.left_join(named, clusters.first_id == named.named_first)
    return found.select("record_id", customer_id=ibis.coalesce(found.person_id, found.first_id))


def _named(clusters: ir.Table, identifiers: ir.Table, edges: ir.Table) -> ir.Table:
    """Return the clusters that have a person's name: ``named_first, person_id``."""
    given = _given(clusters, identifiers, edges)
    # A name that is a record's own id is free only where that record is: somebody may have taken the two apart.
    owners = clusters.select(owner="record_id", owner_first="first_id")
    owned = given.left_join(owners, given.person_id == owners.owner)
    free = owned.filter(owned.owner_first.isnull() | (owned.owner_first == owned.first_id))
    days = free.group_by("first_id", "person_id").aggregate(seen_on=free.seen_on.min())
    order = ibis.row_number().over(
        group_by=days.first_id, order_by=[days.seen_on.isnull(), days.seen_on, days.person_id]
    )
    placed = days.mutate(place=order)
    return placed.filter(placed.place == 0).select("person_id", named_first="first_id")


def _given(clusters: ir.Table, identifiers: ir.Table, edges: ir.Table) -> ir.Table:
    """Return which persons the records of each cluster name, by edges that are in use."""
    told = identifiers.filter((identifiers.kind == "person_id") & (identifiers.status == "used"))
    told = told.select("record_id", person_id=told.value, person_key=key_of(PERSON_ID, told.value))
    using = edges.filter((edges.rule == PERSON_ID) & edges.used)
    using = using.select("seen_on", by="record_id", by_key="key")
    joined = told.join(using, [told.record_id == using.by, told.person_key == using.by_key])
    return joined.select("record_id", "person_id", "seen_on").join(clusters, "record_id")
