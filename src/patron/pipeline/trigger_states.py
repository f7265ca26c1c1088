"""Where triggers stand: what the settings say, what commands changed, and what the run before found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from patron.decisions.holdouts import Holdout
from patron.decisions.triggers.life import standing
from patron.decisions.triggers.trigger import LIVE, Trigger
from patron.engines.trigger_state import TriggerEvent
from patron.pipeline.settings import Settings

FAILED = "does_not_pay"


def standing_triggers(settings: Settings, events: Iterable[TriggerEvent], *, as_of: date) -> tuple[Trigger, ...]:
    """Return all triggers, sequences and campaigns as they stand on a day, in the order of the settings.

    Parameters
    ----------
    settings : Settings
        The project's.
    events : iterable of TriggerEvent
        What commands changed.
    as_of : date
        The last day we may know about.
    """
    known = list(events)
    bound = (one.bound(name, timezone=settings.timezone) for name, one in settings.launched.items())
    return tuple(standing(one, known, as_of=as_of) for one in bound)


def as_found_before(triggers: Iterable[Trigger], found: Iterable[Mapping[str, Any]]) -> tuple[Trigger, ...]:
    """Return triggers, those retired that an earlier run found not to pay: a new iteration brings them back.

    Parameters
    ----------
    triggers : iterable of Trigger
        As they stand.
    found : iterable of mappings
        Rows of `TRIGGERS` of the run before.
    """
    failed = {
        (row["trigger"], row["iteration"]): row["since"]
        for row in found
        if row["verdict"] == FAILED and row["state"] == "retired"
    }
    return tuple(
        replace(one, state="retired", since=failed[one.name, one.iteration])
        if one.state in LIVE and (one.name, one.iteration) in failed
        else one
        for one in triggers
    )


def shop_holdouts(settings: Settings, triggers: Iterable[Trigger]) -> tuple[Holdout, ...]:
    """Return all hold-outs, the widest first; those of triggers that fire, or may fire again, among them."""
    states = {one.name: one.state for one in triggers}
    said = settings.holdout_shares(states)
    return tuple(Holdout(name=name, share=share, programme=programme) for name, (share, programme) in said.items())
