"""What would other rules of choosing have brought? Read off what was drawn, with the chance of each choice.

In   logged decisions: what was chosen, with which chances, for whom, and whether it was clicked (or ordered)
Out  a row for each placement and rule: the share of decisions that would have been answered, with its interval

Ref  `patron.stats.policy_value`
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patron.stats.difference import NotEnough
from patron.stats.policy_value import policy_value

Floats = NDArray[np.float64]

RULES = ("drawn", "best", "even")
"""As it was done; always the likeliest choice; each choice alike."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a rule would have brought in one placement; no value where too little was seen, and `finding` says why."""

    placement: str
    rule: str
    decisions: int
    people: int
    value: float | None = None  # share of decisions that were answered
    low: float | None = None  # of its 95 % interval
    high: float | None = None
    finding: str = "read"  # or too_few, no_spread


def read_choices(rows: Iterable[Mapping[str, Any]]) -> list[Reading]:
    """Return what each rule would have brought in each placement.

    Parameters
    ----------
    rows : iterable of mapping
        ``placement, person, choice, shares, answered``: whose decision it was, what was chosen, the chance of each
        choice by its name, and whether it was answered. Decisions of one choice tell nothing and are left out.
    """
    by_placement: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if len(row["shares"]) > 1 and row["choice"] in row["shares"]:
            by_placement.setdefault(row["placement"], []).append(row)
    return [one for name, own in sorted(by_placement.items()) for one in _of_placement(name, own)]


def _of_placement(name: str, rows: list[Mapping[str, Any]]) -> list[Reading]:
    ordered = [_likeliest_first(row["shares"]) for row in rows]
    most = max(map(len, ordered))
    chance, even, best = (np.zeros((len(rows), most)) for _ in range(3))
    for at, (row, names) in enumerate(zip(rows, ordered, strict=True)):
        chance[at, : len(names)] = [row["shares"][one] for one in names]
        even[at, : len(names)] = 1 / len(names)
    best[:, 0] = 1.0
    chance /= chance.sum(axis=1, keepdims=True)
    got = np.array([names.index(row["choice"]) for row, names in zip(rows, ordered, strict=True)])
    came = np.array([float(row["answered"]) for row in rows])
    people = np.unique([str(row["person"]) for row in rows], return_inverse=True)[1]
    rules = dict(zip(RULES, (chance, best, even), strict=True))
    return [_read(name, rule, policy, got, came, chance, people) for rule, policy in rules.items()]


def _likeliest_first(shares: Mapping[str, float]) -> list[str]:
    return sorted(shares, key=lambda one: (-shares[one], one))


def _read(
    name: str, rule: str, policy: Floats, got: NDArray[Any], came: Floats, chance: Floats, people: NDArray[Any]
) -> Reading:
    bare = Reading(placement=name, rule=rule, decisions=len(got), people=len(np.unique(people)))
    found = policy_value(policy, got, came, chance, predicted=0.0, clusters=people)
    if isinstance(found, NotEnough):
        return replace(bare, finding=found.reason)
    low, high = (float(np.clip(end, 0.0, 1.0)) for end in (found.low, found.high))
    return replace(bare, value=float(np.clip(found.value, 0.0, 1.0)), low=low, high=high)
