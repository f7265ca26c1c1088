"""Who was a customer before the data begin?

Nobody can be seen before, so it is a chance: the share of those first seen in a week who are above the number that is
new in such a week later on.
"""

from __future__ import annotations

import numpy as np

from patron.models.patterns import Patterns
from patron.stats.arrivals import Floats, chance_of_earlier


def began_before(patterns: Patterns) -> Floats:
    """Return the chance that the customers of each pattern bought before the first day of the data.

    Parameters
    ----------
    patterns : Patterns
        With `T` in whole days; the longest T is the first day.
    """
    days = (patterns["T"].max() - patterns["T"]).astype(np.int64)
    size = int(patterns["T"].max()) + 1
    new = np.bincount(days, patterns.customers, minlength=size).astype(np.int64)
    chance: Floats = chance_of_earlier(new)[days]
    return chance
