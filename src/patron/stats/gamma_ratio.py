"""By how much do the logarithm of the gamma function, and its slope, differ between two points?

Chances of a beta mixture are ratios of gamma functions whose arguments lie close together or are both huge. There the
difference of two logarithms keeps no digit, so it is computed as such: a few steps up, then Stirling's series.

Ref  NIST Digital Library of Mathematical Functions 5.5.1 (recurrence), 5.11.1 and 5.11.2 (Stirling's series)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

STEPS = 16  # from x + 16 on the series is exact to the last digit
TERMS = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)


def log_gamma_ratio(x: ArrayLike, a: ArrayLike) -> Floats:
    """Return log of gamma(x + a) / gamma(x), for positive x and x + a.

    The error is some 1e-14 of the larger of the answer and `a`, however small `a` or large `x` is.

    Examples
    --------
    >>> round(float(np.exp(log_gamma_ratio(3.0, 2.0))), 9)  # 3 x 4
    12.0
    >>> bool(log_gamma_ratio(1e15, 1.0) == np.log(1e15))
    True
    """
    x, a = (np.asarray(v, dtype=np.float64) for v in (x, a))
    total = np.zeros(np.broadcast(x, a).shape)
    for k in range(STEPS):
        total = total - np.log1p(a / (x + k))
    y, step = x + STEPS, np.log1p(a / (x + STEPS))
    series = sum(term * _change(y, step, 2 * k + 1) for k, term in enumerate(TERMS))
    return np.asarray(total + (y + a - 0.5) * step + a * (np.log(y) - 1) + series)


def digamma_difference(x: ArrayLike, a: ArrayLike) -> Floats:
    """Return the slope of that in x: digamma(x + a) - digamma(x).

    Examples
    --------
    >>> round(float(digamma_difference(3.0, 2.0)), 12)  # 1/3 + 1/4
    0.583333333333
    """
    x, a = (np.asarray(v, dtype=np.float64) for v in (x, a))
    total = np.zeros(np.broadcast(x, a).shape)
    for k in range(STEPS):
        total = total + a / (x + k) / (x + k + a)
    y, step = x + STEPS, np.log1p(a / (x + STEPS))
    series = sum((2 * k + 1) * term * _change(y, step, 2 * k + 2) for k, term in enumerate(TERMS))
    return np.asarray(total + step + a / (2 * y) / (y + a) - series)


def _change(y: Floats, step: Floats, power: int) -> Floats:
    """Return (y + a)^-power - y^-power, where `step` is log(1 + a / y)."""
    return np.asarray(y ** -float(power) * np.expm1(-power * step))
