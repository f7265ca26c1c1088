"""`patron ledger`: what everything that was done to customers brought and cost, and whether it adds up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from patron.charts.amounts import whole
from patron.cli.console import Folder, Output, ProjectDir, speaking
from patron.experiments.ledger_words import Money, account, entry_title, fading, share, span
from patron.language import NOTHING, number, say
from patron.pipeline import open_project

TABLES = ("ledger", "ledger_totals", "ledger_weeks")
COLUMNS = ("entry", "evidence", "customers", "cost", "effect", "net", "return", "expect", "fades")


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
        rows = sorted(tables["ledger"], key=lambda row: (row["evidence"] == "assumed", row["from_day"], row["entry"]))
        output.table([say(f"ledger.column_{name}") for name in COLUMNS], [_row(row, money) for row in rows], whole=1)
    output.result(tables)


def _row(row: Mapping[str, Any], money: Money) -> list[str]:
    return [
        entry_title(row), _known(row), number(row["customers"]), _amount(row, "cost", money),
        _amount(row, "effect", money), _amount(row, "net", money), _return(row), _amount(row, "shrunk", money),
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
    return f"{money(row[name])} ({span(row, name, money)})" if told else money(row[name])


def _return(row: Mapping[str, Any]) -> str:
    if row["return_on_cost"] is None:
        return say(f"ledger.return_{row['return_status']}")
    if row["return_low"] is None:
        return share(row["return_on_cost"])
    ends = say("ledger.range", low=share(row["return_low"]), high=share(row["return_high"]))
    return f"{share(row['return_on_cost'])} ({ends})"
