"""The option that says which customers a token or a user may see."""

from __future__ import annotations

from typing import Annotated

import typer

from patron.language import say
from patron.pipeline.own_segments import customer_columns
from patron.pipeline.settings import Settings

Rows = Annotated[str | None, typer.Option("--rows", help=say("user_cli.help.rows"), show_default=False)]


def checked_rows(rows: str | None, settings: Settings) -> str | None:
    """Return the condition as it was written.

    Raises
    ------
    ConditionError
        It does not parse, or names what is not known of customers.
    """
    if rows is not None:
        customer_columns(settings).check(rows, where="--rows")
    return rows
