"""What do past triggers lead to expect of a new trigger's options?

The effect of an option in a new trigger is like that of the same option elsewhere: most like in triggers on signals of
the same family, then in those by the same channel, then in any. How much each counts is learned from how well they
foretold each other so far; where nothing carries over, the variances of likeness go to nought and the prior is that of
a trigger without a past.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from patron.decisions.learning.message_parts import MAIN
from patron.decisions.learning.option_prior import VARIANCE, OptionPrior
from patron.stats.likeness import Alike, like_value, like_variances

WAYS = ("any", "channel", "family", "trigger")
"""In what triggers may be alike: all of them; by channel; by the family of their signal; not at all, but oneself."""

SHARES = np.array([0.15, 0.15, 0.35, 0.35])
"""How an option's variance is split over these ways where nothing is known."""


@dataclass(frozen=True, kw_only=True)
class PastEffect:
    """What one trigger's own messages tell of one option, in log odds against the mean of its part's options."""

    trigger: str
    family: str
    channel: str
    part: str
    option: str
    effect: float
    variance: float


def learned_prior(past: Sequence[PastEffect], *, family: str, channel: str) -> OptionPrior | None:
    """Return what past triggers lead to expect; none without a past trigger.

    Parameters
    ----------
    past : sequence of PastEffect
        Of other triggers than the new one.
    family, channel : str
        Of the new trigger's signal, and by what it is sent.

    Examples
    --------
    >>> past = [PastEffect(trigger=name, family="cart", channel="email", part="offer", option=option,
    ...                    effect=effect, variance=0.01)
    ...         for name in ("cart_1", "cart_2") for option, effect in (("none", -0.3), ("gift", 0.3))]
    >>> prior = learned_prior(past, family="cart", channel="email")
    >>> {option: round(mean, 1) for (_, option), mean in prior.mean.items()}
    {'none': -0.2, 'gift': 0.2}
    """
    if not past:
        return None
    numbers = {way: {name: place for place, name in enumerate(sorted(names))} for way, names in _names(past).items()}
    kinds: dict[tuple[str, str], Alike] = {}
    for key in dict.fromkeys((one.part, one.option) for one in past):
        own = [one for one in past if (one.part, one.option) == key]
        kinds[key] = Alike(
            estimate=np.array([one.effect for one in own]),
            variance=np.array([one.variance for one in own]),
            labels=np.array(
                [
                    (0, numbers["channel"][one.channel], numbers["family"][one.family], numbers["trigger"][one.trigger])
                    for one in own
                ]
            ),
        )
    variances = like_variances(list(kinds.values()), prior=SHARES * VARIANCE[MAIN])
    new = np.array([0, numbers["channel"].get(channel, -1), numbers["family"].get(family, -1), -1])
    found = {key: like_value(kind, new, variances) for key, kind in kinds.items()}
    return OptionPrior(
        mean={key: mean for key, (mean, _) in found.items()},
        variance={key: left for key, (_, left) in found.items()},
        triggers={key: len(kind.estimate) for key, kind in kinds.items()},
        weight=dict(zip(WAYS, (variances / variances.sum()).tolist(), strict=True)),
    )


def _names(past: Sequence[PastEffect]) -> dict[str, set[str]]:
    return {
        "channel": {one.channel for one in past},
        "family": {one.family for one in past},
        "trigger": {one.trigger for one in past},
    }
