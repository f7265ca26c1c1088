"""How many customers does it take to see a difference of two shares?

Ref  Fleiss, Levin & Paik (2003), Statistical Methods for Rates and Proportions, 3rd ed., equation 4.14 (without the
     correction for continuity)
"""

from __future__ import annotations

import math

from scipy.special import ndtri

from patron.errors import ArgumentError
from patron.language import failure

MOST = 10**12
"""Customers in an arm beyond which a difference is called none."""


def customers_per_arm(base: float, changed: float, *, power: float = 0.8, level: float = 0.05) -> int:
    """Return how many customers each of two equal arms needs to tell one share from another.

    Parameters
    ----------
    base, changed : float
        The two shares, each from 0 to 1, not equal.
    power : float
        The chance to see the difference.
    level : float
        The chance to see one that is not there (two-sided).

    Raises
    ------
    ArgumentError
        A share, the power or the level cannot be, or the shares are equal.

    Examples
    --------
    >>> customers_per_arm(0.50, 0.75, power=0.9)
    77
    """
    _check(base, changed, power, level)
    if abs(base - changed) * math.sqrt(MOST) < 1:
        raise failure(ArgumentError, "survival.equal_shares", came=base)
    middle = (base + changed) / 2
    spread = float(ndtri(1 - level / 2)) * math.sqrt(2 * middle * (1 - middle))
    spread += float(ndtri(power)) * math.sqrt(base * (1 - base) + changed * (1 - changed))
    return math.ceil((spread / (base - changed)) ** 2)


def _check(base: float, changed: float, power: float, level: float) -> None:
    for name, value in (("base", base), ("changed", changed)):
        if not 0 <= value <= 1:
            raise failure(ArgumentError, "survival.share", argument=name, came=value)
    for name, value in (("power", power), ("level", level)):
        if not 0 < value < 1:
            raise failure(ArgumentError, "survival.open_share", argument=name, came=value)
