"""The live triggers of a project as they stand: which fire on what, and for whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from patron.decisions.triggers.event_row import event_condition
from patron.decisions.triggers.live_rule import LiveRule
from patron.decisions.triggers.trigger import Trigger
from patron.engines.approval_state import Approval
from patron.engines.condition import Condition
from patron.engines.trigger_state import TriggerEvent
from patron.pipeline.approved import as_approved, unapproved
from patron.pipeline.settings import Settings
from patron.pipeline.trigger_states import as_found_before, standing_triggers

ReadCondition = Callable[[str, str], Condition]
"""Reads a condition over what is known of a customer: its text, and where it stands in the settings."""


@dataclass(frozen=True, kw_only=True)
class LiveTriggers:
    """Those that fire on a day, by name and by the events that they listen to; and all others, which may be told of."""

    every: tuple[Trigger, ...]  # of the settings, also those of the nightly run
    running: Mapping[str, Trigger]
    arming: Mapping[str, tuple[Trigger, ...]]
    cancelling: Mapping[str, tuple[str, ...]]
    where: Mapping[str, Condition]
    audience: Mapping[str, Condition]
    exits: Mapping[str, Condition]

    def rule(self, name: str) -> LiveRule:
        """Return the rule of a running trigger."""
        rule = self.running[name].rule
        assert rule is not None  # by construction
        return rule


def live_triggers(
    settings: Settings,
    *,
    events: Iterable[TriggerEvent],
    approvals: Iterable[Approval],
    found: Iterable[Mapping[str, Any]],
    today: date,
    read: ReadCondition,
) -> LiveTriggers:
    """Return the live triggers that fire on a day.

    Parameters
    ----------
    settings : Settings
        The project's.
    events, approvals : iterables
        What commands changed, and what was asked for and answered.
    found : iterable of mapping
        Rows of contracts.trigger.TRIGGERS of the published run: one that was found not to pay is over.
    today : date
        The day, in the project's time zone.
    read : callable
        Reads conditions over what is known of a customer.
    """
    every = as_found_before(standing_triggers(settings, events, as_of=today), found)
    every = as_approved(every, unapproved(settings, approvals, as_of=today))
    running = {one.name: one for one in every if one.rule is not None and one.runs_on(today)}
    rules = {name: one.rule for name, one in running.items() if one.rule is not None}
    return LiveTriggers(
        every=every, running=running,
        arming=_by_event({name: rule.events for name, rule in rules.items()}, running),
        cancelling=_by_event({name: rule.unless for name, rule in rules.items()}, {name: name for name in running}),
        where={
            name: event_condition(rule.where, where=f"{place(settings, name)}.live.where")
            for name, rule in rules.items() if rule.where is not None
        },
        audience={
            name: read(one.audience, f"{place(settings, name)}.audience")
            for name, one in running.items() if one.audience is not None
        },
        exits={
            name: read(one.exits, f"{place(settings, name)}.exit")
            for name, one in running.items() if one.exits is not None
        },
    )  # fmt: skip


def place(settings: Settings, name: str) -> str:
    """Return where a trigger stands in the settings."""
    return f"{'triggers' if name in settings.triggers else 'sequences'}.{name}"


def _by_event(events: Mapping[str, Iterable[str]], named: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for name, heard in events.items():
        for event in heard:
            found[event] = (*found.get(event, ()), named[name])
    return found


__all__ = ["LiveTriggers", "ReadCondition", "live_triggers", "place"]
