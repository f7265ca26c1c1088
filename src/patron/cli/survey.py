"""`patron survey`: what is planned, what is asked, and invitations to go out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from patron.cli.audience import Channel, Force
from patron.cli.console import Output, ProjectDir, speaking
from patron.language import NOTHING, number, percent, say
from patron.pipeline import clock, open_project
from patron.pipeline.invite import invite
from patron.voice import SurveyQuestion, questionnaire

Segment = Annotated[str, typer.Option("--segment", help=say("voice.help.segment"))]
Target = Annotated[Path, typer.Option("--to", help=say("voice.help.to"))]
Name = Annotated[str | None, typer.Option("--name", help=say("voice.help.name"))]
People = Annotated[int | None, typer.Option("--people", min=1, help=say("voice.help.people"))]
Kind = Annotated[str, typer.Argument(help=say("voice.help.kind"), show_default=False)]

survey = typer.Typer(name="survey", help=say("voice.help.survey"), no_args_is_help=True)


@survey.command("plan", help=say("voice.help.plan"))
@speaking
def _plan(output: Output, project: ProjectDir = Path()) -> None:
    """Show whom to ask in each segment, and what."""
    opened = open_project(project)
    rows = opened.last().table("survey_plan", opened.connection).to_pyarrow().to_pylist()
    if not rows:
        output.line(say("voice.no_plan").partition("\n")[0])
    else:
        columns = ("segment", "questionnaire", "reachable", "expected_response", "invitations", "precision")
        heads = [say(f"voice.column.{name}") for name in columns]
        output.table(heads, [_row(row) for row in rows], whole=1)
    output.result({"survey_plan": rows})


def _row(row: dict[str, object]) -> list[str]:
    reach = row["precision"]
    return [
        f"{row['segmentation']}.{row['segment']}", str(row["questionnaire"]), number(row["reachable"]),  # type: ignore[arg-type]
        percent(row["expected_response"]), number(row["invitations"]),  # type: ignore[arg-type]
        NOTHING if reach is None else say("voice.either_way", points=number(reach)),  # type: ignore[arg-type]
    ]  # fmt: skip


@survey.command("questions", help=say("voice.help.questions"))
@speaking
def _questions(output: Output, kind: Kind) -> None:
    """Print the questionnaire for a kind of segment."""
    questions = questionnaire(kind)
    _say(output, questions)
    output.result({"questions": [_facts(question) for question in questions]})


@survey.command("invite", help=say("voice.help.invite"))
@speaking
def _invite(
    output: Output, segment: Segment, to: Target, name: Name = None, people: People = None, channel: Channel = None,
    force: Force = False, project: ProjectDir = Path(),
) -> None:  # fmt: skip
    """Draw the sample of a segment's survey, remember it, and write the invitations."""
    opened = open_project(project)
    today = max(clock.today(opened.settings.timezone), opened.last().manifest.as_of)
    made = invite(
        opened, segment=segment, file=to.absolute(), today=today, name=name, people=people, channel=channel,
        force=force,
    )  # fmt: skip
    output.line(
        say("voice.invited", name=made.name, invited=number(made.invited), file=made.file,
            answers=number(made.expected_answers))
    )  # fmt: skip
    if made.asked_lately:
        output.line(say("voice.left_in_peace", count=made.asked_lately, customers=number(made.asked_lately)))
    _say(output, made.questions)
    output.line(say("voice.next", file=made.file))
    facts = {name: value for name, value in asdict(made).items() if name != "questions"}
    output.result({**facts, "questions": [_facts(question) for question in made.questions]})


def _say(output: Output, questions: tuple[SurveyQuestion, ...]) -> None:
    for question in questions:
        output.line(f"{question.name} ({question.kind}): {question.text}")
        if question.choices:
            output.line("    " + "; ".join(f"{choice} = {question.says(choice)}" for choice in question.choices))


def _facts(question: SurveyQuestion) -> dict[str, object]:
    return {
        "name": question.name, "kind": question.kind, "text": question.text, "several": question.several,
        "choices": {choice: question.says(choice) for choice in question.choices},
    }  # fmt: skip
