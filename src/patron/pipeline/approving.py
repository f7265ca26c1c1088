"""Who waits for whom: a trigger of a team that has approvers goes live when one of them has said yes.

A yes is to the trigger and its message as they stood: a change of either asks again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from patron.engines.approval_state import Approval, answer_approval, approvals, ask_approval
from patron.engines.state import State
from patron.errors import ArgumentError, RunError
from patron.language import did_you_mean, failure, listing
from patron.pipeline import clock
from patron.pipeline.check_messages import STEP
from patron.pipeline.check_teams import team_of
from patron.pipeline.fingerprint import fingerprint
from patron.pipeline.project import Project
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
        one.trigger_name
        for one in known
        if one.asked_on <= as_of and state_of(one, settings, as_of=as_of) == APPROVED
    }
    needed = {name: approvers_of(settings, name) for name in settings.launched}
    return {name: who for name, who in needed.items() if who and name not in said}


def check_approved(state: State, settings: Settings, trigger: str, *, as_of: date) -> None:
    """Refuse to let a trigger go live before its team's approvers have said yes.

    Raises
    ------
    ArgumentError
        It waits for somebody.
    """
    if who := unapproved(settings, approvals(state), as_of=as_of).get(trigger):
        raise failure(ArgumentError, "approvals.needed", argument="trigger", came=trigger, who=listing(who))


def ask(project: Project, trigger: str, *, by: str, note: str | None = None) -> Approval:
    """Ask for the approval of a trigger as it stands in the settings.

    Raises
    ------
    ArgumentError
        There is no such trigger, nobody has to approve it, or it waits or is approved already.
    """
    settings, day = project.settings, day_of(project)
    who = _approvers(settings, trigger)
    wanted = Approval(
        trigger_name=trigger, team=team_of(settings, trigger), print=print_of(settings, trigger), asked_by=_name(by),
        asked_on=day, waits_for=listing(who), note=note,
    )  # fmt: skip
    with project.state() as state:
        stands = {state_of(one, settings, as_of=day) for one in approvals(state) if one.trigger_name == trigger}
        if APPROVED in stands:
            raise failure(ArgumentError, "approvals.approved_before", argument="trigger", came=trigger)
        if WAITING in stands:
            raise failure(ArgumentError, "approvals.waits", argument="trigger", came=trigger, who=listing(who))
        ask_approval(state, wanted)
    return wanted


def answer(project: Project, trigger: str, *, by: str, yes: bool, note: str | None = None) -> Approval:
    """Approve or refuse what is asked for.

    Raises
    ------
    ArgumentError
        Nothing is asked for, or `by` may not answer: no approver of the team, or who asked.
    """
    settings, day = project.settings, day_of(project)
    who = _approvers(settings, trigger)
    if _name(by) not in who:
        raise failure(ArgumentError, "approvals.no_approver", argument="by", came=by, who=listing(who))
    with project.state() as state:
        open_ones = [
            one
            for one in approvals(state)
            if one.trigger_name == trigger and state_of(one, settings, as_of=day) == WAITING
        ]
        if not open_ones:
            raise failure(ArgumentError, "approvals.nothing_asked", argument="trigger", came=trigger)
        asked = open_ones[-1]
        if asked.asked_by == _name(by):
            raise failure(ArgumentError, "approvals.own", argument="by", came=by)
        on = max(day, asked.asked_on)
        if not answer_approval(state, asked, approved=yes, by=_name(by), on=on, answer=note):
            raise failure(ArgumentError, "approvals.nothing_asked", argument="trigger", came=trigger)
        return next(one for one in approvals(state) if one.number == asked.number)


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


def day_of(project: Project) -> date:
    """Return the day on which something is asked or answered: that of the published run, else today."""
    try:
        return project.last().manifest.as_of
    except RunError:
        return clock.today(project.settings.timezone)


def _approvers(settings: Settings, trigger: str) -> tuple[str, ...]:
    if trigger not in settings.launched:
        hint = did_you_mean(trigger, settings.launched) if settings.launched else ""
        raise failure(ArgumentError, "approvals.no_trigger", argument="trigger", came=trigger, hint=hint)
    if not (who := approvers_of(settings, trigger)):
        raise failure(ArgumentError, "approvals.nobody", argument="trigger", came=trigger)
    return who


def _name(by: str) -> str:
    name = by.strip()
    if not name:
        raise failure(ArgumentError, "approvals.who", argument="by", came=by)
    return name
