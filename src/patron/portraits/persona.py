"""One segment as a person: who, with which goals, moved by what, hurt by what, in whose words; and how to reach it.

Every statement has the count behind it. What tells the segment apart is said first; where nothing does, what most of
them have in common may be said; where neither is known, the part is silent, and says so.

In   `SegmentFacts`
Out  contracts.portrait.PERSONAS
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa

from patron.contracts.portrait import PERSONAS, SILENT
from patron.portraits.pains import Pain
from patron.portraits.segment_facts import Row, SegmentFacts, tone

PERSON = ("demographics", "psychographics")
MOST_LINES = 4
MOST_PAINS = 5
MOST_QUOTES = 3
HABITS = ("timing", "returning", "discounts")
NO_WEEKDAY = ("weekday", "none")
FELT = ("nps_group", "rating", "content", "effort")
"""Attributes that tell a feeling: all of them answers or reviews."""

MOST_COMMON = 2
SEEN = 0.10
"""Share of a segment who must have what it is described by: what three in a hundred have describes nobody."""

DULL = ("no", "none", "neither", "middle", "passive")
"""Values that most people have everywhere, and that describe nobody."""

WORTH_SAYING = 1 / 3
"""Share of a segment for whom a message has to hold."""

MESSAGES = {
    ("discount", "none"): "full_price",
    ("discount", "much"): "price",
    ("next_known", "yes"): "known",
    ("next_known", "no"): "new",
    ("nps_group", "promoter"): "recommend",
    ("nps_group", "detractor"): "repair",
}
"""What a message is about, by what people have."""

SERVICE = {
    "ticket": "serve_ticket",
    "return": "serve_return",
    "low_rating": "serve_low_rating",
    "detractor": "serve_detractor",
    "hard": "serve_hard",
    "not_content": "serve_not_content",
    "theme": "serve_theme",
    "drop_off": "serve_drop_off",
}
"""What service does about each pain."""

Statement = dict[str, Any]


def personas(facts: Iterable[SegmentFacts]) -> pa.Table:
    """Return the persona of each segment.

    Returns
    -------
    Table, one row per statement
        contracts.portrait.PERSONAS; each part of a persona has a row.
    """
    rows = [row for one in facts for row in persona(one)]
    return pa.Table.from_pylist(rows, schema=PERSONAS.schema.to_pyarrow())


def persona(of: SegmentFacts) -> list[Statement]:
    """Return the statements about one segment, a part after the other."""
    rows = []
    for part, make in _MADE_BY.items():
        told = list(make(of)) or [_silent()]
        for rank, statement in enumerate(told, start=1):
            key = {"segmentation": of.segmentation, "segment": of.segment, "part": part, "rank": rank}
            rows.append(key | statement)
    return rows


def _who(of: SegmentFacts) -> Iterator[Statement]:
    yield from _described(of, lambda row: row["kind"] in PERSON)


def _goal(of: SegmentFacts) -> Iterator[Statement]:
    told = _described(of, lambda row: row["kind"] in ("categories", "brands"))
    yield from told or [_statement(of.top[name], "leading") for name in ("category",) if name in of.top]


def _emotion(of: SegmentFacts) -> Iterator[Statement]:
    for wanted, statement in (("glad", "praises"), ("sad", "complains")):
        yield from [_theme(row, statement) for row in of.themes if tone(row) == wanted][:2]
    yield from _described(of, lambda row: row["attribute"] in FELT)


def _behaviour(of: SegmentFacts) -> Iterator[Statement]:
    # Who orders seldom has all of her orders on one weekday: to have none is no more than to order often.
    yield from _described(of, lambda row: row["kind"] in HABITS and (row["attribute"], row["value"]) != NO_WEEKDAY)


def _pain(of: SegmentFacts) -> Iterator[Statement]:
    for one in of.pains[:MOST_PAINS]:
        yield _of_pain(one, one.pain)


def _quote(of: SegmentFacts) -> Iterator[Statement]:
    """Return the words nearest to each theme that many of them speak of, a theme once."""
    spoken = {row["theme"]: row for row in reversed(of.quotes)}
    for theme in [theme for theme in of.themes if theme["theme"] in spoken][:MOST_QUOTES]:
        yield _theme(theme, tone(theme) or "says") | {"text_id": spoken[theme["theme"]]["text_id"]}


def _channels(of: SegmentFacts) -> Iterator[Statement]:
    yield from _described(of, lambda row: row["kind"] == "channels")


def _message(of: SegmentFacts) -> Iterator[Statement]:
    yield from [_theme(row, "praised") for row in of.themes if tone(row) == "glad"][:1]
    seen = {row["attribute"] for row in of.more}
    most = [{**row, "lift": None} for name, row in of.most.items() if name not in seen]
    for row in (*of.more, *most):
        statement = MESSAGES.get((row["attribute"], row["value"]))
        if statement and row["share"] >= WORTH_SAYING:
            yield _statement(row, statement)
    yield from [_statement(row, "person") for row in of.more if row["kind"] == "psychographics"][:1]


def _targeting(of: SegmentFacts) -> Iterator[Statement]:
    kept = [row for row in of.more if _found_outside(row)]
    yield from [_statement(row, "target") for row in kept][:MOST_LINES]


def _products(of: SegmentFacts) -> Iterator[Statement]:
    yield from _described(of, lambda row: row["kind"] == "next" or row["attribute"] == "refills")


def _service(of: SegmentFacts) -> Iterator[Statement]:
    seen: set[str] = set()
    for one in of.pains:
        if one.pain not in seen and len(seen) < MOST_LINES - 1:
            seen.add(one.pain)
            yield _of_pain(one, SERVICE[one.pain])


def _described(of: SegmentFacts, fits: Callable[[Row], bool]) -> list[Statement]:
    """Return what tells a segment apart, each attribute once, and then a little of what most of them have."""
    found: dict[str, Row] = {}
    for row in of.more:
        if fits(row) and row["share"] >= SEEN:
            found.setdefault(row["attribute"], row)
    apart = [_statement(row, "made_by" if row["defines"] else "apart") for row in found.values()]
    most = [row for name, row in of.most.items() if name not in found and fits(row) and row["value"] not in DULL]
    common = sorted(most, key=lambda row: (-row["share"], row["attribute"]))[:MOST_COMMON]
    return [*apart, *(_statement(row, "common") for row in common)][:MOST_LINES]


def _found_outside(row: Row) -> bool:
    """Tell whether people who are no customers yet can be found by an attribute."""
    known = row["kind"] in PERSON or row["attribute"] == "acquisition_channel"
    return bool(known and not row["defines"] and row["share"] >= SEEN)


def _statement(row: Row, statement: str) -> Statement:
    return {
        "statement": statement, "attribute": row["attribute"], "item": row["value"], "people": row["people"],
        "of": row["known"], "share": row["share"], "share_others": row["share_others"], "lift": row["lift"],
    }  # fmt: skip


def _theme(row: Row, statement: str) -> Statement:
    many = row["customers"]
    of = round(many / row["share"]) if row["share"] else many
    return {
        "statement": statement, "attribute": "theme", "item": row["theme"], "people": many, "of": of,
        "share": row["share"], "lift": row["lift"],
    }  # fmt: skip


def _of_pain(one: Pain, statement: str) -> Statement:
    return {
        "statement": statement, "attribute": one.pain, "item": one.item or None, "people": one.people, "of": one.of,
        "share": one.people / one.of if one.of else None, "value": one.value, "value_low": one.value_low,
        "basis": one.basis,
    }  # fmt: skip


def _silent() -> Statement:
    return {"statement": SILENT, "people": 0, "of": 0}


_MADE_BY: dict[str, Callable[[SegmentFacts], Iterable[Statement]]] = {
    "who": _who,
    "goal": _goal,
    "emotion": _emotion,
    "behaviour": _behaviour,
    "pain": _pain,
    "quote": _quote,
    "channels": _channels,
    "message": _message,
    "targeting": _targeting,
    "products": _products,
    "service": _service,
}


def tells(of: SegmentFacts) -> bool:
    """Tell whether anything is known of a segment."""
    return any(row["statement"] != SILENT for row in persona(of))
