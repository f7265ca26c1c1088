"""Where customers stand on their way, in numbers and money, and after how many orders more stop than expected."""

from __future__ import annotations

from patron import charts
from patron.charts.records import Record
from patron.charts.stages import AWAY, WAY
from patron.language import number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.sections.withheld import mark, notes
from patron.report.source import Source

SEGMENTATION = "stage"


def stages(source: Source) -> Section:
    """Return the stages as a way with money on it, and the stuck points."""
    rows = source.division(SEGMENTATION)
    blocks: list[Block] = []
    if rows:
        blocks.append(_chart(source, rows))
    if rows or source.hidden(SEGMENTATION):
        blocks.append(_table(source, [*rows, *source.hidden(SEGMENTATION)]))
    else:
        blocks.append(Note(text=say("charts.no_segments"), tone="none"))
    if stuck := sorted(source.rows("stuck_points"), key=lambda row: row["orders"]):
        blocks += [_verdict(source, stuck), _stuck(source, stuck)]
    blocks += notes(source, "segments", "stuck_points")
    return Section(name="stages", title=say("stage_report.title"), lead=say("stage_report.lead"), blocks=tuple(blocks))


def _chart(source: Source, rows: list[Record]) -> Chart:
    there = {row["segment"]: row for row in rows}
    slipping = there.get("at_risk")
    worth = source.facts.money(slipping["predicted_value"] if slipping else 0.0)
    return Chart(
        name="chart-stages",
        title=say("stage_report.chart"),
        figure=charts.stages(source["segments"], currency=source.facts.currency, title=""),
        finding=say("stage_report.finding", customers=number(slipping["customers"] if slipping else 0), worth=worth),
        reading=say("stage_report.reading"),
        doing=say("stage_report.doing"),
    )


def _table(source: Source, rows: list[Record]) -> Table:
    heads = ("stage", "customers", "margin", "predicted", "silence", "advice")
    ordered = sorted(rows, key=lambda row: WAY.index(row["segment"]))
    return Table(
        caption=say("stage_report.table"),
        heads=tuple(
            Head(
                text=say(f"stage_report.head_{name}", worth=source.facts.worth), figures=name in heads[1:5],
                wide=name in ("stage", "advice"),
            )
            for name in heads
        ),
        rows=tuple(_row(source, row) for row in ordered),
        folded=True,
    )  # fmt: skip


def _row(source: Source, row: Record) -> tuple[Cell, ...]:
    name = Cell(text=row["title"], note=row["meaning"], tone="loss" if row["segment"] in AWAY else "")
    if row["withheld"]:
        return (name, *(mark() for _ in range(4)), Cell(text=row["advice"]))
    money = source.facts.money
    each = say("report.each", amount=money(row["predicted_value"] / row["customers"]))
    return (
        name,
        Cell(text=number(row["customers"]), note=percent(row["customer_share"])),
        Cell(text=money(row["margin"])),
        Cell(text=money(row["predicted_value"]), note=each),
        Cell(text="–" if row["days_since_last"] is None else number(row["days_since_last"])),
        Cell(text=row["advice"]),
    )


def _verdict(source: Source, rows: list[Record]) -> Note:
    found = [row for row in rows if row["found"]]
    if not found:
        return Note(text=say("stage_report.not_stuck"), title=say("stage_report.stuck_title"))
    worst = max(found, key=lambda row: (row["worth"], -row["orders"]))
    text = say(
        "stage_report.stuck", orders=worst["orders"], extra=number(worst["extra"]), share=percent(worst["share"]),
        expected=percent(worst["expected"]), worth=source.facts.money(worst["worth"]),
    )  # fmt: skip
    return Note(text=text, title=say("stage_report.stuck_title"), tone="warning")


def _stuck(source: Source, rows: list[Record]) -> Table:
    heads = ("orders", "decided", "stopped", "expected", "extra", "worth")
    return Table(
        caption=say("stage_report.stuck_table"),
        heads=tuple(Head(text=say(f"stage_report.head_{name}"), figures=name != "orders") for name in heads),
        rows=tuple(_point(source, row) for row in rows),
        folded=not any(row["found"] for row in rows),
    )


def _point(source: Source, row: Record) -> tuple[Cell, ...]:
    ends = say("report.range", low=percent(row["low"], digits=1), high=percent(row["high"], digits=1))
    unknown = row["expected"] is None
    return (
        Cell(text=number(row["orders"]), note=say("stage_report.stuck_here") if row["found"] else ""),
        Cell(text=number(row["customers"]), note=say("stage_report.waiting", customers=number(row["waiting"]))),
        Cell(text=percent(row["share"], digits=1), note=ends),
        Cell(text="–" if unknown else percent(row["expected"], digits=1)),
        Cell(text="–" if unknown else number(row["extra"])),
        Cell(text="–" if row["worth"] is None else source.facts.money(row["worth"])),
    )
