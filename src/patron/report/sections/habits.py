"""What customers who stay have in common: habits, when silence becomes a signal, and what they began with."""

from __future__ import annotations

from itertools import groupby

from patron import charts
from patron.charts.records import Record
from patron.language import number, percent, say
from patron.models.habit_words import Rule, anchor_words, deed_words, rule_title
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source

TABLES = ("habits", "critical_days", "gateways")


def habits(source: Source) -> Section:
    """Return the found habits with their experiments, critical days and gateways, or that there are none."""
    blocks: list[Block] = []
    rules, quiet, began = (source.rows(name) for name in TABLES)
    rules = [row for row in rules if row["strongest"]]
    if rules:
        blocks += [_chart(source, rules), _experiments(rules)]
    elif not source.withheld("habits"):
        blocks.append(Note(text=say("habit_report.none"), tone="none"))
    if quiet := [row for row in quiet if row["day"] is not None]:
        blocks.append(_silence(quiet))
    if began:
        blocks.append(_began(source, began))
    blocks += notes(source, *TABLES)
    lead = say("habit_report.lead")
    return Section(name="habits", title=say("habit_report.title"), lead=lead, blocks=tuple(blocks))


def _chart(source: Source, rules: list[Record]) -> Chart:
    surest = min(rules, key=lambda row: (row["p_value"], row["deed"], row["anchor"]))
    return Chart(
        name="chart-habits",
        title=say("habit_report.chart"),
        figure=charts.habits(source["habits"], title=""),
        finding=surest["sentence"],
        reading=say("habit_report.reading"),
        doing=say("habit_report.doing"),
    )


def _experiments(rules: list[Record]) -> Table:
    heads = ("rule", "doers", "others", "ratio", "needed", "experiment")
    ordered = sorted(rules, key=lambda row: (row["p_value"], row["deed"], row["anchor"]))
    return Table(
        caption=say("habit_report.table"),
        heads=tuple(
            Head(text=say(f"habit_report.{name}"), figures=name in heads[1:5], wide=name in ("rule", "experiment"))
            for name in heads
        ),
        rows=tuple(_experiment(row) for row in ordered),
        folded=True,
    )


def _experiment(row: Record) -> tuple[Cell, ...]:
    rule = Rule(row["anchor"], row["deed"], row["within_days"], row["outcome"], row["horizon_days"])
    ends = row["low"], row["high"]
    return (
        Cell(text=rule_title(rule)),
        Cell(text=percent(row["rate_doers"], digits=1), note=_customers(row["doers"])),
        Cell(text=percent(row["rate_others"], digits=1), note=_customers(row["customers"] - row["doers"])),
        Cell(text=_times(row["risk_ratio"]), note=say("report.range", low=_times(ends[0]), high=_times(ends[1]))),
        Cell(text="–" if row["customers_needed"] is None else number(row["customers_needed"])),
        Cell(text=row["experiment"]),
    )


def _silence(rows: list[Record]) -> Table:
    """Return one row for each beginning: the days on which the chance falls below one threshold after the other."""
    ordered = sorted(rows, key=lambda row: (-row["customers"], row["anchor"], row["outcome"], -row["threshold"]))
    groups = [list(group) for _, group in groupby(ordered, key=lambda row: (row["anchor"], row["outcome"]))]
    most = max(map(len, groups))
    heads = ("after", "at_once", *("day",) * most)
    return Table(
        caption=say("habit_report.silence", days=rows[0]["horizon_days"]),
        heads=tuple(
            Head(text=say(f"habit_report.{name}"), figures=name in heads[1:], wide=name == "after") for name in heads
        ),
        rows=tuple(
            (
                Cell(text=anchor_words(group[0]["anchor"]), note=_customers(group[0]["customers"])),
                Cell(text=percent(group[0]["chance_at_once"], digits=1), note=deed_words(group[0]["outcome"])),
                *(_signal(row) for row in group),
                *(Cell(text="–") for _ in range(most - len(group))),
            )
            for group in groups
        ),
    )


def _signal(row: Record) -> Cell:
    ends = say("report.range", low=_day(row["low"]), high=_day(row["high"]))
    threshold = percent(row["threshold"])
    return Cell(text=_day(row["day"]), note=say("habit_report.below", threshold=threshold, range=ends))


def _began(source: Source, rows: list[Record]) -> Table:
    heads = ("item", "verdict", "customers", "again", "difference", "shrunk", "value")
    money = source.facts.money
    return Table(
        caption=say("habit_report.gateways", days=rows[0]["horizon_days"]),
        heads=tuple(
            Head(text=say(f"habit_report.{name}"), figures=name in heads[2:], wide=name == "item") for name in heads
        ),
        rows=tuple(
            (
                Cell(text=row["name"], note=say(f"habit_report.kind_{row['kind']}")),
                _verdict(row),
                Cell(text=number(row["customers"])),
                Cell(text=percent(row["rate_again"], digits=1)),
                Cell(
                    text=_points(row["difference"]),
                    note=say("report.range", low=_points(row["low"]), high=_points(row["high"])),
                ),
                Cell(text=_points(row["shrunk"])),
                Cell(
                    text=money(row["value_difference"]),
                    note=say("report.range", low=money(row["value_low"]), high=money(row["value_high"])),
                ),
            )
            for row in rows
        ),
        folded=not any(row["found"] for row in rows),
    )


def _verdict(row: Record) -> Cell:
    if row["found"]:
        return Cell(text=say("habit_report.found"), tone="tag")
    return Cell(text=say("habit_report.open"), tone="tag warning")


def _customers(count: int) -> str:
    return say("habit_report.count", customers=number(count))


def _times(value: float | None) -> str:
    return "–" if value is None else f"{number(value, digits=2)} ×"


def _day(value: int | None) -> str:
    return "–" if value is None else number(value)


def _points(value: float) -> str:
    return number(100 * value, digits=1)
