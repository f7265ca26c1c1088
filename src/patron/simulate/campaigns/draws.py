"""Who is drawn into which arm: the global hold-out, that of a programme, and each campaign among those left.

The draw is by person, so that two records of one person never stand in two arms, or by household. It looks at nothing
else: whatever sets the arms apart afterwards is chance or the campaign.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.simulate.campaigns.plans import BEFORE, CONTROL, HELD_BACK, TREATED, WINDOW, Plan
from patron.simulate.campaigns.reach import Base

Ints = NDArray[np.int64]

HOLDOUT = (CONTROL, TREATED)


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawn:
    """Who was put into which arm of one experiment."""

    name: str
    programme: str | None
    arms: tuple[str, ...]
    shares: tuple[float, ...]
    costs: tuple[int, ...]  # of one customer of each arm, in hundredths of a cent
    day: int
    who: Ints  # places in the base
    arm: Ints  # place in `arms`
    days: int | None = None  # how long its outcome counts; a hold-out goes on
    by_household: bool = False


def hold_out(
    rng: np.random.Generator, base: Base, who: Ints, *, name: str, programme: str | None, last: int
) -> Drawn:  # fmt: skip
    """Draw a hold-out from `who`; `last` is the shop's last day."""
    shares = (HELD_BACK, 1 - HELD_BACK)
    arm = _by(rng, base.person, who, shares)
    return Drawn(
        name=name, programme=programme, arms=HOLDOUT, shares=shares, costs=(0, 0), day=last - BEFORE, who=who, arm=arm
    )


def draw(rng: np.random.Generator, base: Base, who: Ints, *, plan: Plan, last: int) -> Drawn:
    """Draw the arms of a campaign."""
    shares = tuple(arm.share for arm in plan.arms)
    unit = base.household if plan.by_household else base.person
    return Drawn(
        name=plan.name, programme=plan.programme, arms=tuple(arm.name for arm in plan.arms), shares=shares,
        costs=tuple(arm.cost for arm in plan.arms), day=last - plan.before, who=who, arm=_by(rng, unit, who, shares),
        days=WINDOW, by_household=plan.by_household,
    )  # fmt: skip


def _by(rng: np.random.Generator, unit: Ints, who: Ints, shares: tuple[float, ...]) -> Ints:
    """Draw one arm for each unit, whoever of it is there."""
    chance = rng.random(int(unit.max(initial=0)) + 1)
    return np.searchsorted(np.cumsum(shares)[:-1], chance[unit[who]], side="right")
