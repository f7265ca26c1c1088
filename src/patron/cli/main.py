"""`patron`: one command a file, in the order in which they are used."""

from __future__ import annotations

import gc
from importlib.metadata import version
from typing import Annotated

import typer

from patron.cli.activate import activate
from patron.cli.approve import approve
from patron.cli.audience_lint import audiences
from patron.cli.backup import backup, restore
from patron.cli.bounce import bounce
from patron.cli.check import check
from patron.cli.demo import demo
from patron.cli.experiment import experiment
from patron.cli.experiment_read import read
from patron.cli.identity import identity
from patron.cli.init import init
from patron.cli.intake import intake
from patron.cli.ledger import ledger
from patron.cli.message import message
from patron.cli.next import next_action
from patron.cli.plan import plan
from patron.cli.privacy import privacy
from patron.cli.report import report
from patron.cli.run import run
from patron.cli.runs import runs
from patron.cli.schedule import schedule
from patron.cli.serve import serve
from patron.cli.suppression import suppression
from patron.cli.survey import survey
from patron.cli.token import token
from patron.cli.trigger import trigger
from patron.cli.user import people
from patron.cli.why import why
from patron.language import say

app = typer.Typer(
    name="patron",
    help=say("cli.help.patron"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (init, demo, check, run, report, plan, ledger, approve, why):
    app.command(help=say(f"cli.help.{command.__name__}"))(command)
app.command(help=say("serve.help.serve"))(serve)
app.command(help=say("operations.help.backup"))(backup)
app.command(help=say("operations.help.restore"))(restore)
app.command("next", help=say("next_action.help"))(next_action)
app.add_typer(audiences)
app.add_typer(activate)
app.add_typer(runs)
app.add_typer(identity)
app.add_typer(privacy)
app.command("bounce", help=say("email_cli.help.bounce"))(bounce)
app.add_typer(suppression)
app.add_typer(survey)
app.add_typer(message)
experiment.command("read", help=say("effect_cli.help.read"))(read)
app.add_typer(experiment)
app.add_typer(trigger)
app.add_typer(intake)
app.add_typer(token)
app.add_typer(schedule)
app.add_typer(people)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("patron"))
        raise typer.Exit


@app.callback()
def _patron(
    show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=say("cli.help.version"))
    ] = False,
) -> None:
    """Take the options that stand before any command."""


def main() -> None:
    """Run the command line.

    The process is ours, so its collector may be told what to expect: the modules, half of all objects, stay until the
    end, and building expressions makes many small objects that go by themselves. To look through all of them after
    every 700 new ones takes a tenth of a small run.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    try:
        app()
    finally:
        gc.unfreeze()  # else engines complain at the exit of what is still there
