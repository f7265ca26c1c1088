"""Which customer does a record belong to?

In   the raw tables, by source        customer_id is the source's own id
Out  contracts.customer.LINKS         one row per record

Every stage after this one knows customers only through `with_customer`, so that a better rule than "the source's own
id is the customer" changes this file and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from patron.contracts.customer import LINKS

OWN_ID = "own_id"
"""The rule: records of all sources that carry the same id are the same customer."""

PERSON_ID = "customers.person_id"
"""The rule: the source `customers` says which person is behind the id."""


def links(sources: Mapping[str, ir.Table]) -> ir.Table:
    """Link every record to its customer.

    Parameters
    ----------
    sources : mapping of str to Table
        Raw tables by the name of their source, each with `customer_id`, the source's own id. Where `customers` knows
        a `person_id`, all records with that customer's id belong to the person, in every source.

    Returns
    -------
    Table, one row per record
        contracts.customer.LINKS. Ids and persons are one set of names: where a person_id is another customer's own id
        (the account that others were merged into), that customer is the person.
    """
    persons = _persons(sources["customers"]) if "customers" in sources else None
    parts = [_linked(source, table, persons) for source, table in sources.items()]
    return LINKS.shape(ibis.union(*parts) if len(parts) > 1 else parts[0])


def _persons(customers: ir.Table) -> ir.Table:
    """Return the persons who are known, one row per customer id."""
    known = customers.filter(customers.person_id.notnull())
    return known.group_by(known_id=known.customer_id).aggregate(person_id=known.person_id.min())


def _linked(source: str, table: ir.Table, persons: ir.Table | None) -> ir.Table:
    records = table.select(record_id=table.customer_id).distinct()
    if persons is None:
        records = records.mutate(person_id=ibis.null("string"))
    else:
        records = records.left_join(persons, records.record_id == persons.known_id)
    return records.select(
        source=ibis.literal(source),
        record_id=records.record_id,
        customer_id=ibis.coalesce(records.person_id, records.record_id),
        rule=ibis.ifelse(records.person_id.notnull(), ibis.literal(PERSON_ID), ibis.literal(OWN_ID)),
    )


def with_customer(table: ir.Table, links: ir.Table, *, source: str) -> ir.Table:
    """Return `table` with the source's own id replaced by the customer's.

    Every record has a link (the step that makes them sees the same table), so no row is lost.
    """
    of_source = links.filter(links.source == source).select("record_id", linked_id=links.customer_id)
    joined = table.join(of_source, table.customer_id == of_source.record_id)
    return joined.mutate(customer_id=joined.linked_id).select(table.columns)
