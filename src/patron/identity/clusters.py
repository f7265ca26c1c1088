"""From edges between records and keys to clusters, none of them larger than the rules allow.

In   contracts.person.MATCH_KEYS of records, and `nodes`: record_id, seen_on
Out  `Clusters`: record_id, first_id, and the edges with what was cut
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from patron.contracts.person import MATCH_KEYS
from patron.identity.components import components
from patron.identity.keep import Keep
from patron.identity.rules import Rules
from patron.identity.survivors import first_seen


@dataclass(frozen=True)
class Clusters:
    """Every record with the record of its cluster that was seen first, and every edge with its fate."""

    members: ir.Table
    edges: ir.Table


def clusters(edges: ir.Table, nodes: ir.Table, *, rules: Rules, keep: Keep) -> Clusters:
    """Find which records hang together by keys.

    A cluster of more than `rules.largest` records loses all edges of its weakest rule, then those of the next one,
    until its parts are small enough; rules without a limit are never cut.

    Parameters
    ----------
    edges : Table
        contracts.person.MATCH_KEYS, without the reason `giant`.
    nodes : Table
        ``record_id, seen_on``: every record, also those without an edge.
    rules : Rules
        Their order, and the largest cluster.
    keep : callable
        Writes tables aside.
    """
    linking = edges.filter(edges.used & (edges.records > 1)).select("record_id", "rule", "key")
    tied = nodes.semi_join(linking, "record_id")
    numbers = keep("numbers", tied.select("record_id", number=ibis.row_number().over(order_by=first_seen(tied))))
    ends = keep("ends", linking.join(numbers, "record_id").select("number", "rule", "key"))
    labels, cut = _without_giants(ends, rules=rules, keep=keep)
    return Clusters(_members(nodes, numbers, labels), _judged(edges, numbers, cut))


def _labels(ends: ir.Table, keep: Keep) -> ir.Table:
    """Label records by the smallest number among those that hang together; a key is a star around its first record."""
    firsts = ends.group_by(first_key=ends.key).aggregate(first=ends.number.min())
    stars = ends.join(firsts, ends.key == firsts.first_key)
    return components(stars.select(left="number", right="first"), keep=keep)


def _without_giants(ends: ir.Table, *, rules: Rules, keep: Keep) -> tuple[ir.Table, list[ir.Table]]:
    """Return the labels, and of which records the edges of which rule were cut."""
    labels, cut = _labels(ends, keep), []
    for rule in reversed(rules.rules):
        if rule.most_records is None:
            continue
        sizes = labels.group_by("component").aggregate(size=labels.count())
        giants = keep("giants", labels.semi_join(sizes.filter(sizes.size > rules.largest), "component"))
        if not _rows(giants):
            break
        ends = ends.semi_join(giants, ends.number == giants.node)
        lost = keep("lost", ends.filter(ends.rule == rule.name).select("number", "rule").distinct())
        if not _rows(lost):
            continue
        cut.append(lost)
        ends = keep("left", ends.filter(ends.rule != rule.name))
        labels = keep("labels", ibis.union(labels.anti_join(giants, "node"), _labels(ends, keep)))
    return labels, cut


def _members(nodes: ir.Table, numbers: ir.Table, labels: ir.Table) -> ir.Table:
    """Turn labels back into ids; a record that nothing ties is a cluster of its own."""
    firsts = numbers.select(first_id="record_id", first_number="number")
    numbered = numbers.join(labels, numbers.number == labels.node).select("record_id", "component")
    named = numbered.join(firsts, numbered.component == firsts.first_number).select("first_id", of="record_id")
    found = nodes.left_join(named, nodes.record_id == named.of)
    return found.select("record_id", first_id=ibis.coalesce(found.first_id, found.record_id))


def _judged(edges: ir.Table, numbers: ir.Table, cut: list[ir.Table]) -> ir.Table:
    """Mark the edges that were cut."""
    if not cut:
        return edges
    lost = ibis.union(*cut) if len(cut) > 1 else cut[0]
    by_record = lost.join(numbers, "number").select(cut_id="record_id", cut_rule="rule", cut=ibis.literal(True))
    found = edges.left_join(by_record, [edges.record_id == by_record.cut_id, edges.rule == by_record.cut_rule])
    marked = found.select(*MATCH_KEYS.names, giant=found.cut.notnull() & found.used & (found.records > 1))
    return MATCH_KEYS.shape(
        marked.mutate(
            used=marked.used & ~marked.giant, reason=ibis.ifelse(marked.giant, ibis.literal("giant"), marked.reason)
        )
    )


def _rows(table: ir.Table) -> int:
    return int(table.count().to_pyarrow().as_py())
