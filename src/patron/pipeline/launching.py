"""Launch an opportunity: save it as a trigger that begins as a pilot, and ask whoever has to approve it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from patron.decisions.opportunity import trigger_name, trigger_settings
from patron.errors import ArgumentError
from patron.language import failure, percent
from patron.pipeline.approved import approvers_of
from patron.pipeline.approving import ask
from patron.pipeline.project import Project
from patron.pipeline.saved_settings import save


@dataclass(frozen=True, kw_only=True)
class Launched:
    """A trigger that was launched, and who has to approve it before it fires; nobody where none has to."""

    trigger: str
    approvers: tuple[str, ...]


def launch(
    project: Project, row: Mapping[str, Any], *, holdout: float, most: int | None, team: str | None, by: str,
    actor: str, now: datetime,
) -> Launched:  # fmt: skip
    """Save an opportunity as a trigger in its pilot; the next run lets it fire, once it is approved.

    Parameters
    ----------
    project : Project
    row : mapping
        A row of OPPORTUNITIES.
    holdout : float
        The share of its customers who are left alone, so that it can be read.
    most : int, optional
        How many of its messages go to one customer at most, in one iteration.
    team : str, optional
        Whose it is; its approvers are asked.
    by, actor : str
        Who launches it, as approvals and as the audit call them.
    now : datetime
        With a time zone.

    Raises
    ------
    ArgumentError
        A trigger of this signal and action is there already, or the hold-out is no share between 0 and 1.
    SettingsError
        There is no such team.
    """
    if not 0 < holdout < 1:
        raise failure(ArgumentError, "plan.holdout_share", argument="holdout", came=holdout)
    name = trigger_name(row)
    if name in project.settings.launched:
        raise failure(ArgumentError, "plan.launched_before", argument="trigger", came=name)
    wanted = trigger_settings(row) | {"holdout": percent(holdout), "state": "pilot"}
    if most is not None:
        wanted["caps"] = {**wanted["caps"], "per_customer": most}
    if team is not None:
        wanted["team"] = team
    save(project, "triggers", name, wanted, by=actor, now=now)
    approvers = approvers_of(project.settings, name)
    if approvers:
        ask(project, name, by=by)
    return Launched(trigger=name, approvers=approvers)
