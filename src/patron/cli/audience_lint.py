"""`patron audience lint`: how many of a list an ad platform would not find, and why."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import ibis.expr.types as ir
import typer

from patron.activation.match_keys.causes import Target
from patron.activation.match_keys.lint import Finding, Lint, lint
from patron.activation.match_keys.place import country_code
from patron.cli.audience import audience
from patron.cli.command_group import WithDefault
from patron.cli.console import FAILED, Output, speaking
from patron.engines.connect import connected
from patron.errors import ArgumentError
from patron.language import failure, listing, number, percent, say
from patron.sources.files import SourceFile
from patron.sources.read import opened

TOGETHER = 10_000  # rows

File = Annotated[Path, typer.Argument(help=say("match_keys.help.file"), show_default=False)]
For = Annotated[Target, typer.Option("--target", help=say("match_keys.help.target"))]
Country = Annotated[str | None, typer.Option("--country", help=say("match_keys.help.country"), show_default=False)]
Most = Annotated[str, typer.Option("--most", help=say("match_keys.help.most"))]

COLUMNS = ("cause", "effect", "rows", "share", "first")
NAMES = {"google": "Google", "meta": "Meta"}


class _Audience(WithDefault):
    """`patron audience lint`; whatever else is said, is said of freezing a list, also a question for help."""

    default = "freeze"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Say the command that was left unsaid."""
        return super().parse_args(ctx, args if args and args[0] in self.commands else [self.default, *args])


audiences = typer.Typer(name="audience", help=say("cli.help.audience"), cls=_Audience)
audiences.command("freeze", help=say("cli.help.audience"), epilog=say("match_keys.help.see_lint"))(audience)


@audiences.command("lint", help=say("match_keys.help.lint"))
@speaking
def _lint(output: Output, file: File, target: For, country: Country = None, most: Most = "0%") -> None:
    """Forecast match loss by cause; fail when more is lost than may be."""
    land, allowed = _country(country), _share(most)
    with tempfile.TemporaryDirectory(prefix="patron-") as aside, connected("duckdb://", spill=Path(aside)) as engine:
        table = opened(SourceFile(file, str(file)), source="audience", connection=engine)
        found = lint(_rows(table), columns=table.columns, target=target, country=land)
    _told(output, found)
    if found.lost_share > allowed:
        raise typer.Exit(FAILED)


def _rows(table: ir.Table) -> Iterator[Mapping[str, object]]:
    # Once as a whole: Ibis 12.0's own to_pyarrow_batches fails on DuckDB 2.0.
    for batch in table.to_pyarrow().to_batches(max_chunksize=TOGETHER):
        yield from batch.to_pylist()


def _told(output: Output, found: Lint) -> None:
    name = NAMES[found.target]
    if not found.rows:
        output.line(say("match_keys.no_rows"))
    elif found.lost:
        output.line(
            say(
                "match_keys.forecast", lost=number(found.lost), rows=number(found.rows), target=name,
                share=percent(found.lost_share, digits=1),
            )
        )  # fmt: skip
    else:
        output.line(say("match_keys.all_found", rows=number(found.rows), target=name))
    if found.findings:
        output.table([say(f"match_keys.column.{one}") for one in COLUMNS], [_row(one) for one in found.findings])
    output.note(say("match_keys.understood", columns=listing(found.columns)))
    output.result({**asdict(found), "lost_share": found.lost_share})


def _row(one: Finding) -> list[str]:
    first = ", ".join(number(row) for row in one.first) + (" ..." if one.rows > len(one.first) else "")
    return [
        say(f"match_keys.cause.{one.cause}"), say(f"match_keys.effect.{one.effect}"), number(one.rows),
        percent(one.share, digits=1), first,
    ]  # fmt: skip


def _country(text: str | None) -> str | None:
    land = country_code(text)
    if text is not None and land is None:
        raise failure(ArgumentError, "match_keys.country", argument="country", came=text)
    return land


def _share(text: str) -> float:
    """Read a share: 5% or 0.05."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(%?)", text.strip())
    share = float(found[1]) / (100 if found[2] else 1) if found else -1.0
    if not 0 <= share <= 1:
        raise failure(ArgumentError, "match_keys.most", argument="most", came=text)
    return share
