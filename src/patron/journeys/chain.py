"""What is each step worth: how often does it lead where, and what does it bring in the end?

Journeys are taken as an absorbing Markov chain: what comes next depends on the step alone, and every journey ends. The
fundamental matrix tells how often each step will still be visited from each other one; with the money that a visit of
each step brings it tells what a journey that stands there will still bring, and what is lost by removing the step.

Ref  Kemeny & Snell (1976), Finite Markov Chains, 2nd ed., theorem 3.2.1 (N = (I - Q)^-1) and 3.3.7 (absorption)
     Anderl, Becker, von Wangenheim & Schumann (2016), Mapping the customer journey, International Journal of Research
     in Marketing 33(3), 457-474: the removal effect
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import stdtrit

from patron.errors import ArgumentError, NotEnoughData
from patron.journeys.edges import Edges
from patron.journeys.map import JourneyMap
from patron.journeys.moves import NOWHERE
from patron.language import did_you_mean, failure

Floats = NDArray[np.float64]


def step_values(drawn: JourneyMap, *, goal: str, level: float = 0.95) -> pa.Table:
    """Return what each step is worth on the way to a goal.

    Parameters
    ----------
    drawn : JourneyMap
        Of one segment; of several that of everybody counts.
    goal : str
        The step that is to be reached, such as ``order``.

    Returns
    -------
    Table, one row per step, that of most value first
        ``step``
        ``visits``   how often a journey comes to it, on average
        ``reach``    chance that a journey that stands there comes to the goal, now or later; with ``reach_low`` and
                     ``reach_high``, which allow for several steps of one person
        ``value``    money that a journey that stands there will still bring, with its interval
        ``steps``    steps still to be expected, itself included
        ``removal``  share of all journeys that reach the goal that would not, if all who come to the step dropped off

    Raises
    ------
    ArgumentError
        The map has no such step.
    NotEnoughData
        The map goes round without an end: no journey of it drops off.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from datetime import datetime
    >>> from patron.journeys import journey_map
    >>> seen = pa.table({
    ...     "customer_id": ["a", "a", "b", "b", "c"],
    ...     "event": ["cart", "order", "cart", "order", "cart"],
    ...     "at": [datetime(2024, 1, day) for day in (1, 2, 1, 3, 1)],
    ... })
    >>> worth = step_values(journey_map(seen), goal="order")
    >>> [(row["step"], round(row["reach"], 2), round(row["removal"], 2)) for row in worth.to_pylist()]
    [('cart', 0.67, 1.0), ('order', 1.0, 1.0)]
    """
    edges = drawn.only()
    if goal not in edges.names:
        raise failure(ArgumentError, "journeys.step", came=goal, hint=did_you_mean(goal, edges.names))
    aim = edges.names.index(goal)
    times, money = edges.times.sum(axis=1), edges.brought.sum(axis=1)
    chain = _chain(edges, times)
    whole = _worth(chain, _mean(edges, times, money), aim)
    parts = np.flatnonzero(edges.times.sum(axis=0) > 0)
    without = [
        _worth(_chain(edges, left), _mean(edges, left, money - edges.brought[:, part]), aim)
        for part, left in ((part, times - edges.times[:, part]) for part in parts)
    ]
    removal = _removal(chain, aim)
    order = np.lexsort((np.array(edges.names), -removal))
    found = {"step": pa.array([edges.names[place] for place in order]), "visits": whole.visits[order]}
    for name in ("reach", "value"):
        own = getattr(whole, name)
        spread = (np.stack([getattr(one, name) for one in without]) - own) ** 2
        half = _reach_of(len(parts), level) * np.sqrt((len(parts) - 1) / len(parts) * spread.sum(axis=0))
        top = 1.0 if name == "reach" else np.inf
        ends = {name: own, f"{name}_low": np.maximum(own - half, 0), f"{name}_high": np.minimum(own + half, top)}
        found |= {key: values[order] for key, values in ends.items()}
    return pa.table({**found, "steps": whole.ahead[order], "removal": removal[order]})


@dataclass(frozen=True, kw_only=True)
class _Chain:
    """Where journeys begin, and the chances to come from each step to each other."""

    begin: Floats
    chance: Floats


@dataclass(frozen=True, kw_only=True)
class _Worth:
    visits: Floats
    reach: Floats
    value: Floats
    ahead: Floats


def _chain(edges: Edges, times: Floats) -> _Chain:
    size = len(edges.names)
    counted = np.zeros((size, size + 1))  # the last column is the drop-off
    begun = np.zeros(size)
    start = edges.origin == NOWHERE
    np.add.at(begun, edges.to[start], times[start])
    np.add.at(counted, (edges.origin[~start], edges.to[~start]), times[~start])
    whole = counted.sum(axis=1, keepdims=True)
    chance = np.divide(counted, whole, out=np.zeros_like(counted), where=whole > 0)
    return _Chain(begin=begun / max(begun.sum(), 1.0), chance=chance[:, :size])


def _mean(edges: Edges, times: Floats, money: Floats) -> Floats:
    """Return what a visit of each step brings, in money."""
    inside = edges.origin != NOWHERE
    visits = np.bincount(edges.origin[inside], times[inside], len(edges.names))
    return np.divide(money / 100, visits, out=np.zeros_like(money), where=visits > 0)


def _worth(chain: _Chain, brings: Floats, aim: int) -> _Worth:
    fundamental = _inverse(np.eye(len(brings)) - chain.chance)
    return _Worth(
        visits=chain.begin @ fundamental, reach=_reach(chain.chance, aim), value=fundamental @ brings - brings,
        ahead=fundamental.sum(axis=1),
    )  # fmt: skip


def _reach(chance: Floats, aim: int) -> Floats:
    """Return from each step the chance to come to the aim, which absorbs."""
    inside, there = chance.copy(), np.zeros(len(chance))
    inside[aim], there[aim] = 0.0, 1.0
    return np.asarray(_inverse(np.eye(len(chance)) - inside) @ there)


def _removal(chain: _Chain, aim: int) -> Floats:
    """Return the share of the journeys to the aim that are lost if all who come to a step drop off there."""
    at_once, lost = float(chain.begin @ _reach(chain.chance, aim)), np.ones(len(chain.begin))
    for gone in range(len(lost)):
        if gone != aim and at_once:
            inside, begin = chain.chance.copy(), chain.begin.copy()
            inside[gone], begin[gone] = 0.0, 0.0
            lost[gone] = 1 - float(begin @ _reach(inside, aim)) / at_once
    return np.maximum(lost, 0.0)


def _reach_of(parts: int, level: float) -> float:
    return float(stdtrit(max(parts - 1, 1), (1 + level) / 2))


def _inverse(matrix: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.inv(matrix))
    except np.linalg.LinAlgError as error:
        raise failure(NotEnoughData, "journeys.endless") from error
