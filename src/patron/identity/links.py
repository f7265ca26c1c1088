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


def links(sources: Mapping[str, ir.Table]) -> ir.Table:
    """Link every record to its customer.

    Parameters
    ----------
    sources : mapping of str to Table
        Raw tables by the name of their source, each with `customer_id`, the source's own id.

    Returns
    -------
    Table, one row per record
        contracts.customer.LINKS.
    """
    parts = [
        table.select(
            source=ibis.literal(source),
            record_id=table.customer_id,
            customer_id=table.customer_id,
            rule=ibis.literal(OWN_ID),
        ).distinct()
        for source, table in sources.items()
    ]
    return LINKS.shape(ibis.union(*parts) if len(parts) > 1 else parts[0])


def with_customer(table: ir.Table, links: ir.Table, *, source: str) -> ir.Table:
    """Return `table` with the source's own id replaced by the customer's.

    Every record has a link (the step that makes them sees the same table), so no row is lost.
    """
    of_source = links.filter(links.source == source).select("record_id", linked_id=links.customer_id)
    joined = table.join(of_source, table.customer_id == of_source.record_id)
    return joined.mutate(customer_id=joined.linked_id).select(table.columns)
