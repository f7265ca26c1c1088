"""Launching an opportunity as a pilot: how many it reaches, who is left alone, how often, whose it is."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc

from patron.dashboard.acts import Act, Done, Form, Values, field
from patron.dashboard.asked import Asked
from patron.decisions.opportunity import trigger_name
from patron.decisions.opportunity.words import opportunity_title, why
from patron.errors import ArgumentError
from patron.language import failure, listing, number, say
from patron.pipeline.launching import launch
from patron.privacy.roles import Permission

NAME = "launch"


def _row(asked: Asked, name: str) -> dict[str, Any]:
    rows = asked.rows("opportunities")
    found = next((row for row in rows if row["best"] and not row["withheld"] and trigger_name(row) == name), None)
    if found is None:
        raise failure(ArgumentError, "today_page.gone", argument="trigger", came=name)
    return found


def _form(asked: Asked, on: str) -> Form:
    row, money = _row(asked, on), asked.facts.money
    reached = round(row["reachable"] * (1 - row["holdout"]))
    text = say(
        "today_page.launch_text", count=reached, reached=number(reached), cost=money(row["total_cost"]),
        held=number(row["reachable"] - reached),
    )  # fmt: skip
    teams = [{"value": name, "label": name} for name in asked.services.settings.teams]
    parts = [
        dmc.Text(text),
        dmc.Text(why(row, money), c="dimmed", size="sm"),
        field(NAME, "holdout", dmc.NumberInput, label=say("today_page.holdout"), value=round(row["holdout"] * 100),
              min=1, max=90, suffix=" %", description=say("today_page.holdout_text")),
        field(NAME, "most", dmc.NumberInput, label=say("today_page.most"), min=1, max=50, value=1,
              description=say("today_page.most_text")),
    ]  # fmt: skip
    if teams:
        parts.append(
            field(NAME, "team", dmc.Select, label=say("today_page.team"), data=teams, clearable=True,
                  description=say("today_page.team_text"))
        )  # fmt: skip
    if on not in asked.services.settings.messages:
        parts.append(dmc.Alert(say("today_page.no_message", trigger=on), color="gray", variant="light"))
    return Form(
        title=say("today_page.launch_title", title=opportunity_title(row)), parts=parts,
        confirm=say("today_page.launch"), grave=True,
    )  # fmt: skip


def _act(asked: Asked, on: str, values: Values) -> Done:
    done = launch(
        asked.project, _row(asked, on), holdout=float(values.get("holdout") or 0) / 100, most=values.get("most"),
        team=values.get("team"), by=asked.who.name, actor=asked.who.actor, now=asked.now,
    )  # fmt: skip
    if done.approvers:
        return Done(text=say("today_page.asked", trigger=done.trigger, who=listing(done.approvers)))
    return Done(text=say("today_page.launched", trigger=done.trigger))


LAUNCH = Act(name=NAME, permission=Permission.OPERATE, form=_form, act=_act)
