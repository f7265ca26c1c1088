"""After how many days of silence has a customer little chance to come any more?

The chance on day d is that of coming within the horizon after it, for who has not come by then: 1 - S(d + horizon) /
S(d), with S the Kaplan-Meier curve of the time from the anchor to the first outcome on a later day. The critical day is
the first one whose chance is below the threshold. Its interval holds the days whose own intervals hold the threshold,
as Brookmeyer and Crowley do for the median.

Ref  Brookmeyer & Crowley (1982), A confidence interval for the median survival time, Biometrics 38(1), 29-41
     van Houwelingen & Putter (2012), Dynamic Prediction in Clinical Survival Analysis, section 2.3
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.models.habit_counts import coded_events, from_anchors
from patron.stats.survival import Survival, interval, survival

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WATCHED = 30
"""So many silent customers must be watched to the end of the horizon for a day's chance to be told."""


@dataclass(frozen=True, kw_only=True)
class Silence:
    """How customers came after an anchor: by day from 1, how many came first then, and how many were last watched."""

    came: tuple[int, ...]
    lost: tuple[int, ...]
    customers: int

    @property
    def curve(self) -> Survival:
        """The Kaplan-Meier curve; step 0 is day 1."""
        return survival(self.came, self.lost)


@dataclass(frozen=True, kw_only=True)
class CriticalDay:
    """A critical day with its interval; None where the data do not tell."""

    day: int | None
    low: int | None
    high: int | None
    at_once: float
    silent: int


def chances(curve: Survival, horizon: int) -> tuple[Floats, Floats, Floats]:
    """Return, for each day from 0 that the data tell of, the chance to come within the horizon after it, with interval.

    Parameters
    ----------
    curve : Survival
        Of one group; step 0 is day 1.
    horizon : int
        Days ahead.
    """
    share = np.concatenate([[1.0], curve.survival])
    spread = np.concatenate([[0.0], curve.log_variance])
    told = max(int((curve.at_risk >= WATCHED).sum()) - horizon + 1, 0)
    now, then = slice(0, told), slice(horizon, horizon + told)
    stay = Survival(
        at_risk=curve.at_risk[now], events=curve.events[now], survival=share[then] / share[now],
        log_variance=spread[then] - spread[now],
    )  # fmt: skip
    low, high = interval(stay)
    return stay.incidence, 1 - high, 1 - low


def critical_day(silence: Silence, *, threshold: float, horizon: int) -> CriticalDay:
    """Return the first day on which the chance to come is below the threshold.

    Examples
    --------
    >>> quiet = Silence(came=(50, 10, 1, 0), lost=(0, 0, 0, 939), customers=1_000)
    >>> critical_day(quiet, threshold=0.01, horizon=2).day
    2
    """
    curve = silence.curve
    chance, low, high = chances(curve, horizon)
    day, first, last = (_first_below(line, threshold) for line in (chance, low, high))
    silent = int(curve.at_risk[day]) if day is not None else 0
    return CriticalDay(day=day, low=first, high=last, at_once=chance_at_once(silence, horizon), silent=silent)


def chance_at_once(silence: Silence, horizon: int) -> float:
    """Return the chance to come within the horizon after the anchor; 0 where nobody did, or too few were watched."""
    chance, _, _ = chances(silence.curve, horizon)
    return float(chance[0]) if len(chance) else 0.0


def _first_below(line: Floats, threshold: float) -> int | None:
    below = np.flatnonzero(line < threshold)
    return int(below[0]) if len(below) else None


def silences(
    dated: ir.Table, anchors: Sequence[str], outcomes: Sequence[str], *, as_of: date
) -> dict[tuple[str, str], Silence]:
    """Count, for each anchor that occurs and each outcome, the days from the one to the first of the other.

    Parameters
    ----------
    dated : Table, one row per event
        ``customer_id, day, event``, none later than `as_of`.
    anchors, outcomes : sequence of str
        Names of events; an outcome on the anchor's own day does not count.
    as_of : date
        The last day that customers were watched.
    """
    names = sorted({*anchors, *outcomes})
    coded = coded_events(dated, names)
    each = from_anchors(coded, [names.index(name) for name in anchors], as_of=as_of)
    found = {}
    for outcome in dict.fromkeys(outcomes):
        mine = (each.code == names.index(outcome)) & (each.offset > 0)
        firsts = each.group_by("who", "anchor").aggregate(first=each.offset.min(where=mine), watched=each.watched.max())
        came = firsts["first"].notnull()
        timed = firsts.select("anchor", came=came, time=came.ifelse(firsts["first"], firsts.watched))
        counted = timed.group_by("anchor", "time", "came").aggregate(customers=timed.count()).to_pyarrow()
        for name in dict.fromkeys(anchors):
            own = counted.filter(pc.equal(counted["anchor"], names.index(name)))
            if own.num_rows:
                found[name, outcome] = _silence(own)
    return found


def _silence(counted: pa.Table) -> Silence:
    days, customers = (counted[name].cast(pa.int64()).to_numpy() for name in ("time", "customers"))
    came = counted["came"].to_numpy(zero_copy_only=False).astype(np.bool_)
    size = int(days.max()) + 1 if len(days) else 1
    did, lost = (
        np.bincount(days[which], customers[which], minlength=size)[1:].astype(np.int64).tolist()
        for which in (came, ~came)
    )
    return Silence(came=tuple(did), lost=tuple(lost), customers=int(customers.sum()))
