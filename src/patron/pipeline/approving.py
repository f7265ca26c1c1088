"""Ask for an approval, and answer: who waits for whom.

A trigger of a team that has approvers goes live when one of them has said yes.
"""

from __future__ import annotations

from datetime import date

from patron.engines.approval_state import Approval, answer_approval, approvals, ask_approval
from patron.errors import ArgumentError, RunError
from patron.language import did_you_mean, failure, listing
from patron.pipeline import clock
from patron.pipeline.approved import APPROVED, WAITING, approvers_of, print_of, state_of
from patron.pipeline.check_teams import team_of
from patron.pipeline.project import Project
from patron.pipeline.settings import Settings


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
