"""What an experiment tells of an action: one reading of one arm, for everybody or one segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.contracts.action import EVERYBODY
from patron.decisions.opportunity.actions import Action
from patron.decisions.opportunity.pooled import About, Pooled, pooled

Floats = NDArray[np.float64]

PRIOR = "prior"
"""The source of an effect that nobody has tried."""

LIFT, SPREAD = 0.05, 0.10
"""The prior of an experiment of which nobody wrote down what was done."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One reading.

    Parameters
    ----------
    experiment : str
        Its name.
    arm : str
        What was compared with control.
    effect : float
        By which share the arm raised the chance of an order.
    standard_error : float
        Of `effect`; above 0.
    window_days : int
        Over how many days.
    action, channel : str, optional
        What was done, by what; None where nobody wrote it down.
    signal, family : str, optional
        For whom: those for whom a signal was fresh; None where it was not about a signal.
    segmentation, segment : str
        The customers that it was read of.
    probability, value : float, optional
        Share of control that ordered, and what one of them who did brought.
    cost : float, optional
        What treating one customer cost.
    """

    experiment: str
    effect: float
    standard_error: float
    window_days: int
    arm: str = "treated"
    action: str | None = None
    channel: str | None = None
    signal: str | None = None
    family: str | None = None
    segmentation: str = EVERYBODY
    segment: str = EVERYBODY
    probability: float | None = None
    value: float | None = None
    cost: float | None = None

    def of(self, signal: str, action: str, channel: str) -> bool:
        """Tell whether it tried this very action, for this signal, by this channel."""
        return (self.signal, self.action, self.channel) == (signal, action, channel)


def learned(wanted: Sequence[About], actions: Sequence[Action], trials: Sequence[Trial]) -> Pooled:
    """Return what is believed of each wanted effect, each with its own action's prior."""
    known = {action.name: action for action in actions}
    kinds = [known.get(one.action or "") for one in trials]
    of_trials = [
        About(
            family=one.family, signal=one.signal, action=one.action, kind=kind.kind if kind else None,
            channel=one.channel, segmentation=one.segmentation, segment=one.segment,
        )
        for one, kind in zip(trials, kinds, strict=True)
    ]  # fmt: skip
    return pooled(
        wanted,
        np.array([known[str(one.action)].lift for one in wanted]),
        np.array([known[str(one.action)].spread for one in wanted]),
        trials=of_trials,
        trial_mean=np.array([kind.lift if kind else LIFT for kind in kinds]),
        trial_spread=np.array([kind.spread if kind else SPREAD for kind in kinds]),
        effect=np.array([one.effect for one in trials]),
        error=np.array([one.standard_error for one in trials]),
    )


def seen_by(trials: Sequence[Trial], segmentation: str) -> list[Trial]:
    """Return the readings that tell of a way of dividing: by its segments, of other experiments as a whole.

    No experiment is in twice: its segments add up to its whole.
    """
    divided = {(one.experiment, one.arm) for one in trials if one.segmentation == segmentation}
    return [
        one
        for one in trials
        if one.segmentation == segmentation
        or (one.segmentation == EVERYBODY and (one.experiment, one.arm) not in divided)
    ]
