"""Whom actions move: what targeting would bring, by customers whom the model had not seen, and the groups."""

from __future__ import annotations

from itertools import groupby

from patron.charts.records import Record
from patron.contracts.response import RESPONSE_GROUPS
from patron.language import number, percent, say
from patron.report.blocks import Block, Cell, Head, Note, Section, Table
from patron.report.sections.withheld import mark, notes
from patron.report.source import Source

TABLES = ("response_models", "response_groups")


def responses(source: Source) -> Section:
    """Return what acting by the model brings against everybody and nobody, the groups, or why nothing was learned."""
    rows = source.rows("response_models")
    learned = [row for row in rows if row["status"] == "learned"]
    blocks: list[Block] = []
    for row in learned:
        blocks.append(
            Note(text=_finding(source, row), tone="advice" if _pays(row) else "plain", title=row["experiment"])
        )
    if learned:
        blocks.append(_worth(source, learned))
    if counted := [*source.rows("response_groups"), *source.withheld("response_groups")]:
        blocks.append(_groups(source, counted))
    blocks += [Note(text=_refused(row), tone="none") for row in rows if row["status"] != "learned"]
    blocks += notes(source, *TABLES)
    if not blocks:
        blocks.append(Note(text=say("response_report.none"), tone="none"))
    lead = say("response_report.lead")
    return Section(name="responses", title=say("response_report.title"), lead=lead, blocks=tuple(blocks))


def _pays(row: Record) -> bool:
    """Tell whether acting on some is surely better than acting on nobody and on everybody."""
    ends = row["targeted_low"], row["against_everybody_low"]
    return all(one is not None and one > 0 for one in ends)


def _finding(source: Source, row: Record) -> str:
    facts = {"action": row["action"], "share": percent(row["share"]), "days": row["window_days"]}
    if row["targeted"] is None:
        return say("response_report.nobody", **facts)
    facts |= {name: source.facts.money(row[name]) for name in ("targeted", "targeted_low", "targeted_high")}
    if _pays(row):
        return say("response_report.pays", **facts, more=source.facts.money(row["against_everybody"]))
    if row["everybody_low"] is not None and row["everybody_low"] > 0:
        return say("response_report.everybody", **facts, everybody=source.facts.money(row["everybody"]))
    return say("response_report.positive" if row["targeted_low"] > 0 else "response_report.unproven", **facts)


def _worth(source: Source, rows: list[Record]) -> Table:
    heads = ("experiment", "share", "targeted", "everybody_head", "difference")
    return Table(
        caption=say("response_report.worth"),
        heads=tuple(Head(text=say(f"response_report.{name}"), figures=name != "experiment") for name in heads),
        rows=tuple(
            (
                Cell(text=row["experiment"], note=_customers(row["units"])),
                Cell(text=percent(row["share"])),
                _gain(source, row, "targeted"),
                _gain(source, row, "everybody"),
                _gain(source, row, "against_everybody"),
            )
            for row in rows
        ),
    )


def _gain(source: Source, row: Record, name: str) -> Cell:
    if row[name] is None:
        return Cell(text="–")
    low, high = (source.facts.money(row[f"{name}_{end}"]) for end in ("low", "high"))
    return Cell(text=source.facts.money(row[name]), note=say("report.range", low=low, high=high))


def _groups(source: Source, rows: list[Record]) -> Table:
    """Return one row an action: how many customers are in each group."""

    def of(row: Record) -> tuple[str, str]:
        return row["experiment"], row["action"]

    ordered = sorted(rows, key=of)
    return Table(
        caption=say("response_report.groups"),
        heads=(
            Head(text=say("response_report.experiment")),
            *(Head(text=say(f"response_report.{name}"), figures=True) for name in RESPONSE_GROUPS),
        ),
        rows=tuple(
            (Cell(text=experiment, note=action), *_counts(source, list(mine)))
            for (experiment, action), mine in groupby(ordered, key=of)
        ),
    )


def _counts(source: Source, rows: list[Record]) -> tuple[Cell, ...]:
    hidden = {(row["experiment"], row["action"], row["group"]) for row in source.withheld("response_groups")}
    found = {row["group"]: row for row in rows}
    cells = []
    for name in RESPONSE_GROUPS:
        row = found.get(name)
        if row is None:
            cells.append(Cell(text="–"))
        elif (row["experiment"], row["action"], name) in hidden:
            cells.append(mark())
        else:
            cells.append(Cell(text=number(row["customers"])))
    return tuple(cells)


def _refused(row: Record) -> str:
    return say(f"response_report.refused_{row['status']}", experiment=row["experiment"], units=number(row["units"]))


def _customers(count: int) -> str:
    return say("report.customers", count=count, customers=number(count))
