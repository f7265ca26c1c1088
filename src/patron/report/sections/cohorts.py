"""Do customers come back, and what have they brought by then?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from patron import charts
from patron.charts.records import Record
from patron.language import month, number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.sections.withheld import mark, notes
from patron.report.source import Source, as_table

_AGES = (1, 2, 3, 6, 12, 18)


def cohorts(source: Source) -> Section:
    """Return retention by age, and cumulative value by age."""
    rows = source.rows("cohorts")
    months = [row for row in source.withheld("cohorts") if row["age_months"] >= 1]
    blocks: tuple[Block, ...] = (Note(text=say("charts.no_cohorts"), tone="none"),)
    if any(row["age_months"] >= 1 for row in rows):
        drawn = (_retention(source, rows),) if _telling(rows) or not months else ()
        blocks = (*drawn, _value(source), *notes(source, "cohorts"))
    elif months or source.means:
        blocks = (_value(source), *notes(source, "cohorts"))
    return Section(name="cohorts", title=say("report.cohorts"), lead=say("report.cohorts_lead"), blocks=blocks)


def _retention(source: Source, rows: list[Record]) -> Chart:
    shown = source.shared("cohorts").shown
    return Chart(
        name="chart-cohorts",
        title=say("report.cohort_chart"),
        figure=charts.cohort_heatmap(as_table("cohorts", _telling(shown) or shown), title=""),
        finding=_finding(source),
        reading=say("report.cohort_reading"),
        doing=say("report.cohort_doing"),
        table=_numbers(source, rows),
    )


def _telling(rows: Sequence[Record]) -> list[Record]:
    """Return the cohorts of which more is shown than the months in which nobody bought, the others being withheld."""
    told = {row["cohort"] for row in rows if row["age_months"] >= 1 and row["active"]}
    return [row for row in rows if row["cohort"] in told]


def _finding(source: Source) -> str:
    first, later = _kept(source, 1), _kept(source, 12) or _kept(source, 6)
    if first is None:
        return say("report.cohort_no_finding")
    if later is None:
        return say("report.cohort_finding_short", first=percent(first, digits=1))
    age = 12 if _kept(source, 12) else 6
    return say("report.cohort_finding", first=percent(first, digits=1), later=percent(later, digits=1), age=age)


def _kept(source: Source, age: int) -> float | None:
    """Return the share of all customers old enough who bought in that month of their age."""
    return float(source.means[age]["retention"]) if age in source.means else None


def _unbroken(rows: Sequence[Record]) -> list[Record]:
    """Return each cohort's months before the first that is withheld: the sum to date would tell it."""
    ages = {(row["cohort"], row["age_months"]) for row in rows}
    return [row for row in rows if all((row["cohort"], age) in ages for age in range(row["age_months"]))]


def _value(source: Source) -> Chart:
    shown = _unbroken(source.shared("cohorts").shown)
    means = {age: float(row["value"]) for age, row in source.means.items()}
    return Chart(
        name="chart-cohort-value",
        title=say("report.cohort_value_chart", worth=source.facts.worth),
        figure=charts.cohort_value(as_table("cohorts", shown), currency=source.facts.currency, means=means, title=""),
        finding=_brought(source, means),
        reading=say("report.cohort_value_reading"),
        doing=say(f"report.cohort_value_doing_{source.facts.basis}"),
    )


def _brought(source: Source, means: dict[int, float]) -> str:
    age = next((age for age in (12, 6, 1) if age in means), None)
    if age is None or 0 not in means:
        return say("report.cohort_no_finding")
    first, then = source.facts.money(means[0]), source.facts.money(means[age])
    return say("report.cohort_value_finding", first=first, then=then, age=age)


def _numbers(source: Source, rows: list[Record]) -> Table:
    cells = {(row["cohort"], row["age_months"]): row for row in (*rows, *source.withheld("cohorts"))}
    unbroken = _unbroken(rows)
    starts = sorted({row["cohort"] for row in unbroken})[-25:]
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
                Cell(text=number(_last(unbroken, start)["customers"])),
                *(_share(cells.get((start, age))) for age in ages),
                _to_date(source, unbroken, start),
            )
            for start in starts
        ),
    )


def _last(rows: list[Record], start: object) -> Record:
    return max((row for row in rows if row["cohort"] == start), key=lambda row: int(row["age_months"]))


def _to_date(source: Source, unbroken: list[Record], start: date) -> Cell:
    last = _last(unbroken, start)
    mine = (row for row in source.withheld("cohorts") if row["cohort"] == start)
    hidden = any(row["age_months"] > last["age_months"] for row in mine)
    return mark() if hidden else Cell(text=source.facts.money(last["cumulative_margin_per_customer"]))


def _share(row: Record | None) -> Cell:
    if row is None:
        return Cell(text="")
    if row["withheld"]:
        return mark()
    return Cell(text=percent(row["retention"], digits=1), note="" if row["complete"] else say("report.so_far"))
