"""Are the arms of the sizes that were planned, asked every day while people still arrive?

In   customers counted in each arm, at one look or at several, and the shares that were planned
Out  a p-value that stays true however often it is looked at

The evidence against the plan is the ratio of two chances of the counts: under shares that may be any, near the planned
ones (Dirichlet), and under the planned ones. Under the plan it is a martingale that begins at 1, so that the chance
that it ever reaches 1 / p is p at most (Ville's inequality).

Ref  Lindon & Malek (2022), Anytime-valid inference for multinomial count data, NeurIPS 35: equations 5 to 8
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from patron.errors import ArgumentError
from patron.language import failure, listing

Floats = NDArray[np.float64]

CONCENTRATION = 1_000.0
"""How near the planned shares the others are thought: as if so many customers had been seen in them. It costs power,
never validity. In halves looked at every 500 customers, a shift of three points is found after 5,500 at the level of
`ALARM`, one of one point after 42,000, half a point after 170,000; neither 100 nor 10,000 does better by more than a
tenth."""


def sequential_ratio(counts: ArrayLike, shares: ArrayLike, *, concentration: float = CONCENTRATION) -> float:
    """Return the always-valid p-value of the arms' sizes under the planned shares.

    Parameters
    ----------
    counts : array of int, one an arm, or one a look and arm
        Customers counted since the start. Of several looks, in the order of time, the smallest p-value stands.
    shares : array of float, one an arm
        Planned shares, each above 0; they add up to 1.
    concentration : float
        How near the planned shares the others are thought, in customers. To be fixed before the first look.

    Returns
    -------
    float
        1 before anybody came. Below `patron.stats.sample_ratio.ALARM` no reading is honest.

    Raises
    ------
    ArgumentError
        Fewer than two arms, a negative or shrinking count, shares that do not add up to 1, or a concentration that is
        not positive.

    Examples
    --------
    >>> sequential_ratio([9_000, 1_000], [0.9, 0.1])
    1.0
    >>> sequential_ratio([9_000, 800], [0.9, 0.1]) < 0.001
    True
    >>> sequential_ratio([[900, 100], [1_800, 120], [2_700, 300]], [0.9, 0.1]) < 0.001  # once seen, it stays
    True
    """
    looks = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    if not np.isfinite(looks).all() or (np.diff(looks, axis=0) < 0).any():
        raise failure(ArgumentError, "targeting.looks", argument="counts")
    strongest = float(log_evidence(looks, shares, concentration=concentration).max())
    return float(np.exp(-max(0.0, strongest)))


def log_evidence(counts: ArrayLike, shares: ArrayLike, *, concentration: float = CONCENTRATION) -> Floats:
    """Return the logarithm of the evidence against the plan, for counts whose last axis is the arms.

    Parameters and errors as in `sequential_ratio`.

    Examples
    --------
    >>> bool(abs(log_evidence([[0, 0], [1, 0]], [0.5, 0.5])).max() < 1e-9)  # the first customer tells nothing
    True
    """
    seen, planned = np.asarray(counts, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    if planned.ndim != 1 or len(planned) < 2 or seen.shape[-1:] != planned.shape or not (seen >= 0).all():
        raise failure(
            ArgumentError, "experiments.arms", argument="counts", came=listing(seen.ravel()[:8].tolist()),
            shares=listing(planned.ravel().tolist()),
        )  # fmt: skip
    if not (planned > 0).all() or abs(float(planned.sum()) - 1) > 1e-9:
        raise failure(ArgumentError, "experiments.shares", argument="shares", came=listing(planned.tolist()))
    if not 0 < concentration < np.inf:
        raise failure(ArgumentError, "targeting.concentration", argument="concentration", came=concentration)
    prior = concentration * planned
    together = gammaln(concentration) - gammaln(concentration + seen.sum(axis=-1))
    apart = (gammaln(prior + seen) - gammaln(prior) - seen * np.log(planned)).sum(axis=-1)
    return np.asarray(together + apart, dtype=np.float64)
