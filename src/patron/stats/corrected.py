"""Several tests are not read as one: p-values that allow for how many were made.

Ref  Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 65-70
     Benjamini & Hochberg (1995) and Benjamini & Yekutieli (2001), as in `false_discovery`
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from patron.errors import ArgumentError
from patron.language import failure, listing
from patron.stats.false_discovery import q_values

Floats = NDArray[np.float64]
Correction = Literal["bh", "by", "holm", "none"]


def corrected(p_values: ArrayLike, correction: Correction) -> Floats:
    """Return each test's p-value, corrected for all of them.

    Parameters
    ----------
    p_values : array of float
        Of all tests that were made.
    correction : {"bh", "by", "holm", "none"}
        What is kept under the level: the share of false ones among the findings (Benjamini and Hochberg's, for tests
        that are independent or hang together positively; Benjamini and Yekutieli's under any dependence), the chance
        of even one false finding (Holm's, under any dependence), or nothing.

    Raises
    ------
    ArgumentError
        The correction has another name, or a p-value is not between 0 and 1.

    Examples
    --------
    >>> corrected([0.01, 0.04, 0.03], "holm").tolist(), corrected([0.01, 0.04, 0.03], "bh").tolist()
    ([0.03, 0.06, 0.06], [0.03, 0.04, 0.04])
    """
    p = np.asarray(p_values, dtype=np.float64)
    if correction not in get_args(Correction):
        raise failure(ArgumentError, "experiments.correction", came=correction, allowed=listing(get_args(Correction)))
    if correction == "none" or not p.size:
        return p.copy()
    if correction != "holm":
        return q_values(p, dependence="positive" if correction == "bh" else "any")
    order = np.argsort(p, kind="stable")
    found = np.empty(len(p))
    found[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    return found
