"""How large may a rate be of which so many out of so many were seen?

The interval is calibrated for small counts, too, and never leaves 0 to 1, unlike the normal one around the share.

Ref  Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22(158), 209-212
     Brown, Cai & DasGupta (2001), Interval estimation for a binomial proportion, Statistical Science 16(2), 101-133:
     equation 4; recommended there for small and large samples alike
"""

from __future__ import annotations

from typing import Any

from scipy.special import ndtri


def wilson(count: Any, of: Any, *, level: float = 0.95) -> tuple[Any, Any]:
    """Return the ends of the interval of a rate.

    Parameters
    ----------
    count, of : float, array or column of floats
        How many did it, of how many; `of` above zero. Only the four operations and a root are used, so that an
        engine's columns serve as well as arrays.
    level : float
        Of the interval, two-sided.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(3.0, 10.0)]
    [0.1078, 0.6032]
    >>> [round(end, 4) for end in wilson(300.0, 1000.0)]
    [0.2724, 0.3291]
    """
    z = float(ndtri((1 + level) / 2))
    widened = of + z * z
    centre = (count + z * z / 2) / widened
    reach = (count * (of - count) / of + z * z / 4) ** 0.5 * z / widened
    return centre - reach, centre + reach
