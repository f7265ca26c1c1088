"""For how many periods does somebody stay who leaves at each end of a period with a beta distributed chance?

With a chance to leave ~ Beta(leave, stay), the share that is still there after k periods is B(leave, stay + k) /
B(leave, stay).

Ref  Fader & Hardie (2007), Journal of Interactive Marketing 21(1), 76-90: equations 5 to 7
     Fader & Hardie (2010), Marketing Science 29(1), 85-93: equation 6, a Gauss hypergeometric function
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from patron.stats.gamma_ratio import digamma_difference, log_gamma_ratio
from patron.stats.special import count_until_dropout

Floats = NDArray[np.float64]

NEXT_TO_ONE = 1e-12


def log_share_staying(leave: float, stay: ArrayLike, periods: ArrayLike) -> Floats:
    """Return the log of the share that is still there after so many periods.

    Examples
    --------
    >>> round(float(np.exp(log_share_staying(1.0, 3.0, 1))), 12)
    0.75
    """
    stay = np.asarray(stay, dtype=np.float64)
    return np.asarray(log_gamma_ratio(stay, leave) - log_gamma_ratio(stay + np.asarray(periods), leave))


def mean_periods(leave: float, stay: ArrayLike, periods: ArrayLike) -> Floats:
    """Return of how many of the next `periods` the end is survived: the sum of the shares, in closed form.

    At leave = 1, where the form is 0 / 0, it is a difference of digammas.

    Examples
    --------
    >>> round(float(mean_periods(1.0, 3.0, 2)), 12)  # 3/4 + 3/5
    1.35
    """
    stay, periods = (np.asarray(v, dtype=np.float64) for v in (stay, periods))
    if abs(leave - 1) < NEXT_TO_ONE:
        return np.asarray(stay * digamma_difference(stay + 1, periods))
    gone = log_gamma_ratio(stay + 1, leave - 1) - log_gamma_ratio(stay + 1 + periods, leave - 1)
    return np.asarray(stay * -np.expm1(gone) / (leave - 1))


def discounted_periods(leave: float, stay: ArrayLike, rate: float) -> Floats:
    """Return the same for all time, the k-th period counted as (1 + rate)^-k; infinite at rate 0 and leave 1 or less.

    The hypergeometric function of the paper is the mean of 1 / (rate + chance to leave), which never cancels.

    Examples
    --------
    >>> round(float(discounted_periods(1e9, 9e9, 0.25)), 6)  # all leave with chance .1: .9 / (.25 + .1)
    2.571429
    >>> float(discounted_periods(2.0, 3.0, 0.0))  # 3 / (2 - 1)
    3.0
    """
    stay = np.asarray(stay, dtype=np.float64)
    if rate == 0:
        return np.asarray(stay / (leave - 1)) if leave > 1 else np.full(stay.shape, np.inf)
    return np.asarray(stay / (leave + stay) * count_until_dropout(1.0, 1 / rate, leave, stay + 1))
