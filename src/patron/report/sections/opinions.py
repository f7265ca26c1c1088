"""What customers think of the shop, and what those are worth who would not recommend it."""

from __future__ import annotations

from math import sqrt

from patron.charts.records import Record
from patron.language import number, percent, say
from patron.report.blocks import Block, Cell, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source

TABLE = "opinions"
NORMAL_95 = 1.959964
WEIGHT = {"promoter": 1, "passive": 0, "detractor": -1}


def opinions(source: Source) -> Section:
    """Return promoters, passives and detractors with what they are worth, or that nobody was asked."""
    rows = sorted(source.rows(TABLE), key=lambda row: -WEIGHT[row["nps_group"]])
    blocks: list[Block] = []
    if rows:
        # Where the score is weighted it is told by the section on what customers say, and not a second time here.
        if not source.withheld(TABLE) and not source.rows("voice"):
            blocks.append(Note(text=_score(rows)))
        blocks += [_table(source, rows), *_doing(source, rows)]
    elif not source.withheld(TABLE):
        blocks.append(Note(text=say("opinions.nobody_asked"), tone="none"))
    blocks += notes(source, TABLE)
    return Section(name="opinions", title=say("opinions.title"), lead=say("opinions.lead"), blocks=tuple(blocks))


def _score(rows: list[Record]) -> str:
    """Tell the score of all last answers with its interval: three shares of one sample."""
    asked = sum(row["customers"] for row in rows)
    mean = sum(WEIGHT[row["nps_group"]] * row["customers"] for row in rows) / asked
    spread = sum(abs(WEIGHT[row["nps_group"]]) * row["customers"] for row in rows) / asked - mean**2
    half = NORMAL_95 * sqrt(max(spread, 0.0) / asked)
    ends = {"low": max(mean - half, -1.0), "high": min(mean + half, 1.0)}
    facts = {name: number(100 * value) for name, value in {"nps": mean, **ends}.items()}
    return say("opinions.score", customers=number(asked), **facts)


def _table(source: Source, rows: list[Record]) -> Table:
    heads = ("group", "customers", "value", "value_each", "rating", "return_rate", "tickets", "referrals")
    return Table(
        caption=say("opinions.caption"),
        heads=tuple(Head(text=say(f"opinions.head.{name}"), figures=name != "group") for name in heads),
        rows=tuple(_row(source, row) for row in rows),
    )


def _row(source: Source, row: Record) -> tuple[Cell, ...]:
    texts = (
        say(f"opinions.{row['nps_group']}"),
        number(row["customers"]),
        "–" if row["value"] is None else source.facts.money(row["value"]),
        "–" if row["value"] is None else source.facts.money(row["value"] / row["customers"]),
        _figure(row["rating"], digits=1),
        "–" if row["return_rate"] is None else percent(row["return_rate"]),
        _figure(row["tickets"], digits=1),
        _figure(row["referrals"], digits=1),
    )
    return tuple(Cell(text=text) for text in texts)


def _figure(value: float | None, *, digits: int) -> str:
    return "–" if value is None else number(value, digits=digits)


def _doing(source: Source, rows: list[Record]) -> list[Note]:
    """Say what stands to be lost with those who would not recommend the shop."""
    against = next((row for row in rows if row["nps_group"] == "detractor"), None)
    if against is None or not against["value"]:
        return []
    facts = {"customers": number(against["customers"]), "value": source.facts.money(against["value"])}
    return [Note(text=say("opinions.doing", **facts), tone="advice")]
