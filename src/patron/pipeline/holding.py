"""The hold-outs of the settings, recorded before the first list that keeps them."""

from __future__ import annotations

from datetime import date

from patron.decisions.holdouts import Holdout
from patron.engines.holdout_state import HeldSince, holdouts, remember_holdouts
from patron.engines.state import State
from patron.pipeline.settings import Settings


def holding(state: State, settings: Settings, *, day: date) -> tuple[Holdout, ...]:
    """Record what the settings say of hold-outs where it is new, and return all that hold, the widest first.

    Parameters
    ----------
    state : State
        The open database.
    settings : Settings
        The project's.
    day : date
        From which day on a new or changed share holds. One that the settings do not name any more is given up.

    Raises
    ------
    RunError
        The database refused.
    """
    wanted = settings.holdouts.shares()
    now = [Holdout(name=name, share=share, programme=programme) for name, (share, programme) in wanted.items()]
    last = {one.name: one for one in holdouts(state)}
    given_up = [
        HeldSince(name=one.name, since=day, share=0.0, salt=one.salt, programme=one.programme)
        for one in last.values()
        if one.name not in wanted and one.share > 0
    ]
    held = [HeldSince(name=one.name, since=day, share=one.share, salt=one.salt, programme=one.programme) for one in now]
    remember_holdouts(state, [*held, *given_up])
    return tuple(now)
