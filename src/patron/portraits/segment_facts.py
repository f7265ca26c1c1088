"""What is known of one segment, ready to be told: findings, what most have, pains, themes and quotes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from patron.portraits.pains import SHY, Pain
from patron.privacy.anonymity import LEAST

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
    portraits: Any, *, keys: Iterable[Key] | None = None, pains: Sequence[Pain] = (), themes: Sequence[Row] = (),
    quotes: Sequence[Row] = (), least: int = LEAST,
) -> list[SegmentFacts]:  # fmt: skip
    """Put together what is known of each segment.

    Parameters
    ----------
    portraits : Table
        contracts.portrait.PORTRAITS; Ibis or Arrow.
    keys : iterable of (segmentation, segment), optional
        Which ones, in their order; by default those of which there is a portrait.
    pains : sequence of Pain
        Of `pains` and `lost_steps`.
    themes : sequence of dict
        Rows of `themes`.
    quotes : sequence of dict
        ``segmentation, segment, theme, text_id, closeness``.
    least : int
        The smallest number of people that anything is told of.
    """
    table = portraits.to_pyarrow() if isinstance(portraits, ir.Table) else portraits
    wanted = list(keys) if keys is not None else _keys(table)
    found = _grouped(table.filter(table["found"]).sort_by("rank").to_pylist())
    top = _grouped(_largest(table).to_pylist())
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
        for key in wanted
    ]


def _keys(portraits: pa.Table) -> list[Key]:
    pairs = zip(portraits["segmentation"].to_pylist(), portraits["segment"].to_pylist(), strict=True)
    return sorted(set(pairs))


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
