"""The parts of one source -> its rows as a run reads them, in the columns of `contracts.raw.FIELDS`.

In   sources.collected.rows.SCHEMAS   what every event said, in the order in which the server was told
Out  contracts.raw.FIELDS             rows that the same rules judge as those of any file

What a browser said before anybody signed in on it is its only owner's, as far as the run's day knows one. Of a customer
the last word on each of her traits counts; of orders see `settled_orders`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.sources.collected.contacts import VISITED
from patron.sources.collected.row import MOMENT_PATTERN
from patron.sources.collected.rows import COLUMNS, NUMBER
from patron.sources.collected.settled_orders import order_lines
from patron.sources.convert import moment


@dataclass(frozen=True, kw_only=True)
class Settling:
    """What the rows depend on besides themselves.

    `owners` are ``anonymous_id, owner`` of browsers with one owner, see `owners_of`.
    """

    as_of: date
    zone: str
    owners: ir.Table | None = None


def settled(source: str, parts: ir.Table, settling: Settling) -> ir.Table:
    """Return the rows of one source.

    Parameters
    ----------
    source : str
        One of `rows.COLUMNS`.
    parts : Table
        `rows.SCHEMAS` of that source.
    settling : Settling
        The run's day, the project's zone, the owners of browsers.
    """
    return _SETTLED[source](parts, settling) if source in _SETTLED else parts


def owners_of(events: ir.Table, *, as_of: date, zone: str) -> ir.Table:
    """Return the browsers on which one customer alone was ever known by the end of `as_of`: ``anonymous_id, owner``."""
    known = events.filter(events.anonymous_id.notnull() & events.customer_id.notnull())
    known = known.filter(local_day(known.occurred_at, zone) <= ibis.literal(as_of))
    counted = known.group_by("anonymous_id").aggregate(
        owner=known.customer_id.min(), last=known.customer_id.max()
    )  # fmt: skip
    return counted.filter(counted.owner == counted.last).select("anonymous_id", "owner")


def local_day(text: ir.StringValue, zone: str) -> ir.DateValue:
    """Return the day of a moment of the parts, in the project's zone."""
    return moment(text, dates=(MOMENT_PATTERN,), zone=zone).date()


def _owned(rows: ir.Table, settling: Settling) -> ir.Table:
    """Put the owner of the browser where a row names nobody."""
    if settling.owners is None:
        return rows
    owners = settling.owners.rename(browser="anonymous_id")
    joined = rows.left_join(owners, rows.anonymous_id == owners.browser)
    return joined.mutate(customer_id=ibis.coalesce(joined.customer_id, joined.owner)).drop("browser", "owner")


def _consents(rows: ir.Table, settling: Settling) -> ir.Table:
    """Return statements; of the same signal of one person on one day, the first: browsers send it with every call.

    A signal of a browser whose owner nobody knows is nobody's statement yet: it waits in its part.
    """
    owned = _owned(rows, settling)
    named = owned.filter(owned.customer_id.notnull() | owned.signal.isnull())
    of_day = ibis.window(
        group_by=[named.customer_id, named.signal, local_day(named.given_at, settling.zone)], order_by=named[NUMBER]
    )
    placed = named.mutate(place=ibis.row_number().over(of_day))
    return placed.filter(placed.signal.isnull() | (placed.place == 0)).drop("place")


def _customers(rows: ir.Table, settling: Settling) -> ir.Table:
    """Return each customer once, with the last word on each of her traits up to the run's day."""
    known = rows.filter(local_day(rows.updated_on, settling.zone) <= ibis.literal(settling.as_of))
    told = [name for name in COLUMNS["customers"] if name != "customer_id"]
    last = {name: known[name].argmax(known[NUMBER], where=known[name].notnull()) for name in told}
    return known.group_by("customer_id").aggregate(**last, **{NUMBER: known[NUMBER].min()})


def _messages(rows: ir.Table, settling: Settling) -> ir.Table:
    """Return the moments of messages; a visit by a link of one that we sent is a click of whom it was sent to.

    Who forwards a message brings visits that are hers: nobody else was written to. A visit whose address names no
    message of ours tells of none.
    """
    told = rows.filter(rows.event != VISITED)
    visits = rows.filter(rows.event == VISITED)
    sent = told.filter(told.event == "sent", told.customer_id.notnull())
    to = sent.group_by("message_id").aggregate(addressee=sent.customer_id.min())
    clicks = visits.inner_join(to, "message_id")
    clicks = clicks.mutate(customer_id=clicks.addressee, event=ibis.literal("clicked"))
    return _owned(told, settling).union(clicks.select(told.columns))


_SETTLED: Mapping[str, Callable[[ir.Table, Settling], ir.Table]] = {
    "customers": _customers,
    "consents": _consents,
    "messages": _messages,
    "order_lines": lambda rows, _settling: order_lines(rows),
}
