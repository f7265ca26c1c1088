"""Kinds of customers by how they buy: what each is worth, who is in it, and how sure that is."""

from __future__ import annotations

from patron import charts
from patron.charts.records import Record
from patron.language import listing, number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.sections.withheld import mark, notes
from patron.report.source import Source
from patron.segments import BehaviourSegments
from patron.segments.behaviour_choice import DISSOLVED, STABLE
from patron.segments.behaviour_words import feature_words

SEGMENTATION = "behaviour"
REASONS = ("missing", "constant", "chance", "no_help")
HEADS = ("segment", "customers", "each", "found", "stability", "advice")


def behaviour(source: Source) -> Section:
    """Return the behaviour segments, drawn and in a table, or that there were too few customers to divide."""
    rows = source.division(SEGMENTATION)
    blocks: list[Block] = []
    if rows:
        blocks.append(_chart(source, rows))
    if rows or source.hidden(SEGMENTATION):
        blocks.append(_table(source, [*rows, *source.hidden(SEGMENTATION)]))
        blocks += _left_out(source)
    else:
        blocks.append(Note(text=say("behaviour_report.none"), tone="none"))
    blocks += notes(source, "segments")
    return Section(
        name="behaviour", title=say("behaviour_report.title"), lead=say("behaviour_report.lead"), blocks=tuple(blocks)
    )


def _chart(source: Source, rows: list[Record]) -> Chart:
    dear = max(rows, key=lambda row: ((row["margin_share"] or 0.0) - row["customer_share"], row["segment"]))
    return Chart(
        name="chart-behaviour",
        title=say("behaviour_report.chart"),
        figure=charts.behaviour(source["segments"], title=""),
        finding=say(
            "behaviour_report.finding", title=dear["title"], customers=percent(dear["customer_share"]),
            margin=percent(dear["margin_share"] or 0.0), worth=source.facts.worth,
        ),
        reading=say("behaviour_report.reading"),
        doing=say("behaviour_report.doing"),
    )  # fmt: skip


def _table(source: Source, rows: list[Record]) -> Table:
    ordered = sorted(rows, key=lambda row: (row["position"], row["segment"]))
    return Table(
        caption=say("behaviour_report.table"),
        heads=tuple(
            Head(text=say(f"behaviour_report.head_{name}", worth=source.facts.worth), figures=name in HEADS[1:4])
            for name in HEADS
        ),
        rows=tuple(_row(source, row) for row in ordered),
    )  # fmt: skip


def _left_out(source: Source) -> list[Note]:
    """Say which columns customers could not be divided by, and why."""
    saved = source.rows("segment_models")
    out = BehaviourSegments.from_json(saved[0]["description"]).left_out_ if saved else ()
    told = []
    for reason in REASONS:
        names = [feature_words(one.name) for one in out if one.reason == reason]
        if names:
            told.append(say(f"behaviour_report.left_{reason}", features=listing(names)))
    return [Note(text=" ".join(told))] if told else []


def _row(source: Source, row: Record) -> tuple[Cell, ...]:
    name = Cell(text=f"{row['title']} ({row['segment']})", note=row["meaning"])
    if row["withheld"]:
        return (name, *(mark() for _ in HEADS[1:-1]), Cell(text=row["advice"]))
    money = source.facts.money
    return (
        name,
        Cell(text=number(row["customers"]), note=percent(row["customer_share"])),
        Cell(text=money(row["margin"] / row["customers"]), note=_ahead(source, row)),
        _found(row),
        _stability(row["stability"]),
        Cell(text=row["advice"]),
    )


def _ahead(source: Source, row: Record) -> str:
    return say("behaviour_report.ahead", amount=source.facts.money(row["predicted_value"] / row["customers"]))


def _found(row: Record) -> Cell:
    if row["precision"] is None or row["recall"] is None:
        return Cell(text="–")
    return Cell(text=percent(row["precision"]), note=say("behaviour_report.of_all", recall=percent(row["recall"])))


def _stability(value: float | None) -> Cell:
    if value is None:
        return Cell(text="–")
    key = "stable" if value >= STABLE else "pattern" if value >= DISSOLVED else "doubtful"
    return Cell(
        text=say(f"behaviour_report.{key}"),
        note=number(value, digits=2),
        tone="tag" if key == "stable" else "tag warning",
    )
