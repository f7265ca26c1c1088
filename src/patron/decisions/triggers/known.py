"""What is known of customers beside the signals of the day."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of customers; what is not there is None.

    Parameters
    ----------
    customers : Table
        ``customer_id`` of everybody.
    audiences : Table, optional
        `MEMBERSHIPS` whose segmentation is ``NAME`` for who meets the audience of the trigger NAME, and ``NAME:exit``
        for who has left the sequence NAME.
    members : Table, optional
        `MEMBERSHIPS` of the run.
    effects : Table, optional
        `ACTION_EFFECTS`.
    responses : Table, optional
        `RESPONSES`.
    firings : Table, optional
        `FIRINGS`.
    readings : Table, optional
        `TRIGGERS`.
    reachable : Table, optional
        ``customer_id, channel``: who may be contacted by what.
    preferred : Table, optional
        ``customer_id, channel``: by what somebody said that she wants to be written to.
    """

    customers: ir.Table
    audiences: ir.Table | None = None
    members: ir.Table | None = None
    effects: ir.Table | None = None
    responses: ir.Table | None = None
    firings: ir.Table | None = None
    readings: ir.Table | None = None
    reachable: ir.Table | None = None
    preferred: ir.Table | None = None
