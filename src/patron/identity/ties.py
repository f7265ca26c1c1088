"""By which rule does a record belong to its customer?"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts.person import LINKS
from patron.identity.rules import OWN_ID, PERSON_ID, PROBABLE, Rules


def tied(
    people: ir.Table, customers: ir.Table, edges: ir.Table, *, rules: Rules, pairs: ir.Table | None = None
) -> ir.Table:
    """Link every record of every source, with the strongest of the rules that tie it to its customer.

    Parameters
    ----------
    people : Table
        ``source, record_id``, one row each.
    customers : Table
        ``record_id, customer_id``.
    edges : Table
        contracts.person.MATCH_KEYS of these records.
    rules : Rules
        Their order.
    pairs : Table, optional
        ``key, probability`` of the rule `probable`.

    Returns
    -------
    Table
        contracts.person.LINKS.
    """
    ties = _strongest(customers, edges, rules)
    if pairs is None:
        ties = ties.select("tied_id", "rule", "key", "seen_on", probability=ibis.null("float64"))
    else:
        likely = pairs.select("probability", probable_key="key")
        found = ties.left_join(likely, ties.key == likely.probable_key)
        ties = found.select("tied_id", "rule", "key", "seen_on", "probability")
    known = people.select("source", "record_id").join(customers, "record_id")
    linked = known.left_join(ties, known.record_id == ties.tied_id)
    return LINKS.shape(
        linked.select(
            "source", "record_id", "customer_id", "key", rule=ibis.coalesce(linked.rule, ibis.literal(OWN_ID)),
            linked_on="seen_on",
            confidence=ibis.ifelse(linked.rule == PROBABLE, linked.probability, ibis.literal(None, "float64"))
            .fill_null(1.0),
        )
    )  # fmt: skip


def _strongest(customers: ir.Table, edges: ir.Table, rules: Rules) -> ir.Table:
    """Return one edge for each record that is not its customer's own."""
    # A person's name ties by itself; any other key by a second record that uses it, too.
    using = edges.filter(edges.used & ((edges.records > 1) | (edges.rule == PERSON_ID)))
    others = customers.filter(customers.customer_id != customers.record_id)
    candidates = using.semi_join(others, "record_id")
    numbers = using.group_by(tie_key=using.key).aggregate(using=using.count())
    counted = candidates.join(numbers, candidates.key == numbers.tie_key)
    ties = counted.filter((counted.using > 1) | (counted.rule == PERSON_ID))
    rank = ibis.cases(*((ties.rule == name, place) for place, name in enumerate(rules.names)), else_=len(rules.names))
    ranked = ties.select("rule", "key", "seen_on", tied_id="record_id", rank=rank)
    order = [ranked["rank"], ranked.seen_on.isnull(), ranked.seen_on, ranked.key]
    placed = ranked.mutate(place=ibis.row_number().over(group_by=ranked.tied_id, order_by=order))
    return placed.filter(placed.place == 0).select("tied_id", "rule", "key", "seen_on")
