"""What does an action by a channel bring to one customer for whom a signal is fresh?

In   contracts.signal.SIGNALS         for whom which signal is fresh
     contracts.customer.MEMBERSHIPS   who is in which segment
     contracts.customer.FORECASTS     what each is expected to order and bring
     Trial                            what experiments told
Out  contracts.action.ACTION_EFFECTS  one row per signal, action, channel and segment
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.action import ACTION_EFFECTS, EVERYBODY
from patron.decisions.opportunity.actions import ACTIONS, Action, answering
from patron.decisions.opportunity.cells import base, counted, fresh, placed
from patron.decisions.opportunity.gains import Tried, effects_of, gained, message_costs
from patron.decisions.opportunity.person_by_person import foretold
from patron.decisions.opportunity.trials import Trial
from patron.errors import ArgumentError
from patron.language import failure

CELL = ("signal", "segmentation", "segment", "channel")

Row = dict[str, Any]


def action_effects(  # noqa: PLR0913 - what is known of customers, and what was tried
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
    """Return what each action brings, by signal, channel and segment.

    The gain of one customer is probability x effect x value - cost. Probability and value are what she does without
    the action: by the control group of an experiment on this very signal where there is one, else by her forecast.
    The effect is that of the catalogue's prior and of all experiments together (`pooled`), or the mean of the
    person-by-person responses to an experiment on this action and channel. Its interval holds the doubt about the
    effect and, as a relative error, that about what customers are foretold to bring.

    The cells are counted by the engine; what comes into Python is one row a signal, segment and channel.

    Parameters
    ----------
    signals, memberships, forecasts : Table
        `SIGNALS`, `MEMBERSHIPS` and `FORECASTS` of the day.
    channels : mapping of str to float or None
        What one message by each channel costs; None where only a guess is known.
    actions : sequence of Action
        The catalogue.
    trials : sequence of Trial
        What experiments told by that day.
    segmentations : sequence of str
        By which ways of dividing, beside everybody.
    window_days : int
        Within how many days outcomes count.
    propensities, responses, reachable : Table, optional
        `PROPENSITIES`, `RESPONSES`; and ``customer_id, channel`` of who is open to what (by default everybody).
    base_error : float
        Relative error (a standard deviation) of what customers are foretold to bring.

    Returns
    -------
    Table
        `ACTION_EFFECTS`; without rows where no signal is fresh, or nobody has a forecast.

    Raises
    ------
    ArgumentError
        The window is not positive, the error is negative, no channel is given, or a cost is negative.
    """
    _check(channels, window_days, base_error)
    fired = fresh(signals)
    rows = placed(fired, memberships, segmentations)
    bases = base(forecasts, window_days=window_days, propensities=propensities)
    cells = counted(rows, bases, tuple(channels), reachable).to_pyarrow().to_pylist()
    cells = _with_base(sorted(cells, key=lambda cell: tuple(cell[name] for name in CELL)))
    told = foretold(rows, responses, trials)
    wanted = [
        {**cell, "action": action.name, "kind": action.kind, "offer": action.offer, "window_days": window_days}
        for cell in cells
        for action in answering(cell["signal"], cell["family"], actions)
    ]
    tried = Tried(trials=trials, responses=told, costs=message_costs(channels, trials))
    found = [
        gained(one, effect, tried, base_error=base_error)
        for one, effect in zip(wanted, effects_of(wanted, actions, tried), strict=True)
    ]
    return ibis.memtable(pa.Table.from_pylist(found, schema=ACTION_EFFECTS.schema.to_pyarrow()))


def _check(channels: Mapping[str, float | None], window_days: int, base_error: float) -> None:
    if not channels:
        raise failure(ArgumentError, "opportunities.no_channel")
    for channel, cost in channels.items():
        if cost is not None and not cost >= 0:
            raise failure(ArgumentError, "opportunities.cost", channel=channel, came=cost)
    if window_days < 1:
        raise failure(ArgumentError, "opportunities.window", came=window_days)
    if not base_error >= 0:
        raise failure(ArgumentError, "opportunities.base_error", came=base_error)


def _with_base(cells: list[Row]) -> list[Row]:
    """Return the cells with their chance, value and spend; one nobody of whom has a forecast as the whole signal."""
    whole = {
        (cell["signal"], cell["channel"]): cell for cell in cells if cell["segmentation"] == EVERYBODY and cell["known"]
    }
    found: list[Row] = []
    for cell in cells:
        known = cell if cell["known"] else whole.get((cell["signal"], cell["channel"]))
        if known is None or not known["chance"]:
            continue
        share = known["chance"] / known["known"]
        told = 2 * known["told"] >= known["known"]
        found.append(
            {
                **cell, "probability": share, "value": known["margin"] / known["chance"],
                "spend": known["spend"] / known["chance"], "basis": known["basis"],
                "probability_source": "propensities" if told else "forecasts",
                "stake": cell["stake"] / cell["stakes"] if cell["stakes"] else None,
            }
        )  # fmt: skip
    return found
