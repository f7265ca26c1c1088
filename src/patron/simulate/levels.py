"""Which level of a covariate does each customer show?"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from patron.simulate.arguments import not_negative, positive, seeded, whole


def levels(customers: int, shares: Mapping[str | None, float], *, seed: int) -> pa.Array:
    """Draw a level for each customer.

    Parameters
    ----------
    customers : int
        How many.
    shares : mapping
        Of the levels, as weights; the level None is missing.
    seed : int
        The same seed gives the same customers.

    Raises
    ------
    ArgumentError
        A share is negative, or none is above zero.

    Examples
    --------
    >>> levels(4, {"web": 0.5, "shop": 0.5, None: 0.0}, seed=3).to_pylist()
    ['web', 'web', 'shop', 'shop']
    """
    rng = seeded(seed)
    n = whole("customers", customers, least=1)
    weights = not_negative("shares", list(shares.values()))
    positive(shares=weights.sum())
    return pa.array(list(shares), pa.string()).take(pa.array(rng.choice(len(weights), n, p=weights / weights.sum())))
