"""Of what was found among many tests, how much is chance?

A q-value is the least false discovery rate at which a test would still be called a finding. Benjamini and Hochberg's
holds for independent tests and for those that hang together positively; Benjamini and Yekutieli's under any dependence,
at the price of a factor that grows with the logarithm of the number of tests.

Ref  Benjamini & Hochberg (1995), Controlling the false discovery rate, JRSS B 57(1), 289-300: equation 1
     Benjamini & Yekutieli (2001), The control of the false discovery rate in multiple testing under dependency, Annals
     of Statistics 29(4), 1165-1188: theorem 1.3
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]
Dependence = Literal["positive", "any"]

PROVEN = 0.05
"""A q-value below which an effect is put before a person as proven, among all that was read beside it."""


def q_values(p_values: ArrayLike, *, dependence: Dependence = "any", tests: int | None = None) -> Floats:
    """Return the q-value of each test, over all of them.

    Parameters
    ----------
    p_values : array of float
        Of all tests that were made, found or not.
    dependence : {"any", "positive"}
        How the tests may hang together: anyhow (Benjamini and Yekutieli), or positively or not at all (Benjamini and
        Hochberg).
    tests : int, optional
        How many tests were made, where only those with the smallest p-values are passed.

    Raises
    ------
    ArgumentError
        A p-value is missing or not between 0 and 1, the dependence has another name, or fewer tests were made than are
        passed.

    Examples
    --------
    >>> q_values([0.01, 0.04, 0.03], dependence="positive").tolist()
    [0.03, 0.04, 0.04]
    """
    p = np.asarray(p_values, dtype=np.float64)
    wrong = int((~((p >= 0) & (p <= 1))).sum())
    if wrong or p.ndim != 1:
        raise failure(ArgumentError, "survival.p_values", came=wrong or str(p.shape))
    if dependence not in ("any", "positive"):
        raise failure(ArgumentError, "survival.dependence", came=dependence)
    made = len(p) if tests is None else tests
    if made < len(p):
        raise failure(ArgumentError, "survival.tests", came=made, passed=len(p))
    ranks = np.arange(1, len(p) + 1)
    factor = float(special.psi(made + 1) + np.euler_gamma) if dependence == "any" else 1.0
    order = np.argsort(p, kind="stable")
    steps = np.minimum.accumulate((p[order] * made * factor / ranks)[::-1])[::-1]
    found = np.empty(len(p))
    found[order] = np.minimum(steps, 1.0)
    return found
