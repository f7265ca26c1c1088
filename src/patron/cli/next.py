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
    sentence = worded(rows[0], currency=opened.settings.currency)
    output.line(sentence)
    output.result({**rows[0], "sentence": sentence})
