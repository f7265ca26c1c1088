"""Who is treated, who is held out, and on whom to spend next."""

from __future__ import annotations

from patron.decisions.arms import arm_among, arms
from patron.decisions.assignment import arm_of, assignment
from patron.decisions.holdouts import Holdout, applying, held_out, holds
from patron.decisions.opportunities import gaps, opportunities
from patron.decisions.strata import stratified_arms

__all__ = [
    "Holdout",
    "applying",
    "arm_among",
    "arm_of",
    "arms",
    "assignment",
    "gaps",
    "held_out",
    "holds",
    "opportunities",
    "stratified_arms",
]
