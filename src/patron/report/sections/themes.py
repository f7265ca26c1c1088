"""What customers say in their own words: themes, how content those are who speak of them, and what they are worth."""

from __future__ import annotations

from patron import charts
from patron.charts.records import Record
from patron.contracts.theme import OTHER
from patron.language import number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.quotes import quotes
from patron.report.sections.withheld import mark, notes
from patron.report.source import Source

TABLE = "themes"
SHOWN, QUOTED, DIFFER, TOLD = 12, 2, 10, 5
"""Themes, quotes of each, differences between segments, and words of a theme that are shown."""

DISCONTENT = 3.0  # stars at most, or an NPS below 0


def themes(source: Source) -> Section:
    """Return the themes with quotes and money, which segments speak more of which, or that there are none."""
    rows = [row for row in source.rows(TABLE) if row["theme"] != OTHER]
    whole = [row for row in rows if row["segmentation"] == "all"]
    whole.sort(key=lambda row: (-row["customers"], row["theme"]))
    blocks: list[Block] = []
    if whole:
        blocks += [_chart(source, whole), *_doing(source, whole), _table(source, whole[:SHOWN])]
        blocks += _differences(source, rows)
    elif not source.withheld(TABLE):
        blocks.append(Note(text=say("theme_report.none"), tone="none"))
    blocks += notes(source, TABLE)
    return Section(name="themes", title=say("theme_report.title"), lead=say("theme_report.lead"), blocks=tuple(blocks))


def _chart(source: Source, whole: list[Record]) -> Chart:
    first = whole[0]
    return Chart(
        name="chart-themes",
        title=say("theme_report.chart"),
        figure=charts.theme_map(source[TABLE], title=""),
        finding=say(
            "theme_report.finding", words=_words(first), customers=number(first["customers"]),
            share=percent(first["share"]), writers=number(first["writers"]),
        ),
        reading=say("theme_report.reading"),
    )  # fmt: skip


def _discontent(row: Record) -> bool:
    if row["rating"] is not None:
        return bool(row["rating"] <= DISCONTENT)
    return row["nps"] is not None and row["nps"] < 0


def _doing(source: Source, whole: list[Record]) -> list[Note]:
    """Name the complaint behind which most money stands."""
    complaints = [row for row in whole if _discontent(row) and row["value"]]
    if not complaints:
        return []
    worst = max(complaints, key=lambda row: (row["value"], row["theme"]))
    value, customers = source.facts.money(worst["value"]), number(worst["customers"])
    text = say("theme_report.doing", words=_words(worst), customers=customers, value=value)
    return [Note(text=text, tone="advice")]


def _table(source: Source, whole: list[Record]) -> Table:
    said = quotes(source.tables["theme_texts"], [row["theme"] for row in whole])
    heads = ("theme", "customers", "stars", "nps", "value", "quotes")
    return Table(
        caption=say("theme_report.caption"),
        heads=tuple(
            Head(text=say(f"theme_report.head.{name}"), figures=name in heads[1:5], wide=name == "quotes")
            for name in heads
        ),
        rows=tuple(_row(source, row, said.get(row["theme"], [])[:QUOTED]) for row in whole),
    )


def _row(source: Source, row: Record, said: list[str]) -> tuple[Cell, ...]:
    share = say(
        "theme_report.share",
        share=percent(row["share"]),
        low=percent(row["share_low"]),
        high=percent(row["share_high"]),
    )
    quoted = [say("theme_report.quote", text=one) for one in said]
    return (
        Cell(text=_words(row), note=row["theme"]),
        Cell(text=number(row["customers"]), note=share),
        Cell(text=_figure(row["rating"], digits=1)),
        Cell(text=_figure(row["nps"], digits=0)),
        Cell(text="–" if row["value"] is None else source.facts.money(row["value"])),
        Cell(text=quoted[0] if quoted else "–", note=" ".join(quoted[1:])),
    )


def _words(row: Record) -> str:
    return ", ".join(row["words"].split(", ")[:TOLD]) or str(row["theme"])


def _differences(source: Source, rows: list[Record]) -> list[Table]:
    """Return which segments speak more, or less, of what than everybody else, the surest first."""
    found = [row for row in rows if row["found"] and row["segmentation"] != "all" and row["lift"] is not None]
    found = sorted(found, key=lambda row: (row["p_value"], row["segmentation"], row["segment"], row["theme"]))[:DIFFER]
    if not found:
        return []
    heads = ("segment", "theme", "share", "lift", "value")
    return [
        Table(
            caption=say("theme_report.differences"),
            heads=tuple(
                Head(text=say(f"theme_report.head.{name}"), figures=name in heads[2:], wide=name in heads[:2])
                for name in heads
            ),
            rows=tuple(_difference(source, row) for row in found),
            folded=True,
        )
    ]


def _difference(source: Source, row: Record) -> tuple[Cell, ...]:
    titles = source.titles(row["segmentation"])
    money = mark() if row["value"] is None else Cell(text=source.facts.money(row["value"]))
    return (
        Cell(text=titles.get(row["segment"]) or row["segment"], note=row["segmentation"]),
        Cell(text=_words(row)),
        Cell(text=percent(row["share"], digits=1), note=_ends(row["share_low"], row["share_high"])),
        Cell(
            text=say("theme_report.times", times=number(row["lift"], digits=2)),
            note=say("report.range", low=number(row["lift_low"], digits=2), high=number(row["lift_high"], digits=2)),
        ),
        money,
    )


def _ends(low: float, high: float) -> str:
    return say("report.range", low=percent(low, digits=1), high=percent(high, digits=1))


def _figure(value: float | None, *, digits: int) -> str:
    return "–" if value is None else number(value, digits=digits)
