"""`patron audience`: freeze a list, keep a control group, remember both."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from patron.activation import audience as freeze
from patron.activation import members
from patron.activation.members import BOTH
from patron.cli.console import Output, ProjectDir, speaking
from patron.decisions.holdouts import applying
from patron.language import number, say
from patron.pipeline import clock, open_project
from patron.pipeline.guarding import guard_now
from patron.pipeline.holding import holding
from patron.privacy.pseudonymous import export_key

Segment = Annotated[str, typer.Option("--segment", help=say("cli.help.segment"))]
Holdout = Annotated[str, typer.Option("--holdout", help=say("cli.help.holdout"))]
Target = Annotated[Path, typer.Option("--to", help=say("cli.help.audience_to"))]
Name = Annotated[str | None, typer.Option("--name", help=say("cli.help.name"))]
Purpose = Annotated[
    Literal["analytics", "profiling", "marketing", "advertising", "measurement", "operations"],
    typer.Option("--purpose", help=say("cli.help.purpose")),
]
Channel = Annotated[str | None, typer.Option("--channel", help=say("cli.help.channel"))]
Unit = Annotated[Literal["customer", "household"], typer.Option("--unit", help=say("cli.help.unit"))]
Programme = Annotated[str | None, typer.Option("--programme", help=say("cli.help.programme"))]
Trigger = Annotated[str | None, typer.Option("--trigger", help=say("cli.help.trigger"))]
Pseudonymous = Annotated[bool, typer.Option("--pseudonymous", help=say("cli.help.pseudonymous"))]
Force = Annotated[bool, typer.Option("--force", help=say("cli.help.force"))]


@speaking
def audience(
    output: Output,
    segment: Segment,
    to: Target,
    holdout: Holdout = "10%",
    name: Name = None,
    purpose: Purpose = "marketing",
    channel: Channel = None,
    unit: Unit = "customer",
    pseudonymous: Pseudonymous = False,
    programme: Programme = None,
    trigger: Trigger = None,
    force: Force = False,
    project: ProjectDir = Path(),
) -> None:
    """Freeze a segment of the published run as a list."""
    opened = open_project(project)
    published = opened.last()
    run = published.manifest
    tables = (published.table(name, opened.connection) for name in ("memberships", "profiles", "forecasts"))
    chosen = members(*tables, segment=segment, as_of=run.as_of, run_id=run.run_id)
    default = f"{chosen.segment.replace(BOTH, '-')}-{run.as_of:%Y-%m-%d}"
    with opened.state() as state:
        guard = guard_now(
            published, opened.connection, state=state, settings=opened.settings,
            today=clock.today(opened.settings.timezone),
        )  # fmt: skip
        frozen = freeze(
            replace(
                chosen,
                guard=guard,
                channel=channel,
                unit=unit,
                export_key=export_key(opened.own) if pseudonymous else None,
            ),
            name=name or default,
            file=to.absolute(),
            state=state,
            holdout=holdout,
            purpose=purpose,
            programme=programme,
            holdouts=applying(holding(state, opened.settings, day=run.as_of), programme=programme, trigger=trigger),
            force=force,
        )
    output.line(
        say("cli.audience.done", name=frozen.name, treated=number(frozen.treated), control=number(frozen.control),
            file=frozen.file)
    )  # fmt: skip
    for note in frozen.notes:
        output.line(note)
    if frozen.control:
        output.line(say("cli.audience.next"))
    output.result(asdict(frozen))
