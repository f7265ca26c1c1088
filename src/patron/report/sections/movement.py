"""Who moved between segments, and what it was worth."""

from __future__ import annotations

from patron import charts
from patron.charts.records import Record
from patron.language import day, has, number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source

SHOWN = 10


def movement(source: Source) -> Section:
    """Return the moves on the value map as a matrix, and the largest moves between RFM groups as a table."""
    rows = source.rows("movements")
    blocks: list[Block] = []
    if moved := [row for row in rows if row["segmentation"] == "value_map"]:
        blocks.append(_chart(source, moved))
    if moved := [row for row in rows if row["segmentation"] == "rfm" and row["from_segment"] != row["to_segment"]]:
        blocks.append(_largest(source, moved))
    blocks += notes(source, "movements")
    return Section(
        name="movement",
        title=say("report.movement"),
        lead=_lead(rows),
        blocks=tuple(blocks) or (Note(text=say("charts.no_movements"), tone="none"),),
    )


def _lead(rows: list[Record]) -> str:
    if not rows:
        return say("report.movement_lead_empty")
    first = rows[0]
    return say("report.movement_lead", start=day(first["from_day"]), end=day(first["to_day"]))


def _chart(source: Source, rows: list[Record]) -> Chart:
    old = [row for row in rows if row["from_segment"] != "new"]
    moved = [row for row in old if row["from_segment"] != row["to_segment"]]
    won, lost = (sum(row["worth"] for row in moved if (row["worth"] > 0) == up) for up in (True, False))
    everyone = sum(row["customers"] for row in old)
    count = sum(row["customers"] for row in moved)
    fresh = sum(row["customers"] for row in rows if row["from_segment"] == "new")
    hidden = any(row["segmentation"] == "value_map" for row in source.withheld("movements"))
    finding = say(
        "report.movement_finding", moved=number(count), everyone=number(everyone),
        share=percent(count / everyone if everyone else 0.0, digits=1), won=source.facts.money(won),
        lost=source.facts.money(-lost), new=number(fresh),
    )  # fmt: skip
    if hidden:  # a count of all moves would tell what is withheld
        finding = say("anonymity.movement", won=source.facts.money(won), lost=source.facts.money(-lost))
    return Chart(
        name="chart-movement",
        title=say("report.movement_chart"),
        figure=charts.movement(
            source["movements"], currency=source.facts.currency, titles=source.titles("value_map"), title=""
        ),
        finding=finding,
        reading=say("report.movement_reading"),
        doing=say("report.movement_doing"),
    )


def _largest(source: Source, rows: list[Record]) -> Table:
    names, facts = source.titles("rfm"), source.facts
    new = say("charts.new_customers")
    largest = sorted(rows, key=lambda row: (-abs(row["worth"]), row["from_segment"], row["to_segment"]))[:SHOWN]
    return Table(
        caption=say("report.movement_table"),
        heads=(
            Head(text=say("report.from")),
            Head(text=say("report.to")),
            Head(text=say("report.head_customers"), figures=True),
            Head(text=say("report.head_between", worth=facts.worth), figures=True),
            Head(text=say("report.head_worth"), figures=True),
        ),
        rows=tuple(
            (
                Cell(text=new if row["from_segment"] == "new" else _name(row["from_segment"], names)),
                Cell(text=_name(row["to_segment"], names)),
                Cell(text=number(row["customers"]), note=_rate(row)),
                Cell(text=facts.money(row["margin_between"])),
                Cell(text=facts.signed(row["worth"]), tone="up" if row["worth"] > 0 else "down"),
            )
            for row in largest
        ),
    )


def _rate(row: Record) -> str:
    """Return a flow's share with the interval of its rate, and whether too few are behind it."""
    if row.get("share_low") is None:  # repeated from a report of an older version
        return percent(row["share"], digits=1)
    key = "report.movement_rate_few" if row["few"] else "report.movement_rate"
    return say(key, **{end: percent(row[end]) for end in ("share", "share_low", "share_high")})


def _name(segment: str, names: dict[str, str]) -> str:
    """Return a segment's name; those that hold nobody today have no row to take it from."""
    key = f"segments.rfm.{segment}.title"
    return names.get(segment) or (say(key) if has(key) else segment)
