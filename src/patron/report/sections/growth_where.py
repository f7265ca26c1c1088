"""Do our best customers or the middle pay back what is spent on them next?"""

from __future__ import annotations

from patron import charts
from patron.charts.records import Record
from patron.experiments.growth_by import CANNOT_TELL, LOSES, PAYS
from patron.experiments.known_then import VALUE_TIERS
from patron.language import listing, number, say
from patron.report.blocks import Block, Cell, Chart, Head, Table
from patron.report.sections.withheld import mark, notes
from patron.report.source import Source

NAME = "growth_where"


def growth_where(source: Source) -> list[Block]:
    """Return the chart and the table of what experiments brought by value tier; nothing where none was read."""
    rows = _ordered(source.rows(NAME))
    if not rows:
        return []
    return [_chart(source, rows), _table(source, rows), *notes(source, NAME)]


def _ordered(rows: list[Record]) -> list[Record]:
    """Return the tiers, the best customers first."""
    return sorted(rows, key=lambda row: VALUE_TIERS.index(row["segment"]))


def _name(segment: str) -> str:
    return say(f"report.value_tier_{segment}")


def _chart(source: Source, rows: list[Record]) -> Chart:
    return Chart(
        name="chart-growth-where",
        title=say("report.growth_where"),
        figure=charts.growth_where(rows, currency=source.facts.currency, name=_name, title=""),
        finding=_finding(source, rows),
        reading=say("report.growth_where_reading"),
        doing=say("report.growth_where_doing"),
    )


def _finding(source: Source, rows: list[Record]) -> str:
    """Say who pays; who loses where nobody pays; and nowhere where nothing is certain."""
    for verdict, key in ((PAYS, "report.growth_where_pays"), (LOSES, "report.growth_where_loses")):
        sure = [row for row in rows if row["verdict"] == verdict]
        if sure:
            named = listing([_name(row["segment"]) for row in sure])
            return say(key, segments=named, net=source.facts.money(sum(row["net"] for row in sure)))
    most = max(row["experiments"] for row in rows)
    return say("report.growth_where_nowhere", count=most, experiments=number(most))


def _table(source: Source, rows: list[Record]) -> Table:
    return Table(
        caption=say("report.growth_where_table"),
        heads=(
            Head(text=say("report.growth_where_tier")),
            Head(text=say("report.growth_where_treated"), figures=True),
            Head(text=say("report.head_total"), figures=True),
            Head(text=say("report.growth_where_cost"), figures=True),
            Head(text=say("report.growth_where_net"), figures=True),
            Head(text=say("report.growth_where_verdict")),
        ),
        rows=tuple([_row(source, row) for row in rows] + [_withheld(row) for row in _ordered(source.withheld(NAME))]),
    )


def _row(source: Source, row: Record) -> tuple[Cell, ...]:
    def money(name: str) -> Cell:
        low, high = (source.facts.money(row[f"{name}_{end}"]) for end in ("low", "high"))
        return Cell(text=source.facts.money(row[name]), note=say("report.range", low=low, high=high))

    tone = "tag warning" if row["verdict"] == LOSES else "tag"
    return (
        Cell(text=_name(row["segment"])), Cell(text=number(row["n"])), money("total"),
        Cell(text=source.facts.money(row["cost"])), money("net"),
        Cell(text=say(f"report.growth_where_{row['verdict']}_tag"), tone=tone),
    )  # fmt: skip


def _withheld(row: Record) -> tuple[Cell, ...]:
    return (Cell(text=_name(row["segment"])), *(mark() for _ in range(4)), Cell(text=say(_UNKNOWN)))


_UNKNOWN = f"report.growth_where_{CANNOT_TELL}_tag"
