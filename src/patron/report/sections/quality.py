"""What became of every row that came in, and what to mend at the source."""

from __future__ import annotations

from patron.charts.records import Record
from patron.language import NOTHING, number, percent, say
from patron.report.blocks import Block, Cell, Head, Note, Section, Table
from patron.report.source import Source
from patron.sources.quality import GRAVITY

_OUTCOMES = ("kept", "rejected", "later", "removed")


def quality(source: Source) -> Section:
    """Return the account of the rows by source, the findings that matter, and the rest folded away."""
    rows = source.rows("quality")
    blocks: list[Block] = [_account(rows)] if rows else []
    findings = [row for row in rows if row["outcome"] not in ("read", "kept") or row["severity"] != "info"]
    serious = [row for row in findings if row["severity"] != "info"]
    if rows:
        blocks.append(
            _findings(serious, say("quality.serious")) if serious else Note(text=say("quality.sound"), tone="good")
        )
    if others := [row for row in findings if row["severity"] == "info"]:
        blocks.append(_findings(others, say("quality.others", count=len(others)), folded=True))
    return Section(
        name="quality",
        title=say("report.quality"),
        lead=say("report.quality_lead"),
        blocks=(
            *(tuple(blocks) or (Note(text=say("report.no_quality"), tone="none"),)),
            *(Note(text=note, tone="none") for note in source.facts.notes),
        ),
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
        Cell(text=_named(name)),
        Cell(text=number(sums["read"])),
        *(
            Cell(
                text=number(sums[outcome]), note=percent(sums[outcome] / sums["read"], digits=1) if sums["read"] else ""
            )
            for outcome in _OUTCOMES
        ),
    )


def _findings(rows: list[Record], caption: str, *, folded: bool = False) -> Table:
    """Return findings, gravest first: the advice stands under its finding, so that a page holds many of them."""
    ordered = sorted(rows, key=lambda row: (GRAVITY[row["severity"]], -row["rows"], row["source"], row["check"]))
    return Table(
        caption=caption,
        folded=folded,
        heads=(
            Head(text=say("report.source") if folded else say("report.head_severity")),
            Head(text=say("quality.finding_and_advice"), wide=True),
            Head(text=say("report.head_rows"), figures=True),
            Head(text=say("report.head_became")),
        ),
        rows=tuple(
            (
                Cell(text=_named(row["source"])) if folded else _weight(row),
                Cell(text=row["message"], note=row["advice"] or ""),
                _rows(row),
                Cell(text=say(f"report.became_{row['outcome']}") if row["rows"] else NOTHING),
            )
            for row in ordered
        ),
    )


def _weight(row: Record) -> Cell:
    tone = {"error": "tag error", "warning": "tag warning"}[row["severity"]]
    return Cell(text=say(f"report.severity_{row['severity']}"), note=_named(row["source"]), tone=tone)


def _rows(row: Record) -> Cell:
    """Return how many rows a finding is about; a gap has none."""
    if not row["rows"]:
        return Cell(text=NOTHING)
    return Cell(text=number(row["rows"]), note=percent(row["share"], digits=1))


def _named(source: str) -> str:
    return source.replace("_", " ").capitalize()
