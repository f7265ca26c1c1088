"""What did people do, in what order? Read from any kind of table.

In   any table with who, what and when
Out  contracts.journey.JOURNEY_STEPS, with the columns that journeys are told apart by
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.contracts.contract import MOMENT, MONEY
from patron.contracts.journey import DROP_OFF, START
from patron.errors import ArgumentError, ContractError
from patron.language import did_you_mean, failure, listing
from patron.models.peer_rows import as_ibis
from patron.profile.known import known_by

NAMES: Mapping[str, Sequence[str]] = {
    "person": ("person", "customer_id", "visitor_id", "anonymous_id", "user_id"),
    "session_id": ("session_id",),
    "step": ("step", "event"),
    "at": ("at", "occurred_at", "timestamp"),
    "value": ("value", "amount"),
    "position": ("position",),
}
"""What each column may be called; of several for a person the first that is not missing counts."""

NEEDED = ("person", "step", "at")
EARLIEST = date(1990, 1, 1)
"""An event that claims to be older is not of a person's journey but of a clock that was never set."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """The steps that can be used, and how many cannot, by reason: none is lost without being counted."""

    steps: ir.Table
    left_out: dict[str, int]
    valued: bool


def read_steps(events: Any, *, by: Sequence[str] = (), as_of: date | None = None) -> Read:
    """Return the steps of a table, those after `as_of` left out.

    Parameters
    ----------
    events : Table, one row per event
        As `journey_map` takes it.
    by : sequence of str
        Columns of the table that are kept beside the steps, as text.
    as_of : date, optional
        The last day we may know about; without it all of the table.

    Raises
    ------
    ContractError
        A column is missing, or the moment is none.
    ArgumentError
        A step is called as the two ends of a journey are.
    """
    table = as_ibis(events)
    found = {name: [one for one in called if one in table.columns] for name, called in NAMES.items()}
    for name in NEEDED:
        if not found[name]:
            raise failure(
                ContractError, "errors.contract_column_missing", table="events", column=NAMES[name][-1],
                came=listing(table.columns), allowed=listing(NAMES[name]),
                hint=did_you_mean(NAMES[name][0], table.columns),
            )  # fmt: skip
    _check(table, found["at"][0], by)
    named = _named(table, found, by)
    whole, counts = _usable(named, as_of)
    ends = counts.pop("ends")
    if ends:
        raise failure(ArgumentError, "journeys.reserved", count=ends, taken=listing((START, DROP_OFF)))
    return Read(steps=whole, left_out=counts, valued=bool(found["value"]))


def _check(table: ir.Table, moment: str, by: Sequence[str]) -> None:
    kind = table[moment].type()
    if not (kind.is_timestamp() or kind.is_date()):
        raise failure(ContractError, "journeys.at", column=moment, came=str(kind))
    for name in by:
        if name not in table.columns:
            raise failure(ArgumentError, "journeys.by", came=name, hint=did_you_mean(name, table.columns))


def _named(table: ir.Table, found: Mapping[str, Sequence[str]], by: Sequence[str]) -> ir.Table:
    def column(name: str, kind: str) -> ir.Value:
        return table[found[name][0]].cast(kind) if found[name] else ibis.null(kind)

    who = ibis.coalesce(*(table[name].cast("string") for name in found["person"]))
    return table.select(
        person=who, session_id=column("session_id", "string"), step=column("step", "string"), at=column("at", MOMENT),
        value=column("value", MONEY), position=column("position", "int64"),
        **{_group(place): table[name].cast("string") for place, name in enumerate(by)},
    )  # fmt: skip


def _group(place: int) -> str:
    return f"by_{place}"


def _usable(named: ir.Table, as_of: date | None) -> tuple[ir.Table, dict[str, int]]:
    """Return the rows with all that is needed, and how many have not."""
    whole = named.person.notnull() & named.step.notnull() & named["at"].notnull()
    early = whole & (named["at"].date() < ibis.literal(EARLIEST))
    late = ibis.literal(value=False) if as_of is None else whole & (named["at"].date() > ibis.literal(as_of))
    counts = named.aggregate(
        incomplete=named.count(where=~whole), too_early=named.count(where=early), later=named.count(where=late),
        ends=named.count(where=whole & named.step.isin([START, DROP_OFF])),
    )  # fmt: skip
    row = counts.to_pyarrow().to_pylist()[0]
    kept = named.filter(whole & ~early)
    kept = kept if as_of is None else known_by(kept, as_of=as_of, column="at")
    return kept, {name: int(count or 0) for name, count in row.items()}
