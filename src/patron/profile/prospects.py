"""What is known of people who are no customers yet, as of a day, and which of them became one?

In   raw prospects: prospect_id, first_seen_on, channel, customer_id, converted_on
Out  one row per prospect and day on which she was known and no customer: features, and what came
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.profile.known import day_of


def prospect_features(prospects: ir.Table, *, days: Sequence[date]) -> ir.Table:
    """Return the prospects of some days, with what is known of them on each.

    Parameters
    ----------
    prospects : Table, one row per prospect
        ``prospect_id, first_seen_on, channel, converted_on``.
    days : sequence of date
        The last days that we may know about, each for itself. Who was seen later, or is a customer by then, is not
        there.

    Returns
    -------
    Table, one row per prospect and day
        ``customer_id`` (the prospect's id), ``as_of, days_since_seen, channel``, and the season as two columns.
    """
    open_ = _open(prospects, _asked(days))
    return open_.select(
        "as_of", "channel", "season_sine", "season_cosine",
        customer_id=open_.prospect_id.cast("string"),
        days_since_seen=open_.as_of.delta(open_.seen, unit="day").cast("int64"),
    )  # fmt: skip


def prospects_converted(prospects: ir.Table, *, asked: ir.Table) -> ir.Table:
    """Return which prospects became customers within a horizon.

    Parameters
    ----------
    prospects : Table
        As above.
    asked : Table, one row per question
        ``as_of, horizon_days, known_on``.

    Returns
    -------
    Table, one row per question and prospect who did
        ``as_of, horizon_days, known_on, customer_id, converted`` (1).
    """
    open_ = _open(prospects, asked)
    ahead = open_.converted.delta(open_.as_of, unit="day")
    did = open_.filter((ahead >= 1) & (ahead <= open_.horizon_days) & (open_.converted <= open_.known_on))
    return did.select(
        "as_of", "horizon_days", "known_on", customer_id=did.prospect_id.cast("string"), converted=ibis.literal(1)
    )


def _open(prospects: ir.Table, asked: ir.Table) -> ir.Table:
    dated = prospects.mutate(seen=day_of(prospects.first_seen_on), converted=day_of(prospects.converted_on))
    both = dated.cross_join(asked)
    return both.filter((both.seen <= both.as_of) & (both.converted.isnull() | (both.converted > both.as_of)))


def _asked(days: Sequence[date]) -> ir.Table:
    angles = [2 * math.pi * (day.timetuple().tm_yday - 1) / 365.25 for day in days]
    return ibis.memtable(
        pa.table({
            "as_of": pa.array(days, pa.date32()),
            "season_sine": [math.sin(angle) for angle in angles],
            "season_cosine": [math.cos(angle) for angle in angles],
        })
    )  # fmt: skip
