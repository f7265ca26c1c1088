"""Keys that do not come from identifiers: what people of the shop decided, and what linkage holds to be likely.

Out  edges: record_id, rule, key, seen_on
"""

from __future__ import annotations

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.identity.decisions import Decisions
from patron.identity.match_keys import EDGE, key_of
from patron.identity.rules import MANUAL, PROBABLE


def no_edges() -> ir.Table:
    """Return a table of no edges."""
    return ibis.memtable(EDGE.to_pyarrow().empty_table())


def apart_edges(decisions: Decisions) -> ir.Table:
    """Return the edges that a person took out of use: ``record_id, rule, key``."""
    return _text(decisions.apart, ("record_id", "rule", "key"))


def given_edges(decisions: Decisions, pairs: ir.Table | None) -> ir.Table:
    """Return the edges of the rules `manual` and `probable`, whether or not their records are there."""
    merged = _text(decisions.together, ("left_id", "right_id"))
    edges = _edges(keyed(merged, MANUAL), MANUAL)
    return edges if pairs is None else ibis.union(edges, _edges(keyed(pairs, PROBABLE), PROBABLE))


def keyed(pairs: ir.Table, rule: str) -> ir.Table:
    """Return pairs of records with their key, which is the same in either direction."""
    first, second = ibis.least(pairs.left_id, pairs.right_id), ibis.greatest(pairs.left_id, pairs.right_id)
    return pairs.mutate(key=key_of(rule, first, second))


def present(edges: ir.Table, nodes: ir.Table) -> ir.Table:
    """Return the edges of pairs of which both records are there."""
    there = nodes.semi_join(edges, "record_id").select(there_id="record_id").distinct()
    found = edges.join(there, edges.record_id == there.there_id).select(*EDGE.names)
    both = found.group_by(both_key=found.key).aggregate(ends=found.count())
    return found.semi_join(both.filter(both.ends == 2), found.key == both.both_key)


def _edges(pairs: ir.Table, rule: str) -> ir.Table:
    joining = pairs.filter(pairs.left_id != pairs.right_id)
    ends = (
        joining.select(record_id=end, rule=ibis.literal(rule), key="key", seen_on=ibis.null("date"))
        for end in ("left_id", "right_id")
    )
    return ibis.union(*ends, distinct=True)


def _text(rows: Iterable[tuple[str, ...]], names: tuple[str, ...]) -> ir.Table:
    schema = pa.schema([(name, pa.string()) for name in names])
    return ibis.memtable(pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=schema))
