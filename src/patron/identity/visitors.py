"""Whose visit was it, before she told us who she was?

In   contracts.raw_people.RAW_EVENTS, contracts.person.LINKS     what happened on which device, and whose ids are whose
Out  contracts.person.LINKS                                      one row per browser, or visit, that has an owner

A browser on which one customer was ever identified is hers, with all that was done on it, also before she signed in.
On one that several share, a visit belongs to the only customer identified in it, and else to nobody. So when a second
person signs in on a browser, the first keeps the visits in which she herself was identified, and what was ambiguous
becomes nobody's.

Nothing is known here that the as-of day does not know: a later sign-in changes later runs only.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.person import LINKS
from patron.contracts.raw_people import RAW_EVENTS
from patron.identity.record_owners import record_owners

SOURCE = "events"

DEVICE = "visitor"
"""The rule: one customer was ever identified on the browser."""

VISIT = "visit"
"""The rule: several were, one of them in this visit."""

MOST_PEOPLE = 6
"""On one browser: with more it is a till, a kiosk or a library."""


def visitors(events: ir.Table, links: ir.Table, *, as_of: date) -> ir.Table:
    """Link browsers, and visits on shared browsers, to customers.

    Parameters
    ----------
    events : Table, one row per event
        contracts.raw_people.RAW_EVENTS.
    links : Table, one row per record
        contracts.person.LINKS: two ids that are one customer do not make a browser shared.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per browser or visit with an owner
        contracts.person.LINKS of the source ``events``. ``record_id`` names a browser (``visitor:`` and its id) or a
        visit on a shared one (``visit:`` and the MD5 of both ids); ``linked_on`` is the day of the first sign-in that
        tells. Events that carry a customer's id are not here: their records link as those of every source do.
    """
    seen = signed_in(events, links, as_of)
    devices = _owners(seen, ["anonymous_id"])
    own = devices.filter(devices.customers == 1)
    shared = devices.filter(devices.customers > 1)
    visits = _owners(seen.filter(seen.session_id.notnull()), ["anonymous_id", "session_id"])
    visits = visits.filter(visits.customers == 1).semi_join(shared, "anonymous_id")
    return LINKS.shape(
        ibis.union(
            _tied(own, DEVICE, _device(own), key=_device(own)), _tied(visits, VISIT, _visit(visits), key=_visit(visits))
        )
    )


def shared_browsers(events: ir.Table, links: ir.Table, *, as_of: date, most_people: int = MOST_PEOPLE) -> ir.Table:
    """Return the browsers that too many people use: tills, kiosks, libraries.

    They are told so that somebody looks at them. Their visits are linked as those of any shared browser.

    Returns
    -------
    Table, one row per browser with more than `most_people` customers
        ``anonymous_id``, ``customers`` (count), ``events`` (count, up to and including `as_of`).
    """
    devices = _owners(signed_in(events, links, as_of), ["anonymous_id"])
    crowded = devices.filter(devices.customers > most_people).select("anonymous_id", "customers")
    known = _until(events, as_of)
    counts = known.group_by("anonymous_id").aggregate(events=known.count())
    joined = crowded.inner_join(counts, "anonymous_id")
    return joined.select("anonymous_id", joined.customers.cast("int64"), joined.events.cast("int64"))


def events_with_customer(events: ir.Table, links: ir.Table) -> ir.Table:
    """Return the events with the customer in place of the source's own id, also those of visitors who were not known.

    Parameters
    ----------
    events : Table, one row per event
        contracts.raw_people.RAW_EVENTS.
    links : Table, one row per record
        contracts.person.LINKS, with what `visitors` found.

    Returns
    -------
    Table, one row per event
        contracts.raw_people.RAW_EVENTS. ``customer_id`` stays missing where nobody is known to have been the visitor.
    """
    table = events.mutate(_device=_device(events), _visit=_visit(events))
    for name, owners in {
        "_own": record_owners(links),
        "_by_device": _found(links, DEVICE),
        "_by_visit": _found(links, VISIT),
    }.items():
        by = {"_own": "customer_id", "_by_device": "_device", "_by_visit": "_visit"}[name]
        right = owners.select(**{f"{name}_record": owners.record_id, name: owners.customer_id})
        table = table.left_join(right, table[by] == right[f"{name}_record"]).drop(f"{name}_record")
    own = ibis.coalesce(table._own, table.customer_id)
    return RAW_EVENTS.shape(table.mutate(customer_id=ibis.coalesce(own, table._by_device, table._by_visit)))


def _until(events: ir.Table, as_of: date) -> ir.Table:
    return events.filter(events.occurred_at.date() <= ibis.literal(as_of))


def signed_in(events: ir.Table, links: ir.Table, as_of: date) -> ir.Table:
    """Return which customer was identified where: one row per browser, visit and customer, with the first day."""
    signed = _until(events, as_of)
    signed = signed.filter(signed.customer_id.notnull() & signed.anonymous_id.notnull())
    signed = signed.select("anonymous_id", "session_id", own_id=signed.customer_id, day=signed.occurred_at.date())
    owners = record_owners(links)
    joined = signed.left_join(owners, signed.own_id == owners.record_id)
    joined = joined.select(
        "anonymous_id", "session_id", "day", customer_id=ibis.coalesce(joined.customer_id, joined.own_id)
    )
    return joined.group_by("anonymous_id", "session_id", "customer_id").aggregate(day=joined.day.min())


def _owners(seen: ir.Table, of: list[str]) -> ir.Table:
    return seen.group_by(of).aggregate(
        customers=seen.customer_id.nunique(), customer_id=seen.customer_id.min(), day=seen.day.min()
    )


def _tied(found: ir.Table, rule: str, record: ir.StringValue, *, key: ir.StringValue) -> ir.Table:
    return found.select(
        source=ibis.literal(SOURCE),
        record_id=record,
        customer_id=found.customer_id,
        rule=ibis.literal(rule),
        key=key.hexdigest("md5"),
        linked_on=found.day,
        confidence=ibis.literal(1).cast("float64"),  # a literal 1.0 would be a decimal to DuckDB
    )


def _device(table: ir.Table) -> ir.StringValue:
    return ibis.literal(f"{DEVICE}:").concat(table.anonymous_id)


def _visit(table: ir.Table) -> ir.StringValue:
    """Name a visit; its own id may be a counter that starts anew in every browser."""
    both = table.anonymous_id.concat("\n", table.session_id)
    return ibis.literal(f"{VISIT}:").concat(both.hexdigest("md5"))


def _found(links: ir.Table, rule: str) -> ir.Table:
    return links.filter((links.source == SOURCE) & (links.rule == rule)).select("record_id", "customer_id")
