"""Where customers drop off and what it costs."""

from __future__ import annotations

from patron import charts
from patron.charts.drop_offs import costly, edge_words, step_words
from patron.charts.records import Record
from patron.contracts.journey import DROP_OFF, START
from patron.contracts.visit import ALL
from patron.language import number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.journeys import DIVISION
from patron.report.sections.withheld import notes
from patron.report.source import Source

TABLES = ("journey_edges", "journey_paths")
PATHS, DETOURS = 8, 8


def journeys(source: Source) -> Section:
    """Return the dearest places, the map, the drop-offs by step and segment, and the most frequent journeys."""
    edges, paths = (source.rows(name) for name in TABLES)
    total = [row for row in edges if row["segmentation"] == ALL]
    blocks: list[Block] = []
    if costly(total):
        blocks.append(_dearest(source, total))
    if begun := [row for row in total if row["from_step"] == START]:
        blocks.append(_map(source, begun))
    if left := [row for row in total if row["to_step"] == DROP_OFF]:
        blocks.append(_left(source, left))
    if detours := costly(total, left=False)[:DETOURS]:
        blocks.append(_detours(source, detours))
    if own := _own(source, edges):
        blocks.append(_by_segment(source, own))
    if paths:
        blocks.append(_paths(source, paths))
    if not blocks and not source.withheld("journey_edges"):
        blocks.append(Note(text=say("journey_report.none"), tone="none"))
    blocks += notes(source, *TABLES)
    lead = say("journey_report.lead")
    return Section(name="journeys", title=say("journey_report.title"), lead=lead, blocks=tuple(blocks))


def _dearest(source: Source, rows: list[Record]) -> Chart:
    first, money = costly(rows)[0], source.facts.money
    return Chart(
        name="chart-drop-offs",
        title=say("journey_report.chart"),
        figure=charts.drop_offs(source["journey_edges"], currency=source.facts.currency, title=""),
        finding=say(
            "journey_report.finding", step=step_words(first["from_step"]), value=money(first["value_at_stake"]),
            low=money(first["stake_low"]), high=money(first["stake_high"]), people=number(first["people"]),
        ),
        reading=say("journey_report.reading"),
        doing=say("journey_report.doing"),
    )  # fmt: skip


def _map(source: Source, begun: list[Record]) -> Chart:
    most = max(begun, key=lambda row: (row["times"], row["to_step"]))
    return Chart(
        name="chart-journey-map",
        title=say("journey_report.map"),
        figure=charts.journey_map(source["journey_edges"], title=""),
        finding=say(
            "journey_report.map_finding", share=percent(most["share"]),
            step=step_words(most["to_step"]), times=number(sum(row["times"] for row in begun)),
        ),
        reading=say("journey_report.map_reading"),
    )  # fmt: skip


def _left(source: Source, rows: list[Record]) -> Table:
    ordered = sorted(rows, key=lambda row: (-(row["value_at_stake"] or 0), row["from_step"]))
    return Table(
        caption=say("journey_report.table"),
        heads=_heads("step", "people", "share", "stake"),
        rows=tuple((Cell(text=step_words(row["from_step"])), *_figures(source, row)) for row in ordered),
        folded=True,
    )


def _detours(source: Source, rows: list[Record]) -> Table:
    """Return the ways after which people brought less than those who went another way: errors are among them."""
    return Table(
        caption=say("journey_report.detours"),
        heads=_heads("place", "people", "share", "stake"),
        rows=tuple((Cell(text=edge_words(row)), *_figures(source, row)) for row in rows),
        folded=True,
    )


def _own(source: Source, edges: list[Record]) -> list[tuple[str, Record]]:
    """Return the dearest place of each segment, best segment first."""
    found = []
    for segment, title in source.titles(DIVISION).items():
        mine = costly([row for row in edges if (row["segmentation"], row["segment"]) == (DIVISION, segment)])
        found += [(title, mine[0])] if mine else []
    return found


def _by_segment(source: Source, rows: list[tuple[str, Record]]) -> Table:
    return Table(
        caption=say("journey_report.by_segment"),
        heads=_heads("segment", "step", "people", "share", "stake", words=2),
        rows=tuple(
            (Cell(text=title), Cell(text=step_words(row["from_step"])), *_figures(source, row)) for title, row in rows
        ),
    )  # fmt: skip


def _figures(source: Source, row: Record) -> tuple[Cell, ...]:
    money = source.facts.money
    ends = row["stake_low"], row["stake_high"]
    told = "" if None in ends else say("report.range", low=money(ends[0]), high=money(ends[1]))
    low, high = (percent(row[f"share_{end}"], digits=1) for end in ("low", "high"))
    return (
        Cell(text=number(row["people"])),
        Cell(text=percent(row["share"], digits=1), note=say("report.range", low=low, high=high)),
        Cell(text="–" if row["value_at_stake"] is None else money(row["value_at_stake"]), note=told),
    )


def _paths(source: Source, rows: list[Record]) -> Table:
    return Table(
        caption=say("journey_report.paths"),
        heads=_heads("path", "journeys", "of_all", "value"),
        rows=tuple(
            (
                Cell(text=" → ".join(step_words(step) for step in row["path"].split(" > "))),
                Cell(text=number(row["times"])),
                Cell(text=percent(row["share"], digits=1)),
                Cell(text="–" if row["value"] is None else source.facts.money(row["value"])),
            )
            for row in sorted(rows, key=lambda row: row["rank"])[:PATHS]
        ),
        folded=True,
    )


def _heads(*names: str, words: int = 1) -> tuple[Head, ...]:
    return tuple(
        Head(text=say(f"journey_report.{name}"), figures=place >= words, wide=place == 0)
        for place, name in enumerate(names)
    )
