"""How does each signal stand today?

Out  contracts.signal.SIGNAL_STATES
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.signal import SIGNAL_STATES
from patron.decisions.signals.own import OwnSignal
from patron.decisions.signals.present import Present
from patron.decisions.signals.signal import Signal

NOBODY = {"customers": 0, "today": 0, "rows": 0, "value": None, "strength": None}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A signal as it is asked for in one run; `lacks` names what it needs and is not there."""

    name: str
    family: str
    subject: str
    days: int
    own: bool
    off: bool
    lacks: tuple[str, ...] = ()

    @classmethod
    def of(cls, signal: Signal, there: Present, off: Collection[str], *, days: int) -> Self:
        """Ask for a signal of the library."""
        lacks = tuple(need for need in signal.needs if there.lacks(need))
        return cls(
            name=signal.name, family=signal.family, subject=signal.subject, days=days, own=False,
            off=signal.name in off, lacks=lacks,
        )  # fmt: skip

    @classmethod
    def of_own(cls, signal: OwnSignal, off: Collection[str]) -> Self:
        """Ask for one of the project's own."""
        return cls(
            name=signal.name, family=signal.family, subject=signal.subject, days=signal.fresh_days, own=True,
            off=signal.name in off, lacks=signal.needs,
        )  # fmt: skip


def states(every: Sequence[Asked], fired: ir.Table, *, as_of: date) -> ir.Table:
    """Say of each signal how it stands. It executes: one row a signal that fires.

    Parameters
    ----------
    every : sequence of Asked
        In the order of the table.
    fired : Table
        contracts.signal.SIGNALS.
    as_of : date
        The run's day.

    Returns
    -------
    Table, one row per signal
        `SIGNAL_STATES`.
    """
    first = ibis.ifelse(fired.fired_on == ibis.literal(as_of), fired.customer_id, ibis.null("string"))
    counted = fired.group_by("signal").aggregate(
        customers=fired.customer_id.nunique().cast("int64"),
        today=first.nunique().cast("int64"),
        rows=fired.count().cast("int64"),
        value=fired["value"].sum().cast("decimal(18, 2)"),
        strength=fired.strength.cast("decimal(18, 6)").mean().cast("float64"),
    )
    found = {row["signal"]: row for row in counted.to_pyarrow().to_pylist()}
    rows = [_state(one, found.get(one.name, NOBODY)) for one in every]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=SIGNAL_STATES.schema.to_pyarrow()))


def _state(one: Asked, fires: dict[str, Any]) -> dict[str, Any]:
    status = "off" if one.off else "no_data" if one.lacks else "fires" if fires["rows"] else "silent"
    told = fires | {
        "signal": one.name, "family": one.family, "subject_kind": one.subject, "own": one.own, "status": status,
        "needs": "" if one.off else ", ".join(one.lacks), "fresh_days": one.days,
    }  # fmt: skip
    return {name: told[name] for name in SIGNAL_STATES.names}
