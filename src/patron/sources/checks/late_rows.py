"""Days that an earlier run had read already, and that have more rows by now: late arrivals. Or fewer: lost history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from patron.language import number, percent
from patron.sources.checks.look import Look, arrays
from patron.sources.checks.sentences import part
from patron.sources.quality import Finding, weigh

COMPLETE = 0.01
"""Share of a day's rows that may still be missing for the day to be called complete."""

USUAL = 31
"""Days within which rows arrive late. What changes further back is a new export, not a delay."""

REWRITTEN = 0.10
"""Share of older days with another number of rows from which the history was delivered anew."""

LATE = 0.01
"""Share of the rows of the days concerned: as for rows that cleaning refuses."""

LOST = (0.0001, 0.01)
"""Share of the rows known before that are gone. Orders do not unhappen: one in ten thousand deserves a question."""


@dataclass(frozen=True)
class Compared:
    """Rows by day then and now, for the days that the earlier run covered; place 0 is its last day."""

    then: NDArray[np.int64]
    now: NDArray[np.int64]

    @property
    def late(self) -> NDArray[np.int64]:
        """Rows that came later, by days before the earlier run's last."""
        return np.asarray(np.maximum(self.now - self.then, 0))

    @property
    def gone(self) -> NDArray[np.int64]:
        """Rows that are no longer there."""
        return np.asarray(np.maximum(self.then - self.now, 0))


def by_day(lines: ir.Table) -> ir.Table:
    """Count lines of sale by day."""
    sales = lines.filter(lines.kind == "sale").mutate(day=lines.ordered_at.date())
    return sales.group_by("day").aggregate(rows=sales.count())


def late_rows(look: Look) -> list[Finding]:
    """Say how many rows came late and how late, which day is safe, and what has gone."""
    if look.before is None:
        return []
    came = arrays(by_day(look.before))
    if not len(came["day"]):
        return []
    then = dict(zip(came["day"].astype("datetime64[D]").astype(np.int64).tolist(), came["rows"].tolist(), strict=True))
    now: dict[int, int] = {}
    for day, rows in zip(look.hours.day.tolist(), look.hours.lines.tolist(), strict=True):
        now[day] = now.get(day, 0) + rows
    compared = compare(then, now)
    return [*_late(compared, look.as_of), *_gone(compared)]


def compare(then: dict[int, int], now: dict[int, int]) -> Compared:
    """Line up the days that the earlier run covered, the last first."""
    last = max(then)
    # Days before the earlier run's first are history that was added, and no delay.
    days = range(last, min(then) - 1, -1)
    return Compared(
        np.array([then.get(day, 0) for day in days], dtype=np.int64),
        np.array([now.get(day, 0) for day in days], dtype=np.int64),
    )


def delay(compared: Compared) -> int:
    """Return how many days before the last one are complete: the first from which on all lack less than a hundredth."""
    recent = slice(0, USUAL)
    missing = compared.late[recent] / np.maximum(compared.now[recent], 1)
    unfinished = np.flatnonzero(missing > COMPLETE)
    return int(unfinished[-1]) + 1 if len(unfinished) else 0


def rewritten(compared: Compared) -> bool:
    """Tell whether days too old for a delay changed, too: the history was delivered anew."""
    old = (compared.now != compared.then)[USUAL:]
    return bool(len(old)) and float(old.mean()) > REWRITTEN


def _late(compared: Compared, as_of: date) -> list[Finding]:
    rows = int(compared.late.sum())
    if not rows:
        return []
    days = np.flatnonzero(compared.late)
    share = rows / compared.now[days].sum()
    facts = {
        "days": number(len(days)),
        "late_share": percent(share, digits=1),
        "longest": number(int(days[-1])),
        "wait": number(delay(compared)),
        "safe": (as_of - timedelta(days=delay(compared))).isoformat(),
    }
    if rewritten(compared):
        return [Finding("order_lines", "history_grew", "flagged", rows, "warning", facts)]
    # Lateness passes by itself, so it is never an error; the days concerned are few, and the newest.
    return [Finding("order_lines", "late_rows", "flagged", rows, "warning" if share >= LATE else "info", facts)]


def _gone(compared: Compared) -> list[Finding]:
    rows = int(compared.gone.sum())
    if not rows:
        return []
    share = rows / compared.then.sum()
    facts = {
        "days": number(int((compared.gone > 0).sum())),
        "gone_share": part(share),
    }
    return [Finding("order_lines", "rows_gone", "flagged", rows, weigh(share, LOST), facts)]
