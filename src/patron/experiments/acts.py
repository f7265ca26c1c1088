"""What did each customer do on each day, as far as experiments are read by it?

In   contracts.customer.ORDERS, TAKINGS; raw_tickets, raw_messages, raw_surveys, each with the customer's id
Out  one row per customer and day on which anything happened: counts and exact money, all of which add up

A source that is not there leaves its column out, so that nobody takes the silence of a source for the silence of
customers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.profile.known import day_of, known_by

WIDE = "decimal(38, 2)"
COUNT = "int64"

COLUMNS: Mapping[str, str] = {
    "orders": COUNT, "revenue": WIDE, "margin": WIDE, "sold": WIDE, "returned": WIDE,
    "tickets": COUNT, "unsubscribes": COUNT, "promoted": COUNT, "nps_answers": COUNT, "eased": WIDE,
    "effort_answers": COUNT,
}  # fmt: skip
"""Each column and its type: ``sold`` is price before discount, ``promoted`` 100 a promoter and -100 a detractor,
``eased`` the points given to how easy it was."""

PROMOTER, PASSIVE = 9, 7


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What is known of customers, each table with a ``customer_id``; none where the source is not there.

    Parameters
    ----------
    orders : Table
        ``customer_id, ordered_at``; contracts.customer.ORDERS.
    takings : Table
        ``customer_id, day, revenue, returns, net_revenue, margin``; contracts.customer.TAKINGS. A return counts on the
        day of the sale that it takes back.
    tickets, messages, surveys : Table, optional
        raw_tickets, raw_messages and raw_surveys by customer.
    """

    orders: ir.Table
    takings: ir.Table
    tickets: ir.Table | None = None
    messages: ir.Table | None = None
    surveys: ir.Table | None = None


def acts(sources: Sources, *, as_of: date) -> ir.Table:
    """Add up what each customer did on each day up to `as_of`.

    Returns
    -------
    Table, one row per customer and day
        ``customer_id, day`` and of `COLUMNS` those that a source tells.
    """
    parts = [_ordered(sources.orders), _took(sources.takings)]
    if sources.tickets is not None:
        parts.append(sources.tickets.select("customer_id", day=day_of(sources.tickets.opened_at), tickets=_one()))
    if sources.messages is not None:
        parts.append(_unsubscribed(sources.messages))
    if sources.surveys is not None:
        parts.append(_answered(sources.surveys))
    told = [name for name in COLUMNS if any(name in part.columns for part in parts)]
    every = known_by(ibis.union(*(_widened(part, told) for part in parts)), as_of=as_of, column="day")
    return every.group_by("customer_id", "day").aggregate(**{name: summed(every[name], COLUMNS[name]) for name in told})


def summed(column: ir.NumericColumn, kind: str) -> ir.NumericScalar:
    """Return an exact sum of the type `kind`: a sum of whole numbers is wider than any column on DuckDB."""
    return column.sum().cast("decimal(38, 0)").cast(kind) if kind == COUNT else column.sum().cast(kind)


def _ordered(orders: ir.Table) -> ir.Table:
    return orders.select("customer_id", day=day_of(orders.ordered_at), orders=_one())


def _took(takings: ir.Table) -> ir.Table:
    return takings.select(
        "customer_id", "day", "margin", revenue=takings.net_revenue, sold=takings.revenue, returned=takings.returns
    )


def _unsubscribed(messages: ir.Table) -> ir.Table:
    left = messages.filter(messages.unsubscribed_at.notnull())
    return left.select("customer_id", day=day_of(left.unsubscribed_at), unsubscribes=_one())


def _answered(surveys: ir.Table) -> ir.Table:
    known = surveys.filter(surveys.kind.isin(("nps", "ces")) & surveys.score.notnull())
    asked, eased = known.kind == "nps", known.kind == "ces"
    group = ibis.cases((known.score >= PROMOTER, 100), (known.score >= PASSIVE, 0), else_=-100)
    return known.select(
        "customer_id", day=day_of(known.answered_at), promoted=asked.ifelse(group, 0),
        nps_answers=asked.ifelse(1, 0), eased=eased.ifelse(known.score.cast("decimal(18, 2)"), 0),
        effort_answers=eased.ifelse(1, 0),
    )  # fmt: skip


def _widened(part: ir.Table, told: list[str]) -> ir.Table:
    """Return a part with every column, 0 where it does not tell it."""
    return part.select(
        "customer_id", "day",
        **{name: (part[name] if name in part.columns else ibis.literal(0)).cast(COLUMNS[name]) for name in told},
    )  # fmt: skip


def _one() -> ir.IntegerScalar:
    return ibis.literal(1, COUNT)
