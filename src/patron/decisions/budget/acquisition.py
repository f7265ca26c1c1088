"""What would more, or less, money spent on winning customers bring? A curve for each channel.

What a channel wins with S is W (S / S0)^b, where W is what it won with the present spend S0 and b, the bend, is by how
many per cent customers won grow with one per cent of spend. The bend is told by the months: the slope of log customers
on log spend, weighed by their errors against a prior. Spend that follows demand makes the slope too steep, which is
one reason why the prior weighs as much as it does; the other is that most channels' spend hardly moves.

Ref  Sethuraman, Tellis & Briesch (2011), How well does advertising work? Journal of Marketing Research 48(3):
     elasticities well below 1, so that returns diminish
     Gelman & Hill (2007), Data Analysis Using Regression and Multilevel Models, chapter 12: a slope and its prior
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PRIOR, PRIOR_ERROR = 0.6, 0.15
"""Of the bend, before the months are looked at: between nothing more for more money and twice as much for twice."""

LEAST_BEND, MOST_BEND = 0.05, 0.95

LEAST_MONTHS = 6
"""With spend, from which a slope is read."""

MOST = 2.0
"""How many times the present spend the curve is believed: nobody has seen what lies beyond."""

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
"""Of the present spend, at which the curve is told."""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """What one channel wins.

    ``spend`` and ``won``: of a season; ``worth``: what one customer won is worth, in margin; ``evidence`` of the bend.
    """

    channel: str
    spend: float
    won: float
    worth: float
    bend: float
    evidence: str

    def customers(self, spend: float) -> float:
        """Return how many customers so much money wins."""
        return float(self.won * (spend / self.spend) ** self.bend) if spend > 0 else 0.0

    def value(self, spend: float, *, season: float = 1.0) -> float:
        """Return what they are worth, less the money; `season` times as many come for the same money."""
        return self.customers(spend) * self.worth * season - spend

    def price(self, spend: float, *, season: float = 1.0) -> float:
        """Return what the next unit of money brings, less itself."""
        share = max(spend / self.spend, 1e-9)
        return float(self.bend * self.won * self.worth * season / self.spend * share ** (self.bend - 1)) - 1.0

    def spend_at(self, price: float, *, season: float = 1.0) -> float:
        """Return the spend whose last unit of money brings `price`, not beyond `MOST` times the present one."""
        first = self.bend * self.won * self.worth * season / self.spend
        if first <= 0:
            return 0.0
        return self.spend * min(float(((1.0 + price) / first) ** (1.0 / (self.bend - 1.0))), MOST)


def curves(
    acquisition: Iterable[Mapping[str, Any]],
    channels: Iterable[Mapping[str, Any]],
    *,
    months: tuple[str, ...],
    season_days: int,
) -> list[Curve]:
    """Return the curve of each channel whose spend in the last season, and what it won, are known.

    Parameters
    ----------
    acquisition : rows
        `ACQUISITION` of everybody: by channel and cohort.
    channels : rows
        `CHANNELS` of everybody in the latest period, by which credit is turned into what was caused, where a test or a
        mix model tells it.
    months : tuple of str
        Whole months of the last season, as cohorts are named.
    season_days : int
        How long a season is: months count for so many days.
    """
    rows = list(acquisition)
    caused = {row["channel"]: row for row in channels}
    found = []
    for channel in sorted({row["channel"] for row in rows} - {"all", "none"}):
        mine = [row for row in rows if row["channel"] == channel]
        curve = _curve(channel, mine, caused.get(channel, {}), months, season_days)
        if curve is not None:
            found.append(curve)
    return found


def _curve(
    channel: str, rows: list[Mapping[str, Any]], caused: Mapping[str, Any], months: tuple[str, ...], season_days: int
) -> Curve | None:
    lately = [row for row in rows if row["cohort"] in months]
    every = next((row for row in rows if row["cohort"] == "all"), None)
    spend = sum(float(row["spend"] or 0) for row in lately)
    if every is None or every["ltv"] is None or spend <= 0:
        return None
    scale = season_days / (30.0 * len(months))
    bend, weight = bend_of([row for row in rows if row["cohort"] != "all"])
    part, source = _share_caused(caused)
    by_test = source == "measured" and weight >= 0.5
    return Curve(
        channel=channel, spend=spend * scale, won=sum(row["won"] for row in lately) * scale * part,
        worth=float(every["ltv"]), bend=bend, evidence="modelled" if weight >= 0.5 or by_test else "assumed",
    )  # fmt: skip


def _share_caused(row: Mapping[str, Any]) -> tuple[float, str]:
    """Return which part of what is credited to a channel it caused; all of it where nothing tells."""
    caused, credited = row.get("incremental_roi"), row.get("roi")
    if caused is None or credited is None or credited <= -1 or row.get("evidence") == "assumed":
        return 1.0, "assumed"
    return float(np.clip((1 + caused) / (1 + credited), 0.0, 1.5)), str(row["evidence"])


def bend_of(months: Iterable[Mapping[str, Any]]) -> tuple[float, float]:
    """Return the bend by months of spend and customers won, and the weight that the months have against the prior.

    Examples
    --------
    >>> bend, weight = bend_of([{"spend": 100.0 * 2**k, "won": 10.0 * 2 ** (0.4 * k)} for k in range(8)])
    >>> round(bend, 2), weight > 0.9
    (0.41, True)
    """
    told = [(float(row["spend"]), float(row["won"])) for row in months if row["spend"] is not None and row["spend"] > 0]
    if len(told) < LEAST_MONTHS:
        return PRIOR, 0.0
    spend, won = np.log([one[0] for one in told]), np.array([one[1] for one in told])
    x, y = spend - spend.mean(), np.log(won + 0.5)
    across = float(x @ x)
    if across < 1e-9:
        return PRIOR, 0.0
    slope = float(x @ y) / across
    rest = y - y.mean() - slope * x
    noise = max(float(rest @ rest) / (len(told) - 2), float(np.mean(1.0 / (won + 0.5))))
    weight = PRIOR_ERROR**2 / (PRIOR_ERROR**2 + noise / across)
    return float(np.clip(weight * slope + (1 - weight) * PRIOR, LEAST_BEND, MOST_BEND)), weight
