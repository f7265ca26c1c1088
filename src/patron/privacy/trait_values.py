"""All values of an attribute: several that stand together, and what stood on an earlier day.

In   contracts.raw_people.RAW_TRAITS   one value of one attribute of one record
Out  contracts.person.TRAIT_VALUES     one value of one attribute of one customer, as one source told it on one day

What a source tells of one attribute on one day is a snapshot: three newspapers that somebody reads are three values of
one snapshot, and the next snapshot of the same source replaces all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.person import TRAIT_VALUES
from patron.privacy.policy import Policy
from patron.privacy.traits import usable_values

SNAPSHOT = ("customer_id", "trait", "_source")
UNDATED = date(1900, 1, 1)  # before every day: what has no day is replaced by what has one


def trait_values(
    raw_traits: ir.Table, links: ir.Table, consents: ir.Table, *, as_of: date, policy: Policy, names: Iterable[str]
) -> ir.Table:
    """Return every value that was known and may be used on the day `as_of`, with the day that replaced it.

    Arguments are those of `traits`.

    Returns
    -------
    Table
        contracts.person.TRAIT_VALUES. What a licence no longer allows is not there, for earlier days either.
    """
    free = usable_values(raw_traits, links, consents, as_of=as_of, policy=policy, names=names)
    told = free.mutate(_source=free.source.fill_null(""), _day=ibis.coalesce(free.dated, ibis.literal(UNDATED)))
    # A merged customer may be told the same thing of two records.
    twice = ibis.window(group_by=[*SNAPSHOT, "_day", "value"], order_by=[told.file.desc(), told.row.desc()])
    once = told.mutate(_place=ibis.row_number().over(twice)).filter(lambda t: t._place == 0).drop("_place")
    days = once.select(*SNAPSHOT, "_day").distinct()
    following = days.mutate(replaced_on=days._day.lead().over(ibis.window(group_by=SNAPSHOT, order_by=days._day)))
    joined = once.left_join(following, [*SNAPSHOT, "_day"])
    return TRAIT_VALUES.shape(joined)


def traits_on(values: ir.Table, day: date) -> ir.Table:
    """Return the values that stood on a day: contracts.person.TRAIT_VALUES.

    Parameters
    ----------
    values : Table
        contracts.person.TRAIT_VALUES, as of that day or a later one.
    day : date
        The day.
    """
    on = ibis.literal(day)
    stands = values.replaced_on.isnull() | (values.replaced_on > on)
    return values.filter((values.dated.isnull() | (values.dated <= on)) & stands)
