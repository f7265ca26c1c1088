"""The hold-outs of the settings, recorded before the first list that keeps them."""

from __future__ import annotations

from datetime import date

from patron.decisions.holdouts import Holdout
from patron.engines.holdout_state import HeldSince, holdouts, remember_holdouts
from patron.engines.state import State
from patron.engines.trigger_state import trigger_events
from patron.pipeline.settings import Settings
from patron.pipeline.trigger_states import standing_triggers


def holding(state: State, settings: Settings, *, day: date) -> tuple[Holdout, ...]:
    """Record what the settings say of hold-outs where it is new, and return all that hold, the widest first.

    Parameters
    ----------
    state : State
        The open database.
    settings : Settings
        The project's.
    day : date
        From which day on a new or changed share holds. One that the settings do not name any more is given up, as is
        that of a trigger that was retired; that of a draft has not begun.

    Raises
    ------
    RunError
        The database refused.
    """
    standing = standing_triggers(settings, trigger_events(state), as_of=day)
    wanted = settings.holdout_shares({one.name: one.state for one in standing})
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
