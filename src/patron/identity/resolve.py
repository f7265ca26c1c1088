"""Which records are one customer?

In   contracts.person.IDENTIFIERS, or a wide table with one row per record
Out  `Resolution`: contracts.person.LINKS and MATCH_KEYS

A cluster is a connected component of the graph of records and match keys, and a pure function of records, rules and
decisions: what comes out does not depend on the order in which records came, nor on whether it is worked out at once or
going on from an earlier resolution.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.contracts.person import IDENTIFIERS, LINKS, MATCH_KEYS
from patron.errors import ArgumentError
from patron.identity.changes import Now, changed_records, touched
from patron.identity.clusters import clusters
from patron.identity.decisions import NO_DECISIONS, Decisions
from patron.identity.given import apart_edges, given_edges, keyed, present
from patron.identity.keep import Keep, in_memory, numbered
from patron.identity.match_keys import limited, match_keys, self_naming
from patron.identity.record_owners import VISITORS
from patron.identity.resolution import Resolution
from patron.identity.rules import DEFAULT_RULES, PERSON_ID, PROBABLE, Rules
from patron.identity.survivors import survivors
from patron.identity.ties import tied
from patron.identity.wide import from_wide
from patron.language import failure


def resolve(
    records: Any, *, rules: Rules = DEFAULT_RULES, decisions: Decisions = NO_DECISIONS, known: ir.Table | None = None,
    pairs: ir.Table | None = None, keep: Keep | None = None, before: Resolution | None = None,
    changed: ir.Table | None = None,
) -> Resolution:  # fmt: skip
    """Link every record to its customer.

    Parameters
    ----------
    records : Table, Arrow, pandas or Polars table
        All records: contracts.person.IDENTIFIERS, or a wide table with one row per record and any of the columns
        ``record_id`` (needed), ``source``, ``person_id``, ``email``, ``phone``, ``name``, ``given_name``,
        ``family_name``, ``birth_date``, ``street``, ``city``, ``region``, ``postal_code``, ``country``,
        ``loyalty_id``, ``device_id``, ``seen_on``, and further kinds that rules ask for.
    rules : Rules
        Which agreement links, strongest first.
    decisions : Decisions
        What people decided: `decisions(state)`.
    known : Table, optional
        ``source, record_id, seen_on`` of every record, also of those without any identifier; those of `records`
        alone when absent.
    pairs : Table, optional
        ``left_id, right_id, probability``: what linkage holds to be one person (rule `probable`).
    keep : callable, optional
        Writes a table aside and returns it as written, as a run's draft does; in memory when absent.
    before : Resolution, optional
        An earlier resolution by the same rules: only what changed since, and the clusters that this touches, is worked
        on. What comes out is the same.
    changed : Table, optional
        With `before`: ``record_id`` of all records that came, changed or went since, where the caller knows; found by
        comparing everything when absent.

    Returns
    -------
    Resolution
        Links of every record in every source of `known` (or `records`), all match keys, and reports on those that are
        shared by too many or were cut out of clusters that grew too large.

    Raises
    ------
    ArgumentError
        A record has no id, a rule asks for a kind that a wide table does not have, or `before` says too little.

    Examples
    --------
    >>> import pyarrow as pa
    >>> people = pa.table({"record_id": ["a", "b", "c"], "email": ["ann@example.com", "Ann@Example.com", None]})
    >>> links = resolve(people).links
    >>> links.order_by("record_id").select("record_id", "customer_id", "rule").to_pyarrow().to_pylist()[1]
    {'record_id': 'b', 'customer_id': 'a', 'rule': 'email'}
    """
    rules = rules.complete()
    aside = numbered(keep or in_memory, "identity")
    identifiers, people = _read(records, rules, aside)
    people = _with_known(people, known)
    now = Now(identifiers, people, rules, decisions, pairs)
    if before is None or before.rules.complete() != rules:
        made = _all(now, aside)
    else:
        made = _some(before, now, changed, aside)
    if keep is None:  # without an end the expression of each day would hold those of all days before
        made = replace(made, links=in_memory("", made.links), match_keys=in_memory("", made.match_keys))
    return made


def _read(records: Any, rules: Rules, keep: Keep) -> tuple[ir.Table, ir.Table]:
    """Return identifiers and people of the records that were given."""
    table = records if isinstance(records, ir.Table) else ibis.memtable(records)
    if "record_id" in table.columns:
        _check_ids(table, "records")
    if "kind" not in table.columns:
        return from_wide(table, rules=rules, keep=keep)
    IDENTIFIERS.check(table, rows=False)
    return table, table.select("source", "record_id", "seen_on")


def _with_known(people: ir.Table, known: ir.Table | None) -> ir.Table:
    """Add records that may have no identifier at all; rows may repeat."""
    if known is None:
        return people
    _check_ids(known, "known")
    day = known.seen_on.cast("date") if "seen_on" in known.columns else ibis.null("date")
    return ibis.union(people, known.select("source", "record_id", seen_on=day))


def _check_ids(table: ir.Table, argument: str) -> None:
    nameless = table.filter(table.record_id.isnull()).count().to_pyarrow().as_py()
    if nameless:
        raise failure(ArgumentError, "identity.without_id", argument=argument, count=nameless)


def _all(now: Now, keep: Keep) -> Resolution:
    """Work on everything."""
    nodes = keep("nodes", _nodes(now.people))
    own = keep("own", match_keys(now.identifiers, rules=now.rules))
    naming = self_naming(own.filter(own.rule == PERSON_ID), nodes)
    given = present(given_edges(now.decisions, now.pairs), nodes)
    edges = ibis.union(own, naming.anti_join(own, ["record_id", "key"]).select(own.columns), given)
    counted = keep(
        "counted", limited(edges, rules=now.rules, apart=apart_edges(now.decisions), identifiers=now.identifiers)
    )
    return _solved(counted, nodes, now.people, now, keep)


def _some(before: Resolution, now: Now, changed: ir.Table | None, keep: Keep) -> Resolution:
    """Work on what changed and what that touches."""
    # Visits are linked by what comes out here, each time anew.
    before = replace(before, links=before.links.filter(before.links.rule.notin(VISITORS)))
    changed = changed_records(before, now) if changed is None else changed.select("record_id").distinct()
    if changed is None:
        raise failure(ArgumentError, "identity.before_alone")
    part = touched(before, now, changed, keep=keep)
    people = keep("people", now.people.semi_join(part.records, "record_id"))
    solved = _solved(part.edges, _nodes(people), people, now, keep)
    links = before.links.anti_join(part.records, "record_id")
    edges = before.match_keys.anti_join(part.records, "record_id").anti_join(part.keys, "key")
    return Resolution(
        links=ibis.union(LINKS.shape(links), keep("links", solved.links)),
        match_keys=ibis.union(MATCH_KEYS.shape(edges), solved.match_keys, MATCH_KEYS.shape(part.elsewhere)),
        identifiers=now.identifiers,
        people=now.people,
        rules=now.rules,
    )


def _solved(edges: ir.Table, nodes: ir.Table, people: ir.Table, now: Now, keep: Keep) -> Resolution:
    """Turn edges into clusters, clusters into customers, and say what ties each record."""
    found = clusters(edges, nodes, rules=now.rules, keep=keep)
    judged = keep("judged", found.edges)
    members = keep("members", found.members)
    customers = keep("customers", survivors(members, now.identifiers, judged))
    records = people.select("source", "record_id").distinct()
    pairs = None if now.pairs is None else keyed(now.pairs, PROBABLE)
    links = tied(records, customers, judged, rules=now.rules, pairs=pairs)
    return Resolution(links, judged, now.identifiers, now.people, now.rules)


def _nodes(people: ir.Table) -> ir.Table:
    return people.group_by("record_id").aggregate(seen_on=people.seen_on.min())
