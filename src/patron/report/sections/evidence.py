"""What channels really bring: mix model, attribution and experiments side by side, and which test would settle it."""

from __future__ import annotations

from patron import charts
from patron.charts.records import Record
from patron.language import day, number, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source

EVIDENCE, VERDICTS = "channel_evidence", "channel_verdicts"
OPEN = ("disagree", "cannot_tell")


def evidence(source: Source) -> Section:
    """Return what each source says of each channel, the verdicts, and the tests that would settle them."""
    verdicts = [row for row in source.rows(VERDICTS) if row["least"] is not None]
    blocks: list[Block] = [_chart(source, verdicts), _verdicts(source, verdicts)] if verdicts else []
    blocks += notes(source, EVIDENCE, VERDICTS)
    if not blocks:
        blocks = [Note(text=say("evidence_report.nothing"), tone="none")]
    return Section(
        name="evidence", title=say("evidence_report.title"), lead=say("evidence_report.lead"), blocks=tuple(blocks)
    )


def _chart(source: Source, verdicts: list[Record]) -> Chart:
    apart = [row for row in verdicts if row["verdict"] in OPEN]
    first = verdicts[0]
    finding = say(
        "evidence_report.finding", open=number(len(apart)), channels=number(len(verdicts)), count=len(apart),
        low=day(first["from_day"]), high=day(first["to_day"]),
    )  # fmt: skip
    testable = [row for row in _by_stake(apart) if row["test_status"] == "enough"]
    doing = ""
    if testable:
        best = testable[0]
        doing = say(
            f"evidence_report.doing_{best['unit']}", channel=_name(best["channel"]), weeks=best["weeks"],
            needed=number(best["customers_needed"]), stake=source.facts.money(best["at_stake"]),
        )  # fmt: skip
    return Chart(
        name="chart-evidence", title=say("evidence_report.chart"),
        figure=charts.channel_evidence(source[EVIDENCE], currency=source.facts.currency, title=""),
        finding=finding, reading=say("evidence_report.reading"), doing=doing,
    )  # fmt: skip


def _by_stake(rows: list[Record]) -> list[Record]:
    return sorted(rows, key=lambda row: (-row["at_stake"], row["channel"]))


def _verdicts(source: Source, rows: list[Record]) -> Table:
    heads = ("channel", "claims", "stake", "pays", "sentence")
    return Table(
        caption=say("evidence_report.verdicts"),
        heads=tuple(
            Head(text=say(f"evidence_report.head_{name}"), figures=name in heads[1:3], wide=name == "sentence")
            for name in heads
        ),
        rows=tuple(_verdict(source, row) for row in _by_stake(rows)),
    )


def _verdict(source: Source, row: Record) -> tuple[Cell, ...]:
    money = source.facts.money
    least, most = money(row["least"]), money(row["most"])
    return (
        Cell(text=_name(row["channel"])),
        Cell(text=least if row["sources"] == 1 or least == most else say("report.between", low=least, high=most)),
        Cell(text="–" if row["sources"] == 1 else money(row["at_stake"])),
        Cell(
            text="–" if row["pays"] is None else say(f"evidence_report.pays_{row['pays']}"),
            note="" if row["pays"] is None else say(f"evidence_report.by_{row['reference']}"),
        ),
        Cell(text=row["sentence"]),
    )


def _name(channel: str) -> str:
    return channel.replace("_", " ")
