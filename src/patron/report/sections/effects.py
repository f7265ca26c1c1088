"""What the lists so far have really brought."""

from __future__ import annotations

from patron import charts
from patron.charts.records import Record
from patron.language import day, number, say
from patron.report.blocks import Block, Cell, Chart, Command, Head, Note, Section, Table
from patron.report.sections.withheld import mark, notes
from patron.report.source import Source


def effects(source: Source) -> Section:
    """Return each list's effect against its control group, and which lists still wait to be read."""
    rows = source.rows("effects")
    blocks: list[Block] = []
    if any(row["status"] == "read" and row["metric"] == "margin" for row in rows):
        blocks.append(_chart(source, rows))
    if rows:
        blocks.append(_readings(source, rows))
    if waiting := _waiting(source, {row["experiment"] for row in (*rows, *source.withheld("effects"))}):
        blocks.append(waiting)
    blocks += notes(source, "effects", "waiting")
    if not blocks:
        blocks = [
            Note(text=say("charts.no_effects"), tone="none"),
            Command(
                title=say("report.first_list"),
                text=say("report.first_list_text"),
                command="patron audience --segment rfm.at_risk --channel email --holdout 10% --to at_risk.csv",
            ),
        ]
    return Section(name="effects", title=say("report.effects"), lead=say("report.effects_lead"), blocks=tuple(blocks))


def _chart(source: Source, rows: list[Record]) -> Chart:
    read = [row for row in rows if row["status"] == "read" and row["metric"] == "margin" and row["effect"] is not None]
    proven = [row for row in read if row["effect_low"] is not None and row["effect_low"] > 0]
    # Of all lists that were read: the sum of the winners alone would grow with every list that is luck.
    brought = sum(row["total"] or 0.0 for row in read)
    return Chart(
        name="chart-effects",
        title=say("report.effects_chart", worth=source.facts.worth),
        figure=charts.effects(source["effects"], currency=source.facts.currency, title=""),
        finding=say(
            "report.effects_finding", proven=number(len(proven)), read=number(len(read)), count=len(read),
            brought=source.facts.money(brought),
        ),
        reading=say("report.effects_reading"),
        doing=say("report.effects_doing"),
    )  # fmt: skip


def _readings(source: Source, rows: list[Record]) -> Table:
    return Table(
        caption=say("report.effects_table"),
        heads=(
            Head(text=say("report.audience")),
            Head(text=say("report.measure")),
            Head(text=say("report.head_listed"), figures=True),
            Head(text=say("report.head_control"), figures=True),
            Head(text=say("report.head_effect_each"), figures=True),
            Head(text=say("report.head_total"), figures=True),
            Head(text=say("report.head_status")),
        ),
        rows=tuple(
            _reading(source, row)
            for row in sorted(rows, key=lambda row: (row["experiment"], row["metric"], row["arm"]))
        ),
    )


def _reading(source: Source, row: Record) -> tuple[Cell, ...]:
    days = say("report.between", low=day(row["from_day"]), high=day(row["to_day"]))
    return (
        Cell(text=row["experiment"], note=days),
        Cell(text=say(f"report.effect_{row['metric']}", worth=source.facts.worth)),
        Cell(
            text=_write(source, row, "mean"), note=say("report.customers", count=row["n"], customers=number(row["n"]))
        ),
        Cell(
            text=_write(source, row, "mean_control"),
            note=say("report.customers", count=row["n_control"], customers=number(row["n_control"])),
        ),
        Cell(text=_write(source, row, "effect"), note=_ends(source, row, "effect")),
        Cell(text=_write(source, row, "total"), note=_ends(source, row, "total")),
        Cell(text=say(f"report.status_{row['status']}"), tone="tag" if row["status"] == "read" else "tag warning"),
    )


def _write(source: Source, row: Record, name: str) -> str:
    value = row[name]
    if value is None:
        return "–"
    if row["metric"] == "margin":
        return source.facts.money(value)
    return number(value, digits=0 if name.startswith("total") else 3)


def _ends(source: Source, row: Record, name: str) -> str:
    if row[f"{name}_low"] is None or row[f"{name}_high"] is None:
        return ""
    return say("report.range", low=_write(source, row, f"{name}_low"), high=_write(source, row, f"{name}_high"))


def _waiting(source: Source, read: set[str]) -> Table | None:
    rows = [row for row in (*source.rows("waiting"), *source.withheld("waiting")) if row["experiment"] not in read]
    if not rows:
        return None
    return Table(
        caption=say("report.waiting_table"),
        heads=(
            Head(text=say("report.audience")),
            Head(text=say("report.segment")),
            Head(text=say("report.head_assigned")),
            Head(text=say("report.head_listed"), figures=True),
            Head(text=say("report.head_control"), figures=True),
        ),
        rows=tuple(
            (
                Cell(text=row["experiment"]),
                Cell(text=row["segment"]),
                Cell(text=day(row["assigned_on"])),
                mark() if row["withheld"] else Cell(text=number(row["treated"])),
                mark() if row["withheld"] else Cell(text=number(row["control"])),
            )
            for row in rows
        ),
    )
