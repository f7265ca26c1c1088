"""Of all that is read beside each other, what is chance, and how far do segments truly differ?

Ref  Benjamini & Yekutieli (2001), Annals of Statistics 29(4), 1165-1188: tests that hang together anyhow
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from patron.experiments.unit_counts import EVERYBODY
from patron.stats.false_discovery import q_values
from patron.stats.pooled_effects import pooled_effects

MONEY = ("revenue", "margin")

Row = dict[str, Any]


def corrected(rows: Sequence[Row]) -> None:
    """Fill in the q-values of all rows that were read.

    What is read together: the primary metrics of all experiments, which are independent; the other metrics of one
    experiment; and all segments, in all ways of dividing, of one metric of one experiment.
    """
    for family, own in _grouped(rows, _family).items():
        found = q_values([row["p_value"] for row in own], dependence="positive" if family[0] == "primary" else "any")
        for row, q in zip(own, found, strict=True):
            row["q_value"] = float(q)


def shrunk(rows: Sequence[Row]) -> None:
    """Draw the effects of segments to the mean of those beside them, as far as chance may have moved them apart.

    Of what an experiment was made for, and of money.
    """
    segments = [
        row for row in rows
        if row["segmentation"] != EVERYBODY and (row["role"] == "primary" or row["metric"] in MONEY)
    ]  # fmt: skip
    for own in _grouped(
        segments, lambda row: (row["experiment"], row["metric"], row["arm"], row["segmentation"])
    ).values():
        if len(own) < 2:
            continue
        effects, errors = (np.array([row[name] for row in own]) for name in ("effect", "standard_error"))
        pooled = pooled_effects(effects, errors**2)
        for row, *values in zip(own, pooled.estimate, pooled.low, pooled.high, strict=True):
            row |= dict(zip(("shrunk", "shrunk_low", "shrunk_high"), map(float, values), strict=True))


def _family(row: Row) -> tuple[str, ...]:
    if row["segmentation"] != EVERYBODY:
        return "segments", row["experiment"], row["metric"]
    return ("primary",) if row["role"] == "primary" else ("others", row["experiment"])


def _grouped(rows: Sequence[Row], key: Callable[[Row], tuple[str, ...]]) -> dict[tuple[str, ...], list[Row]]:
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if row["status"] == "read":
            found.setdefault(key(row), []).append(row)
    return found
