"""What to launch, to whom, and what it is expected to add."""

from __future__ import annotations

from patron import charts
from patron.charts.records import Record
from patron.decisions.opportunity.words import action_doing, action_title, audience_title, channel_title, known
from patron.language import number, percent, say
from patron.report.blocks import Block, Cell, Chart, Command, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source

SHOWN = 10
HEADS = ("launch", "whom", "gain", "effect", "costs", "holdout")
FIGURES = ("gain", "effect", "costs")


def opportunities(source: Source) -> Section:
    """Return the ten best opportunities as a table and a chart, and how to launch the first; or why there are none."""
    rows = [row for row in source.rows("opportunities") if row["best"] and row["total_gain"] is not None]
    rows = sorted(rows, key=lambda row: row["rank"])[:SHOWN]
    blocks: list[Block] = []
    if rows:
        blocks += [*_assumed(rows), _table(source, rows), _chart(source, rows), _launch()]
    elif not source.withheld("opportunities"):
        blocks.append(Note(text=say("charts.no_opportunities"), tone="none"))
    blocks += notes(source, "opportunities")
    return Section(
        name="opportunities", title=say("opportunity_report.title"),
        lead=say("opportunity_report.lead", worth=source.facts.worth), blocks=tuple(blocks),
    )  # fmt: skip


def _assumed(rows: list[Record]) -> tuple[Note, ...]:
    """Say how many of them nobody has tried, and that customers may be in several."""
    guessed = sum(row["evidence"] == "assumed" for row in rows)
    if not guessed:
        return ()
    text = say("opportunity_report.assumed", count=guessed, guessed=number(guessed), rows=number(len(rows)))
    return (Note(title=say("report.assumed_title"), text=text, tone="warning"),)


def _table(source: Source, rows: list[Record]) -> Table:
    return Table(
        caption=say("opportunity_report.caption"),
        heads=tuple(
            Head(text=say(f"opportunity_report.{name}"), figures=name in FIGURES, wide=name == "launch")
            for name in HEADS
        ),
        rows=tuple(_row(source, row) for row in rows),
    )  # fmt: skip


def _row(source: Source, row: Record) -> tuple[Cell, ...]:
    money = source.facts.money
    tone = "tag" if row["evidence"] == "measured" else "tag warning"
    return (
        Cell(
            text=say("plan.launched", action=action_title(row["action"]), channel=channel_title(row["channel"])),
            note=action_doing(row["action"]),
        ),
        Cell(
            text=audience_title(row),
            note=say("report.customers", count=row["reachable"], customers=number(row["reachable"])),
        ),
        Cell(
            text=money(row["total_gain"]),
            note=say("report.between", low=money(row["total_low"]), high=money(row["total_high"])),
        ),
        Cell(text=percent(row["effect"]), note=known(row["effect_evidence"]), tone=tone),
        Cell(text=money(row["total_cost"]), note=known(row["cost_evidence"])),
        Cell(text=percent(row["holdout"]), note=_read(row)),
    )


def _read(row: Record) -> str:
    if row["weeks"] is None:
        return say("opportunity_report.unread")
    return say("opportunity_report.read", count=row["weeks"], weeks=number(row["weeks"]))


def _chart(source: Source, rows: list[Record]) -> Chart:
    first = rows[0]
    return Chart(
        name="chart-opportunities",
        title=say("charts.opportunities"),
        figure=charts.opportunities(source["opportunities"], currency=source.facts.currency, title=""),
        finding=say(
            "opportunity_report.finding", audience=audience_title(first), action=action_title(first["action"]),
            gain=source.facts.money(first["total_gain"]), low=source.facts.money(first["total_low"]),
            high=source.facts.money(first["total_high"]), chance=percent(first["chance_pays"]),
        ),
        reading=say("opportunity_report.reading"),
        doing=say("opportunity_report.doing"),
    )  # fmt: skip


def _launch() -> Command:
    return Command(
        title=say("opportunity_report.launch_title"),
        text=say("opportunity_report.launch_text"),
        command="patron plan --launch 1",
    )
