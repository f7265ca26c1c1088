"""`patron ledger`: what everything that was done to customers brought and cost, and whether it adds up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from patron.charts.amounts import whole
from patron.cli.console import Folder, Output, ProjectDir, speaking
from patron.experiments.ledger_words import Money, account, entry_title, fading, ordered, share, span
from patron.language import NOTHING, say
from patron.pipeline import open_project

TABLES = ("ledger", "ledger_totals", "ledger_weeks")
COLUMNS = ("entry", "evidence", "cost", "effect", "return", "fades")


@speaking
def ledger(output: Output, folder: Folder = None, project: ProjectDir = Path()) -> None:
    """Say what everything brought, in sentences and as a table."""
    opened = open_project(folder or project)
    run = opened.last()
    tables = {name: run.table(name, opened.connection).to_pyarrow().to_pylist() for name in TABLES}

    def money(amount: float) -> str:
        return whole(amount, run.manifest.currency)

    if not tables["ledger"]:
        output.line(say("ledger_report.none"))
    else:
        for text in account(tables["ledger_totals"], money):
            output.line(text)
        rows = [_row(row, money) for row in ordered(tables["ledger"])]
        output.table([say(f"ledger.column_{name}") for name in COLUMNS], rows)
    output.result(tables)


def _row(row: Mapping[str, Any], money: Money) -> list[str]:
    return [
        entry_title(row), _known(row), _amount(row, "cost", money), _amount(row, "effect", money), _return(row),
        fading(row) or NOTHING,
    ]  # fmt: skip


def _known(row: Mapping[str, Any]) -> str:
    known = say(f"ledger.evidence_{row['evidence']}")
    if row["status"] in ("read", "claimed"):
        return known
    status = say(f"ledger.status_{row['status']}")
    return f"{known}: {status}"


def _amount(row: Mapping[str, Any], name: str, money: Money) -> str:
    if row[name] is None:
        return NOTHING
    told = row.get(f"{name}_low") is not None
    return f"{money(row[name])}\n{span(row, name, money)}" if told else money(row[name])


def _return(row: Mapping[str, Any]) -> str:
    if row["return_on_cost"] is None:
        return say(f"ledger.return_{row['return_status']}")
    if row["return_low"] is None:
        return share(row["return_on_cost"])
    ends = say("ledger.range", low=share(row["return_low"]), high=share(row["return_high"]))
    return f"{share(row['return_on_cost'])}\n{ends}"
