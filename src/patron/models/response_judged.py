"""What would sending by the model bring, told by people whom it had not seen?

In   what models of one half say of the other half, and the doubly robust scores there
Out  the gain per person, against nobody and against everybody, each with its interval

The interval is wide: it is a check that targeting pays at all, and no means to choose among learners that are close.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.models.response_groups import best_action
from patron.stats.policy_value import PolicyValue, policy_difference, policy_value

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Gain:
    """Money per person, with its 95 % interval; none where nobody got what the rule would have chosen."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Three rules on people who were held out: by the model, the best action for everybody, and their difference.

    `people` were judged, `share` of them is sent something by the model, `everybody` is what `action` brings when all
    get it. All are gains over sending nothing, net of costs.
    """

    people: int
    share: float
    action: str
    targeted: Gain | None
    everybody: Gain | None
    against_everybody: Gain | None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What came of each person, in money: the arm, the outcome, the chances, and what was foretold of each arm."""

    arm: Ints
    outcome: Floats
    chances: Floats
    expected: Floats


def judge(seen: Seen, effects: Floats, costs: Floats, *, actions: tuple[str, ...]) -> HeldOut:
    """Judge what a model says of people whom it has not seen.

    Parameters
    ----------
    seen : Seen
        The people.
    effects : array of shape (people, actions)
        What the model says each action changes, in money.
    costs : array, one an action
        In money.
    actions : tuple of str
        Their names.
    """
    chosen = best_action(effects - costs)
    rules = [np.full(len(chosen), place) for place in range(len(actions) + 1)]
    nobody, *single = (_value(rule, seen, costs) for rule in rules)
    best = max(range(len(single)), key=lambda place: _level(single[place]))
    targeted = _value(chosen, seen, costs)
    return HeldOut(
        people=len(chosen),
        share=float((chosen > 0).mean()),
        action=actions[best],
        targeted=_gain(targeted, nobody),
        everybody=_gain(single[best], nobody),
        against_everybody=_gain(targeted, single[best]),
    )


def _value(rule: Ints, seen: Seen, costs: Floats) -> PolicyValue | None:
    found = policy_value(
        rule, seen.arm, seen.outcome, seen.chances, predicted=seen.expected, cost=np.append(0.0, costs)
    )
    return found if isinstance(found, PolicyValue) else None


def _level(found: PolicyValue | None) -> float:
    return -np.inf if found is None else found.value


def _gain(first: PolicyValue | None, second: PolicyValue | None) -> Gain | None:
    """Return how much more one rule brings; none where they choose alike."""
    if first is None or second is None:
        return None
    found = policy_difference(first, second)
    if not isinstance(found, PolicyValue):
        return None
    return Gain(value=found.value, low=found.low, high=found.high)
