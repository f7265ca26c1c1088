"""What linkage has learnt, as plain JSON."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import asdict, dataclass, field
from math import log2
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Model:
    """A trained model.

    Attributes
    ----------
    settings : dict
        Splink's settings with m and u of every level. The prior in it is one half, so that Splink's match weight is
        the sum of the comparisons' weights alone; the prior proper is `match_share`.
    trained : tuple of str
        What agreed in the pairs of each training that found some.
    match_share : float
        Share of all pairs of records that are one person and not yet linked.
    threshold : float
        Probability from which on a pair is accepted; above 1 where none can be.
    wanted_precision, expected_precision : float
        What was asked for, and the mean probability of the accepted pairs (1 where there are none).
    candidates, accepted : int
        Pairs that were compared and not ruled out, and accepted pairs.
    """

    settings: dict[str, Any] = field(repr=False)
    trained: tuple[str, ...]
    match_share: float
    threshold: float
    wanted_precision: float
    expected_precision: float
    candidates: int
    accepted: int

    @property
    def prior_weight(self) -> float:
        """Base-2 logarithm of the odds, before anything is compared, that a pair is one person."""
        return log2(self.match_share / (1.0 - self.match_share)) if self.match_share else float("-inf")

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain JSON values."""
        return {**asdict(self), "trained": list(self.trained)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Model:
        """Return the model that `to_json` wrote."""
        return cls(**{**deepcopy(values), "trained": tuple(values["trained"])})
