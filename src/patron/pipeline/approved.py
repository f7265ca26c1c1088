"""Which triggers have the yes that their team asks for, on a day.

A yes is to the trigger and its message as they stood: a change of either asks again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from patron.decisions.triggers.trigger import LIVE, Trigger
from patron.engines.approval_state import Approval, approvals
from patron.engines.state import State
from patron.errors import ArgumentError
from patron.language import failure, listing
from patron.pipeline.check_messages import STEP
from patron.pipeline.check_teams import team_of
from patron.pipeline.fingerprint import fingerprint
from patron.pipeline.settings import Settings

WAITING, APPROVED, REFUSED, OUTDATED = "waiting", "approved", "refused", "outdated"


def approvers_of(settings: Settings, trigger: str) -> tuple[str, ...]:
    """Return who may approve a trigger; nobody where nothing has to be approved."""
    team = team_of(settings, trigger)
    return tuple(settings.teams[team].approvers) if team in settings.teams else ()


def print_of(settings: Settings, trigger: str) -> str:
    """Return the fingerprint of what is approved: the trigger and its messages, but for the state it begins in."""
    launched = settings.launched[trigger].model_dump(mode="json", exclude={"state"})
    own = {
        name: one.model_dump(mode="json")
        for name, one in settings.messages.items()
        if name.partition(STEP)[0] == trigger
    }
    return fingerprint(trigger=launched, messages=own)


def state_of(approval: Approval, settings: Settings, *, as_of: date) -> str:
    """Return how an approval stands on a day; an answer of a later day is not known yet."""
    if approval.trigger_name not in settings.launched or approval.print != print_of(settings, approval.trigger_name):
        return OUTDATED
    if approval.decided_on is None or approval.decided_on > as_of:
        return WAITING
    return APPROVED if approval.approved else REFUSED


def unapproved(settings: Settings, known: Iterable[Approval], *, as_of: date) -> dict[str, tuple[str, ...]]:
    """Return the triggers that must not go live, each with those whose yes it needs.

    Parameters
    ----------
    settings : Settings
        The project's.
    known : iterable of Approval
        All that were asked for.
    as_of : date
        The last day we may know about.
    """
    said = {
        one.trigger_name for one in known if one.asked_on <= as_of and state_of(one, settings, as_of=as_of) == APPROVED
    }
    needed = {name: approvers_of(settings, name) for name in settings.launched}
    return {name: who for name, who in needed.items() if who and name not in said}


def as_approved(triggers: Iterable[Trigger], waiting: Collection[str]) -> tuple[Trigger, ...]:
    """Return triggers, those live that wait for a yes as drafts, which do not fire."""
    return tuple(replace(one, state="draft") if one.name in waiting and one.state in LIVE else one for one in triggers)


def check_approved(state: State, settings: Settings, trigger: str, *, as_of: date) -> None:
    """Refuse to let a trigger go live before its team's approvers have said yes.

    Raises
    ------
    ArgumentError
        It waits for somebody.
    """
    if who := unapproved(settings, approvals(state), as_of=as_of).get(trigger):
        raise failure(ArgumentError, "approvals.needed", argument="trigger", came=trigger, who=listing(who))


def approval_rows(settings: Settings, known: Iterable[Approval], *, as_of: date) -> list[dict[str, Any]]:
    """Return contracts.team.APPROVALS as it stood on a day."""
    return [_row(one, settings, as_of) for one in known if one.asked_on <= as_of]


def _row(one: Approval, settings: Settings, as_of: date) -> dict[str, Any]:
    answered = one.decided_on is not None and one.decided_on <= as_of
    until = one.decided_on if answered and one.decided_on is not None else as_of
    return {
        "number": one.number, "team": one.team, "trigger": one.trigger_name, "asked_by": one.asked_by,
        "asked_on": one.asked_on, "waits_for": one.waits_for, "state": state_of(one, settings, as_of=as_of),
        "decided_by": one.decided_by if answered else None, "decided_on": one.decided_on if answered else None,
        "note": one.answer if answered and one.answer else one.note, "days": (until - one.asked_on).days,
    }  # fmt: skip
