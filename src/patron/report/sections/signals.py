"""What happened to customers that asks for an answer today, and what else the shop's data could tell."""

from __future__ import annotations

from patron.charts.records import Record, records
from patron.contracts.signal import LIBRARY, SIGNAL_STATES
from patron.decisions.signals import needed, signal_meaning, signal_title
from patron.language import listing, number, percent, say
from patron.report.blocks import Block, Cell, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source

STATES = "signal_states"


def signals(source: Source) -> Section:
    """Return the signals that fire, those that are silent, and what the others need."""
    blocks: list[Block] = []
    firing = [row for row in source.rows(STATES) if row["status"] == "fires"]
    every = records(source.tables[STATES], SIGNAL_STATES)
    if firing:
        blocks.append(_firing(source, firing))
    elif not source.withheld(STATES):
        blocks.append(Note(text=say("signal_report.none"), tone="none"))
    silent = [signal_title(row["signal"]) for row in every if row["status"] == "silent"]
    if silent:
        blocks.append(Note(text=say("signal_report.silent", signals=listing(silent)), tone="none"))
    if without := [row for row in every if row["status"] == "no_data"]:
        blocks.append(_needs(without))
    blocks += notes(source, STATES)
    return Section(
        name="signals", title=say("signal_report.title"), lead=say("signal_report.lead"), blocks=tuple(blocks)
    )


def _firing(source: Source, rows: list[Record]) -> Table:
    heads = ("signal", "family", "customers", "today", "value", "strength")
    ordered = sorted(rows, key=lambda row: (-float(row["value"] or 0), -row["customers"], row["signal"]))
    return Table(
        caption=say("signal_report.table"),
        heads=tuple(
            Head(text=say(f"signal_report.{name}"), figures=name in heads[2:], wide=name == "signal") for name in heads
        ),
        rows=tuple(_signal(source, row) for row in ordered),
    )


def _signal(source: Source, row: Record) -> tuple[Cell, ...]:
    own = row["signal"] not in LIBRARY
    return (
        Cell(
            text=signal_title(row["signal"]),
            note=say("signal_report.own") if own else signal_meaning(row["signal"]),
        ),
        Cell(text=say(f"signals.family.{row['family']}"), tone="tag"),
        Cell(text=number(row["customers"])),
        # Who is new today is part of who is told of: it is left out where one could be told from the other.
        Cell(text=_new(source, row)),
        Cell(text="–" if row["value"] is None else source.facts.money(float(row["value"]))),
        Cell(text="–" if row["strength"] is None else percent(row["strength"])),
    )


def _new(source: Source, row: Record) -> str:
    new, least = row["today"], source.gate.least
    others = row["customers"] - new
    return number(new) if new == 0 or (new >= least and (others == 0 or others >= least)) else "–"


def _needs(rows: list[Record]) -> Table:
    return Table(
        caption=say("signal_report.missing"),
        heads=(Head(text=say("signal_report.signal"), wide=True), Head(text=say("signal_report.needs"), wide=True)),
        rows=tuple(
            (Cell(text=signal_title(row["signal"])), Cell(text=needed(row["needs"])))
            for row in sorted(rows, key=lambda row: signal_title(row["signal"]))
        ),
        folded=True,
    )
