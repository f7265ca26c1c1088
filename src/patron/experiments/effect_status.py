"""May an experiment be read, and what has to be minded when it is?

Ref  Lindon & Malek (2022), NeurIPS 35: sizes that are looked at more than once
     Fabijan et al. (2019), KDD '19, 2156-2164: what sample ratio mismatch does to a reading
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from patron.experiments.plans import Plan
from patron.experiments.unit_counts import ASKED, NOBODY, ArmCount
from patron.stats.difference import SMALLEST_ARM
from patron.stats.sample_ratio import ALARM, sample_ratio
from patron.stats.sequential_ratio import sequential_ratio

MOST_MIXED = 0.05
"""Share of the units that may have been in two arms; more, and what an arm saw is a mixture."""

SAME_CHANCE = 1e-6

SHARES_TOGETHER = 0.01
"""By how much shares may miss 1 together, as rounding writes them."""

Arms = Mapping[str, ArmCount]


def ratio_p(arms: Arms, plan: Plan) -> float | None:
    """Return the chance of arms so unequal by luck; none where no shares are known, or too few were drawn to judge.

    The shares are those that were planned, else the chances that the assignments carry.
    """
    shares = _shares(arms, plan)
    planned = {name: share for name, share in shares.items() if share > 0}
    sizes = {name: arms.get(name, NOBODY).drawn_units for name in shares}
    if any(sizes[name] for name in sizes if name not in planned):
        return 0.0  # customers in an arm that was to have none
    if len(planned) < 2:
        return None
    counts, wanted = [sizes[name] for name in planned], list(planned.values())
    if plan.method == "sequential":  # looked at again and again while people arrive
        return sequential_ratio(counts, wanted)
    found = sample_ratio(counts, wanted)
    return found if isinstance(found, float) else None


def _shares(arms: Arms, plan: Plan) -> dict[str, float]:
    """Return the share of each arm, together 1; nothing where they are not known of all arms."""
    shares = dict(plan.shares) or {
        name: arm.chances / arm.drawn_units for name, arm in arms.items() if arm.least_chance is not None
    }
    whole = sum(shares.values())
    if not set(arms) <= set(shares) or abs(whole - 1) > SHARES_TOGETHER:
        return {}
    return {name: share / whole for name, share in shares.items()}


def refusal(arms: Arms, plan: Plan, *, as_of: date, ratio: float | None) -> str | None:
    """Return why no arm of an experiment may be read; none when they may."""
    drawn = [arm for arm in arms.values() if arm.drawn]
    first, last = min(arm.assigned_on for arm in drawn), max(arm.last_day for arm in drawn)
    chances = [arm for arm in drawn if arm.least_chance is not None and arm.most_chance is not None]
    reasons = {
        "too_early": as_of <= first,
        "assigned_late": last <= first,
        "no_control": not arms.get(plan.control, NOBODY).drawn,
        "empty_arm": len(drawn) < 2,
        "two_arms": any(share > MOST_MIXED for share in _mixed(drawn)),
        "uneven_chances": any((arm.most_chance or 0) - (arm.least_chance or 0) > SAME_CHANCE for arm in chances),
        "sample_ratio": ratio is not None and ratio < ALARM,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _mixed(arms: list[ArmCount]) -> tuple[float, float]:
    """Return the share of the units, and of the customers, who were in another arm, too."""
    return (
        sum(arm.mixed for arm in arms) / sum(arm.drawn_units for arm in arms),
        sum(arm.contaminated for arm in arms) / sum(arm.drawn for arm in arms),
    )


def arm_refusal(arm: ArmCount, control: ArmCount, metric: str) -> str | None:
    """Return why a metric of one arm, or of one segment of it, may not be read; none when it may."""
    if not arm.drawn:
        return "empty_arm"
    return "too_few" if min(counted(arm, metric), counted(control, metric)) < SMALLEST_ARM else None


def counted(arm: ArmCount, metric: str) -> int:
    """Return the units of an arm that tell a metric: of what is asked, those who answered."""
    return int(getattr(arm, metric)) if metric in ASKED else arm.units
