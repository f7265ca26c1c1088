"""What a fitted division by behaviour is: scales, groups, and the segments that people know them by."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from patron.segments.behaviour_features import LeftOut, Scale
from patron.segments.behaviour_rules import Rule, Term
from patron.stats.diagonal_mixture import DiagonalMixture


@dataclass(frozen=True, kw_only=True)
class Apart:
    """One feature that sets a segment apart: which way, how far, the segment's middle and that of all."""

    column: str
    high: bool
    effect: float  # standard deviations of all customers
    middle: float
    overall: float


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One segment: its id for ever, what it is called, how it is described, how stable it is."""

    id: str
    title: str
    born_on: str | None  # ISO day
    apart: tuple[Apart, ...]  # the farthest first
    named_by: tuple[tuple[str, bool], ...]  # column and direction
    rule: Rule
    stability: float


@dataclass(frozen=True, kw_only=True)
class BehaviourModel:
    """A division: the groups of the mixture are the segments, in the same order."""

    scales: tuple[Scale, ...]
    left_out: tuple[LeftOut, ...]
    mixture: DiagonalMixture
    segments: tuple[Segment, ...]
    next_number: int
    customers: int  # that it was fitted on
    tried: tuple[tuple[int, float, bool], ...]  # number of groups, overall stability, whether it is sound

    def facts(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            **asdict(self),
            "mixture": {
                "weights": self.mixture.weights.tolist(),
                "means": self.mixture.means.tolist(),
                "variances": self.mixture.variances.tolist(),
                "log_likelihood": self.mixture.log_likelihood,
            },
        }

    @classmethod
    def from_facts(cls, facts: dict[str, Any]) -> BehaviourModel:
        """Return the model that `facts` tell of.

        Raises
        ------
        TypeError, KeyError
            They tell of none.
        """
        mixture = facts["mixture"]
        return cls(
            scales=tuple(Scale(**one) for one in facts["scales"]),
            left_out=tuple(LeftOut(**one) for one in facts["left_out"]),
            mixture=DiagonalMixture(
                weights=np.array(mixture["weights"]), means=np.array(mixture["means"]),
                variances=np.array(mixture["variances"]), log_likelihood=mixture["log_likelihood"],
            ),
            segments=tuple(_segment(one) for one in facts["segments"]),
            next_number=facts["next_number"],
            customers=facts["customers"],
            tried=tuple((one[0], one[1], one[2]) for one in facts["tried"]),
        )  # fmt: skip


def _segment(facts: dict[str, Any]) -> Segment:
    rule = facts["rule"]
    read = {
        "apart": tuple(Apart(**one) for one in facts["apart"]),
        "named_by": tuple((one[0], one[1]) for one in facts["named_by"]),
        "rule": Rule(
            terms=tuple(Term(**one) for one in rule["terms"]), precision=rule["precision"], recall=rule["recall"]
        ),
    }
    return Segment(**{**facts, **read})
