"""Signals of days that return each year."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.decisions.signals.fires import fires, later
from patron.decisions.signals.known import Known
from patron.engines.constant import constant

LIKELY = 0.5
"""Chance of having ordered before the data begin from which the first order that is known is no first order."""


def anniversary(known: Known) -> ir.Table:
    """Find since whose first order a year, or several, have passed."""
    days = known.fresh["anniversary"]
    people = known.people
    people = people.filter(people.began.fill_null(0.0) < constant(LIKELY))  # else the first order was before the data
    came = on_days(people, people.first_order_on, known.as_of - timedelta(days=days), known.as_of)
    return fires(
        came, fired_on=came["on"], strength=1.0, value=came.ahead,
        facts={"years": (came["on"].year() - came.first_order_on.year()).cast("int64"), "first": came.first_order_on},
    )  # fmt: skip


def birthday(known: Known) -> ir.Table:
    """Find whose birthday is near: the signal fires before the day, and is over with it."""
    days = known.fresh["birthday"]
    told = known.tables["golden_records"]
    born = told.filter(told.attribute == "birth_date")
    born = born.select("customer_id", born_on=born["value"].try_cast("date")).filter(lambda t: t.born_on.notnull())
    people = known.with_people(born, "ahead")
    near = on_days(people, people.born_on, known.as_of, known.as_of + timedelta(days=days))
    return fires(
        near, fired_on=later(near["on"], -days), until=near["on"], strength=1.0,
        value=near.ahead, facts={"day": near["on"]},
    )  # fmt: skip


def on_days(rows: ir.Table, day: ir.DateValue, first: date, last: date) -> ir.Table:
    """Return the rows whose day of the year comes again from one day to another, in a later year: ``on`` says when.

    Who was born on the 29th of February has the 28th in other years.
    """
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    keys = [(100 * one.month + one.day, one) for one in days]
    keys += [(229, one) for one in days if (one.month, one.day) == (2, 28) and not isleap(one.year)]
    table = ibis.memtable(
        pa.table(
            {"key": pa.array([key for key, _ in keys], pa.int64()), "on": pa.array([on for _, on in keys], pa.date32())}
        )
    )
    keyed = rows.mutate(key=(day.month() * 100 + day.day()).cast("int64"), began=day)
    met = keyed.inner_join(table, "key")
    return met.filter(met["on"].year() > met.began.year()).drop("key", "began")
