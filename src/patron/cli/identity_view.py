"""`patron identity view`: everything that is known of one customer and may be used, dated and sourced."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from patron.cli.console import Output, ProjectDir, speaking
from patron.identity import explain
from patron.language import NOTHING, number, percent, say
from patron.pipeline import clock, open_project
from patron.pipeline.guarding import guard_now
from patron.profile import Attribute, whole_view

Customer = Annotated[str, typer.Argument(help=say("identity_cli.help.customer"), show_default=False)]
Purpose = Annotated[str | None, typer.Option("--purpose", help=say("identity_cli.help.purpose"))]


@speaking
def view(output: Output, customer: Customer, purpose: Purpose = None, project: ProjectDir = Path()) -> None:
    """Show everything that is known of a customer and may be used: its source, day, purpose and expiry."""
    opened = open_project(project)
    run, today = opened.last(), clock.today(opened.settings.timezone)
    found = explain(opened.table("links"), opened.table("match_keys"), subject=customer)
    with opened.state() as state:
        allowed = guard_now(run, opened.connection, state=state, settings=opened.settings, today=today)
        known = whole_view(
            {name: run.table(name, opened.connection) for name in opened.tables()}, found.customer_id,
            as_of=run.manifest.as_of, today=max(today, run.manifest.as_of), purpose=purpose, guard=allowed,
        )  # fmt: skip
    output.line(say("identity_cli.view", customer=found.customer_id, count=len(known), attributes=number(len(known))))
    names = ("attribute", "value", "source", "as_of", "purpose", "expires", "match")
    output.table(
        [say(f"identity_cli.column.{name}") for name in names], [_row(one, opened.settings.currency) for one in known]
    )
    output.result({"customer_id": found.customer_id, "known": [asdict(one) for one in known]})


def _row(one: Attribute, currency: str) -> list[str]:
    match = NOTHING if one.match_rate is None else percent(one.match_rate)
    days = (str(one.dated or NOTHING), one.purpose, str(one.expires_on or NOTHING))
    return [one.name, _written(one.value, currency if one.unit == "money" else one.unit), one.source, *days, match]


def _written(value: Any, unit: str) -> str:
    if isinstance(value, float | Decimal):
        text = number(float(value), digits=2)
    else:
        text = number(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return f"{text} {unit}".strip()
