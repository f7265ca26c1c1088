"""What can be foretold of a customer, and whom it can be foretold of.

One entry a target: who may do it at all, who did it within the horizon, and who did it in the equal period before (the
naive forecast). Anonymous visitors become a population of their own as soon as visits are put together to sessions:
`converts` then asks them as it asks prospects now.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

QUANTILE = 0.75
"""Of what those spend who buy at all: above it stands who `spends`, where the settings name no amount."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is known of each row: features, what came (`what_came`), and the terms of the question."""

    features: Mapping[str, Floats]
    came: Mapping[str, Floats]
    horizon: int
    above: float = math.nan
    lapse_factor: float = math.nan

    @property
    def lapse_after(self) -> Floats:
        """Days of silence after which each customer counts as lapsed, by her own rhythm as known on the day."""
        return self.features["expected_interval_days"] * self.lapse_factor


@dataclass(frozen=True, kw_only=True)
class Target:
    """One target.

    Parameters
    ----------
    name : str
        One word.
    needs : str
        The table without which nothing is known of it; empty where orders are enough.
    population : callable
        Who may do it.
    did, did_before : callable
        Who did it within the horizon, and in the equal period before.
    """

    name: str
    needs: str = ""
    population: Callable[[Seen], Flags] = lambda seen: np.ones(len(seen.came["bought"]), dtype=np.bool_)
    did: Callable[[Seen], Flags]
    did_before: Callable[[Seen], Flags]


def lapsed(seen: Seen) -> Flags:
    """Tell who has been silent for longer than she ever is, on the last day of the horizon."""
    last = seen.came["last_ahead"]
    silent = np.where(last > 0, seen.horizon - last, seen.features["days_since_last"] + seen.horizon)
    return np.asarray(silent > seen.lapse_after)


def spent_above(amounts: Floats) -> float:
    """Return the amount that a quarter of those exceed who spent anything, with two digits; 0 where nobody did.

    Examples
    --------
    >>> spent_above(np.array([0.0, 0.0, 10.0, 20.0, 30.0, 47.3]))
    34.0
    """
    spent = amounts[amounts > 0]
    if not len(spent):
        return 0.0
    amount = float(np.quantile(spent, QUANTILE))
    return round(amount, 1 - math.floor(math.log10(amount))) if amount > 0 else 0.0


TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        Target(
            name="buys",
            did=lambda seen: seen.came["bought"] > 0,
            did_before=lambda seen: seen.came["previous_bought"] > 0,
        ),
        Target(
            name="lapses",
            population=lambda seen: seen.features["days_since_last"] <= seen.lapse_after,
            did=lapsed,
            # Nobody here has lapsed before; who was silent throughout is the next thing to it.
            did_before=lambda seen: seen.came["previous_bought"] == 0,
        ),
        Target(
            name="spends",
            did=lambda seen: seen.came["amount"] > seen.above,
            did_before=lambda seen: seen.came["previous_amount"] > seen.above,
        ),
        Target(
            name="needs_support",
            needs="raw_tickets",
            did=lambda seen: seen.came["tickets"] > 0,
            did_before=lambda seen: seen.came["previous_tickets"] > 0,
        ),
        Target(
            name="returns",
            did=lambda seen: seen.came["came_back"] > 0,
            did_before=lambda seen: seen.came["previous_came_back"] > 0,
        ),
        Target(
            name="converts",
            needs="raw_prospects",
            did=lambda seen: seen.came["converted"] > 0,
            did_before=lambda seen: np.zeros(len(seen.came["converted"]), dtype=np.bool_),  # nobody converts twice
            population=lambda seen: np.ones(len(seen.came["converted"]), dtype=np.bool_),
        ),
    )
}
"""By name; the names are those of contracts.propensity.PROPENSITY_TARGETS."""
