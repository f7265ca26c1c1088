"""`patron experiment`: what it takes, begin, end."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from patron.cli.audience import Force, Pseudonymous
from patron.cli.console import Output, ProjectDir, speaking
from patron.errors import NotEnoughData
from patron.language import NOTHING, day, listing, money, number, percent, say
from patron.pipeline import clock, open_project
from patron.pipeline.design import Designed, Planned, design, rows_of
from patron.pipeline.experimenting import check_unstarted, start_experiment, started, stop
from patron.pipeline.project import Project

Name = Annotated[str, typer.Argument(help=say("experiment_cli.help.name"), show_default=False)]
Folder = Annotated[Path, typer.Option("--to", help=say("experiment_cli.help.to"))]
Kind = Annotated[Literal["csv", "parquet"], typer.Option("--as", help=say("experiment_cli.help.as"))]
Reason = Annotated[str, typer.Option("--reason", help=say("experiment_cli.help.reason"))]
On = Annotated[
    datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help=say("experiment_cli.help.on"), show_default=False)
]

experiment = typer.Typer(name="experiment", help=say("experiment_cli.help.experiment"), no_args_is_help=True)


@experiment.command("design", help=say("experiment_cli.help.design"))
@speaking
def _design(output: Output, name: Name, project: ProjectDir = Path()) -> None:
    """Say what an experiment takes before anything starts."""
    opened = open_project(project)
    found = design(opened, name, today=_today(opened))
    _say(output, found, opened.settings.currency)
    output.result(_facts(found))


@experiment.command("start", help=say("experiment_cli.help.start"))
@speaking
def _start(
    output: Output, name: Name, to: Folder = Path(), kind: Kind = "csv", pseudonymous: Pseudonymous = False,
    force: Force = False, project: ProjectDir = Path(),
) -> None:  # fmt: skip
    """Register an experiment, freeze its arms and write its lists."""
    opened = open_project(project)
    today = _today(opened)
    made = start_experiment(
        opened, name, folder=to.absolute(), today=today, needed=_needed(opened, name, today), ending=f".{kind}",
        pseudonymous=pseudonymous, force=force,
    )  # fmt: skip
    output.line(say("experiment_cli.started", name=name, first=day(made.started_on), last=day(made.ends_on)))
    for arm in made.arms:
        facts = {"arm": arm.arm, "share": percent(arm.share), "customers": number(arm.customers)}
        if made.unit == "visitor":
            output.line(say("experiment_cli.arm_of_visitors", **facts))
        elif arm.file:
            output.line(say("experiment_cli.arm", **facts, file=arm.file))
        else:
            output.line(say("experiment_cli.control", **facts))
    if made.unit == "visitor":
        output.line(say("experiment_cli.salt", salt=made.salt))
    output.line(say("experiment_cli.next"))
    output.result(asdict(made))


@experiment.command("stop", help=say("experiment_cli.help.stop"))
@speaking
def _stop(output: Output, name: Name, reason: Reason, on: On = None, project: ProjectDir = Path()) -> None:
    """Stop an experiment before its end."""
    opened = open_project(project)
    last = on.date() if on is not None else _last_day(opened, name)
    made = stop(opened, name, on=last, reason=reason)
    output.line(say("experiment_cli.stopped", name=name, day=day(last), reason=made.stop_reason))
    output.result({"name": name, "stopped_on": last, "stop_reason": made.stop_reason})


def _today(project: Project) -> date:
    return max(clock.today(project.settings.timezone), project.last().manifest.as_of)


def _last_day(project: Project, name: str) -> date:
    """Return the run's day, within the days of the experiment."""
    with project.state() as state:
        one = started(state, name)
    return max(min(project.last().manifest.as_of, one.ends_on), one.started_on)


def _needed(project: Project, name: str, today: date) -> dict[str, Any]:
    """Return what the design says is needed, to be kept with the promises."""
    with project.state() as state:
        check_unstarted(state, name, project.settings)
    try:
        return design(project, name, today=today).needed()
    except NotEnoughData:  # of visitors who come later; that nobody may be on a list, the start itself says
        return {}


def _say(output: Output, found: Designed, currency: str) -> None:
    """Say in sentences what an experiment takes."""
    said, primary = found.settings, found.primary
    output.line(say("experiment_cli.hypothesis", hypothesis=said.hypothesis))
    output.line(
        say("experiment_cli.eligible", eligible=number(found.eligible), segment=found.segment,
            reachable=number(found.reachable), free=number(found.free), units=number(found.units))
    )  # fmt: skip
    for name, many in found.held.items():
        output.line(say("experiment_cli.held", name=name, customers=number(many)))
    output.line(say("experiment_cli.arms", arms=listing(f"{arm} {number(many)}" for arm, many in found.arms.items())))
    for sentence in _primary(found, primary):
        output.line(sentence)
    if found.cost is not None:
        output.line(say("experiment_cli.cost", cost=money(found.cost, currency)))
    heads = [say(f"experiment_cli.column.{name}") for name in _COLUMNS]
    output.table(heads, [_row(row) for row in found.rows if row.metric == said.metric], whole=1)
    for row in found.rows:
        if row.metric != said.metric:
            output.line(_guardrail(row))
    output.line(say(f"experiment_cli.stop_{said.stop}"))


def _primary(found: Designed, primary: Planned) -> list[str]:
    """Return what is said of the primary metric."""
    metric, said = primary.metric, found.settings
    if primary.base is None:
        return [say("experiment_cli.no_base", metric=metric)]
    told = [say("experiment_cli.base", metric=metric, base=number(primary.base, digits=4), days=said.duration,
                since=day(found.since), explained=percent(found.explained))]  # fmt: skip
    if primary.status == "too_few":
        told.append(say("experiment_cli.too_few"))
    if primary.smallest_relative is not None:
        told.append(
            say("experiment_cli.smallest", relative=percent(primary.smallest_relative, digits=1), metric=metric,
                effect=number(primary.smallest_effect or 0, digits=4))
        )  # fmt: skip
    if primary.units_needed is not None:
        key = "experiment_cli.needed" if primary.days is not None else "experiment_cli.never"
        told.append(
            say(key, relative=percent(said.smallest_effect or 0, digits=1), units=number(primary.units_needed),
                days=number(primary.days or 0), chance=percent(primary.chance or 0))
        )  # fmt: skip
    if found.inflation > 1.001:
        told.append(say("experiment_cli.inflation", times=number(found.inflation, digits=2)))
    return told


def _guardrail(row: Planned) -> str:
    if row.smallest_relative is None:
        return say("experiment_cli.guardrail_unknown", metric=row.metric)
    return say("experiment_cli.guardrail", metric=row.metric, relative=percent(row.smallest_relative))


_COLUMNS = ("segment", "units", "base", "smallest", "needed", "days", "chance", "status")


def _row(row: Planned) -> list[str]:
    def told(value: float | None, *, digits: int = 0) -> str:
        return NOTHING if value is None else number(value, digits=digits)

    return [
        f"{row.segmentation}.{row.segment}", number(row.units), told(row.base, digits=4),
        NOTHING if row.smallest_relative is None else percent(row.smallest_relative, digits=1),
        told(row.units_needed), told(row.days), NOTHING if row.chance is None else percent(row.chance),
        say(f"experiment_cli.status.{row.status}"),
    ]  # fmt: skip


def _facts(found: Designed) -> dict[str, Any]:
    plain = {name: value for name, value in vars(found).items() if name not in {"settings", "rows"}}
    return {**plain, "promised": dict(found.settings.promised()), "rows": list(rows_of(found))}
