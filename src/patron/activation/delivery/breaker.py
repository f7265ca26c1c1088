"""The breaker of a destination: who fails several times in a row is left alone for a while, then tried with one.

::

    closed --FAILURES calls failed--> open --its time is over--> half_open --one call works--> closed
                                       ^-------- it failed, for twice as long --------'

A call works when anything of it was accepted or rejected: either is an answer. When everything is rejected, a long way
in a row, it is more likely that we are wrong than that all of them are: then it opens, too, before a queue is lost.
Where a destination says when to come again, it is held until then, and that is no failure.

Ref  Nygard, M. (2007), Release It!, chapter 5: Circuit Breaker
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from patron.activation.destinations import Outcome
from patron.engines.destination_state import DestinationState

FAILURES = 5
"""So many calls fail one after the other until it opens."""

FIRST_S = 30.0
"""It is open for so long at first."""

LONGEST_S = 600.0

ASKED_S = 4 * 3600.0
"""They may ask us to stay away for so long at most."""

REJECTED = 100
"""So many deliveries are rejected one after the other until that counts as a failure."""

ALL_REJECTED = "all_rejected"


def allowed(state: DestinationState, now: datetime) -> int | None:
    """Return how many deliveries may be handed over now: none where any number may.

    Examples
    --------
    >>> allowed(DestinationState(destination="mail"), datetime(2026, 3, 1)) is None
    True
    """
    if state.paused or (state.open_until is not None and now < state.open_until):
        return 0
    return None if state.breaker == "closed" else 1


def after(state: DestinationState, outcomes: Sequence[Outcome], *, rejected: int, now: datetime) -> DestinationState:
    """Return how a destination is after a call.

    Parameters
    ----------
    state : DestinationState
        Before it.
    outcomes : sequence of Outcome
        Of the deliveries of the call.
    rejected : int
        How many deliveries were rejected one after the other, with those of this call.
    now : datetime
        Aware.
    """
    asked = [one.retry_after_s for one in outcomes if one.status == "retry" and one.retry_after_s is not None]
    if asked:
        until = now + timedelta(seconds=min(max(asked), ASKED_S))
        return replace(state, open_until=until, reason=_reason(outcomes))
    if any(one.status == "accepted" for one in outcomes):
        return _works(state)
    if any(one.status == "rejected" for one in outcomes):
        return _fails(state, ALL_REJECTED, now) if rejected >= REJECTED else _works(state)
    return _fails(state, _reason(outcomes), now) if outcomes else state


def rejected_after(rejected: int, outcomes: Sequence[Outcome]) -> int:
    """Return how many deliveries were rejected one after the other, after a call."""
    if any(one.status == "accepted" for one in outcomes):
        return 0
    return rejected + sum(one.status == "rejected" for one in outcomes)


def _works(state: DestinationState) -> DestinationState:
    return replace(state, breaker="closed", failures=0, open_until=None, reason=None)


def _fails(state: DestinationState, reason: str | None, now: datetime) -> DestinationState:
    failures = state.failures + 1
    opens = state.breaker != "closed" or failures >= FAILURES or reason == ALL_REJECTED
    if not opens:
        return replace(state, failures=failures, reason=reason)
    open_s = min(LONGEST_S, FIRST_S * 2.0 ** min(max(failures - FAILURES, 0), 20))
    until = now + timedelta(seconds=open_s)
    return replace(state, breaker="open", failures=failures, open_until=until, reason=reason)


def _reason(outcomes: Sequence[Outcome]) -> str | None:
    return next((one.reason for one in outcomes if one.reason is not None), None)


__all__ = ["ALL_REJECTED", "FAILURES", "FIRST_S", "LONGEST_S", "REJECTED", "after", "allowed", "rejected_after"]
