"""From counts to the edges of the map: shares and conversions with their intervals, times, and money.

In   `Tally`
Out  contracts.journey.JOURNEY_EDGES without the segment, and what `compare` and `chain` work with
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patron.contracts.journey import DROP_OFF, START
from patron.journeys.moves import CLUSTERS, NOWHERE
from patron.journeys.stake import Stake, stake
from patron.journeys.tally import ANYWHERE, SITUATIONS, Tally
from patron.stats.clustered_rate import Rates, clustered_rate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Edges:
    """The edges of one segment, in one order: `origin` and `to` are places in `names`, -1 for start and drop-off.

    ``times`` and ``trials`` are by edge and part of the people: how often the way was gone, and how often people were
    at its beginning; ``brought`` is by step and part, in cents. ``people`` went the way, ``at_people`` were at its
    beginning. ``came`` and ``journeys`` are the same of journeys that came to its end, at once or later.
    """

    names: tuple[str, ...]
    origin: Ints
    to: Ints
    times: Floats
    trials: Floats
    brought: Floats
    came: Floats
    journeys: Floats
    people: Floats
    at_people: Floats
    seconds: Floats
    stake: Stake | None
    share: Rates
    conversion: Rates

    def labels(self) -> list[tuple[str, str]]:
        """Return the names of the two ends of each edge."""
        return [
            (_name(self.names, a, START), _name(self.names, b, DROP_OFF))
            for a, b in zip(self.origin, self.to, strict=True)
        ]


def edges_of(tally: Tally, *, valued: bool) -> Edges:
    """Return the edges of one segment; without money where `valued` says that none is told."""
    ways, people = tally.ways, tally.people
    code = len(tally.names) + 1
    ways_only = np.flatnonzero(people["to"] != ANYWHERE)
    order = ways_only[np.lexsort((people["to"][ways_only], people["origin"][ways_only]))]
    origin, to = (people[name][order].astype(np.int64) for name in ("origin", "to"))
    keys = (origin + 1) * code + to + 1
    own = np.searchsorted(keys, (ways["step"] + 1) * code + ways["next"] + 1)
    started = ways["situation"] < 2 * SITUATIONS
    first = np.searchsorted(keys, ways["step"][started] + 1)
    times = _cells(own, ways["cluster"], ways["times"], len(keys))
    times += _cells(first, ways["cluster"][started], ways["times"][started], len(keys))
    trials = _whole(times, origin)
    came, journeys = _later(tally, origin, to)
    counted = people["people"][order]
    there = _there(tally, origin, counted)
    return Edges(
        names=tally.names, origin=origin, to=to, times=times, trials=trials, came=came, journeys=journeys,
        brought=_cells(ways["step"], ways["cluster"], ways["own_cents"], len(tally.names)),
        people=counted, at_people=there, seconds=people["seconds"][order],
        stake=_stakes(ways, own, len(keys), origin) if valued else None,
        share=_rates(times, trials, there), conversion=_rates(came, journeys, there),
    )  # fmt: skip


def rows_of(edges: Edges) -> list[Row]:
    """Return the edges as rows of JOURNEY_EDGES, without the segment."""
    columns = {
        "people": edges.people, "times": edges.times.sum(axis=1), "share": edges.share.rate,
        "share_low": edges.share.low, "share_high": edges.share.high, "conversion": edges.conversion.rate,
        "conversion_low": edges.conversion.low, "conversion_high": edges.conversion.high,
        "median_hours": np.where(edges.to == NOWHERE, np.nan, edges.seconds) / 3600,
    }  # fmt: skip
    rows: list[Row] = [
        {"from_step": origin, "to_step": to, **{name: _known(values[place]) for name, values in columns.items()}}
        for place, (origin, to) in enumerate(edges.labels())
    ]
    for place, row in enumerate(rows):
        row |= {"people": int(row["people"]), "times": int(row["times"]), "evidence": "assumed"}
        row |= _money(edges.stake, place)
    return rows


def _money(stakes: Stake | None, place: int) -> Row:
    if stakes is None or not np.isfinite(stakes.value[place]):
        return {"value_at_stake": None, "stake_low": None, "stake_high": None, "comparable": None}
    low, high = stakes.low[place], stakes.high[place]
    return {
        "value_at_stake": _cents(stakes.value[place]), "stake_low": _cents(low), "stake_high": _cents(high),
        "comparable": float(stakes.comparable[place]),
    }  # fmt: skip


def _cents(value: float) -> Decimal | None:
    return Decimal(round(value)).scaleb(-2) if np.isfinite(value) else None


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _name(names: tuple[str, ...], place: int, end: str) -> str:
    return end if place == NOWHERE else names[place]


def _cells(place: Ints, cluster: Ints, times: Ints, places: int) -> Floats:
    flat = np.bincount(place * CLUSTERS + cluster, times, places * CLUSTERS)
    return np.asarray(flat, dtype=np.float64).reshape(places, CLUSTERS)


def _whole(times: Floats, origin: Ints) -> Floats:
    """Return, for each edge, the sums over all edges from where it begins."""
    begins = np.flatnonzero(np.diff(origin, prepend=-2))  # they stand in the order of where they begin
    return np.repeat(np.add.reduceat(times, begins, axis=0), np.diff(begins, append=len(origin)), axis=0)


def _there(tally: Tally, origin: Ints, people: Floats) -> Floats:
    """Return how many people were at the beginning of each edge; at the start at least those of its widest way."""
    anywhere = tally.people["to"] == ANYWHERE
    at = dict(zip(tally.people["origin"][anywhere].tolist(), tally.people["people"][anywhere].tolist(), strict=True))
    at[NOWHERE] = float(people[origin == NOWHERE].max(initial=0.0))
    return np.array([at[place] for place in origin.tolist()])


def _later(tally: Tally, origin: Ints, to: Ints) -> tuple[Floats, Floats]:
    """Return in how many journeys the end of each edge came after its beginning, and how many had the beginning."""
    firsts, steps = tally.firsts, len(tally.names)
    names = ["began", "ended", "times"]
    names += [f"{part}_{place}" for part in ("later", "from_start") for place in range(steps)]
    cube = np.zeros((steps, CLUSTERS, len(names)))  # each step and part of the people is one row
    cube[firsts["step"], firsts["cluster"]] = np.stack([firsts[name] for name in names], axis=1)
    began, ended, had = (cube[:, :, place] for place in range(3))
    later = cube[:, :, 3 : 3 + steps].transpose(0, 2, 1)
    from_start = cube[:, :, 3 + steps :].transpose(0, 2, 1)
    # A journey comes to the step that it begins with, and to those that come later; not twice to one that is both.
    itself = from_start[np.arange(steps), np.arange(steps)]
    from_start = from_start.sum(axis=0) + began - itself
    came = np.where(
        (origin == NOWHERE)[:, None], from_start[to],
        np.where((to == NOWHERE)[:, None], ended[origin], later[origin, to]),
    )  # fmt: skip
    return came, np.where((origin == NOWHERE)[:, None], began.sum(axis=0), had[origin])


def _rates(deeds: Floats, trials: Floats, people: Floats) -> Rates:
    """Return the rates with intervals that know that the parts of the people differ."""
    parts = (trials > 0).sum(axis=1)
    return clustered_rate(
        deeds.sum(axis=1),
        trials.sum(axis=1),
        people=np.maximum(parts, people),
        squares=((deeds**2).sum(axis=1), (deeds * trials).sum(axis=1), (trials**2).sum(axis=1)),
    )


def _stakes(ways: dict[str, Ints], own: Ints, edges: int, origin: Ints) -> Stake:
    """Return the money of each edge; nothing is told of the edges from the start."""
    found = stake(ways, own, edges, CLUSTERS)
    unknown = origin == NOWHERE
    return Stake(
        value=np.where(unknown, np.nan, found.value),
        low=found.low,
        high=found.high,
        comparable=found.comparable,
        left_out=found.left_out,
    )
