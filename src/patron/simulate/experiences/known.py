"""What is known of customers: what moves them, what they read, what they intend, and who lives with them.

What moves them they said twice, and the second time they were right more often. Intent is bought, and soon out of date.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.catalogue import NAMES
from patron.simulate.experiences.attitudes import ATTITUDES
from patron.simulate.people import People
from patron.simulate.tables import days_column, names_column

Ints = NDArray[np.int64]

ASKED = 0.30  # share of customers who said what moves them
RIGHT = (0.6, 0.85)  # chance that the first and the second snapshot say what the person is like
READS, PUBLICATIONS = 0.20, ("cooking", "gardening", "interiors", "sport")
INTENDS, LASTS = 0.15, 30  # share of customers of whom an intent is known; days
AT_HOME, CHILDREN = 0.25, ("0", "1", "2", "3 and more")

LIFESTYLE = tuple(one.lifestyle for one in ATTITUDES)


def known(
    rng: np.random.Generator, *, people: People, attitude: Ints, ids: pa.Array, calendar: Calendar
) -> tuple[pa.Table, pa.Table]:
    """Draw the attributes, and tell which of them stand on the last day.

    Returns
    -------
    Table, one row per attribute, source and day
        Columns as in `contracts.raw.FIELDS`, without prospects.
    Table, one row per customer and attribute that stands
        ``customer_id, trait, value``.
    """
    last, begun = calendar.days - 1, np.clip(people.acquired, 0, calendar.days - 1)
    said = np.flatnonzero(rng.random(len(people)) < ASKED)
    early = begun[said] + rng.integers(0, 60, len(said))
    late = early + rng.integers(90, 500, len(said))
    moods = [_moved(rng, attitude[said], right) for right in RIGHT]
    parts = [
        _rows(ids, calendar, said, "lifestyle", names_column(LIFESTYLE, mood), "Own survey", "profiling", day)
        for mood, day in zip(moods, (early, late), strict=True)
    ]
    for share, trait, values, source, purpose in (
        (READS, "publication", PUBLICATIONS, "Own survey", "marketing"),
        (AT_HOME, "children_at_home", CHILDREN, "Example Households", "profiling"),
        (INTENDS, "intent", NAMES, "Example Intent", "profiling"),
    ):
        who = np.flatnonzero(rng.random(len(people)) < share)
        value = names_column(values, rng.integers(0, len(values), len(who)))
        fresh = rng.random(len(who)) < 0.5
        lasts = LASTS if trait == "intent" else 2 * calendar.days
        day = np.where(fresh, last - rng.integers(0, LASTS, len(who)), last - 2 * LASTS)
        until = None if source == "Own survey" else np.maximum(day, 0) + lasts
        parts.append(_rows(ids, calendar, who, trait, value, source, purpose, np.maximum(day, 0), until))
    # What was said after the last day is not said yet.
    table = pa.concat_tables(parts)
    limit = pa.scalar(calendar.first_day + timedelta(days=last), pa.date32())
    table = table.filter(pa.compute.less_equal(table["dated"], limit))
    return table, _standing(table, limit)


def _moved(rng: np.random.Generator, attitude: Ints, right: float) -> Ints:
    other = (attitude + rng.integers(1, len(ATTITUDES), len(attitude))) % len(ATTITUDES)
    return np.where(rng.random(len(attitude)) < right, attitude, other)


def _rows(  # noqa: PLR0913 - each is a column
    ids: pa.Array, calendar: Calendar, who: Ints, trait: str, value: pa.Array, source: str, purpose: str, day: Ints,
    until: Ints | None = None,
) -> pa.Table:  # fmt: skip
    many = len(who)
    ends = pa.nulls(many, pa.date32()) if until is None else days_column(calendar.first_day, until)
    licence = None if until is None else "internal use"
    return pa.table({
        "customer_id": ids.take(pa.array(who)), "trait": pa.array([trait] * many, pa.string()), "value": value,
        "source": pa.array([source] * many, pa.string()), "dated": days_column(calendar.first_day, day),
        "licence": pa.array([licence] * many, pa.string()), "expires_on": ends,
        "purpose": pa.array([purpose] * many, pa.string()),
    })  # fmt: skip


def _standing(table: pa.Table, last: pa.Scalar) -> pa.Table:
    """Return the newest value of each customer and attribute that may be used on the last day."""
    running = pa.compute.or_kleene(
        pa.compute.is_null(table["expires_on"]), pa.compute.greater_equal(table["expires_on"], last)
    )
    valid = table.filter(running).sort_by(
        [("customer_id", "ascending"), ("trait", "ascending"), ("dated", "ascending")]
    )
    newest = valid.group_by(["customer_id", "trait"], use_threads=False).aggregate([("value", "last")])
    return newest.rename_columns(["customer_id", "trait", "value"])
