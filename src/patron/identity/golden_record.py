"""What is known of a customer: one value per attribute, chosen by stated rules, and the values that lost.

In   contracts.person.IDENTIFIERS, LINKS      what each record says, and whose record it is
Out  contracts.person.GOLDEN_RECORDS          one value per customer and attribute, with why, whence and when
     contracts.person.GOLDEN_CONFLICTS        the other values

An address is taken from one record as a whole, and so is a name: the street of one record beside the town of another
is nobody's address. Within an attribute the criteria stand in the order of `_CRITERIA`; the first that tells the
winner from the best other value is the reason that is given.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from patron.contracts.person import GOLDEN_CONFLICTS, GOLDEN_RECORDS
from patron.identity.keep import Keep
from patron.identity.record_owners import record_owners

CORRECTION = "correction"
"""The source of a value that the person herself put right."""

_WHOLES = {
    "address": ("street", "city", "region", "postal_code", "country", "address"),
    "name": ("given_name", "family_name", "name"),
}
"""What belongs together, and is taken from one record where one record has it."""

_CRITERIA = {
    "uncorrected": "corrected",
    "distrust": "trusted",
    "age": "newest",
    "rarity": "most_frequent",
    "brevity": "most_complete",
}
"""By the column in which less is better: the rule it stands for. The order is the order of the rules."""

_ATTRIBUTE = ["customer_id", "attribute"]
_PARTS = [kind for kinds in _WHOLES.values() for kind in kinds]


def golden_records(
    identifiers: ir.Table,
    links: ir.Table,
    *,
    trust: Sequence[str] = (),
    corrections: ir.Table | None = None,
    keep: Keep | None = None,
) -> tuple[ir.Table, ir.Table]:
    """Choose one value per customer and attribute.

    Parameters
    ----------
    identifiers : Table, one row per value of a record
        contracts.person.IDENTIFIERS. Values that are blocked or not what their kind must be never stand.
    links : Table, one row per record
        contracts.person.LINKS.
    trust : sequence of str
        Sources, the most trusted first. Those not named follow, all alike.
    corrections : Table, optional, one row per customer and attribute
        ``customer_id, attribute, value, made_on``: what the person herself put right. It stands above everything.
        A customer who was merged into another takes her corrections along; of two for one attribute the newer holds.
    keep : function, optional
        Writes a table aside and returns it as written, so that what both results need is worked out once.

    Returns
    -------
    records : Table, one row per customer and attribute
        contracts.person.GOLDEN_RECORDS, with the value as a person wrote it. The order of the rules: corrected, most
        trusted source, newest, in most records, most complete; what nothing tells apart is decided by the text.
    conflicts : Table, one row per other value
        contracts.person.GOLDEN_CONFLICTS. Spellings that normalise to the same value are no conflict.
    """
    owners = record_owners(links)
    said = _said(identifiers, owners)
    corrected = None if corrections is None else _corrected(corrections, owners)
    disputed = _disputed(said, corrected)
    candidates = _candidates(said.semi_join(disputed, "customer_id"), trust)
    if corrected is not None:
        candidates = ibis.union(candidates, corrected)
    values = _best_of(candidates, [*_ATTRIBUTE, "value"])
    placed = values.mutate(place=ibis.row_number().over(_order(values, _ATTRIBUTE)), rule=_rule(values))
    placed = placed.drop(*_CRITERIA, "whole")
    if keep is not None:
        placed = keep("golden_places", placed)
    winners = placed.filter(placed.place == 0)
    conflicts = _conflicts(placed, winners)
    alone = said.anti_join(disputed, "customer_id")
    alone = alone.mutate(rule=ibis.literal("only"), others=ibis.literal(0, "int64"))
    records = ibis.union(*(made.select(*alone.columns) for made in (alone, _with_others(winners, conflicts))))
    return GOLDEN_RECORDS.shape(records.mutate(value=records.given)), GOLDEN_CONFLICTS.shape(conflicts)


def _said(identifiers: ir.Table, owners: ir.Table) -> ir.Table:
    used = identifiers.filter(identifiers.status == "used").inner_join(owners, "record_id")
    return used.select(
        customer_id=used.customer_id,
        attribute=used.kind,
        value=used.value,
        given=used.given,
        source=used.source,
        record_id=used.record_id,
        dated=ibis.coalesce(used.changed_on, used.seen_on),
    )


def _disputed(said: ir.Table, corrected: ir.Table | None) -> ir.Table:
    """Return the customers of whom something is said twice: with most there is nothing to choose."""
    twice = said.group_by(_ATTRIBUTE).aggregate(times=said.count())
    customers = twice.filter(twice.times > 1).select("customer_id")
    if corrected is not None:
        customers = ibis.union(customers, corrected.select("customer_id"))
    return customers.distinct()


def _with_others(winners: ir.Table, conflicts: ir.Table) -> ir.Table:
    counts = conflicts.group_by(_ATTRIBUTE).aggregate(conflicts=conflicts.count().cast("int64"))
    joined = winners.left_join(counts, _ATTRIBUTE)
    return joined.mutate(others=joined.conflicts.fill_null(0))


def _candidates(said: ir.Table, trust: Sequence[str]) -> ir.Table:
    part = said.attribute.isin(_PARTS)
    single = said.filter(~part)
    single = single.mutate(whole=single.value, dated_whole=single.dated, size=single.given.length().cast("int64"))
    whole = ibis.union(single, *(_part_of(said, kinds) for kinds in _WHOLES.values()))
    return _criteria(whole, trust)


def _part_of(said: ir.Table, kinds: tuple[str, ...]) -> ir.Table:
    """Judge each part of an address or name by what its record says of the whole."""
    parts = said.filter(said.attribute.isin(kinds))
    record = ["customer_id", "source", "record_id"]
    text = {f"_{kind}": ibis.ifelse(parts.attribute == kind, parts.value, ibis.null("string")).max() for kind in kinds}
    wholes = parts.group_by(record).aggregate(**text, dated_whole=parts.dated.max(), size=parts.given.length().sum())
    told = [wholes[name].fill_null("") for name in text]
    wholes = wholes.select(
        *record, "dated_whole", whole=ibis.literal("\n").join(told), size=wholes["size"].cast("int64")
    )
    joined = parts.inner_join(wholes, record)
    return joined.select(*said.columns, "whole", "dated_whole", "size")


def _criteria(said: ir.Table, trust: Sequence[str]) -> ir.Table:
    """Write each criterion as a column in which less is better."""
    places = [(said.source == source, place) for place, source in enumerate(trust)]
    same = ibis.window(group_by=[said.customer_id, said.attribute, said.whole])
    return said.select(
        *_ATTRIBUTE,
        "value",
        "given",
        "source",
        "record_id",
        "dated",
        "whole",
        uncorrected=ibis.literal(1, "int64"),
        distrust=(ibis.cases(*places, else_=len(trust)) if places else ibis.literal(0)).cast("int64"),
        age=_age(said.dated_whole),
        rarity=-said.count().over(same).cast("int64"),
        brevity=-said["size"],
    )


def _age(day: ir.DateValue) -> ir.IntegerValue:
    """Count days from the day to 2100; a day that is not known is older than any other."""
    days = ibis.date(2100, 1, 1).delta(day, unit="day")
    return days.cast("int64").fill_null(10_000_000)


def _corrected(corrections: ir.Table, owners: ir.Table) -> ir.Table:
    said = corrections.select("attribute", "value", "made_on", record_id=corrections.customer_id)
    joined = said.inner_join(owners, "record_id")  # who is not known any more gets no record by an old correction
    rows = joined.select(
        customer_id=joined.customer_id,
        attribute=joined.attribute,
        value=joined.value,
        given=joined.value,
        source=ibis.literal(CORRECTION),
        record_id=joined.record_id,
        dated=joined.made_on,
        whole=joined.value,
        uncorrected=ibis.literal(0, "int64"),
        distrust=ibis.literal(0, "int64"),
        age=_age(joined.made_on),
        rarity=ibis.literal(0, "int64"),
        brevity=ibis.literal(0, "int64"),
    )
    return _best_of(rows, _ATTRIBUTE)


def _order(table: ir.Table, within: Sequence[str]) -> ibis.expr.builders.WindowBuilder:
    ties = ("whole", "value", "given", "source", "record_id")
    return ibis.window(
        group_by=[table[name] for name in within], order_by=[table[name].asc() for name in (*_CRITERIA, *ties)]
    )


def _best_of(table: ir.Table, within: Sequence[str]) -> ir.Table:
    placed = table.mutate(place=ibis.row_number().over(_order(table, within)))
    return placed.filter(placed.place == 0).drop("place")


def _rule(values: ir.Table) -> ir.StringValue:
    """Name the first criterion in which a row is better than the next; meant for the row that stands first."""
    order = _order(values, _ATTRIBUTE)
    following = {name: values[name].lead().over(order) for name in _CRITERIA}
    better = [(values[name] < following[name], rule) for name, rule in _CRITERIA.items()]
    alone = following["uncorrected"].isnull()
    return ibis.cases((values.uncorrected == 0, "corrected"), (alone, "only"), *better, else_="tied")


def _conflicts(placed: ir.Table, winners: ir.Table) -> ir.Table:
    """Keep the values that lost, each spelling once; not what the person's own correction only spelt otherwise."""
    won = winners.select(*_ATTRIBUTE, won=winners.given)
    rest = placed.filter(placed.place > 0).inner_join(won, _ATTRIBUTE)
    rest = rest.filter((rest.given != rest.won) & (rest.value != rest.won))
    spelt = ibis.window(group_by=[rest.customer_id, rest.attribute, rest.given], order_by=[rest.place])
    rest = rest.mutate(spelling=ibis.row_number().over(spelt))
    rest = rest.filter(rest.spelling == 0)
    return rest.select(*_ATTRIBUTE, value=rest.given, source=rest.source, record_id=rest.record_id, dated=rest.dated)
