"""What the demo's team was allowed before its story begins: two triggers approved, one that waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from patron.engines.approval_state import Approval, answer_approval, approvals, ask_approval
from patron.language import listing
from patron.pipeline.approved import approvers_of, print_of
from patron.pipeline.check_teams import team_of
from patron.pipeline.project import Project

APPROVED = ("second_order", "welcome")
WAITS = "thanks"
ASKED_BY = "Ada"
ASKED_ON, ANSWERED_ON, LATELY = date(2024, 9, 26), date(2024, 9, 30), date(2024, 12, 29)


def approve_demo(project: Project) -> None:
    """Write the demo's approvals down, once, whenever the folder is filled again."""
    settings = project.settings
    with project.state() as state:
        known = {(one.trigger_name, one.print) for one in approvals(state)}
        for name in (*APPROVED, WAITS):
            who = approvers_of(settings, name)
            asked = Approval(
                trigger_name=name, team=team_of(settings, name), print=print_of(settings, name), asked_by=ASKED_BY,
                asked_on=LATELY if name == WAITS else ASKED_ON, waits_for=listing(who),
            )  # fmt: skip
            if (name, asked.print) in known:
                continue
            ask_approval(state, asked)
            if name in APPROVED:
                number = max(one.number or 0 for one in approvals(state))
                answer_approval(state, replace(asked, number=number), approved=True, by=who[0], on=ANSWERED_ON)
