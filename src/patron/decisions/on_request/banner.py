"""Which of a page's own banners is shown? Drawn with the chance that each is the best, by what was clicked so far.

Of the rate of clicks of each option nothing is known before (uniform); the chance of being the best is counted over
draws from what the counts leave of it. A share of all choices is spread evenly, so that each option stays readable.

Ref  Thompson (1933), Biometrika 25, 285-294; Chapelle & Li (2011), An empirical evaluation of Thompson sampling, NIPS
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from patron.decisions.learning.message_plan import message_plan
from patron.decisions.on_request.asked import Given, nothing
from patron.decisions.on_request.chances import Chooser

DRAWS = 2_000
SEED = 11
"""The same counts give the same chances."""


def banner_shares(options: Sequence[str], counts: Mapping[str, tuple[int, int]], *, floor: float) -> dict[str, float]:
    """Return the chance of each option.

    Parameters
    ----------
    options : sequence of str
        Their names, each once.
    counts : mapping of str to (int, int)
        How often each was shown, and clicked.
    floor : float
        Share that is spread evenly.
    """
    shown, clicked = np.array([counts.get(name, (0, 0)) for name in options], dtype=np.float64).T
    missed = np.maximum(shown - clicked, 0.0)
    draws = np.random.default_rng(SEED).beta(1 + clicked, 1 + missed, size=(DRAWS, 1, len(options)))
    found = message_plan(draws, worth=np.ones(len(options)), floor=floor).share[0]
    return dict(zip(options, found.tolist(), strict=True))


def banner(shares: Mapping[str, float], chooser: Chooser) -> Given:
    """Return the banner of a placement, drawn with the chances of `banner_shares`."""
    if not shares:
        return nothing("no_options")
    choice = chooser.among(shares)
    return Given(outcome="given", reason="banner", choice=choice, propensity=shares[choice], shares=dict(shares))
