"""Which customer does a record belong to?

In   the raw tables, by source                        customer_id is the source's own id
     contracts.person.LINKS, where `resolve` made them   what identifiers, rules and decisions say
Out  contracts.person.LINKS                           one row per record and source

Every stage after this one knows customers only through `with_customer`, so that a better rule than "the source's own
id is the customer" changes this folder and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from patron.contracts.person import LINKS
from patron.identity.rules import OWN_ID, PERSON_ID


def links(sources: Mapping[str, ir.Table], *, resolved: ir.Table | None = None) -> ir.Table:
    """Link every record to its customer.

    Parameters
    ----------
    sources : mapping of str to Table
        Raw tables by the name of their source, each with `customer_id`, the source's own id. Rows without one, such
        as events of unknown visitors, are no records.
    resolved : Table, optional
        contracts.person.LINKS of `resolve`: a record has the customer that it has there, in every source; one that is
        not there is a customer of its own. Without it only `person_id` of the source `customers` is asked: all
        records with that customer's id belong to the person, in every source.

    Returns
    -------
    Table, one row per record
        contracts.person.LINKS. Ids and persons are one set of names: where a person_id is another customer's own id
        (the account that others were merged into), that customer is the person.
    """
    known = _resolved(resolved) if resolved is not None else _persons(sources.get("customers"))
    parts = [_linked(source, table, known) for source, table in sources.items()]
    return LINKS.shape(ibis.union(*parts) if len(parts) > 1 else parts[0])


def _resolved(resolved: ir.Table) -> ir.Table:
    """Return what is known of each record, whichever source it stood in."""
    facts = ("customer_id", "rule", "key", "linked_on", "confidence")
    return resolved.select(known_id="record_id", **{name: resolved[name] for name in facts}).distinct()


def _persons(customers: ir.Table | None) -> ir.Table | None:
    """Return the persons who are known, one row per customer id."""
    if customers is None:
        return None
    known = customers.filter(customers.person_id.notnull())
    persons = known.group_by(known_id=known.customer_id).aggregate(customer_id=known.person_id.min())
    return persons.mutate(
        rule=ibis.literal(PERSON_ID), key=ibis.null("string"), linked_on=ibis.null("date"),
        confidence=ibis.literal(1.0),
    )  # fmt: skip


def _linked(source: str, table: ir.Table, known: ir.Table | None) -> ir.Table:
    records = table.filter(table.customer_id.notnull()).select(record_id=table.customer_id).distinct()
    if known is None:
        return records.select(
            "record_id", source=ibis.literal(source), customer_id="record_id", rule=ibis.literal(OWN_ID),
            key=ibis.null("string"), linked_on=ibis.null("date"), confidence=ibis.literal(1.0),
        )  # fmt: skip
    found = records.left_join(known, records.record_id == known.known_id)
    return found.select(
        "record_id", "key", "linked_on", source=ibis.literal(source),
        customer_id=ibis.coalesce(found.customer_id, found.record_id),
        rule=ibis.coalesce(found.rule, ibis.literal(OWN_ID)), confidence=found.confidence.fill_null(1.0),
    )  # fmt: skip


def with_customer(table: ir.Table, links: ir.Table, *, source: str) -> ir.Table:
    """Return `table` with the source's own id replaced by the customer's.

    Every record has a link (the step that makes them sees the same table), so no row is lost.
    """
    of_source = links.filter(links.source == source).select("record_id", linked_id=links.customer_id)
    joined = table.join(of_source, table.customer_id == of_source.record_id)
    return joined.mutate(customer_id=joined.linked_id).select(table.columns)
