"""What became of every row that came in, and what to mend at the source."""

from __future__ import annotations

from patron.charts.records import Record
from patron.language import number, percent, say
from patron.report.blocks import Block, Cell, Head, Note, Section, Table
from patron.report.source import Source

_OUTCOMES = ("kept", "rejected", "later", "removed")
_ORDER = {"error": 0, "warning": 1, "info": 2}


def quality(source: Source) -> Section:
    """Return the account of the rows by source, and the findings, gravest first."""
    rows = source.rows("quality")
    blocks: list[Block] = [_account(rows)] if rows else []
    if findings := [row for row in rows if row["outcome"] not in ("read", "kept")]:
        blocks.append(_findings(findings))
    return Section(
        name="quality",
        title=say("report.quality"),
        lead=say("report.quality_lead"),
        blocks=tuple(blocks) or (Note(text=say("report.no_quality"), tone="none"),),
    )


def _account(rows: list[Record]) -> Table:
    sources = sorted({row["source"] for row in rows})
    return Table(
        caption=say("report.account"),
        heads=(
            Head(text=say("report.source")),
            *(Head(text=say(f"report.rows_{outcome}"), figures=True) for outcome in ("read", *_OUTCOMES)),
        ),
        rows=tuple(_sums(name, [row for row in rows if row["source"] == name]) for name in sources),
    )


def _sums(name: str, rows: list[Record]) -> tuple[Cell, ...]:
    sums = {outcome: sum(row["rows"] for row in rows if row["outcome"] == outcome) for outcome in ("read", *_OUTCOMES)}
    return (
        Cell(text=name.replace("_", " ").capitalize()),
        Cell(text=number(sums["read"])),
        *(
            Cell(
                text=number(sums[outcome]), note=percent(sums[outcome] / sums["read"], digits=1) if sums["read"] else ""
            )
            for outcome in _OUTCOMES
        ),
    )


def _findings(rows: list[Record]) -> Table:
    ordered = sorted(rows, key=lambda row: (_ORDER[row["severity"]], -row["rows"], row["source"], row["check"]))
    return Table(
        caption=say("report.findings"),
        heads=(
            Head(text=say("report.finding"), wide=True),
            Head(text=say("report.head_rows"), figures=True),
            Head(text=say("report.head_became")),
            Head(text=say("report.head_severity")),
            Head(text=say("report.head_mend"), wide=True),
        ),
        rows=tuple(
            (
                Cell(text=row["message"]),
                Cell(text=number(row["rows"]), note=percent(row["share"], digits=1)),
                Cell(text=say(f"report.became_{row['outcome']}")),
                Cell(text=say(f"report.severity_{row['severity']}"), tone=_tone(row["severity"])),
                Cell(text=row["advice"] or "–"),
            )
            for row in ordered
        ),
    )


def _tone(severity: str) -> str:
    return {"error": "tag error", "warning": "tag warning"}.get(severity, "tag")
