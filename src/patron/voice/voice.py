"""What do the customers of each segment say, counted so that those who kept silent are not forgotten?

In   `surveys.Survey`   counts by segment and cell
Out  contracts.voice.VOICE

Weights are made per question. Those of all customers come first; each segment begins with them, and weights its own
answers by its own bands where it has enough of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.raw_experience import BETWEEN_CHOICES, LEAST_POINTS, MOST_POINTS
from patron.contracts.voice import SCORE, VOICE
from patron.profile.experience import PASSIVE, PROMOTER
from patron.voice.bands import BANDS, CELLS, codes
from patron.voice.estimates import Said, Score, mean_score, net_promoter_score, share_of
from patron.voice.surveys import TOTAL, Survey
from patron.voice.weighting import Weights, response_weights

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Row = dict[str, Any]
Segment = tuple[str, str]

MOST_CHOICES = 30
"""Choices of one question that get a row, the most frequent ones of all customers; more are own words, not a list."""


@dataclass(frozen=True, eq=False)
class _Answers:
    """The answers of one segment to one question, by row: cell, what was said, how often."""

    cell: Ints
    score: Floats
    choice: list[str | None]
    count: Floats


def voice(survey: Survey) -> ir.Table:
    """Return what is said, by question and segment.

    Parameters
    ----------
    survey : Survey
        From `surveys.surveyed`.

    Returns
    -------
    Table, one row per segment, question and choice
        contracts.voice.VOICE. A segment of which nobody answered has a row without a score, for every question that
        was asked at all; nobody's silence looks like an opinion.
    """
    return ibis.memtable(pa.Table.from_pylist(list(_rows(survey)), schema=VOICE.schema.to_pyarrow()))


def _rows(survey: Survey) -> Iterator[Row]:
    people = _by_segment(survey.people)
    answered, about = _answers(survey.answered)
    invited = _asked(survey.asked)
    order = sorted(people, key=lambda one: (one != (TOTAL, TOTAL), one))
    for question, kind, scale in about:
        said = answered[question]
        base = invited.get(question)
        choices = _choices(said[TOTAL, TOTAL]) if kind == "choice" else (SCORE,)
        every: Weights | None = None
        for segment in order:
            asked = people[segment] if base is None else base.get(segment, np.zeros(CELLS))
            mine = said.get(segment)
            weights = None if mine is None else _weighed(mine, asked, every)
            every = weights if segment == (TOTAL, TOTAL) else every
            facts = _facts(segment, question, kind, people[segment], None if base is None else asked, mine, weights)
            for choice in choices:
                score = None if mine is None or weights is None else _score(mine, weights, kind, scale, choice)
                yield {**facts, "choice": choice, **_told(score)}


def _facts(
    segment: Segment, question: str, kind: str, people: Floats, asked: Floats | None, mine: _Answers | None,
    weights: Weights | None,
) -> Row:  # fmt: skip
    answered = 0 if mine is None else int(mine.count.sum())
    sent = None if asked is None else int(asked.sum())
    return {
        "segmentation": segment[0], "segment": segment[1], "question": question, "kind": kind,
        "customers": int(people.sum()), "asked": sent, "answered": answered,
        "response_rate": answered / sent if sent else None,
        "design_effect": None if weights is None else weights.design_effect,
        "capped": None if weights is None else weights.capped,
        "weighted_by": "" if weights is None else ", ".join(weights.margins),
        "weighted_to": "customers" if asked is None else "asked",
    }  # fmt: skip


def _told(score: Score | None) -> Row:
    if score is None:
        return {}
    return {
        "score": score.score, "score_low": score.low, "score_high": score.high, "unweighted": score.unweighted,
        "effective": score.effective, "promoters": score.promoters, "detractors": score.detractors,
    }  # fmt: skip


def _weighed(mine: _Answers, asked: Floats, every: Weights | None) -> Weights:
    counts = np.bincount(mine.cell, mine.count, minlength=CELLS).astype(np.float64)
    columns = dict(zip(BANDS, codes(), strict=True))
    return response_weights(asked, counts, columns, start=None if every is None else every.weight)


def _score(mine: _Answers, weights: Weights, kind: str, scale: float, choice: str) -> Score | None:
    method = _method(kind, scale)
    if method is None:
        return None
    value = mine.score if kind != "choice" else _chosen(mine.choice, choice)
    bands = [margin[mine.cell] for margin in weights.margins.values()]
    margins = np.array(bands, dtype=np.int64).reshape(len(bands), len(value))
    return method(Said(value=value, count=mine.count, weight=weights.weight[mine.cell], margins=margins))


def _method(kind: str, scale: float) -> Callable[[Said], Score] | None:
    """Return what a kind of answer is summed up by; texts are not."""
    if kind == "nps":
        return partial(net_promoter_score, promoter=PROMOTER, passive=PASSIVE)
    if kind == "choice":
        return share_of
    if kind == "text":
        return None
    # What a rating of one's own begins with, nobody says: usually 1, and 0 where somebody gave that.
    return partial(mean_score, least=LEAST_POINTS.get(kind, 0.0), most=MOST_POINTS.get(kind, scale))


def _chosen(choices: list[str | None], choice: str) -> Floats:
    return np.array([choice in (one or "").split(BETWEEN_CHOICES) for one in choices], dtype=float)


def _choices(said: _Answers) -> tuple[str, ...]:
    """Return the choices that were made, the most frequent first."""
    often: dict[str, float] = {}
    for text, count in zip(said.choice, said.count, strict=True):
        for one in (text or "").split(BETWEEN_CHOICES):
            often[one] = often.get(one, 0.0) + count
    return tuple(sorted(often, key=lambda one: (-often[one], one))[:MOST_CHOICES])


def _by_segment(table: pa.Table) -> dict[Segment, Floats]:
    """Return counts by cell for each segment."""
    found: dict[Segment, Floats] = {}
    for row in table.to_pylist():
        found.setdefault((row["segmentation"], row["segment"]), np.zeros(CELLS))[row["cell"]] += row["n"]
    return found


def _asked(table: pa.Table) -> Mapping[str, dict[Segment, Floats]]:
    found: dict[str, dict[Segment, Floats]] = {}
    for row in table.to_pylist():
        segments = found.setdefault(row["question"], {})
        segments.setdefault((row["segmentation"], row["segment"]), np.zeros(CELLS))[row["cell"]] += row["n"]
    return found


def _answers(table: pa.Table) -> tuple[dict[str, dict[Segment, _Answers]], list[tuple[str, str, float]]]:
    """Return the answers by question and segment; and each question, its kind and its largest scale.

    A question that was asked in two ways is of the kind that most answers have; the others are left out.
    """
    rows = table.to_pylist()
    kinds: dict[str, dict[str, int]] = {}
    for row in rows:
        if row["segmentation"] == TOTAL:
            often = kinds.setdefault(row["question"], {})
            often[row["kind"]] = often.get(row["kind"], 0) + row["n"]
    main = {question: max(sorted(often), key=often.__getitem__) for question, often in kinds.items()}
    scales = dict.fromkeys(main, 0.0)
    found: dict[str, dict[Segment, list[Row]]] = {question: {} for question in sorted(main)}
    for row in rows:
        if row["kind"] == main[row["question"]]:
            found[row["question"]].setdefault((row["segmentation"], row["segment"]), []).append(row)
            scales[row["question"]] = max(scales[row["question"]], row["scale"] or 0.0)
    grouped = {question: {one: _collected(part) for one, part in parts.items()} for question, parts in found.items()}
    return grouped, [(question, main[question], scales[question]) for question in grouped]


def _collected(rows: list[Row]) -> _Answers:
    return _Answers(
        cell=np.array([row["cell"] for row in rows], dtype=np.int64),
        score=np.array([row["score"] or 0.0 for row in rows]), choice=[row["choice"] for row in rows],
        count=np.array([row["n"] for row in rows], dtype=float),
    )  # fmt: skip
