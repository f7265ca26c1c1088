"""What waits for somebody's answer: triggers that their team's approvers have not seen yet."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from patron.dashboard.acts import Act, Done, Form, Values, button, field
from patron.dashboard.asked import Asked
from patron.engines.approval_state import approvals
from patron.language import day, number, say
from patron.pipeline.approved import approval_rows, approvers_of
from patron.pipeline.approving import answer
from patron.privacy.roles import Permission


def waiting(asked: Asked) -> list[Component]:
    """Return what waits for an answer, with the buttons to give it where the asker may; nothing where nothing does."""
    rows = approval_rows(asked.project.settings, approvals(asked.services.state), as_of=asked.today)
    cards = [_card(asked, row) for row in rows if row["state"] == "waiting"]
    if not cards:
        return []
    title = say("today_page.waiting", count=len(cards), number=number(len(cards)))
    return [dmc.Title(title, order=2, size="h4"), html.Ul(cards, className="steps")]


def _card(asked: Asked, row: dict[str, Any]) -> Component:
    text = say(
        "today_page.waits", trigger=row["trigger"], who=row["waits_for"], by=row["asked_by"],
        day=day(row["asked_on"]), count=row["days"], days=number(row["days"]),
    )  # fmt: skip
    buttons = [
        button(APPROVE, row["trigger"], say("today_page.approve"), asked, variant="filled"),
        button(REFUSE, row["trigger"], say("today_page.refuse"), asked),
    ]
    mine = asked.who.name in approvers_of(asked.project.settings, row["trigger"])
    acts = dmc.Group(buttons) if mine else html.Small(say("today_page.not_yours"))
    return html.Li([html.Div([html.H3(row["trigger"]), html.P(text), html.P(row["note"] or "")]), acts])


def _form_of(name: str, title: str, text: str, confirm: str) -> Any:
    def form(_asked: Asked, on: str) -> Form:
        parts = [
            dmc.Text(say(text, trigger=on)),
            field(name, "note", dmc.Textarea, label=say("today_page.note"), autosize=True, minRows=2),
        ]
        return Form(title=say(title, trigger=on), parts=parts, confirm=say(confirm), grave=True)

    return form


def _answering(*, yes: bool) -> Any:
    def act(asked: Asked, on: str, values: Values) -> Done:
        answer(asked.project, on, by=asked.who.name, yes=yes, note=values.get("note"))
        asked.note("trigger.approved" if yes else "trigger.refused", trigger=on)
        return Done(text=say("today_page.approved" if yes else "today_page.refused", trigger=on))

    return act


APPROVE = Act(
    name="approve", permission=Permission.OPERATE, act=_answering(yes=True),
    form=_form_of("approve", "today_page.approve_title", "today_page.approve_text", "today_page.approve"),
)  # fmt: skip

REFUSE = Act(
    name="refuse", permission=Permission.OPERATE, act=_answering(yes=False),
    form=_form_of("refuse", "today_page.refuse_title", "today_page.refuse_text", "today_page.refuse"),
)  # fmt: skip
