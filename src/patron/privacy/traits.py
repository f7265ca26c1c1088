"""Which attributes from elsewhere may be used of each customer?

In   contracts.raw_people.RAW_TRAITS   one value of one attribute of one record
Out  contracts.person.TRAITS           one attribute of one customer
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.person import TRAITS
from patron.privacy.policy import Policy
from patron.privacy.purpose import EVERY
from patron.privacy.sensitive import sensitive
from patron.privacy.signals import SENSITIVE


def trait_names(raw_traits: ir.Table) -> tuple[str, ...]:
    """Return the different attributes' names. This reads them: there are few."""
    names = raw_traits.select("trait").distinct().order_by("trait").to_pyarrow().column("trait").to_pylist()
    return tuple(names)


def traits(
    raw_traits: ir.Table,
    links: ir.Table,
    consents: ir.Table,
    *,
    as_of: date,
    policy: Policy,
    names: Iterable[str],
    people: ir.Table | None = None,
) -> ir.Table:
    """Return each customer's attributes as they may be used on the day `as_of`.

    Dropped are values that were not known yet, that a licence no longer allows, sensitive attributes that the settings
    do not allow, and sensitive ones of customers who had their use limited. Of several values the newest stands.

    Parameters
    ----------
    raw_traits : Table, one row per value
        contracts.raw_people.RAW_TRAITS.
    links : Table, one row per record
        contracts.person.LINKS.
    consents : Table, one row per customer, purpose and channel
        contracts.person.CONSENTS.
    as_of : date
        The run's day.
    policy : Policy
        Which sensitive attributes the settings allow.
    names : iterable of str
        The attributes' names (`trait_names`), to be judged one by one; an attribute that is not named does not pass.
    people : Table, optional
        The customers among whom sources are matched, by ``customer_id``; by default all that are known here.

    Returns
    -------
    Table, one row per customer and attribute
        contracts.person.TRAITS. ``match_rate`` counts what each source tells, also where the value of another stands.
    """
    free = usable_values(raw_traits, links, consents, as_of=as_of, policy=policy, names=names)
    everybody = _everybody(links, free) if people is None else people
    return TRAITS.shape(with_match_rate(_newest(free), told=free, people=everybody))


def usable_values(
    raw_traits: ir.Table, links: ir.Table, consents: ir.Table, *, as_of: date, policy: Policy, names: Iterable[str]
) -> ir.Table:
    """Return every value that may be used, new or old, with its customer; arguments as for `traits`."""
    marked = {name: sensitive(name) is not None for name in names}
    usable = sorted(name for name, special in marked.items() if not special or policy.allows_sensitive(name))
    special = sorted(name for name in usable if marked[name])
    rows = _usable(raw_traits, as_of, usable)
    owned = _owned(rows, links).mutate(sensitive=lambda t: t.trait.isin(special) if special else ibis.literal(False))
    limited = consents.filter(consents.purpose.isin([SENSITIVE, EVERY]) & ~consents.allowed)
    limited = limited.select(limited_id=limited.customer_id).distinct()
    return owned.anti_join(limited, (owned.customer_id == limited.limited_id) & owned.sensitive)


def with_match_rate(rows: ir.Table, *, told: ir.Table, people: ir.Table) -> ir.Table:
    """Add ``match_rate``: the share of `people` for whom the row's source tells the row's attribute, in `told`."""
    among = people.select(_match=people.customer_id).distinct()
    met = told.semi_join(among, [("customer_id", "_match")])
    counted = met.group_by(_trait=met.trait, _source=met.source.fill_null("")).aggregate(
        _matched=met.customer_id.nunique()
    )
    shares = counted.cross_join(among.aggregate(_people=among.count()))
    both = rows.mutate(_told=rows.source.fill_null("")).left_join(shares, [("trait", "_trait"), ("_told", "_source")])
    share = both._matched.cast("float64") / both._people.cast("float64").nullif(0)
    # Who is among nobody's customers matches nothing of them.
    return both.select(*rows.columns, match_rate=share.fill_null(0.0))


def _everybody(links: ir.Table, rows: ir.Table) -> ir.Table:
    return links.select("customer_id").union(rows.select("customer_id"), distinct=True)


def prospect_traits(raw_traits: ir.Table, *, as_of: date, names: Iterable[str]) -> ir.Table:
    """Return each prospect's attributes as they may be used on the day `as_of`; never sensitive ones.

    Of people with whom the shop has nothing to do yet, specially protected attributes are not for it to use, whatever
    the settings allow of customers.

    Returns
    -------
    Table, one row per prospect and attribute
        ``prospect_id, trait, value, purpose, sensitive`` (false).
    """
    rows = _usable(raw_traits, as_of, sorted(name for name in names if sensitive(name) is None))
    theirs = _newest(rows.filter(rows.prospect_id.notnull()), who="prospect_id")
    return theirs.select("prospect_id", "trait", "value", "purpose", sensitive=ibis.literal(value=False))


def _usable(raw_traits: ir.Table, as_of: date, names: list[str]) -> ir.Table:
    day = ibis.literal(as_of)
    known = (raw_traits.dated.isnull() | (raw_traits.dated <= day)) & (
        raw_traits.expires_on.isnull() | (raw_traits.expires_on >= day)
    )
    return raw_traits.filter(known & (raw_traits.trait.isin(names) if names else ibis.literal(False)))


def _owned(rows: ir.Table, links: ir.Table) -> ir.Table:
    """Replace the source's own id by the customer's; a record that no source links is its own customer."""
    rows = rows.filter(rows.customer_id.notnull())
    owners = links.group_by("record_id", owner_id=links.customer_id).aggregate(confidence=links.confidence.max())
    joined = rows.left_join(owners, rows.customer_id == owners.record_id)
    return joined.select(
        customer_id=ibis.coalesce(joined.owner_id, joined.customer_id),
        confidence=joined.confidence.fill_null(1.0),
        provenance=joined.file.concat("#", joined.row.cast("string")),
        **{name: joined[name] for name in rows.columns if name != "customer_id"},
    )


def _newest(rows: ir.Table, *, who: str = "customer_id") -> ir.Table:
    """Keep one value per person and attribute: the newest, then the one that its source wrote last."""
    order = [
        rows.dated.isnull(), rows.dated.desc(), rows.file.desc(), rows.row.desc(), rows.value,
    ]  # fmt: skip
    window = ibis.window(group_by=[who, "trait"], order_by=order)
    ranked = rows.mutate(place=ibis.row_number().over(window))
    return ranked.filter(ranked.place == 0)
