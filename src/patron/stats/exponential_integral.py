"""What is a stream worth today that thins out like a power of time and is discounted at a constant rate?

exp(z) E_s(z) = the integral over y > 0 of exp(-z y) (1 + y)^-s: the generalised exponential integral E_s, scaled so
that it does not vanish for a large z. It is also the confluent hypergeometric function Psi(1, 2 - s; z).

Ref  NIST Digital Library of Mathematical Functions 8.19.3 and 13.4.4
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

NODES, WEIGHTS = np.polynomial.legendre.leggauss(32)
PANEL = 2.0  # of log(1 + y): far less than the distance to where the integrand would grow
GONE = 40.0  # exp(-40) of the integrand is nothing


def scaled_exponential_integral(order: float, z: ArrayLike) -> Floats:
    """Return exp(z) E_order(z).

    Parameters
    ----------
    order : float
        Positive.
    z : array of float
        Positive.

    Returns
    -------
    array of float
        To about 1e-13 of its size.

    Examples
    --------
    >>> round(float(scaled_exponential_integral(1.0, 1.0)), 9)  # exp(1) E_1(1)
    0.596347362
    """
    z = np.asarray(z, dtype=np.float64)
    flat = z.reshape(-1, 1)
    end = _end(order, flat)
    panels = int(np.ceil(end.max(initial=1.0) / PANEL))
    total = np.zeros(flat.shape[0])
    for number in range(panels):
        w = end / panels * (number + (NODES + 1) / 2)
        total += np.exp(-flat * np.expm1(w) - (order - 1) * w) @ WEIGHTS
    return np.asarray(total * end[:, 0] / (2 * panels)).reshape(z.shape)


def _end(order: float, z: Floats) -> Floats:
    """Return the w = log(1 + y) at which the integrand has fallen to nothing, or a little more."""
    end = np.log1p(GONE / z)
    if order > 1:
        end = np.minimum(end, GONE / (order - 1))
    return end
