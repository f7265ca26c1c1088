"""Which signal, segment and action promise most incremental margin?"""

from __future__ import annotations

import ibis.expr.types as ir


def opportunities(effects: ir.Table, signal_states: ir.Table, *, minimum: int = 30) -> ir.Table:
    """Return `OPPORTUNITIES`: every signal x segment x action, by expected incremental margin.

    Parameters
    ----------
    effects : Table
        `ACTION_EFFECTS`.
    signal_states : Table
        `SIGNAL_STATES`: for how many days each signal is fresh.
    minimum : int
        Customers that each segment needs for a signal to be divided.
    """
    raise NotImplementedError
