"""The account: what everything that was done to customers brought and cost, and whether the claims add up."""

from __future__ import annotations

from patron import charts
from patron.charts.records import Record
from patron.contracts.ledger import PARTS
from patron.experiments.ledger_words import MULTIPLE, checks, entry_title, fading, ordered, part_title, share, span
from patron.language import NOTHING, day, number, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source
from patron.stats.false_discovery import PROVEN

TABLES = ("ledger", "ledger_totals")
HEADS = ("entry", "evidence", "cost", "brought", "early", "net", "expect")
SUMS = ("part", "entries", "cost", "brought", "net")
HIDDEN = ("measured_and_modelled",)


def ledger(source: Source) -> Section:
    """Return the account as sentences, chart and table; or that there is nothing to account for."""
    rows, totals = (source.rows(name) for name in TABLES)
    blocks: list[Block] = []
    if rows:
        blocks += [_sums(source, totals), *(Note(text=text) for text in checks(totals, source.facts.money))]
        blocks += [_chart(source, rows), _entries(source, rows)]
    elif not source.withheld("ledger"):
        blocks.append(Note(text=say("ledger_report.none"), tone="none"))
    blocks += notes(source, *TABLES)
    return Section(
        name="ledger", title=say("ledger_report.title"), lead=say("ledger_report.lead", worth=source.facts.worth),
        blocks=tuple(blocks),
    )  # fmt: skip


def _sums(source: Source, totals: list[Record]) -> Table:
    """Return the sums by kind of evidence, and each hold-out's claims beside what it found."""
    told = [row for row in totals if row["status"] not in ("nothing", "no_holdout") and row["part"] not in HIDDEN]
    return Table(
        caption=say("ledger_report.sums"),
        heads=tuple(
            Head(text=say(f"ledger_report.{name}"), figures=name != "part", wide=name == "part") for name in SUMS
        ),
        rows=tuple(
            (
                Cell(text=part_title(row), note=say(f"ledger.part_{row['part']}_meaning")),
                Cell(text=number(row["entries"]) if row["entries"] else NOTHING),
                Cell(text=_money(source, row["cost"]), note=_untold(row)),
                _figure(source, row, "effect"),
                Cell(text=_money(source, row["net"])),
            )
            for row in sorted(told, key=lambda row: (row["scope"] != "all", row["scope"], PARTS.index(row["part"])))
        ),
    )


def _untold(row: Record) -> str:
    if not row["unknown_costs"]:
        return ""
    return say("ledger_report.untold", count=row["unknown_costs"], entries=number(row["unknown_costs"]))


def _chart(source: Source, rows: list[Record]) -> Chart:
    return Chart(
        name="chart-ledger",
        title=say("ledger_report.chart", worth=source.facts.worth),
        figure=charts.ledger(source["ledger"], currency=source.facts.currency, title=""),
        finding=_finding(source, rows),
        reading=say("ledger_report.reading"),
        doing=say("ledger_report.doing"),
    )


def _finding(source: Source, rows: list[Record]) -> str:
    """Name the measured entry that surely brought most; or say that none did surely."""
    proven = [row for row in rows if row["q_value"] is not None and row["q_value"] < PROVEN and row["effect"] > 0]
    sure = [row for row in proven if row["counted"] and row["evidence"] == "measured"]
    if not sure:
        return say("ledger_report.none_sure")
    best = max(sure, key=lambda row: (row["effect_low"], row["entry"]))
    return say(
        "ledger_report.best", entry=entry_title(best), effect=source.facts.money(best["effect"]),
        range=span(best, "effect", source.facts.money),
    )  # fmt: skip


def _entries(source: Source, rows: list[Record]) -> Table:
    return Table(
        caption=say("ledger_report.table"),
        heads=tuple(
            Head(text=say(f"ledger_report.{name}"), figures=name in HEADS[2:], wide=name == "entry") for name in HEADS
        ),
        rows=tuple(_entry(source, row) for row in ordered(rows)),
    )


def _entry(source: Source, row: Record) -> tuple[Cell, ...]:
    days = say("report.between", low=day(row["from_day"]), high=day(row["to_day"]))
    return (
        Cell(text=entry_title(row), note=days),
        _evidence(source, row),
        Cell(text=_money(source, row["cost"])),
        _figure(source, row, "effect"),
        _figure(source, row, "early"),
        Cell(text=_money(source, row["net"]), note=_return(row)),
        Cell(text=_money(source, row["shrunk"]), note=fading(row)),
    )


def _evidence(source: Source, row: Record) -> Cell:
    told = row["status"] in ("read", "claimed")
    note = say(f"ledger.rests_{row['rests_on']}") if told else say(f"ledger.status_{row['status']}")
    note = ", ".join(text for text in (note, _people(row), _clicked(source, row)) if text)
    tone = "tag" if row["evidence"] == "measured" and told else "tag warning"
    return Cell(text=say(f"ledger.evidence_{row['evidence']}"), note=note, tone=tone)


def _people(row: Record) -> str:
    if row["control"] is None:
        return say("ledger_report.people", count=row["customers"], customers=number(row["customers"]))
    return say("ledger_report.against", customers=number(row["customers"]), control=number(row["control"]))


def _money(source: Source, value: float | None) -> str:
    return NOTHING if value is None else source.facts.money(value)


def _figure(source: Source, row: Record, name: str) -> Cell:
    known = row[name] is not None and row[f"{name}_low"] is not None
    return Cell(text=_money(source, row[name]), note=span(row, name, source.facts.money) if known else "")


def _clicked(source: Source, row: Record) -> str:
    """Return what clicks would have claimed of the same campaign."""
    if row["last_click"] is None:
        return ""
    return say("ledger_report.clicks_claim", amount=source.facts.money(row["last_click"]))


def _return(row: Record) -> str:
    """Return the net per unit of cost; its interval is that of the effect, less the cost, by the cost."""
    if row["return_status"] == "no_cost":
        return say("ledger_report.no_cost")
    if row["return_on_cost"] is None:
        return ""
    key = "return_times" if abs(row["return_on_cost"]) >= MULTIPLE else "return"
    return say(f"ledger_report.{key}", share=share(row["return_on_cost"]))
