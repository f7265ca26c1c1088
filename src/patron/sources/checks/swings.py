"""Days (or weeks, in a small shop) with far fewer or far more orders than those around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from patron.language import percent, say
from patron.sources.checks.look import Look
from patron.sources.checks.sentences import shown, span, times
from patron.sources.checks.series import Days, date_of, dispersion, spread
from patron.sources.quality import Finding, Severity, weigh

FACTOR = 2.0
"""Half or double: what stays within that is weather, a newsletter, a Monday."""

SIGMAS = 6.0
"""How far beyond the shop's own scatter: normal noise gets there once in a billion days, and real noise, whose tails
are heavier, hardly ever."""

BUSY = 20
"""Orders on a usual day from which days are compared, below it weeks: Poisson noise alone is then under a quarter."""

NEAR = {"day": 10, "week": 4}
"""How many days or weeks on either side make the local level: fewer than a season takes to rise, more than a sale."""

SHARE = (0.01, 0.10)
"""Share of all orders that the swings hide or add: as for missing days."""

RECENT = 35
"""Days before the last one in which a drop matters at once: as for missing days."""


@dataclass(frozen=True)
class Swing:
    """A day or week unlike those around it."""

    first: date
    last: date
    orders: int
    expected: float

    @property
    def factor(self) -> float:
        """Times what was expected; an empty week counts half an order."""
        return max(self.orders, 0.5) / self.expected

    @property
    def season(self) -> bool:
        """It lies in the weeks from Black Friday to Epiphany, in which swings are the shop's, not the data's."""
        return (self.last.month, self.last.day) >= (11, 20) or (self.last.month, self.last.day) <= (1, 6)


def swings(look: Look) -> list[Finding]:
    """Name the strongest drops and the strongest spikes, and count them."""
    unit, found = sudden(look.days)
    everything = float(look.days.counts.sum())
    drops = [swing for swing in found if swing.factor < 1]
    spikes = [swing for swing in found if swing.factor > 1]
    told = [_told("sudden_drops", unit, drops, everything, lambda each, size: _drops(each, size, look.as_of))]
    told.append(_told("sudden_spikes", unit, spikes, everything, lambda _, size: weigh(size, SHARE)))
    return [finding for finding in told if finding]


def sudden(days: Days) -> tuple[str, list[Swing]]:
    """Return the unit that was compared and what stands out, in the order of time."""
    working = days.expected[days.expected > 0]
    if len(working) and np.median(working) >= BUSY:
        level = days.expected * near_level(days.counts[:-1], days.expected[:-1], near=NEAR["day"], whole=len(days))
        inner = range(1, len(days) - 1)  # the first day often begins at noon, and the last is another check's
        places = [place for place in standing_out(days.counts, level) if place in inner and days.counts[place]]
        return "day", [Swing(days.date(p), days.date(p), int(days.counts[p]), float(level[p])) for p in places]
    weeks = len(days) // 7
    begin = len(days) - 7 * weeks
    counts = days.counts[begin:].reshape(weeks, 7).sum(axis=1)
    filled = counts > 0
    level = near_level(counts, filled.astype(np.float64), near=NEAR["week"], whole=weeks)
    first = [days.first + begin + 7 * week for week in range(weeks)]
    return "week", [
        Swing(date_of(first[w]), date_of(first[w] + 6), int(counts[w]), float(level[w]))
        for w in standing_out(counts, level)
        if filled[w]
    ]


def near_level(
    counts: NDArray[np.int64], expected: NDArray[np.float64], *, near: int, whole: int
) -> NDArray[np.float64]:
    """Return the median of counts over expected among the neighbours of each place, shape (whole,); 1 without any."""
    ratio = np.where((expected > 0) & (counts > 0), counts / np.maximum(expected, 1e-9), np.nan)
    padded = np.concatenate([np.full(near, np.nan), ratio, np.full(near + whole - len(ratio), np.nan)])
    if not whole:
        return np.zeros(0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * near + 1)[:whole].copy()
    windows[:, near] = np.nan
    windows[np.isnan(windows).all(axis=1), 0] = 1.0
    return np.asarray(np.nanmedian(windows, axis=1))


def standing_out(counts: NDArray[np.int64], level: NDArray[np.float64]) -> list[int]:
    """Return the places beyond `FACTOR`, beyond the shop's own scatter, and beyond what chance makes of so few.

    The shop's scatter is that of the logarithms (median absolute deviation). Chance is judged on the scale of roots, on
    which Poisson counts scatter by 1 whatever their mean, and others by the root of their dispersion.

    Ref: Anscombe (1948), Biometrika 35: the transformation of Poisson data.
    """
    usable = level >= 1
    ratio = np.log((counts + 0.5) / (np.maximum(level, 1) + 0.5))
    own = spread(ratio[usable & (counts > 0)])
    chance = 2 * np.abs(np.sqrt(counts + 0.375) - np.sqrt(level + 0.375))
    noise = np.sqrt(dispersion(counts, level))
    out = usable & (np.abs(ratio) > max(np.log(FACTOR), SIGMAS * own)) & (chance > SIGMAS * noise)
    return [int(place) for place in np.flatnonzero(out)]


def _told(
    check: str, unit: str, found: list[Swing], everything: float, severity: Callable[[list[Swing], float], Severity]
) -> Finding | None:
    if not found:
        return None
    ordered = sorted(found, key=lambda one: (-abs(np.log(one.factor)), one.first))
    outside = [one for one in found if not one.season]
    size = sum(abs(one.orders - one.expected) for one in outside) / everything
    facts = {
        "count": len(found),
        "found": len(found),
        "unit": say(f"quality.unit.{unit}", count=len(found)),
        "named": shown([f"{span(one.first, one.last)} (×{times(one.factor)})" for one in ordered]),
        "orders_share": percent(sum(abs(one.orders - one.expected) for one in found) / everything, digits=1),
    }
    return Finding("order_lines", check, "flagged", 0, severity(outside, size), facts)


def _drops(found: list[Swing], size: float, until: date) -> Severity:
    recent = any(one.last > until - timedelta(days=RECENT) for one in found)
    return "warning" if recent and size < SHARE[1] else weigh(size, SHARE)
