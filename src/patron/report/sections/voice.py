"""What customers say when they are asked, with those who kept silent in mind; and whom to ask next."""

from __future__ import annotations

import ibis
import pyarrow as pa

from patron import charts
from patron.charts.records import Record
from patron.contracts.voice import SCORE, VOICE
from patron.language import NOTHING, has, number, percent, say
from patron.report.blocks import Block, Cell, Chart, Head, Note, Section, Table
from patron.report.sections.withheld import notes
from patron.report.source import Source
from patron.report.visits import DIVISION
from patron.voice.surveys import TOTAL

TABLES = ("voice", "survey_plan")


def voice(source: Source) -> Section:
    """Return the scores by segment, what is chosen, and the plan of the next survey."""
    rows, plan = (source.rows(name) for name in TABLES)
    blocks: list[Block] = []
    scores = [row for row in rows if row["question"] == "nps"]
    if scores:
        blocks += [_chart(source, scores), _scores(source, rows)]
    if chosen := [row for row in rows if row["choice"] != SCORE and row["segmentation"] == TOTAL]:
        blocks.append(_choices(chosen))
    if rows:
        blocks.append(Note(text=say("voice_report.cannot")))
    elif not source.withheld("voice"):
        blocks.append(Note(text=say("voice_report.nobody_asked"), tone="none"))
    if plan:
        blocks.append(_plan(source, plan))
    blocks += notes(source, *TABLES)
    return Section(name="voice", title=say("voice_report.title"), lead=say("voice_report.lead"), blocks=tuple(blocks))


def _titles(source: Source) -> dict[str, str]:
    return source.titles(DIVISION)


def _chart(source: Source, rows: list[Record]) -> Chart:
    shown = ibis.memtable(pa.Table.from_pylist(rows, schema=VOICE.schema.to_pyarrow()))
    return Chart(
        name="chart-voice",
        title=say("voice_report.chart"),
        figure=charts.voice(shown, segmentation=DIVISION, titles=_titles(source), title=""),
        finding=_finding(rows),
        reading=say("voice_report.reading"),
        doing=say("voice_report.doing"),
    )


def _finding(rows: list[Record]) -> str:
    """Say everybody's score, and what weighting changed of it."""
    total = next((row for row in rows if row["segmentation"] == TOTAL), None)
    if total is None:
        return say("voice_report.no_total")
    facts = {
        name: number(total[column])
        for name, column in (("score", "score"), ("low", "score_low"), ("high", "score_high"), ("plain", "unweighted"),
                             ("answers", "answered"))
    }  # fmt: skip
    return say(f"voice_report.finding_{total['weighted_to']}", **facts, rate=_share(total["response_rate"]))


def _scores(source: Source, rows: list[Record]) -> Table:
    """Return one row per segment: response, and each score that was asked."""
    found = {(row["segmentation"], row["segment"], row["kind"]): row for row in rows if row["kind"] == row["question"]}
    order = [(TOTAL, TOTAL, say("charts.everybody"))]
    order += [(DIVISION, segment, title) for segment, title in _titles(source).items()]
    kinds = [kind for kind in ("nps", "ces", "csat") if any(key[2] == kind for key in found)]
    heads = ("segment", "answers", "response", *kinds)
    lines = [
        (title, [found.get((segmentation, segment, kind)) for kind in kinds]) for segmentation, segment, title in order
    ]
    return Table(
        caption=say("voice_report.scores"),
        heads=_heads(heads),
        rows=tuple(
            (
                Cell(text=title),
                Cell(text=number(max(row["answered"] for row in told if row))),
                Cell(text=_share(next(row for row in told if row)["response_rate"])),
                *(_score(row) for row in told),
            )
            for title, told in lines
            if any(told)
        ),
    )


def _score(row: Record | None) -> Cell:
    if row is None or row["score"] is None:
        return Cell(text=NOTHING)
    digits = 0 if row["kind"] == "nps" else 1
    ends = {name: number(row[f"score_{name}"], digits=digits) for name in ("low", "high")}
    return Cell(text=number(row["score"], digits=digits), note=say("report.range", **ends))


def _choices(rows: list[Record]) -> Table:
    ordered = sorted(rows, key=lambda row: (row["question"], -(row["score"] or 0), row["choice"]))
    return Table(
        caption=say("voice_report.choices"),
        heads=_heads(("question", "choice", "share", "plain", "answers")),
        rows=tuple(
            (
                Cell(text=_words(f"voice.question.{row['question']}", row["question"])),
                Cell(text=_words(f"voice.choice.{row['question']}.{row['choice']}", row["choice"])),
                Cell(
                    text=_share(row["score"]),
                    note=say("report.range", low=_share(row["score_low"]), high=_share(row["score_high"])),
                ),
                Cell(text=_share(row["unweighted"])),
                Cell(text=number(row["answered"])),
            )
            for row in ordered
        ),
        folded=True,
    )


def _plan(source: Source, rows: list[Record]) -> Table:
    titles = {(TOTAL, TOTAL): say("charts.everybody")}
    titles |= {(DIVISION, segment): title for segment, title in _titles(source).items()}
    named = {(row["segmentation"], row["segment"]): row for row in rows}
    return Table(
        caption=say("voice_report.plan"),
        heads=_heads(("segment", "questionnaire", "reachable", "invitations", "expected", "precision")),
        rows=tuple(
            (
                Cell(text=title),
                Cell(text=say(f"voice_report.kind_{row['questionnaire']}")),
                Cell(text=number(row["reachable"]), note=say("voice_report.of", customers=number(row["customers"]))),
                Cell(text=number(row["invitations"])),
                Cell(text=number(row["expected_answers"])),
                Cell(text=NOTHING if row["precision"] is None
                     else say("voice.either_way", points=number(row["precision"]))),
            )
            for key, title in titles.items()
            if (row := named.get(key))
        ),
    )  # fmt: skip


def _heads(names: tuple[str, ...]) -> tuple[Head, ...]:
    texts = ("segment", "questionnaire", "question", "choice")
    return tuple(
        Head(text=say(f"voice_report.{name}"), figures=name not in texts, wide=place == 0)
        for place, name in enumerate(names)
    )


def _words(key: str, otherwise: str) -> str:
    """Return the catalogue's words; for a question or choice of the shop's own its name, readable."""
    return say(key) if has(key) else otherwise.replace("_", " ")


def _share(value: float | None) -> str:
    return NOTHING if value is None else percent(value)
