"""Which records agree in what a rule asks for?

In   contracts.person.IDENTIFIERS
Out  `match_keys`: record_id, rule, key, seen_on      one row per record and key
     `limited`: contracts.person.MATCH_KEYS           the same, with what links and why the rest does not
"""

from __future__ import annotations

from functools import reduce
from itertools import product

import ibis
import ibis.expr.types as ir

from patron.contracts.person import MATCH_KEYS
from patron.identity.rules import PERSON_ID, Rule, Rules

SEPARATOR = "\x1f"
"""Between the parts of a key: a character that no normalised value holds."""

MOST_VALUES = 20
"""A record with more values of one kind is a till's or a firm's: its values are not combined with others, which would
make keys by the product of their numbers. Each of them still makes a key by itself."""

UNUSED_KEYS = ("shared", "births")
"""Reasons that hold for all records of a key: it links none of them."""

EDGE = ibis.schema({"record_id": "string", "rule": "string", "key": "string", "seen_on": "date"})


def key_of(rule: str, *values: str | ir.Value) -> ir.StringValue:
    """Return the match key of a rule's values: the same whichever record they come from.

    Examples
    --------
    >>> import ibis
    >>> ibis.duckdb.connect().execute(key_of("email", ibis.literal("ann@example.com")))
    'b6818ca160de23a2069216be0bd3d447'
    """
    text: ir.StringValue = ibis.literal(rule)
    for value in values:
        text = text + SEPARATOR + value
    return text.hexdigest("md5")


def match_keys(identifiers: ir.Table, *, rules: Rules) -> ir.Table:
    """Return every record's keys.

    Parameters
    ----------
    identifiers : Table
        contracts.person.IDENTIFIERS; only values whose status is `used` make keys.
    rules : Rules
        A record has a key for each combination of its values: two with two e-mail addresses.

    Returns
    -------
    Table, one row per record and key
        ``record_id, rule, key, seen_on``: the day on which the last of the key's values was first seen; none where
        no day is known.
    """
    used = identifiers.filter(identifiers.status == "used")
    single = _held(used)
    combined = _held(used.anti_join(_crowded(used, rules), ["record_id", "kind"]))
    parts = [
        _keys(rule, kinds, single if len(kinds) == 1 else combined)
        for rule in rules.rules
        for kinds in product(*rule.choices)
        if kinds
    ]
    if not parts:
        return single.select("record_id", rule=ibis.literal(""), key=single.value, seen_on="seen_on").limit(0)
    keys = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return keys.group_by("record_id", "rule", "key").aggregate(seen_on=keys.seen_on.min())


def _held(used: ir.Table) -> ir.Table:
    return used.select("record_id", "kind", "value", "seen_on")


def _crowded(used: ir.Table, rules: Rules) -> ir.Table:
    """Return the records that have too many values of a kind to be combined."""
    kinds = sorted({kind for rule in rules.rules if len(rule.kinds) > 1 for choice in rule.choices for kind in choice})
    asked = used.filter(used.kind.isin(kinds)) if kinds else used.limit(0)
    held = asked.group_by("record_id", "kind").aggregate(values=asked.count())
    return held.filter(held["values"] > MOST_VALUES).select("record_id", "kind")


def _keys(rule: Rule, kinds: tuple[str, ...], held: ir.Table) -> ir.Table:
    parts = [_of_kind(held, kind, number) for number, kind in enumerate(kinds)]
    joined = reduce(lambda left, right: left.join(right, "record_id"), parts)
    values = [joined[f"value_{number}"] for number in range(len(parts))]
    days = [joined[f"seen_{number}"] for number in range(len(parts))]
    return joined.select(
        "record_id", rule=ibis.literal(rule.name), key=key_of(rule.name, *values), seen_on=_latest(days)
    )


def _of_kind(held: ir.Table, kind: str, number: int) -> ir.Table:
    of_kind = held.filter(held.kind == kind)
    return of_kind.select("record_id", **{f"value_{number}": of_kind.value, f"seen_{number}": of_kind.seen_on})


def _latest(days: list[ir.Value]) -> ir.Value:
    """Return the last of some days; those that are not known do not count."""
    if len(days) == 1:
        return days[0]
    return ibis.greatest(*(ibis.coalesce(day, *days) for day in days))


def self_naming(persons: ir.Table, nodes: ir.Table) -> ir.Table:
    """Return the edges of records that others name as their person: ids and persons are one set of names.

    Parameters
    ----------
    persons : Table
        ``record_id, rule, key, seen_on``: edges of the rule `customers.person_id` to others.
    nodes : Table
        ``record_id`` of all records that may be named.
    """
    named = nodes.select("record_id", key=key_of(PERSON_ID, nodes.record_id))
    others = persons.select(other="record_id", other_key="key")
    joined = named.join(others, named.key == others.other_key)
    return (
        joined.filter(joined.record_id != joined.other)
        .select("record_id", rule=ibis.literal(PERSON_ID), key="key", seen_on=ibis.null("date"))
        .distinct()
    )


def limited(edges: ir.Table, *, rules: Rules, apart: ir.Table, identifiers: ir.Table) -> ir.Table:
    """Say which edges link, but for the size of clusters.

    Parameters
    ----------
    edges : Table
        ``record_id, rule, key, seen_on``: all edges of every key in it.
    rules : Rules
        How many records may carry a key.
    apart : Table
        ``record_id, rule, key``: edges that a person took out of use.
    identifiers : Table
        contracts.person.IDENTIFIERS, for the days of birth of these records.

    Returns
    -------
    Table
        contracts.person.MATCH_KEYS, with the reasons `apart` and those of `UNUSED_KEYS`.
    """
    counts = edges.group_by(counted_key=edges.key).aggregate(records=edges.count())
    counted = edges.join(counts, edges.key == counts.counted_key).select(*EDGE.names, "records")
    limits = [(counted.rule == rule.name, rule.most_records) for rule in rules.rules if rule.most_records is not None]
    most = ibis.cases(*limits, else_=ibis.null("int64")) if limits else ibis.null("int64")
    shared = counted.mutate(shared=(counted.records > most).fill_null(False))
    taken = apart.select(taken_id="record_id", taken_rule="rule", taken_key="key", taken=ibis.literal(True)).distinct()
    marked = shared.left_join(
        taken,
        [shared.record_id == taken.taken_id, shared.rule == taken.taken_rule, shared.key == taken.taken_key],
    ).select(*EDGE.names, "records", "shared", "taken")
    several = _of_several_births(edges, identifiers, rules).select(born_key="key", born=ibis.literal(True))
    told = marked.left_join(several, marked.key == several.born_key)
    reason = ibis.cases(
        (told.taken.notnull(), "apart"), (told.shared, "shared"), (told.born.notnull(), "births"),
        else_=ibis.null("string"),
    )  # fmt: skip
    judged = told.select(*EDGE.names, "records", reason=reason)
    return MATCH_KEYS.shape(judged.mutate(used=judged.reason.isnull()))


def _of_several_births(edges: ir.Table, identifiers: ir.Table, rules: Rules) -> ir.Table:
    """Return the keys whose records were born in several years and on several days of the year: ``key``, each once."""
    heeding = [rule.name for rule in rules.rules if rule.one_birth]
    born = identifiers.filter((identifiers.kind == "birth_date") & (identifiers.status == "used"))
    asked = edges.filter(edges.rule.isin(heeding)) if heeding else edges.limit(0)
    told = asked.join(born.select("record_id", day="value"), "record_id")
    days = told.group_by("key").aggregate(years=told.day.left(4).nunique(), days=told.day.right(5).nunique())
    return days.filter((days.years > 1) & (days.days > 1)).select("key")
