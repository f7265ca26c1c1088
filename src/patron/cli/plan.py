"""`patron plan`: what to launch today, to whom, at what cost, with which hold-out, and what would be learned."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from patron.charts.amounts import whole
from patron.cli.console import Folder, Output, ProjectDir, speaking
from patron.decisions.opportunity import launch_yaml, trigger_name, trigger_settings
from patron.decisions.opportunity.words import (
    action_title,
    audience_title,
    channel_title,
    known,
    learned,
    opportunity_title,
    why,
)
from patron.errors import ArgumentError
from patron.language import failure, number, percent, say
from patron.pipeline import open_project

COLUMNS = ("place", "launch", "whom", "gain", "cost", "evidence", "holdout")

Row = dict[str, Any]

Running = Mapping[tuple[str, str], str]
"""Triggers of the settings by signal and action."""


@speaking
def plan(
    output: Output,
    folder: Folder = None,
    project: ProjectDir = Path(),
    *,
    top: Annotated[int, typer.Option("--top", min=1, help=say("plan.help.top"))] = 10,
    launch: Annotated[int | None, typer.Option("--launch", min=1, help=say("plan.help.launch"))] = None,
) -> None:
    """Say what is worth most to launch, as a table and in sentences; or the lines of one for patron.yaml."""
    run = open_project(folder or project)
    published = run.last()
    tables = {
        name: published.table(name, run.connection).to_pyarrow().to_pylist()
        for name in ("opportunities", "signal_states")
    }
    best = sorted((row for row in tables["opportunities"] if row["best"]), key=lambda row: row["rank"])

    def money(amount: float) -> str:
        return whole(amount, published.manifest.currency)

    running = {(one.signal, one.action): name for name, one in run.settings.triggers.items() if one.signal is not None}
    if launch is not None:
        _launch(output, best, launch)
        return
    shown = best[:top]
    _tell(output, shown, len(best), running, money)
    if not shown:
        output.line(_nothing(tables))
    output.result(
        {"as_of": published.manifest.as_of.isoformat(), "currency": published.manifest.currency,
         "opportunities": [_result(place, row, money) for place, row in enumerate(shown, start=1)]}
    )  # fmt: skip


def _tell(output: Output, rows: list[Row], many: int, running: Running, money: Any) -> None:
    if not rows:
        return
    output.table([say(f"plan.column_{name}") for name in COLUMNS], [_row(p, r, money) for p, r in enumerate(rows, 1)])
    for place, row in enumerate(rows, start=1):
        output.line(f"\n{place}. {opportunity_title(row)}")
        output.line(f"   {why(row, money)}")
        output.line(f"   {learned(row)}")
        if (name := running.get((row["signal"], row["action"]))) is not None:
            output.line(f"   {say('plan.running', trigger=name)}")
    output.line("")
    output.line(say("plan.overlap", count=many, many=number(many)))
    output.line(say("plan.next"))


def _row(place: int, row: Row, money: Any) -> list[str]:
    span = say("plan.span", low=money(row["total_low"]), high=money(row["total_high"]))
    return [
        str(place),
        say("plan.launched", action=action_title(row["action"]), channel=channel_title(row["channel"])),
        say(
            "plan.for_whom", audience=audience_title(row),
            reachable=number(row["reachable"]), customers=number(row["customers"]),
        ),
        f"{money(row['total_gain'])}\n{span}",
        money(row["total_cost"]),
        known(row["evidence"]),
        _holdout(row),
    ]  # fmt: skip


def _holdout(row: Row) -> str:
    share = percent(row["holdout"])
    if row["weeks"] is None:
        return say("plan.holdout_unread", share=share)
    return say("plan.holdout", share=share, count=row["weeks"], weeks=number(row["weeks"]))


def _nothing(tables: Mapping[str, list[Row]]) -> str:
    fires = sum(row["status"] == "fires" for row in tables["signal_states"])
    if not fires:
        return say("plan.no_signal")
    return say("plan.no_gain", count=fires, signals=number(fires))


def _result(place: int, row: Row, money: Any) -> Row:
    told = {"title": opportunity_title(row), "why": why(row, money), "learned": learned(row)}
    return {"place": place, **row, **told, "trigger": {trigger_name(row): trigger_settings(row)}}


def _launch(output: Output, rows: list[Row], place: int) -> None:
    if place > len(rows):
        raise failure(ArgumentError, "plan.launch", came=place, most=len(rows))
    row = rows[place - 1]
    output.note(say("plan.paste", title=opportunity_title(row)))
    if not output.as_json:
        sys.stdout.write(launch_yaml(row))
    output.result({"place": place, "trigger": {trigger_name(row): trigger_settings(row)}})
