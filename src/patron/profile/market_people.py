"""Customers and prospects side by side, with the traits that are known of both.

In   contracts.person.TRAITS, contracts.customer.PROFILES and FORECASTS; contracts.raw_dealings.RAW_PROSPECTS and the
     prospects' usable traits
Out  one row per person, a column per trait
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.profile.known import day_of

OWN = {"channel": "acquisition_channel", "country": "country"}
"""Traits that the profile of every customer has, and its columns."""

USES = ("advertising", "analytics", "marketing", "profiling")
"""What a trait must have been given for, to tell whom to win: not for measurement or operations alone."""

RESERVED = ("as_of", "customer_id", "ideal", "predicted_value", "prospect_id")
"""Columns beside those of the traits, whose names no trait can have."""

MOST_TRAITS = 40
NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """A trait, whether its values are numbers, and of how many people it is known."""

    name: str
    numeric: bool
    people: int


def for_market(traits: ir.Table) -> ir.Table:
    """Return the traits that may be used to tell whom to win: by their purpose, and none that the law protects."""
    named = traits.filter(traits.purpose.isin(USES) & ~traits.sensitive)
    return named.filter(named["value"].notnull())


def known_traits(traits: ir.Table, *, least: int = 1) -> tuple[Known, ...]:
    """Return the traits of some people, the best known first. This counts them: one engine call."""
    text = traits["value"]
    counted = traits.group_by("trait").aggregate(
        people=traits.count(), numbers=text.re_search(NUMBER).cast("int64").sum()
    )
    counted = counted.filter((counted.people >= least) & counted.trait.lower().notin(RESERVED))
    found: dict[str, Known] = {}
    most = counted.order_by(counted.people.desc(), "trait").limit(MOST_TRAITS)
    for row in most.to_pyarrow().to_pylist():  # of names that differ only by case one can be a column
        known = Known(name=row["trait"], numeric=row["numbers"] == row["people"], people=row["people"])
        found.setdefault(known.name.lower(), known)
    return tuple(found.values())


def with_traits(people: ir.Table, traits: ir.Table, names: Mapping[str, bool], *, key: str) -> ir.Table:
    """Return people with a column per trait, in the order of `names`.

    Parameters
    ----------
    people : Table, one row per person
        Column `key`; a column of a trait's name stands before what the traits say.
    traits : Table, one row per person and trait
        Columns `key`, ``trait`` and ``value``.
    names : mapping of str to bool
        The traits, and whether they are numbers.
    key : str
        ``customer_id`` or ``prospect_id``.
    """
    if not names:
        return people
    wanted = traits.filter(traits.trait.isin(list(names)))
    columns = {
        f"trait_{place}": ibis.ifelse(wanted.trait == name, wanted["value"], ibis.null("string")).max()
        for place, name in enumerate(names)
    }
    wide = wanted.group_by(_who=wanted[key]).aggregate(**columns)
    both = people.left_join(wide, [(key, "_who")])
    told = {}
    for place, (name, numeric) in enumerate(names.items()):
        value = both[f"trait_{place}"]
        text = ibis.coalesce(both[name].cast("string"), value) if name in people.columns else value
        told[name] = ibis.ifelse(text.re_search(NUMBER), text, ibis.null("string")).cast("float64") if numeric else text
    rest = [name for name in people.columns if name not in names]
    return both.select(*rest, **told)


def own_traits(profiles: ir.Table, forecasts: ir.Table) -> ir.Table:
    """Return the customers with a forecast: ``customer_id, predicted_value`` and the traits of their profiles."""
    worth = forecasts.select(_who="customer_id", predicted_value="predicted_value")
    both = profiles.inner_join(worth, [("customer_id", "_who")])
    return both.select("customer_id", "predicted_value", **{name: both[column] for name, column in OWN.items()})


def open_prospects(prospects: ir.Table, consents: ir.Table, *, as_of: date, opens: str) -> ir.Table:
    """Return the prospects who are no customers and said no to nothing: ``prospect_id, channel``.

    Parameters
    ----------
    prospects : Table
        contracts.raw_dealings.RAW_PROSPECTS.
    consents : Table
        contracts.person.CONSENTS, in which a prospect is called by the id behind `opens`.
    as_of : date
        The last day we may know about.
    opens : str
        What opens the name of a prospect (contracts.raw_dealings.PROSPECT).
    """
    free = prospects.filter(prospects.customer_id.isnull() & (day_of(prospects.first_seen_on) <= ibis.literal(as_of)))
    free = free.select("prospect_id", "channel", _name=ibis.literal(opens).concat(free.prospect_id))
    no = consents.filter(~consents.allowed & consents.purpose.isin(["advertising", "marketing", "profiling", "*"]))
    refused = no.select(_refused=no.customer_id).distinct()
    return free.anti_join(refused, [("_name", "_refused")]).drop("_name")


def shared(customers: Sequence[Known], prospects: Sequence[Known]) -> dict[str, bool]:
    """Return the traits that are known of both, and whether they are numbers in both.

    Examples
    --------
    >>> shared([Known("age", True, 9), Known("town", False, 5)], [Known("age", True, 3), Known("car", False, 2)])
    {'age': True}
    """
    theirs = {one.name: one.numeric for one in prospects}
    return {one.name: one.numeric and theirs[one.name] for one in customers if one.name in theirs}
