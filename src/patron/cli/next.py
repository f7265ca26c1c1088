"""`patron next CUSTOMER`: what to do next for one customer, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from patron.cli.console import Output, ProjectDir, speaking
from patron.errors import ArgumentError
from patron.language import failure, say
from patron.pipeline import open_project
from patron.pipeline.next_said import said_next

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
    sentence = said_next(row, opened.settings.contact, currency=opened.settings.currency)
    output.line(sentence)
    output.result({**row, "sentence": sentence})
