"""What does a change of some records touch?

In   an earlier `Resolution`, all records as they are now, and which of them changed
Out  `Touched`: the records whose cluster may be another one now, with all their edges

A key of which no record changed has the same records as before, so it links as before. So what may change is: records
with a changed key, and the clusters they stand in; together with what was cut out of these clusters, because they grew
too large, for it may fit in again.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from patron.contracts.person import MATCH_KEYS
from patron.identity.components import components
from patron.identity.decisions import Decisions
from patron.identity.different import different
from patron.identity.given import apart_edges, given_edges, keyed, present
from patron.identity.keep import Keep
from patron.identity.match_keys import EDGE, UNUSED_KEYS, key_of, limited, match_keys, self_naming
from patron.identity.resolution import Resolution
from patron.identity.rules import MANUAL, PERSON_ID, PROBABLE, Rules


@dataclass(frozen=True)
class Touched:
    """What has to be worked on again, and the edges elsewhere whose count changed."""

    records: ir.Table  # record_id
    edges: ir.Table  # MATCH_KEYS of these records, before clusters are held to their size
    keys: ir.Table  # key: those that changed
    elsewhere: ir.Table  # MATCH_KEYS: edges of other records to a changed key, which link nobody before and after


@dataclass(frozen=True)
class Now:
    """Everything that a resolution is a function of."""

    identifiers: ir.Table
    people: ir.Table
    rules: Rules
    decisions: Decisions
    pairs: ir.Table | None


def changed_records(before: Resolution, now: Now) -> ir.Table | None:
    """Return the records of which anything is not as it was, by comparing all of them; none where that cannot be."""
    if before.identifiers is None or before.people is None:
        return None
    return ibis.union(
        different(_what(before.identifiers), _what(now.identifiers)),
        different(_who(before.people), _who(now.people)),
        distinct=True,
    )


def touched(before: Resolution, now: Now, changed: ir.Table, *, keep: Keep) -> Touched:
    """Find what a change touches.

    Parameters
    ----------
    before : Resolution
        As it was.
    now : Now
        As it is.
    changed : Table
        ``record_id`` of records that came, changed or went.
    keep : callable
        Writes tables aside.
    """
    old = before.match_keys
    first = keep("changed", _with_decided(before, now, changed))
    begun = keep("begun", _with_named(old, now, first))
    fresh = keep("fresh", _edges(old, now, begun, keep))
    keys = keep(
        "changed_keys",
        ibis.union(old.semi_join(begun, "record_id").select("key"), fresh.select("key"), distinct=True),
    )
    standing = old.semi_join(keys, "key").anti_join(begun, "record_id")
    standing = keep("standing", standing)
    on_keys = ibis.union(standing.select(*EDGE.names), fresh.select(*EDGE.names))
    counted = keep(
        "counted",
        limited(on_keys, rules=now.rules, apart=apart_edges(now.decisions), identifiers=now.identifiers),
    )
    records = keep("touched", _closed(before, _moved(standing, counted, begun), keep))
    rest = old.semi_join(records, "record_id").anti_join(keys, "key")
    edges = ibis.union(_uncut(rest), counted.semi_join(records, "record_id"))
    return Touched(records, keep("edges", edges), keys, counted.anti_join(records, "record_id"))


def _what(identifiers: ir.Table) -> ir.Table:
    return identifiers.select("source", "record_id", "kind", "value", "status", "seen_on")


def _who(people: ir.Table) -> ir.Table:
    return people.select("source", "record_id", "seen_on").distinct()


def _with_decided(before: Resolution, now: Now, changed: ir.Table) -> ir.Table:
    """Add the records about which something else was decided or estimated than before."""
    old, same = before.match_keys, ["record_id", "rule", "key"]
    by_pair = old.filter(old.rule.isin((MANUAL, PROBABLE)))
    pairs_now = given_edges(now.decisions, now.pairs)
    was_apart = old.filter((old.reason == "apart").fill_null(False))
    apart_now = apart_edges(now.decisions)
    parts = [
        changed.select("record_id"),
        by_pair.anti_join(pairs_now, same).select("record_id"),
        pairs_now.anti_join(by_pair, same).select("record_id"),
        was_apart.anti_join(apart_now, same).select("record_id"),
        apart_now.anti_join(was_apart, same).select("record_id"),
    ]
    if now.pairs is not None:
        parts.append(_estimated_anew(before.links, now.pairs))
    return ibis.union(*parts, distinct=True)


def _estimated_anew(links: ir.Table, pairs: ir.Table) -> ir.Table:
    """Return the records that a pair ties whose probability is another one now."""
    likely = keyed(pairs, PROBABLE).select("probability", probable_key="key")
    held = links.filter(links.rule == PROBABLE)
    found = held.join(likely, held.key == likely.probable_key)
    return found.filter(found.confidence != found.probability).select("record_id")


def _with_named(old: ir.Table, now: Now, changed: ir.Table) -> ir.Table:
    """Add the records whose edges hang on a changed record being there.

    These are those that it named, or names now, as its person, and those that it was paired with.
    """
    told = now.identifiers.filter((now.identifiers.kind == "person_id") & (now.identifiers.status == "used"))
    names_now = told.semi_join(changed, "record_id").select(record_id="value")
    persons = old.filter(old.rule == PERSON_ID)
    keys = persons.semi_join(changed, "record_id").select("key").distinct()
    on_keys = persons.semi_join(keys, "key")
    named = on_keys.filter(key_of(PERSON_ID, on_keys.record_id) == on_keys.key).select("record_id")
    by_pair = old.filter(old.rule.isin((MANUAL, PROBABLE)))
    paired = by_pair.semi_join(by_pair.semi_join(changed, "record_id").select("key"), "key").select("record_id")
    return ibis.union(changed.select("record_id"), names_now, named, paired, distinct=True)


def _edges(old: ir.Table, now: Now, records: ir.Table, keep: Keep) -> ir.Table:
    """Return all edges of some records, as they are now."""
    own = match_keys(keep("asked", now.identifiers.semi_join(records, "record_id")), rules=now.rules)
    there = now.people.semi_join(records, "record_id").select("record_id").distinct()
    persons = old.filter(old.rule == PERSON_ID).anti_join(records, "record_id").select(*EDGE.names)
    naming = self_naming(ibis.union(persons, own.filter(own.rule == PERSON_ID)), there)
    parts = [own, naming]
    if now.decisions.together or now.pairs is not None:
        given = present(given_edges(now.decisions, now.pairs), now.people)
        parts.append(given.semi_join(records, "record_id"))
    return all_edges(*parts)


def all_edges(*parts: ir.Table) -> ir.Table:
    """Return edges of several origins, each once."""
    edges = ibis.union(*(part.select(*EDGE.names) for part in parts))
    return edges.group_by("record_id", "rule", "key").aggregate(seen_on=edges.seen_on.min())


def _moved(standing: ir.Table, counted: ir.Table, begun: ir.Table) -> ir.Table:
    """Return the records that a changed key links now or linked before."""
    was = standing.filter(standing.reason.notin(UNUSED_KEYS).fill_null(True)).select("record_id")
    now = counted.filter(counted.reason.notin(UNUSED_KEYS).fill_null(True)).select("record_id")
    return ibis.union(begun.select("record_id"), was, now, distinct=True)


def _closed(before: Resolution, records: ir.Table, keep: Keep) -> ir.Table:
    """Add everybody who stands in a cluster with one of them, or whose cluster was cut off from theirs."""
    records = keep("moved", records)
    homes = before.links.select("record_id", "customer_id")
    customers = homes.semi_join(records, "record_id").select("customer_id").distinct()
    customers = _uncut_customers(before, keep("customers", customers), keep)
    return ibis.union(homes.semi_join(customers, "customer_id").select("record_id"), records, distinct=True)


def _uncut_customers(before: Resolution, customers: ir.Table, keep: Keep) -> ir.Table:
    """Add the customers whose clusters were one with theirs before edges were cut."""
    old = before.match_keys
    cut = old.filter((old.reason == "giant").fill_null(False))
    if not cut.count().to_pyarrow().as_py():
        return customers
    homes = before.links.select("record_id", "customer_id").distinct()
    ends = keep("cut", cut.join(homes, "record_id").select("customer_id", "key").distinct())
    names = ends.select("customer_id").distinct()
    numbers = keep("cut_numbers", names.mutate(number=ibis.row_number().over(order_by=names.customer_id)))
    numbered = ends.join(numbers, "customer_id")
    firsts = numbered.group_by(first_key=numbered.key).aggregate(first=numbered.number.min())
    stars = numbered.join(firsts, numbered.key == firsts.first_key).select(left="number", right="first")
    labels = components(stars, keep=keep)
    whole = keep("whole", numbers.join(labels, numbers.number == labels.node).select("customer_id", "component"))
    asked = whole.semi_join(customers, "customer_id").select("component").distinct()
    return ibis.union(customers, whole.semi_join(asked, "component").select("customer_id"), distinct=True)


def _uncut(edges: ir.Table) -> ir.Table:
    """Give the edges that were cut another chance."""
    giant = (edges.reason == "giant").fill_null(False)
    return MATCH_KEYS.shape(
        edges.mutate(used=edges.used | giant, reason=ibis.ifelse(giant, ibis.null("string"), edges.reason))
    )
