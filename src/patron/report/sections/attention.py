"""The day's messages: what is sent, what waits and what is not allowed, and what a customer's attention is worth."""

from __future__ import annotations

from itertools import groupby

from patron.charts.records import Record
from patron.contracts.decision import OUTCOMES
from patron.language import NOTHING, money, number, percent, say
from patron.report.blocks import Block, Cell, Head, Note, Section, Table, Tile, Tiles
from patron.report.sections.withheld import mark, notes
from patron.report.source import Source

TABLES = ("decision_reasons", "attention", "attention_prices", "fatigue")
TRIGGER_HEADS = ("name", "sent", "bids", "queued", "refused", "held_out", "displaced")
REASON_HEADS = ("reason", "messages", "gain")
SPENT = "trigger"


def attention(source: Source) -> Section:
    """Return what was decided for the day, what it displaced, and the prices; or that nothing was possible."""
    blocks: list[Block] = []
    reasons, spent = source.rows("decision_reasons"), source.rows("attention")
    if reasons or source.withheld("decision_reasons"):
        blocks += [
            _tiles(source, reasons, spent),
            _triggers(source),
            *_before(source, spent),
            _reasons(source, reasons),
        ]
        blocks += [*_prices(source), *_fatigue(source)]
    else:
        blocks.append(Note(text=say("attention_report.none"), tone="none"))
    blocks += notes(source, *TABLES)
    lead = say("attention_report.lead")
    return Section(name="attention", title=say("attention_report.title"), lead=lead, blocks=tuple(blocks))


def _tiles(source: Source, reasons: list[Record], spent: list[Record]) -> Tiles:
    many = {name: sum(row["messages"] for row in reasons if row["outcome"] == name) for name in OUTCOMES}
    brings = sum(row["bids"] or 0.0 for row in spent if row["part"] == SPENT)
    tired = sum(row["fatigue_cost"] or 0.0 for row in spent if row["part"] == SPENT)
    told = source.facts.money
    figures = (
        ("sent", number(many["sent"]), say("attention_report.sent_note")),
        ("brings", told(brings), say("attention_report.brings_note", fatigue=told(tired))),
        ("waits", number(many["queued"]), say("attention_report.waits_note")),
        ("refused", number(many["refused"] + many["expired"]), say("attention_report.refused_note")),
    )
    return Tiles(
        items=tuple(
            Tile(label=say(f"attention_report.{name}"), value=value, note=note) for name, value, note in figures
        )
    )


def _triggers(source: Source) -> Table:
    shown = [row for row in source.rows("attention") if row["part"] == SPENT]
    hidden = [row for row in source.withheld("attention") if row["part"] == SPENT]
    ordered = sorted(shown, key=lambda row: (-(row["bids"] or 0.0), row["name"]))
    small = tuple((Cell(text=row["name"]), *(mark() for _ in TRIGGER_HEADS[1:])) for row in hidden)
    return Table(
        caption=say("attention_report.triggers"),
        heads=_heads(TRIGGER_HEADS),
        rows=(*(_trigger(source, row) for row in ordered), *small),
    )


def _heads(names: tuple[str, ...]) -> tuple[Head, ...]:
    return tuple(Head(text=say(f"attention_report.head_{name}"), figures=name != names[0]) for name in names)


def _trigger(source: Source, row: Record) -> tuple[Cell, ...]:
    lost = NOTHING
    if row["displaced"]:
        count = row["displaced"]
        lost = say(
            "attention_report.lost",
            count=count,
            messages=number(count),
            value=source.facts.money(row["displaced_value"]),
        )
    return (
        Cell(text=row["name"]),
        Cell(text=number(row["sent"])),
        Cell(text=NOTHING if row["bids"] is None else source.facts.money(row["bids"])),
        *(Cell(text=number(row[name])) for name in ("queued", "refused", "held_out")),
        Cell(text=lost),
    )


def _before(source: Source, spent: list[Record]) -> list[Block]:
    """Say what earlier messages keep from being sent today."""
    rows = [row for row in spent if row["part"] != SPENT and row["displaced"]]
    ordered = sorted(rows, key=lambda row: (-row["displaced_value"], row["name"]))
    return [
        Note(
            text=say(
                "attention_report.before", count=row["displaced"], name=row["name"], messages=number(row["displaced"]),
                value=source.facts.money(row["displaced_value"]),
            )
        )
        for row in ordered[:3]
    ]  # fmt: skip


def _reasons(source: Source, reasons: list[Record]) -> Table:
    rows = [row for row in reasons if row["outcome"] != "sent"]
    hidden = [row for row in source.withheld("decision_reasons") if row["outcome"] != "sent"]
    ordered = sorted(rows, key=lambda row: (OUTCOMES.index(row["outcome"]), -row["messages"], row["reason"]))
    small = tuple((Cell(text=_named(row)), mark(), mark()) for row in hidden)
    return Table(
        caption=say("attention_report.reasons"),
        heads=_heads(REASON_HEADS),
        rows=(*(_reason(source, row) for row in ordered), *small),
        folded=True,
    )


def _named(row: Record) -> str:
    return say(f"attention_report.reason_{row['reason']}")


def _reason(source: Source, row: Record) -> tuple[Cell, ...]:
    return (
        Cell(text=_named(row), note=say(f"eligibility.word.{row['outcome']}")),
        Cell(text=number(row["messages"])),
        Cell(text=source.facts.money(row["gain"])),
    )


def _prices(source: Source) -> list[Block]:
    """Return one row for each level of customers: the price of each contact."""
    rows = sorted(source.rows("attention_prices"), key=lambda row: (row["level"], row["used"]))
    if not rows:
        return []
    levels = [list(group) for _, group in groupby(rows, key=lambda row: row["level"])]
    most = max(map(len, levels))
    heads = (
        Head(text=say("attention_report.head_level")),
        *(
            Head(text=say("attention_report.head_contact", number=number(place + 1)), figures=True)
            for place in range(most)
        ),
        Head(text=say("attention_report.head_worth"), figures=True),
    )
    return [
        Table(
            caption=say("attention_report.prices", window=rows[0]["window_days"]),
            heads=heads,
            rows=tuple(
                (
                    Cell(text=number(own[0]["level"])),
                    *(Cell(text=money(row["price"], source.facts.currency)) for row in own),
                    *(Cell(text=NOTHING) for _ in range(most - len(own))),
                    Cell(text=source.facts.money(365 * own[0]["daily_worth"])),
                )
                for own in levels
            ),
            folded=True,
        )
    ]


def _fatigue(source: Source) -> list[Block]:
    return [
        Note(
            text=say(
                f"attention_report.fatigue_{row['evidence']}", channel=row["channel"], messages=number(row["messages"]),
                leave=percent(row["unsubscribe_rate"], digits=2), growth=number(row["unsubscribe_growth"], digits=2),
                low=percent(row["unsubscribe_low"], digits=2), high=percent(row["unsubscribe_high"], digits=2),
                habit=percent(row["habituation"], digits=1),
            )
        )
        for row in sorted(source.rows("fatigue"), key=lambda row: row["channel"])
    ]  # fmt: skip
