"""Where does a trigger stand in its life, and where may it go from there?

    draft -> pilot -> scaled        begins small, and grows when it pays
       any of them <-> paused       stops for a while
       any of them -> retired       is over; a new iteration begins as a pilot

What was moved by a command stands; before the first command the settings say where the life begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from patron.decisions.triggers.trigger import LIVE, Trigger
from patron.engines.trigger_state import TriggerEvent
from patron.errors import ArgumentError
from patron.language import failure, listing

AFTER: Mapping[str, str] = {"pilot": "pilot", "scale": "scaled", "pause": "paused", "retire": "retired"}
"""Into which state each command leads."""

WAYS: Mapping[str, tuple[str, ...]] = {
    "draft": ("pilot", "scale", "retire"),
    "pilot": ("scale", "pause", "retire", "iterate"),
    "scaled": ("pilot", "pause", "retire", "iterate"),
    "paused": ("pilot", "scale", "retire", "iterate"),
    "retired": ("retire", "iterate"),
}
"""Which commands a trigger of a state takes."""


def moved(trigger: Trigger, event: str) -> tuple[str, int]:
    """Return state and iteration of a trigger after a command.

    Raises
    ------
    ArgumentError
        A trigger of its state takes no such command.

    Examples
    --------
    >>> moved(Trigger(name="again", state="pilot"), "scale")
    ('scaled', 1)
    >>> moved(Trigger(name="again", state="retired"), "iterate")
    ('pilot', 2)
    """
    ways = WAYS[trigger.state]
    if event not in ways:
        raise failure(
            ArgumentError, "triggers.no_way", argument="event", came=event, name=trigger.name, state=trigger.state,
            allowed=listing(ways),
        )  # fmt: skip
    if event == "iterate":
        return trigger.state if trigger.state in LIVE else "pilot", trigger.iteration + 1
    return AFTER[event], trigger.iteration


def standing(trigger: Trigger, events: Iterable[TriggerEvent], *, as_of: date) -> Trigger:
    """Return a trigger as it stands on a day.

    Parameters
    ----------
    trigger : Trigger
        As the settings say.
    events : iterable of TriggerEvent
        Of all triggers, in the order in which they were remembered.
    as_of : date
        The last day we may know about.
    """
    mine = [one for one in events if one.trigger_name == trigger.name and one.day <= as_of]
    if not mine:
        return trigger
    last = mine[-1]
    began = next(one.day for one in mine if one.iteration == last.iteration)
    since = last.day
    for one in reversed(mine):
        if one.state != last.state:
            break
        since = one.day
    return replace(
        trigger, state=last.state, since=since, iteration=last.iteration, iteration_since=began,
        believed=last.believed or trigger.believed,
    )  # fmt: skip
