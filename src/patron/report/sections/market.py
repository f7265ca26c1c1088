"""Whom to win next: prospects like the ideal customers, and segments of the market that are not reached."""

from __future__ import annotations

from patron import charts
from patron.charts.records import Record
from patron.language import number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source

CARD, SIZE = "lookalike_card", "market_size"


def market(source: Source) -> Section:
    """Return how well lookalikes are found, what they have in common, and what is at stake in the market."""
    card, size = source.rows(CARD), source.rows(SIZE)
    blocks = [*_found(source, card)]
    if size:
        blocks += _at_stake(source, size)
    elif not source.withheld(SIZE):
        blocks.append(Note(text=say("market_report.no_size"), tone="none"))
    blocks += notes(source, CARD, SIZE)
    return Section(
        name="market", title=say("market_report.title"), lead=say("market_report.lead"), blocks=tuple(blocks)
    )


def _found(source: Source, card: list[Record]) -> list[Block]:
    lift = [row for row in card if row["part"] == "lift"]
    if not lift:
        why = next((row["text"] for row in card if row["part"] == "status"), None)
        if why is None:
            return [] if source.withheld(CARD) else [Note(text=say("market_report.no_prospects"), tone="none")]
        return [Note(text=say("market_report.left_out", why=why.partition("\n")[0]), tone="none")]
    return [_chart(source, card, lift), _traits(card)]


def _chart(source: Source, card: list[Record], lift: list[Record]) -> Chart:
    first = min(lift, key=lambda row: row["place"])
    area = next((row for row in card if row["part"] == "auc"), None)
    facts = {name: number(first[name], digits=1) for name in ("value", "low", "high") if first[name] is not None}
    finding = say("market_report.finding", **facts) if len(facts) == 3 else ""
    reading = say("market_report.reading")
    if area is not None:
        ends = {name: number(area[name], digits=2) for name in ("value", "low", "high")}
        reading = f"{reading} {say('market_report.area', customers=number(area['customers']), **ends)}"
    return Chart(
        name="chart-lookalikes", title=say("market_report.chart"),
        figure=charts.lookalikes(source[CARD], title=""), finding=finding, reading=reading, doing=_doing(source),
    )  # fmt: skip


def _doing(source: Source) -> str:
    """Say how many prospects stand in the first tenth, where they are not too few to speak of."""
    prospects = source.tables["lookalikes"]
    row = prospects.aggregate(
        prospects=prospects.count(), first=(prospects.tenth == 1).cast("int64").sum().fill_null(0)
    ).to_pyarrow().to_pylist()[0]  # fmt: skip
    if row["first"] < source.gate.least:
        return say("market_report.doing_bare")
    return say("market_report.doing", prospects=number(row["prospects"]), first=number(row["first"]))


def _traits(card: list[Record]) -> Table:
    rows = [row for row in card if row["part"] == "trait"]
    shift = {row["name"]: row["value"] for row in card if row["part"] == "shift"}
    heads = ("trait", "level", "customers", "odds", "shift")
    return Table(
        caption=say("market_report.traits"),
        heads=tuple(
            Head(text=say(f"market_report.{name}"), figures=name in heads[2:], wide=name == "level") for name in heads
        ),
        rows=tuple(
            (
                Cell(text=row["name"]),
                Cell(text=row["text"]),
                Cell(text=number(row["customers"])),
                Cell(text=f"{number(row['value'], digits=2)} ×"),
                Cell(text="–" if row["name"] not in shift else percent(shift[row["name"]])),
            )
            for row in sorted(rows, key=lambda row: (-row["value"], row["name"], row["place"]))
        ),
        folded=True,
    )


def _at_stake(source: Source, size: list[Record]) -> list[Block]:
    """Return the segments in which customers are missing, and how many there are in which none are."""
    missing = [row for row in size if row["reachable"] is None or row["reachable"] > 0]
    blocks: list[Block] = [_size(source, missing)] if missing else []
    if full := len(size) - len(missing):
        blocks.append(Note(text=say("market_report.full", count=full, segments=number(full)), tone="none"))
    return blocks


def _size(source: Source, rows: list[Record]) -> Table:
    heads = ("segment", "people", "share", "reachable", "value", "cost")
    return Table(
        caption=say("market_report.size", days=rows[0]["horizon_days"]),
        heads=tuple(
            Head(text=say(f"market_report.{name}"), figures=name in heads[1:], wide=name == "segment") for name in heads
        ),
        rows=tuple(_segment(source, row) for row in sorted(rows, key=lambda row: row["rank"])),
    )


def _segment(source: Source, row: Record) -> tuple[Cell, ...]:
    money = source.facts.money
    basis = "" if row["cost_basis"] is None else say(f"market_report.by_{row['cost_basis']}")
    return (
        Cell(text=row["segment"], note=_compared(row)),
        Cell(text=number(row["people"]), note=row["source"]),
        Cell(text=_share(row["share"]), note=_range(row)),
        Cell(text=_count(row["reachable"]), note=_ideal(row)),
        Cell(text="–" if row["value"] is None else money(row["value"])),
        Cell(text="–" if row["cost"] is None else money(row["cost"]), note=basis),
    )


def _compared(row: Record) -> str:
    return "" if row["compared_with"] is None else say("market_report.compared", segment=row["compared_with"])


def _range(row: Record) -> str:
    if row["share_low"] is None:
        return ""
    return say("report.range", low=_share(row["share_low"]), high=_share(row["share_high"]))


def _ideal(row: Record) -> str:
    return "" if row["reachable_ideal"] is None else say("market_report.of_them", ideal=number(row["reachable_ideal"]))


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value, digits=1 if value >= 0.01 else 2)


def _count(value: float | None) -> str:
    return "–" if value is None else number(value)
