"""The people behind the segments: a card of each, to hang up."""

from __future__ import annotations

from collections.abc import Iterable

from patron.charts.records import Record
from patron.contracts.portrait import DEPARTMENTS, IDEAL, SILENT
from patron.language import number, percent, say
from patron.portraits import evidence, line, statement
from patron.report.blocks import Block, Line, Note, Part, PersonaCard, Section
from patron.report.sections.withheld import notes
from patron.report.source import PERSONAS, Source

PERSON = ("who", "goal", "emotion", "behaviour", "pain")
BRIEF = ("channels", "message", "targeting", "products", "service")
MOST = 6
"""Cards of one report."""

TABLES = ("personas", "department_cards")


def personas(source: Source) -> Section:
    """Return the personas of the ideal customers and of the behaviour segments."""
    rows, lines = (source.rows(name) for name in TABLES)
    keys = _keys(source, rows)
    blocks: list[Block] = [_card(source, key, rows, lines) for key in keys[:MOST]]
    if blocks:
        blocks.insert(0, Note(text=say("portrait_report.reading")))
    elif not source.withheld("personas"):
        blocks.append(Note(text=say("portrait_report.none"), tone="none"))
    if more := len(keys) - MOST if len(keys) > MOST else 0:
        blocks.append(Note(text=say("portrait_report.more", count=more), tone="none"))
    blocks += notes(source, *TABLES)
    return Section(
        name="personas", title=say("portrait_report.title"), lead=say("portrait_report.lead"), blocks=tuple(blocks)
    )


def _keys(source: Source, rows: Iterable[Record]) -> list[tuple[str, str]]:
    """Return the segments that have a persona: the ideal customers, then those of the division, best first."""
    there = {(row["segmentation"], row["segment"]) for row in rows}
    ordered = [(name, segment) for name in PERSONAS for segment in (source.titles(name) if name != IDEAL else (IDEAL,))]
    return [key for key in ordered if key in there]


def _card(source: Source, key: tuple[str, str], rows: list[Record], lines: list[Record]) -> PersonaCard:
    mine = sorted(
        (row for row in rows if (row["segmentation"], row["segment"]) == key),
        key=lambda row: (row["part"], row["rank"]),
    )
    theirs = sorted((row for row in lines if (row["segmentation"], row["segment"]) == key), key=lambda row: row["rank"])
    return PersonaCard(
        name=f"persona-{key[0]}-{key[1]}", title=_title(source, key), facts=_facts(source, key),
        person=tuple(_part(source, name, mine) for name in PERSON), quotes=_quotes(source, mine),
        brief=tuple(_part(source, name, mine) for name in BRIEF),
        departments=tuple(_department(source, name, theirs) for name in DEPARTMENTS),
    )  # fmt: skip


def _title(source: Source, key: tuple[str, str]) -> str:
    return say("portrait_report.ideal") if key[0] == IDEAL else source.titles(key[0])[key[1]]


def _facts(source: Source, key: tuple[str, str]) -> tuple[str, ...]:
    """Return how many they are and what they are worth, where that may be shown."""
    if key[0] == IDEAL:
        return (say("portrait_report.ideal_meaning"),)
    row = next((row for row in source.division(key[0]) if row["segment"] == key[1]), None)
    if row is None:
        return ()
    found = [
        say("portrait_report.customers", customers=number(row["customers"])),
        say("portrait_report.share", share=percent(row["customer_share"])),
    ]
    if row["predicted_share"] is not None:
        found.append(say("portrait_report.worth", share=percent(row["predicted_share"])))
    return tuple(found)


def _part(source: Source, name: str, rows: Iterable[Record]) -> Part:
    return Part(
        title=say(f"portrait_report.{name}"),
        lines=tuple(
            Line(
                text=statement(row), note=evidence(row, source.facts.currency),
                tone=SILENT if row["statement"] == SILENT else "",
            )
            for row in rows
            if row["part"] == name
        ),
    )  # fmt: skip


def _quotes(source: Source, rows: Iterable[Record]) -> tuple[Line, ...]:
    """Return words of customers, as they stand masked among the texts."""
    wanted = {row["text_id"]: row for row in rows if row["part"] == "quote" and row["text_id"] is not None}
    texts = source.tables.get("theme_texts")
    if not wanted or texts is None:
        return ()
    found = texts.filter(texts.text_id.isin(list(wanted)) & texts.quote.notnull()).select("text_id", "quote")
    words = {row["text_id"]: row["quote"] for row in found.to_pyarrow().to_pylist()}
    return tuple(
        Line(text=words[name], note=f"{statement(row)}: {evidence(row)}")
        for name, row in wanted.items()
        if name in words
    )


def _department(source: Source, name: str, rows: Iterable[Record]) -> Part:
    return Part(
        title=say(f"portrait_report.{name}"),
        lines=tuple(
            Line(
                text=line(row), note=evidence(row, source.facts.currency),
                tone=SILENT if row["statement"] == SILENT else row["act"],
            )
            for row in rows
            if row["department"] == name
        ),
    )  # fmt: skip
