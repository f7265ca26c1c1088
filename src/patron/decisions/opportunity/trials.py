"""What an experiment tells of an action: one reading of one arm, for everybody or one segment."""

from __future__ import annotations

from dataclasses import dataclass

from patron.contracts.action import EVERYBODY


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One reading.

    Parameters
    ----------
    experiment : str
        Its name.
    action, channel : str, optional
        What was done, by what; None where nobody wrote it down.
    kind : str, optional
        The action's kind.
    signal, family : str, optional
        For whom: those for whom a signal was fresh; None where it was not about a signal.
    segmentation, segment : str
        The customers that it was read of.
    effect : float
        What the arm added to what customers brought, as a share of what control brought.
    standard_error : float
        Of `effect`; above 0.
    probability, value : float, optional
        Share of control that ordered, and what an order of theirs brought: of a trial of a signal, what such customers
        do without the action.
    window_days : int
        Over how many days.
    cost : float, optional
        What treating one customer cost.
    """

    experiment: str
    effect: float
    standard_error: float
    window_days: int
    action: str | None = None
    kind: str | None = None
    channel: str | None = None
    signal: str | None = None
    family: str | None = None
    segmentation: str = EVERYBODY
    segment: str = EVERYBODY
    probability: float | None = None
    value: float | None = None
    cost: float | None = None
