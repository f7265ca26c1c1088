"""One possible message of a live trigger, as eligibility and the auction read it: a row of CANDIDATES.

Who is not in its audience, or not in the share of a pilot, has no row: for her it does not fire.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from patron.decisions.hash_space import digits, place_of
from patron.decisions.triggers.live_value import LiveValue
from patron.decisions.triggers.trigger import Trigger

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Fired:
    """What fired for whom."""

    customer_id: str
    subject_kind: str
    subject: str
    place: int  # of a sequence the step that is due, from 0
    fired_on: date
    expires_on: date


def piloted(trigger: Trigger, customer_id: str) -> bool:
    """Tell whether a trigger fires for a customer at all: of a pilot only for its share, the same as in runs."""
    if trigger.state != "pilot":
        return True
    return place_of(customer_id, salt=trigger.pilot_salt) < digits(trigger.pilot)


def live_candidate(trigger: Trigger, fired: Fired, channel: str, value: LiveValue) -> Row:
    """Return a row of contracts.trigger.CANDIDATES; ``yields_to`` and ``capped`` are still open."""
    step = trigger.steps[fired.place] if trigger.steps else None
    return {
        "customer_id": fired.customer_id, "trigger": trigger.name, "form": trigger.form, "kind": trigger.kind,
        "iteration": trigger.iteration, "step": None if step is None else step.name, "programme": trigger.programme,
        "team": trigger.team, "signal": trigger.signal, "subject_kind": fired.subject_kind, "subject": fired.subject,
        "action": action_of(trigger, fired.place), "channel": channel, "offer": trigger.offer,
        "purpose": trigger.purpose, "value": value.value, "value_low": value.low, "value_high": value.high,
        "cost": value.cost, "evidence": value.evidence, "fired_on": fired.fired_on, "expires_on": fired.expires_on,
        "exclusive": trigger.exclusive, "yields_to": None, "capped": None,
    }  # fmt: skip


def action_of(trigger: Trigger, place: int) -> str:
    """Return what is done at a step of a sequence; of anything else what the trigger does."""
    return trigger.steps[place].action if trigger.steps else trigger.action


def channels_of(trigger: Trigger, place: int, *, wanted: str | None = None) -> tuple[str, ...]:
    """Return by what it may be done, the preferred first."""
    own = trigger.steps[place].channels if trigger.steps else ()
    known = own or trigger.channels
    return (wanted, *(one for one in known if one != wanted)) if wanted in known else known


def cost_of(trigger: Trigger, place: int) -> float | None:
    """Return what the settings say that one message costs."""
    own = trigger.steps[place].cost if trigger.steps else None
    return trigger.cost if own is None else own


def cap_on(
    trigger: Trigger, *, sent_on: Iterable[date], in_iteration: int, sent_today: int | None, today: date
) -> str | None:
    """Return which cap of the trigger itself speaks against a message, as `due` and `valued` say it of a table.

    Parameters
    ----------
    trigger : Trigger
        Whose message.
    sent_on : iterable of date
        The days on which she was sent a message of it.
    in_iteration : int
        How many of them in the running iteration.
    sent_today : int, optional
        Customers who were sent one today; none where that is not capped.
    today : date
        The day.
    """
    caps = trigger.caps
    last = max(sent_on, default=None)
    if caps.every_days and last is not None and (today - last) < timedelta(days=caps.every_days):
        return "every"
    if caps.per_customer is not None and in_iteration >= caps.per_customer:
        return "per_customer"
    if caps.per_day is not None and (sent_today or 0) >= caps.per_day:
        return "per_day"
    return None


def with_way_given(rows: Iterable[Row], triggers: Mapping[str, Trigger]) -> list[Row]:
    """Say before which trigger another steps back, of the messages that are possible for one customer at once."""
    every = list(rows)
    free = {row["trigger"] for row in every if row["capped"] is None}
    return [row | {"yields_to": min(free & {*triggers[row["trigger"]].gives_way_to}, default=None)} for row in every]


__all__ = [
    "Fired",
    "action_of",
    "cap_on",
    "channels_of",
    "cost_of",
    "live_candidate",
    "piloted",
    "with_way_given",
]
