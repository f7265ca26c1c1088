"""The mean of a coefficient over parts and over repeated splits of the same people, with one interval.

One split says little: coefficients of two halves differ by more than those of two methods. Their spread over splits is
no error of the mean either, because all splits hold the same people. Here each person's influence is averaged over the
parts that she was tested in, and the variance is that over people.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patron.errors import ArgumentError
from patron.language import failure
from patron.stats.uplift_area import Coefficient, interval
from patron.stats.uplift_ranking import NoRanking


def coefficient_mean(
    found: Sequence[Coefficient], people: Sequence[NDArray[Any]], *, level: float = 0.95
) -> Coefficient | NoRanking:
    """Return the mean of coefficients of parts of the same people.

    Parameters
    ----------
    found : sequence of Coefficient
        Of one definition, each of scores that were learned without the people of its part.
    people : sequence of array
        Who was in each part, in the order of its arrays: places of people, or True for those who were (in their order).
    level : float
        How often intervals made this way hold the truth, which is the mean coefficient of such scores.

    Raises
    ------
    ArgumentError
        No coefficients, several definitions, or people who are not as many as a coefficient's.
    """
    places = [np.flatnonzero(who) if who.dtype == np.bool_ else who for who in map(np.asarray, people)]
    names = {one.definition for one in found}
    fits = len(places) == len(found) and all(
        len(who) == len(one.influence) for who, one in zip(places, found, strict=False)
    )
    if len(names) != 1 or not fits:
        raise failure(
            ArgumentError, "targeting.parts", argument="found", came=len(found), definitions=len(names),
            parts=len(places),
        )  # fmt: skip
    influence = np.zeros(1 + max(int(who.max()) for who in places))
    for who, one in zip(places, found, strict=True):
        np.add.at(influence, who, one.influence / len(found))
    return interval(names.pop(), float(np.mean([one.value for one in found])), influence, level)
