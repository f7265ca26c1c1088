"""With which chance is each choice made? The best one mostly, and each of the others often enough to be learned from.

The chances are fixed before the draw, and the draw goes by a hash of the decision's own id: asked again with the same
id the same is given, and the chance of every choice that was ever made is known exactly.

Ref  Bottou et al. (2013), Counterfactual reasoning and learning systems, JMLR 14, 3207-3260: log the chances
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from patron.decisions.hash_space import DIGITS, place_of
from patron.errors import ArgumentError
from patron.language import failure

SALT = "decision"


def chances(options: Sequence[str], *, floor: float) -> dict[str, float]:
    """Return the chance of each option, the first of which is the best.

    Parameters
    ----------
    options : sequence of str
        The best first; names that come twice count once.
    floor : float
        Share of the choices that is spread evenly over all options, from 0 to 1.

    Raises
    ------
    ArgumentError
        The floor is none, or there is no option.

    Examples
    --------
    >>> chances(["a", "b"], floor=0.2)
    {'a': 0.9, 'b': 0.1}
    """
    names = list(dict.fromkeys(options))
    if not 0 <= floor <= 1:
        raise failure(ArgumentError, "on_request.floor", argument="floor", came=floor)
    if not names:
        raise failure(ArgumentError, "on_request.no_options", argument="options")
    even = floor / len(names)
    return {name: (1 - floor if name == names[0] else 0.0) + even for name in names}


@dataclass(frozen=True)
class Chooser:
    """Draws for one decision.

    Parameters
    ----------
    decision_id : str
        The decision's id.
    floor : float
        As of `chances`.
    """

    decision_id: str
    floor: float

    def among(self, shares: Mapping[str, float]) -> str:
        """Return one of the options, with the chances of `shares`.

        Examples
        --------
        >>> Chooser("d1", 0.1).among({"a": 0.5, "b": 0.5})
        'b'
        """
        place = int(place_of(self.decision_id, salt=SALT), 16) / 16**DIGITS * sum(shares.values())
        names = list(shares)
        for name, upto in zip(names, accumulate(shares.values()), strict=True):
            if place < upto:
                return name
        return names[-1]

    def best_of(self, options: Sequence[str]) -> tuple[str, dict[str, float]]:
        """Return one of the options, the first of which is the best, and the chance of each."""
        shares = chances(options, floor=self.floor)
        return self.among(shares), shares
