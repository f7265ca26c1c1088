"""How many customers does it take to see a difference of two shares, and which difference do so many customers show?

Ref  Fleiss, Levin & Paik (2003), Statistical Methods for Rates and Proportions, 3rd ed., equation 4.14 (without the
     correction for continuity)
     Bloom (1995), Minimum detectable effects, Evaluation Review 19(5), 547-556: the smallest effect as a multiple of
     the difference's standard error
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
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


def smallest_effect(
    customers: ArrayLike, spread: ArrayLike, *, holdout: float, power: float = 0.8, level: float = 0.05
) -> NDArray[np.float64]:
    """Return the smallest difference of two means that so many customers show, some of whom are held out.

    Parameters
    ----------
    customers : array of float
        Treated and held out together; infinite effects come of none.
    spread : array of float
        Standard deviation of one customer's value, in its unit; of a share p it is sqrt(p (1 - p)).
    holdout : float
        Share of the customers that is held out, above 0 and below 1.
    power, level : float
        As in `customers_per_arm`.

    Raises
    ------
    ArgumentError
        The hold-out, the power or the level cannot be.

    Examples
    --------
    >>> round(float(smallest_effect(1_000, 0.5, holdout=0.2)), 3)  # eleven points about one half
    0.111
    """
    _check_open(holdout=holdout, power=power, level=level)
    many, width = np.asarray(customers, dtype=np.float64), np.asarray(spread, dtype=np.float64)
    errors = float(ndtri(1 - level / 2) + ndtri(power))
    with np.errstate(divide="ignore"):
        return np.asarray(errors * width / np.sqrt(many * holdout * (1 - holdout)))


def customers_for(effect: float, *, spread: float, holdout: float, power: float = 0.8, level: float = 0.05) -> int:
    """Return how many customers, treated and held out together, show a difference of `effect`.

    Raises
    ------
    ArgumentError
        The effect is not positive, or one of the others cannot be.

    Examples
    --------
    >>> customers_for(0.25, spread=0.5, holdout=0.2)
    197
    """
    if not effect > 0:
        raise failure(ArgumentError, "micro.effect", came=effect)
    return math.ceil(float(smallest_effect(1, spread, holdout=holdout, power=power, level=level) / effect) ** 2)


def _check(base: float, changed: float, power: float, level: float) -> None:
    for name, value in (("base", base), ("changed", changed)):
        if not 0 <= value <= 1:
            raise failure(ArgumentError, "survival.share", argument=name, came=value)
    _check_open(power=power, level=level)


def _check_open(**shares: float) -> None:
    for name, value in shares.items():
        if not 0 < value < 1:
            raise failure(ArgumentError, "survival.open_share", argument=name, came=value)
