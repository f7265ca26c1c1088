"""What customers did, read from any kind of table and cut at a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis.expr.types as ir

from patron.contracts.habit import HABIT_EVENTS
from patron.errors import ContractError, NotEnoughData
from patron.language import did_you_mean, failure, listing
from patron.models.habit_counts import Asked
from patron.models.peer_rows import as_ibis
from patron.profile.known import day_of, known_by

COLUMNS = ("customer_id", "at", "event")
SHOWN = 20  # names of events in an error


def read_events(events: Any, *, as_of: date) -> ir.Table:
    """Return ``customer_id, day, event`` of what was known on `as_of`.

    Raises
    ------
    ContractError
        A column is missing, of another type, or empty in some rows.
    """
    table = as_ibis(events)
    for name in COLUMNS:
        if name not in table.columns:
            raise failure(
                ContractError, "errors.contract_column_missing", table="events", column=name, allowed="string",
                came=listing(table.columns), hint=did_you_mean(name, table.columns),
            )  # fmt: skip
    kind = table.at.type()
    if not (kind.is_timestamp() or kind.is_date()):
        raise failure(ContractError, "habits.at", came=str(kind))
    named = table.select(customer_id=table.customer_id.cast("string"), day=day_of(table.at), event="event")
    return known_by(HABIT_EVENTS.check(named), as_of=as_of, column="day")


def frequent(dated: ir.Table) -> dict[str, int]:
    """Return how many customers each event has."""
    counted = dated.group_by("event").aggregate(customers=dated.customer_id.nunique()).order_by("event")
    rows = counted.to_pyarrow().to_pylist()
    return {row["event"]: int(row["customers"]) for row in rows}


def check_events(known: Mapping[str, int], asked: Asked, *, as_of: date) -> None:
    """Refuse to look for anchors or outcomes that nobody has.

    Raises
    ------
    NotEnoughData
        With the events that there are.
    """
    if not known:
        raise failure(NotEnoughData, "habits.no_events", day=as_of)
    most = sorted(known, key=lambda name: -known[name])[:SHOWN]
    for key, names in (("no_anchor", asked.anchors), ("no_outcome", asked.outcomes)):
        if not set(names) & set(known):
            raise failure(
                NotEnoughData, f"habits.{key}", came=listing(names), day=as_of, known=listing(most)
            )  # fmt: skip


def check_watched(dated: ir.Table, asked: Asked, *, as_of: date) -> None:
    """Refuse to wait for what nobody was watched long enough for.

    Raises
    ------
    NotEnoughData
        The first anchor is younger than the shortest time for a deed and the horizon take together.
    """
    days = min(asked.within_days) + asked.horizon_days
    first = dated.filter(dated.event.isin(asked.anchors)).day.min().to_pyarrow().as_py()
    if (as_of - first).days < days:
        raise failure(NotEnoughData, "habits.too_short", days=days, day=as_of)
