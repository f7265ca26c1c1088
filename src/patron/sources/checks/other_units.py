"""A file or a month whose amounts are in another unit: cents for euros, thousands, another currency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.language import percent
from patron.sources.checks.look import Hours, Look
from patron.sources.checks.sentences import shown, times
from patron.sources.quality import Finding

FACTOR = 5.0
"""Times the usual order: a dearer range or a sale does not move the geometric mean of all orders so far."""

ORDERS = 50
"""Orders that a file or month needs: their geometric mean is then sure to a fifth."""


@dataclass(frozen=True)
class Part:
    """A file or month, and its usual order in terms of the others'."""

    name: str
    factor: float
    lines: int


def other_units(look: Look) -> list[Finding]:
    """Name the files, or else the months, whose orders are of another size."""
    found = apart(look.hours)
    if not found:
        return []
    rows = sum(part.lines for part in found)
    facts = {
        "named": shown([f"{part.name} (×{times(part.factor)})" for part in found]),
        "lines_share": percent(rows / look.rows, digits=1),
    }
    return [Finding("order_lines", "other_units", "flagged", rows, "error", facts)]


def apart(hours: Hours) -> list[Part]:
    """Return the parts whose geometric mean of amounts is far from that of the usual part."""
    months = hours.day.astype("datetime64[D]").astype("datetime64[M]")
    names, place = np.unique(months, return_inverse=True)
    return _apart(hours, hours.file, hours.files) or _apart(hours, place, tuple(str(name) for name in names))


def _apart(hours: Hours, part: NDArray[np.int64], names: tuple[str, ...]) -> list[Part]:
    amounts = np.bincount(part, hours.amounts, len(names))
    lines = np.bincount(part, hours.lines, len(names))
    means = np.bincount(part, hours.logs, len(names)) / np.maximum(amounts, 1)
    enough = amounts >= ORDERS
    if enough.sum() < 2:
        return []
    off = means - _weighted_median(means[enough], amounts[enough].astype(np.float64))
    far = np.flatnonzero(enough & (np.abs(off) >= np.log(FACTOR)))
    return [Part(names[place], float(np.exp(off[place])), int(lines[place])) for place in far]


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(values)
    passed = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(passed, passed[-1] / 2)])
