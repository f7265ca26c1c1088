"""What is known of one segment, ready to be told: findings, what most have, pains, themes and quotes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from patron.portraits.pains import SHY, Pain

Row = Mapping[str, Any]
Key = tuple[str, str]

HALF = 0.5
HAPPY = 4.0
"""Mean rating of a theme from which its texts praise."""


@dataclass(frozen=True)
class SegmentFacts:
    """Of one segment: rows of `portraits`, its pains, rows of `themes` and of its quotes.

    `more` are findings that are more frequent than among others, `less` those that are less so, `top` by attribute the
    value that the largest group of them has.
    """

    segmentation: str
    segment: str
    more: tuple[Row, ...] = ()
    less: tuple[Row, ...] = ()
    top: Mapping[str, Row] = field(default_factory=dict)
    pains: tuple[Pain, ...] = ()
    themes: tuple[Row, ...] = ()
    quotes: tuple[Row, ...] = ()

    @property
    def most(self) -> dict[str, Row]:
        """By attribute the value that more than half of them have."""
        return {name: row for name, row in self.top.items() if row["share"] > HALF}


def tone(theme: Row) -> str:
    """Return whether a theme's texts praise (`glad`), complain (`sad`), or neither: by stars, else by answers.

    Examples
    --------
    >>> tone({"rating": 4.5, "nps": None}), tone({"rating": None, "nps": -0.2}), tone({"rating": None, "nps": None})
    ('glad', 'sad', '')
    """
    if theme["rating"] is not None:
        return "glad" if theme["rating"] >= HAPPY else "sad" if theme["rating"] <= SHY else ""
    nps = theme["nps"]
    return "" if nps is None or not nps else "glad" if nps > 0 else "sad"


def segment_facts(
    keys: Iterable[Key], portraits: pa.Table, *, pains: Sequence[Pain] = (), themes: Sequence[Row] = (),
    quotes: Sequence[Row] = (), least: int,
) -> list[SegmentFacts]:  # fmt: skip
    """Put together what is known of each segment.

    Parameters
    ----------
    keys : iterable of (segmentation, segment)
        Which ones, in their order.
    portraits : Table
        contracts.portrait.PORTRAITS.
    pains : sequence of Pain
        Of `pains` and `lost_steps`.
    themes : sequence of dict
        Rows of `themes`.
    quotes : sequence of dict
        ``segmentation, segment, theme, text_id, closeness``.
    least : int
        The smallest number of people that anything is told of.
    """
    found = _grouped(portraits.filter(portraits["found"]).sort_by("rank").to_pylist())
    top = _grouped(_largest(portraits).to_pylist())
    heard = _grouped([row for row in themes if row["customers"] >= least])
    ached = _grouped([vars(one) | {"_pain": one} for one in pains])
    spoken = _grouped(quotes)
    return [
        SegmentFacts(
            *key,
            more=tuple(row for row in found[key] if row["lift_low"] > 1),
            less=tuple(row for row in found[key] if row["lift_low"] <= 1),
            top={row["attribute"]: row for row in top[key]},
            pains=_ranked([row["_pain"] for row in ached[key]]),
            themes=tuple(sorted(heard[key], key=lambda row: (-(row["lift"] or 0), -row["customers"], row["theme"]))),
            quotes=tuple(sorted(spoken[key], key=lambda row: (-row["closeness"], row["text_id"]))),
        )
        for key in keys
    ]


def _grouped(rows: Iterable[Row]) -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["segmentation"], row["segment"]].append(row)
    return found


def _largest(portraits: pa.Table) -> pa.Table:
    """Return of each attribute the value that the largest group of a segment has; of equals the first by name."""
    order = [
        ("segmentation", "ascending"), ("segment", "ascending"), ("attribute", "ascending"), ("people", "descending"),
        ("value", "ascending"),
    ]  # fmt: skip
    key = ["segmentation", "segment", "attribute"]
    ordered = portraits.sort_by(order).append_column("_row", pa.array(range(portraits.num_rows), pa.int64()))
    first = ordered.group_by(key).aggregate([("_row", "min")])["_row_min"]
    return ordered.take(first).drop_columns("_row")


def _ranked(pains: Sequence[Pain]) -> tuple[Pain, ...]:
    """Put pains in order: by value lost, then those of no known value by how many have them."""
    return tuple(sorted(pains, key=lambda one: (one.value is None, -(one.value or 0), -one.people, one.pain, one.item)))
