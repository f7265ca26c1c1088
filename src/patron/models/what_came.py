"""What did each customer do in the days after an origin, and in as many days before it?

The days after are told as they were known on a later day that is named, so that what is learned on a day uses only what
was known by then; the days before as they were known on the origin.

In   `Facts`
Out  one row per question and customer who did anything
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.profile.facts import Facts, purchases_by

KEY = ("as_of", "horizon_days", "known_on")
COUNTS = (
    "bought", "came_back", "tickets", "last_ahead", "previous_bought", "previous_came_back", "previous_tickets",
)  # fmt: skip
MONEYS = ("amount", "previous_amount")
_WIDE = "decimal(38, 2)"


@dataclass(frozen=True, order=True)
class Question:
    """The days after an origin, as known on a later day."""

    as_of: date
    horizon_days: int
    known_on: date


def what_came(facts: Facts, questions: Sequence[Question]) -> ir.Table:
    """Return what customers did after each origin, and before it.

    Returns
    -------
    Table, one row per question and customer who did anything
        ``as_of, horizon_days, known_on, customer_id``; of the horizon ``bought`` (days with a purchase), ``amount``,
        ``last_ahead`` (days from the origin to the last of them, 0 without one), ``came_back`` (days on which something
        was returned), ``tickets`` (opened); of the equal period that ends on the origin the same with ``previous_``.
    """
    asked = ibis.memtable(
        pa.table({
            "as_of": pa.array([one.as_of for one in questions], pa.date32()),
            "horizon_days": pa.array([one.horizon_days for one in questions], pa.int64()),
            "known_on": pa.array([one.known_on for one in questions], pa.date32()),
        })
    )  # fmt: skip
    parts = [*_bought(facts, asked), *_dated(facts.returned, "day", "came_back", asked)]
    if facts.tickets is not None:
        parts += _dated(facts.tickets, "opened_on", "tickets", asked)
    every = ibis.union(*(_padded(part) for part in parts))
    return every.group_by(*KEY, "customer_id").aggregate(
        **{name: every[name].max() if name == "last_ahead" else every[name].sum().cast("int64") for name in COUNTS},
        **{name: every[name].sum() for name in MONEYS},
    )


def _bought(facts: Facts, asked: ir.Table) -> list[ir.Table]:
    known = purchases_by(facts, asked.select(as_of="known_on").distinct()).rename(known_on="as_of")
    later = _by_day(known, "known_on").inner_join(asked, "known_on")
    later = later.mutate(ahead=later.day.delta(later.as_of, unit="day").cast("int64"))
    later = later.filter((later.ahead >= 1) & (later.ahead <= later.horizon_days))
    sums = later.group_by(*KEY, "customer_id").aggregate(
        bought=later.count(), amount=later.amount.sum(), last_ahead=later.ahead.max()
    )
    before = purchases_by(facts, asked.select("as_of").distinct())
    before = _by_day(before, "as_of").inner_join(asked, "as_of")
    before = before.filter(before.as_of.delta(before.day, unit="day") < before.horizon_days)
    return [
        sums,
        before.group_by(*KEY, "customer_id").aggregate(
            previous_bought=before.count(), previous_amount=before.amount.sum()
        ),
    ]


def _by_day(kept: ir.Table, *by: str) -> ir.Table:
    return kept.group_by(*by, "customer_id", "day").aggregate(amount=kept.amount.sum())


def _dated(table: ir.Table, day: str, name: str, asked: ir.Table) -> list[ir.Table]:
    """Count the days (of returns) or rows (of tickets) in the horizon and before the origin."""
    days = table.select("customer_id", day=table[day])
    days = days.distinct() if name == "came_back" else days
    both = days.cross_join(asked)
    ahead = both.day.delta(both.as_of, unit="day")
    after = both.filter((ahead >= 1) & (ahead <= both.horizon_days) & (both.day <= both.known_on))
    before = both.filter((ahead <= 0) & (ahead > -both.horizon_days))
    return [
        after.group_by(*KEY, "customer_id").aggregate(**{name: after.count()}),
        before.group_by(*KEY, "customer_id").aggregate(**{f"previous_{name}": before.count()}),
    ]


def _padded(part: ir.Table) -> ir.Table:
    def column(name: str, kind: str) -> ir.Value:
        return (part[name] if name in part.columns else ibis.literal(0)).cast(kind)

    return part.select(
        *KEY, "customer_id", **{name: column(name, "int64") for name in COUNTS},
        **{name: column(name, _WIDE) for name in MONEYS},
    )  # fmt: skip
