"""Who lives, or pays, together?

In   contracts.person.IDENTIFIERS, LINKS             what each record says, and whose record it is
     contracts.raw_people.RAW_HOUSEHOLDS             what a source knows
Out  contracts.person.HOUSEHOLDS                     one row per customer

A household is a level of its own above customers: it never merges anybody. In order of strength, it is what a source
says; an address shared under one family name; a phone that a few people share. A key that more share belongs to an
institution (a hostel, an office, a call centre) and makes no household.

Households that a source tells apart are never joined, and none grows above the limit by chaining through its members:
where a weaker kind of key would do either, the people in question stay as the stronger kinds leave them.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts.person import HOUSEHOLDS
from patron.errors import ArgumentError
from patron.identity.components import components
from patron.identity.keep import Keep, numbered
from patron.identity.record_owners import record_owners
from patron.language import failure

RULES = ("given", "address", "phone")
"""Strongest first."""

MOST_MEMBERS = 12
MOST_ON_PHONE = 6


def households(
    identifiers: ir.Table,
    links: ir.Table,
    given: ir.Table | None = None,
    *,
    keep: Keep,
    most_members: int = MOST_MEMBERS,
    most_on_phone: int = MOST_ON_PHONE,
) -> ir.Table:
    """Put every customer into exactly one household.

    Parameters
    ----------
    identifiers : Table, one row per value of a record
        contracts.person.IDENTIFIERS; of it the kinds address, family_name and phone.
    links : Table, one row per record
        contracts.person.LINKS.
    given : Table, optional, one row per record
        contracts.raw_people.RAW_HOUSEHOLDS.
    keep : function
        Writes a table aside and returns it as written (components are found in rounds).
    most_members : int
        A household has no more; a key that more people share makes none.
    most_on_phone : int
        The same for a phone number, whose owner is easier to mistake.

    Returns
    -------
    Table, one row per customer
        contracts.person.HOUSEHOLDS. Its id comes from its smallest customer id, so it stays while she stays in it.

    Raises
    ------
    ArgumentError
        A limit is less than two.
    """
    for name, limit in {"most_members": most_members, "most_on_phone": most_on_phone}.items():
        if limit < 2:
            raise failure(ArgumentError, "golden.limit", argument=name, came=limit)
    keep = numbered(keep, "households")
    owners = record_owners(links)
    everybody = keep("everybody", _numbered(links))
    shared = _shared(_keys(identifiers, owners, given), most_members=most_members, most_on_phone=most_on_phone)
    edges = keep("keys", shared)
    homes = keep("given", _given_homes(edges, everybody, keep=keep, most_members=most_members))
    ties = keep("ties", _ties(edges, homes))
    for level in (2, 3):
        reached = _reached(ties, everybody, RULES[:level], keep=keep)
        homes = keep(f"level_{level}", _widened(homes, reached, level=level, most_members=most_members))
    return HOUSEHOLDS.shape(_members(homes, ties, _roles(given, owners)))


def _numbered(links: ir.Table) -> ir.Table:
    """Give the customers numbers in the order of their ids: the smallest number is the smallest id."""
    everybody = links.select("customer_id").distinct()
    return everybody.select("customer_id", number=ibis.row_number().over(order_by=everybody.customer_id))


def _keys(identifiers: ir.Table, owners: ir.Table, given: ir.Table | None) -> ir.Table:
    """Return who carries which key, once each: customer_id, rule, key."""
    used = identifiers.filter(identifiers.status == "used").inner_join(owners, "record_id")
    family = used.filter(used.kind == "family_name").select("source", "record_id", family=used.value)
    address = used.filter(used.kind == "address").inner_join(family, ["source", "record_id"])
    phone = used.filter(used.kind == "phone")
    parts = [
        _keyed("address", address.customer_id, address.value.concat("\n", address.family), address),
        _keyed("phone", phone.customer_id, phone.value, phone),
    ]
    if given is not None:
        known = given.select(record_id=given.customer_id, household_id=given.household_id).inner_join(
            owners, "record_id"
        )
        parts.append(_keyed("given", known.customer_id, known.household_id, known))
    return ibis.union(*parts, distinct=True)


def _keyed(rule: str, who: ir.StringValue, value: ir.StringValue, table: ir.Table) -> ir.Table:
    key = ibis.literal(f"{rule}\n").concat(value).hexdigest("md5")
    return table.select(customer_id=who, rule=ibis.literal(rule), key=key)


def _shared(keys: ir.Table, *, most_members: int, most_on_phone: int) -> ir.Table:
    """Keep the keys that make a household; a source may know of one with a single member."""
    carried = keys.mutate(carriers=keys.count().over(ibis.window(group_by=keys.key)))
    limit = ibis.ifelse(carried.rule == "phone", most_on_phone, most_members)
    makes = (carried.carriers <= limit) & ((carried.carriers > 1) | (carried.rule == "given"))
    return carried.filter(makes).select("customer_id", "rule", "key")


def _given_homes(edges: ir.Table, everybody: ir.Table, *, keep: Keep, most_members: int) -> ir.Table:
    """Give everybody the household that a source knows, else one of her own: customer_id, home, known, level.

    Customers who were merged join what a source holds for two households. Where that chains too many together, each
    keeps the first of her own.
    """
    told = edges.filter(edges.rule == "given")
    reached = _reached(edges, everybody, ("given",), keep=keep)
    first = told.group_by("customer_id").aggregate(key=told.key.min())
    joined = everybody.left_join(first, "customer_id").select("customer_id", "key")
    joined = joined.left_join(reached, "customer_id").select("customer_id", "key", "component")
    joined = joined.mutate(component=ibis.coalesce(joined.component, joined.customer_id))
    size = joined.count().over(ibis.window(group_by=joined.component))
    home = ibis.ifelse(joined.key.notnull() & (size > most_members), joined.key, joined.component)
    return joined.select("customer_id", home=home, known=joined.key.notnull(), level=ibis.literal(1, "int64"))


def _ties(edges: ir.Table, homes: ir.Table) -> ir.Table:
    """Leave out what would tie together two households that a source tells apart."""
    joined = edges.inner_join(homes.select("customer_id", "home", "known"), "customer_id")
    told = ibis.ifelse(joined.known, joined.home, ibis.null("string"))
    sides = joined.group_by("key").aggregate(sides=told.nunique())
    joined = joined.inner_join(sides, "key")
    left = joined.filter((joined.rule == "given") | ~joined.known | (joined.sides < 2))
    left = left.select("customer_id", "rule", "key")
    left = left.mutate(carriers=left.count().over(ibis.window(group_by=left.key)))
    return left.filter((left.carriers > 1) | (left.rule == "given")).drop("carriers")


def _reached(ties: ir.Table, everybody: ir.Table, rules: tuple[str, ...], *, keep: Keep) -> ir.Table:
    """Return who hangs together by keys of some rules: customer_id and the component's smallest customer_id."""
    carriers = ties.filter(ties.rule.isin(rules)).inner_join(everybody, "customer_id")
    star = carriers.number.min().over(ibis.window(group_by=carriers.key))
    found = components(carriers.select(left=carriers.number, right=star), keep=keep)
    named = found.inner_join(everybody, found.node == everybody.number).select("component", "customer_id")
    first = everybody.select("number", smallest=everybody.customer_id)
    named = named.inner_join(first, named.component == first.number)
    return named.select("customer_id", component=named.smallest)


def _widened(homes: ir.Table, reached: ir.Table, *, level: int, most_members: int) -> ir.Table:
    """Let those who are now connected live together, where they are few and at most one household is a source's."""
    joined = homes.left_join(reached, "customer_id").select(*homes.columns, "component")
    told = ibis.ifelse(joined.known, joined.home, ibis.null("string"))
    groups = joined.filter(joined.component.notnull()).mutate(told=told)
    groups = groups.group_by("component").aggregate(members=groups.count(), sides=groups.told.nunique())
    fit = groups.filter((groups.members <= most_members) & (groups.sides < 2)).select(fits=groups.component)
    joined = joined.left_join(fit, joined.component == fit.fits)
    return joined.select(
        "customer_id",
        home=ibis.coalesce(joined.fits, joined.home),
        known=joined.known,
        level=ibis.ifelse(joined.fits.notnull(), ibis.literal(level, "int64"), joined.level),
    )


def _roles(given: ir.Table | None, owners: ir.Table) -> ir.Table:
    if given is None:
        return owners.select("customer_id", role=ibis.null("string")).limit(0)
    said = given.select("role", record_id=given.customer_id).inner_join(owners, "record_id")
    return said.group_by("customer_id").aggregate(role=said.role.min())


def _members(homes: ir.Table, ties: ir.Table, roles: ir.Table) -> ir.Table:
    by_address = ties.filter(ties.rule == "address").select(at_home=ties.customer_id).distinct()
    known = homes.left_join(by_address, homes.customer_id == by_address.at_home)
    known = known.left_join(roles, "customer_id").drop("customer_id_right")
    home = ibis.window(group_by=[known.level, known.home])
    known = known.mutate(members=known.count().over(home), first=known.customer_id.min().over(home))
    rule = ibis.cases(
        (known.known, "given"),
        (known.members == 1, "alone"),
        (known.at_home.notnull(), "address"),
        else_="phone",
    )
    return known.select(
        "customer_id",
        household_id=ibis.literal("h:").concat(known["first"]),
        members=known.members,
        rule=rule,
        role=ibis.ifelse(known.known, known.role, ibis.null("string")),
    )
