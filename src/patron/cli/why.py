"""`patron why`: what a customer is sent, what not, and why not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from patron.cli.console import Output, ProjectDir, speaking
from patron.identity import explain
from patron.language import say
from patron.pipeline import open_project
from patron.pipeline.reasons_said import said_why

Customer = Annotated[str, typer.Argument(help=say("eligibility.help.customer"), show_default=False)]
COLUMNS = ("trigger", "channel", "outcome", "why")


@speaking
def why(output: Output, customer: Customer, project: ProjectDir = Path()) -> None:
    """Say what a customer is sent and what not, in words that can be read out."""
    opened = open_project(project)
    run = opened.last()
    found = explain(opened.table("links"), opened.table("match_keys"), subject=customer)
    decided = opened.table("decisions")
    own = decided.filter(decided.customer_id == found.customer_id).order_by("outcome", "trigger")
    rows = [
        {**row, "why": said_why(row, opened.settings.contact)}
        for row in own.select("trigger", "channel", "outcome", "reason", "held_by", "send_on", "send_at", "expires_on")
        .to_pyarrow()
        .to_pylist()
    ]
    facts = {"customer": found.customer_id, "day": run.manifest.as_of}
    if rows:
        output.line(say("eligibility.title", **facts))
        table = [
            [row["trigger"], row["channel"], say(f"eligibility.word.{row['outcome']}"), row["why"]] for row in rows
        ]
        output.table([say(f"eligibility.column.{name}") for name in COLUMNS], table)
    else:
        output.line(say("eligibility.nothing", **facts))
    output.result({"customer_id": found.customer_id, "as_of": run.manifest.as_of, "messages": rows})
