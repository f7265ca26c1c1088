"""The rows of one signal: for whom it fires, about what, since when and until when.

Out  ``customer_id, subject, fired_on, fresh_until, strength, value, facts``: what `signals` puts its names beside
"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts.contract import MONEY
from patron.engines.constant import constant

COLUMNS = ("customer_id", "subject", "fired_on", "fresh_until", "strength", "value", "facts")

UNSAFE = r'[\x00-\x1f"\\]'
"""What may not stand in a text of JSON as it is; it is left out."""


def fires(
    rows: ir.Table, *, as_of: date, days: int, fired_on: ir.Value, until: ir.Value | None = None,
    subject: ir.Value | None = None, strength: ir.Value | float | None = None, value: ir.Value | None = None,
    facts: dict[str, ir.Value] | None = None,
) -> ir.Table:  # fmt: skip
    """Return the rows that are fresh on a day, with the columns that every signal has.

    Parameters
    ----------
    rows : Table
        One row for each customer and subject.
    as_of : date
        The day.
    days : int
        For how many days after `fired_on` a row is fresh, where `until` does not say.
    fired_on : date column
        Day of the fact; what lies after `as_of` has not fired yet.
    until : date column, optional
        The last day on which it is fresh.
    subject : text column, optional
        What it is about.
    strength : column or number, optional
        From 0 to 1; what lies outside is cut.
    value : column, optional
        Money.
    facts : mapping of name to column, optional
        Whole numbers, dates and texts that the reason is written with.
    """
    table = rows.select(
        customer_id="customer_id",
        subject=ibis.literal("") if subject is None else ibis.coalesce(subject, ibis.literal("")),
        fired_on=fired_on.cast("date"),
        fresh_until=later(fired_on, days) if until is None else until.cast("date"),
        strength=_strength(strength),
        value=ibis.null(MONEY) if value is None else value.cast(MONEY),
        facts=_written(facts or {}),
    )
    today = ibis.literal(as_of)
    return table.filter((table.fired_on <= today) & (table.fresh_until >= today))


def later(day: ir.Value, days: int | ir.IntegerValue) -> ir.DateValue:
    """Return the day so many days after another."""
    ahead = ibis.interval(days=days) if isinstance(days, int) else days.as_interval("D")
    return (day + ahead).cast("timestamp").cast("date")


def lately(day: ir.Value, *, as_of: date, days: int) -> ir.BooleanValue:
    """Tell whether a day lies in the last `days` up to a day."""
    return day.between(ibis.literal(as_of - timedelta(days=days)), ibis.literal(as_of))


def share(part: ir.Value, whole: ir.Value) -> ir.FloatingValue:
    """Return part / whole; none where there is no whole."""
    return part.cast("float64") / whole.cast("float64").nullif(constant(0.0))


def clear(times: ir.Value) -> ir.FloatingValue:
    """Return how clear a fact is that was seen so many times: 1/2 for once, 2/3 for twice, and so on."""
    seen = times.cast("float64")
    return seen / (seen + constant(1.0))


def _strength(strength: ir.Value | float | None) -> ir.Value:
    if strength is None:
        return ibis.null("float64")
    value = constant(strength) if isinstance(strength, float) else strength.cast("float64")
    return value.clip(constant(0.0), constant(1.0))


def _written(facts: dict[str, ir.Value]) -> ir.StringValue:
    """Write facts as a JSON object."""
    text = ibis.literal("{")
    for place, (name, value) in enumerate(facts.items()):
        text = text.concat(ibis.literal(f'{", " if place else ""}"{name}": '), _json(value))
    return text.concat(ibis.literal("}"))


def _json(value: ir.Value) -> ir.StringValue:
    kind = value.type()
    if kind.is_integer():
        told = value.cast("string")
    else:
        told = ibis.literal('"').concat(value.cast("string").re_replace(UNSAFE, ""), ibis.literal('"'))
    return ibis.coalesce(told, ibis.literal("null"))
