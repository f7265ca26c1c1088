"""Do customers come back, and what have they brought by then?"""

from __future__ import annotations

from patron import charts
from patron.charts.cohort_value import mean_by_age
from patron.charts.records import Record
from patron.language import month, number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.source import Source

_AGES = (1, 2, 3, 6, 12, 18)


def cohorts(source: Source) -> Section:
    """Return retention by age, and cumulative value by age."""
    rows = source.rows("cohorts")
    blocks: tuple[Block, ...] = (Note(text=say("charts.no_cohorts"), tone="none"),)
    if any(row["age_months"] >= 1 for row in rows):
        blocks = (_retention(source, rows), _value(source, rows))
    return Section(name="cohorts", title=say("report.cohorts"), lead=say("report.cohorts_lead"), blocks=blocks)


def _retention(source: Source, rows: list[Record]) -> Chart:
    return Chart(
        name="chart-cohorts",
        title=say("report.cohort_chart"),
        figure=charts.cohort_heatmap(source["cohorts"], title=""),
        finding=_finding(rows),
        reading=say("report.cohort_reading"),
        doing=say("report.cohort_doing"),
        table=_numbers(source, rows),
    )


def _finding(rows: list[Record]) -> str:
    first, later = _kept(rows, 1), _kept(rows, 12) or _kept(rows, 6)
    if first is None:
        return say("report.cohort_no_finding")
    if later is None:
        return say("report.cohort_finding_short", first=percent(first, digits=1))
    age = 12 if _kept(rows, 12) is not None else 6
    return say("report.cohort_finding", first=percent(first, digits=1), later=percent(later, digits=1), age=age)


def _kept(rows: list[Record], age: int) -> float | None:
    """Return the share of all customers old enough who bought in that month of their age."""
    old = [row for row in rows if row["age_months"] == age and row["complete"]]
    customers = sum(row["customers"] for row in old)
    return sum(row["active"] for row in old) / customers if customers else None


def _value(source: Source, rows: list[Record]) -> Chart:
    return Chart(
        name="chart-cohort-value",
        title=say("report.cohort_value_chart", worth=source.facts.worth),
        figure=charts.cohort_value(source["cohorts"], currency=source.facts.currency, title=""),
        finding=_brought(source, rows),
        reading=say("report.cohort_value_reading"),
        doing=say(f"report.cohort_value_doing_{source.facts.basis}"),
    )


def _brought(source: Source, rows: list[Record]) -> str:
    means = mean_by_age(rows)
    age = next((age for age in (12, 6, 1) if age in means), None)
    if age is None or 0 not in means:
        return say("report.cohort_no_finding")
    first, then = source.facts.money(means[0]), source.facts.money(means[age])
    return say("report.cohort_value_finding", first=first, then=then, age=age)


def _numbers(source: Source, rows: list[Record]) -> Table:
    cells = {(row["cohort"], row["age_months"]): row for row in rows}
    starts = sorted({row["cohort"] for row in rows})[-25:]
    ages = [age for age in _AGES if any((start, age) in cells for start in starts)]
    return Table(
        caption=say("report.cohort_table"),
        heads=(
            Head(text=say("report.cohort")),
            Head(text=say("report.head_customers"), figures=True),
            *(Head(text=say("report.head_age", age=age), figures=True) for age in ages),
            Head(text=say("report.head_cumulative", worth=source.facts.worth), figures=True),
        ),
        rows=tuple(
            (
                Cell(text=month(start)),
                Cell(text=number(_last(rows, start)["customers"])),
                *(_share(cells.get((start, age))) for age in ages),
                Cell(text=source.facts.money(_last(rows, start)["cumulative_margin_per_customer"])),
            )
            for start in starts
        ),
    )


def _last(rows: list[Record], start: object) -> Record:
    return max((row for row in rows if row["cohort"] == start), key=lambda row: int(row["age_months"]))


def _share(row: Record | None) -> Cell:
    if row is None:
        return Cell(text="")
    return Cell(text=percent(row["retention"], digits=1), note="" if row["complete"] else say("report.so_far"))
