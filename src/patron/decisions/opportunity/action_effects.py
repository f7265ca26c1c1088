"""What does an action by a channel bring to one customer for whom a signal is fresh?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis.expr.types as ir

from patron.contracts.action import ACTION_EFFECTS
from patron.decisions.opportunity.actions import ACTIONS, Action
from patron.decisions.opportunity.trials import Trial


def action_effects(
    signals: ir.Table,
    memberships: ir.Table,
    forecasts: ir.Table,
    *,
    channels: Mapping[str, float | None],
    actions: Sequence[Action] = ACTIONS,
    trials: Sequence[Trial] = (),
    segmentations: Sequence[str] = ("tier",),
    window_days: int = 30,
    propensities: ir.Table | None = None,
    responses: ir.Table | None = None,
    reachable: ir.Table | None = None,
    base_error: float = 0.25,
) -> ir.Table:
    """Return what each action brings, by signal, channel and segment: `ACTION_EFFECTS`.

    Parameters
    ----------
    signals, memberships, forecasts : Table
        `SIGNALS`, `MEMBERSHIPS` and `FORECASTS` of the day.
    channels : mapping of str to float or None
        What one message by each channel costs; None where only a guess is known.
    actions : sequence of Action
        The catalogue.
    trials : sequence of Trial
        What experiments told.
    segmentations : sequence of str
        By which ways of dividing, beside everybody.
    window_days : int
        Within how many days outcomes count.
    propensities, responses, reachable : Table, optional
        `PROPENSITIES`, `RESPONSES`; and ``customer_id, channel`` of who is open to what (by default everybody).
    base_error : float
        Relative error of what customers are foretold to bring.
    """
    raise NotImplementedError


__all__ = ["ACTION_EFFECTS", "action_effects"]
