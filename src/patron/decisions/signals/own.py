"""Signals of the project's own: a condition of the settings, and for whom it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.decisions.signals.fires import fires
from patron.profile.known import day_of


@dataclass(frozen=True, kw_only=True)
class OwnSignal:
    """One of them; `rows` are those of `fires`, none where what it `needs` is not there."""

    name: str
    family: str
    fresh_days: int
    rows: ir.Table | None
    needs: tuple[str, ...] = ()
    subject: str = "none"


def own_rows(holding: ir.Table, *, as_of: date, at: str | None = None) -> ir.Table:
    """Return for whom a condition holds, once a customer.

    Parameters
    ----------
    holding : Table
        ``customer_id`` of the customers, or the events, of whom it is true.
    as_of : date
        The last day we may know about.
    at : str, optional
        The column with the moment of an event: the latest counts. Without one it fires on every day on which the
        condition is true.
    """
    if at is None:
        once = holding.select("customer_id").distinct().mutate(on=ibis.literal(as_of))
    else:
        once = holding.group_by("customer_id").aggregate(on=day_of(holding[at]).max())
    return fires(once, fired_on=once["on"])
