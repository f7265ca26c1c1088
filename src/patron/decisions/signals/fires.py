"""The rows of one signal: for whom it fires, about what, since when and until when.

Out  ``customer_id, subject, fired_on, fresh_until, strength, value, facts``: what `signals` puts its names beside
"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts.contract import MONEY
from patron.engines.constant import constant

COLUMNS = {
    "customer_id": "string", "subject": "string", "fired_on": "date", "until": "date", "strength": "float64",
    "value": MONEY, **{f"{part}_{n}": "string" for part in ("key", "fact") for n in (1, 2, 3)},
}  # fmt: skip
"""What the rows of each signal have, and of which type; `until` is none where the signal's own days say it."""

UNSAFE = r'[\x00-\x1f"\\]'
"""What may not stand in a text of JSON as it is; it is left out."""


def fires(
    rows: ir.Table, *, fired_on: ir.Value, until: ir.Value | None = None, subject: ir.Value | None = None,
    strength: ir.Value | float | None = None, value: ir.Value | None = None, facts: dict[str, ir.Value] | None = None,
) -> ir.Table:  # fmt: skip
    """Return rows with the columns that every signal has; whether they are fresh is asked of all at once later.

    Parameters
    ----------
    rows : Table
        One row for each customer and subject.
    fired_on : date column
        Day of the fact.
    until : date column, optional
        The last day on which it is fresh; else so many days later as the signal's `fresh_days`.
    subject : text column, optional
        What it is about.
    strength : column or number, optional
        From 0 to 1; what lies outside is cut.
    value : column, optional
        Money.
    facts : mapping of name to column, optional
        Three at most: what the reason is written with.
    """
    told = facts or {}
    given = {
        "customer_id": rows.customer_id, "fired_on": fired_on, "until": until, "value": value,
        "subject": ibis.literal("") if subject is None else subject,
        "strength": constant(strength) if isinstance(strength, float) else strength,
        **{f"key_{n}": ibis.literal(key) for n, key in enumerate(told, start=1)},
        **{f"fact_{n}": one for n, one in enumerate(told.values(), start=1)},
    }  # fmt: skip
    return rows.select(**{name: _typed(given.get(name), kind) for name, kind in COLUMNS.items()})


def written(rows: ir.Table) -> ir.StringValue:
    """Write the facts of all signals as JSON objects of texts; a fact that nobody knows is left out."""
    text = ibis.literal("")
    for n in (1, 2, 3):
        fact = rows[f"fact_{n}"].re_replace(UNSAFE, "")
        pair = ibis.literal('"').concat(rows[f"key_{n}"], '": "', fact, '", ')
        text = text.concat(ibis.coalesce(pair, ibis.literal("")))
    return ibis.literal("{").concat(text.re_replace(", $", ""), "}")


def _typed(value: ir.Value | None, kind: str) -> ir.Value:
    if value is None:
        return ibis.null(kind)
    return value if value.type() == ibis.dtype(kind) else value.cast(kind)


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
