"""`patron next CUSTOMER`: what to do next for one customer, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from patron.cli.console import Output, ProjectDir, speaking
from patron.decisions.next_action import worded
from patron.errors import ArgumentError
from patron.language import failure, say
from patron.pipeline import open_project
from patron.pipeline.reasons_said import said_why

OUTCOMES = {"wait": "queued", "refused": "refused"}
"""What has a reason that is told: by what happens, the decision's outcome."""

Customer = Annotated[str, typer.Argument(help=say("next_action.help_customer"))]


@speaking
def next_action(output: Output, customer: Customer, project: ProjectDir = Path()) -> None:
    """Say what to do next for a customer."""
    opened = open_project(project)
    table = opened.table("next_actions")
    rows = table.filter(table.customer_id == customer).to_pyarrow().to_pylist()
    if not rows:
        empty = not table.limit(1).count().to_pyarrow().as_py()
        raise failure(ArgumentError, "next_action.no_signals" if empty else "next_action.unknown", came=customer)
    row = rows[0]
    told = row["does"] in OUTCOMES
    why = said_why(row | {"outcome": OUTCOMES[row["does"]]}, opened.settings.contact) if told else ""
    sentence = worded(row, currency=opened.settings.currency, why=why)
    output.line(sentence)
    output.result({**row, "sentence": sentence})
