"""What lists and experiments so far have really brought."""

from __future__ import annotations

from patron import charts
from patron.charts.records import Record
from patron.contracts.effect import MONEY_METRICS, SHARE_METRICS
from patron.experiments.effect_warnings import minded
from patron.experiments.experiment_title import experiment_title
from patron.language import day, number, percent, say
from patron.report.blocks import Block, Cell, Chart, Command, Head, Note, Section, Table
from patron.report.sections.growth_where import growth_where
from patron.report.sections.withheld import mark, notes
from patron.report.source import Source
from patron.stats.false_discovery import PROVEN

DIGITS = {"nps": 1, "effort": 2}

SIDES = (("treated", ""), ("control", "_control"))


def effects(source: Source) -> Section:
    """Return where the growth is, each experiment's effect against its control, and which still wait to be read."""
    rows = source.rows("effects")
    blocks: list[Block] = growth_where(source)
    if any(row["status"] == "read" and row["metric"] == "margin" for row in rows):
        blocks.append(_chart(source, rows))
    if rows:
        blocks += [_readings(source, rows), Note(text=say("report.effects_adjusted"), tone="none")]
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
    # Of all that was read together: with every further one the best looks better by luck alone.
    proven = [row for row in read if row["effect"] > 0 and row["q_value"] is not None and row["q_value"] < PROVEN]
    return Chart(
        name="chart-effects",
        title=say("report.effects_chart", worth=source.facts.worth),
        figure=charts.effects(source["effects"], currency=source.facts.currency, title=""),
        finding=say("report.effects_finding", proven=number(len(proven)), read=number(len(read)), count=len(read)),
        reading=say("report.effects_reading"),
        doing=say("report.effects_doing"),
    )


def _readings(source: Source, rows: list[Record]) -> Table:
    shown = [row for row in rows if row["role"] == "primary" or "harm" in minded(row)]
    return Table(
        caption=say("report.effects_table"),
        heads=(
            Head(text=say("report.experiment")),
            Head(text=say("report.head_against"), figures=True),
            Head(text=say("report.head_effect_each"), figures=True),
            Head(text=say("report.head_total"), figures=True),
            Head(text=say("report.head_status")),
        ),
        rows=tuple(
            _reading(source, row)
            for row in sorted(shown, key=lambda row: (row["experiment"], row["arm"], row["role"] != "primary"))
        ),
    )


def _reading(source: Source, row: Record) -> tuple[Cell, ...]:
    days = say("report.between", low=day(row["from_day"]), high=day(row["to_day"]))
    warned = minded(row)
    measure = say(f"report.effect_{row['metric']}", worth=source.facts.worth)
    return (
        Cell(
            text=experiment_title(row["experiment"], row["arm"]),
            note=say("report.effect_when", measure=measure, days=days),
        ),
        Cell(
            text=say("report.against", **{name: _write(source, row, f"mean{end}") for name, end in SIDES}),
            note=say("report.against_customers", **{name: number(row[f"n{end}"]) for name, end in SIDES}),
        ),
        Cell(text=_write(source, row, "effect"), note=_ends(source, row, "effect")),
        Cell(text=_write(source, row, "total"), note=_ends(source, row, "total")),
        Cell(
            text=say(f"report.status_{row['status']}"), note=" ".join(say(f"report.warning_{name}") for name in warned),
            tone="tag" if row["status"] == "read" and not warned else "tag warning",
        ),
    )  # fmt: skip


def _write(source: Source, row: Record, name: str) -> str:
    value = row[name]
    if value is None:
        return "–"
    if row["metric"] in MONEY_METRICS:
        return source.facts.money(value)
    if row["metric"] in SHARE_METRICS and not name.startswith("total"):
        if name.startswith("mean"):
            return percent(value, digits=1)
        return say("report.points", points=number(100 * value, digits=1))
    return number(value, digits=0 if name.startswith("total") else DIGITS.get(row["metric"], 3))


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
                Cell(text=experiment_title(row["experiment"])),
                Cell(text=row["segment"]),
                Cell(text=day(row["assigned_on"])),
                mark() if row["withheld"] else Cell(text=number(row["treated"])),
                mark() if row["withheld"] else Cell(text=number(row["control"])),
            )
            for row in rows
        ),
    )
