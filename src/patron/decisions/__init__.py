"""Who is treated, who is held out, and on whom to spend next."""

from __future__ import annotations

from patron.decisions.assignment import arm_of, assignment
from patron.decisions.opportunities import gaps, opportunities

__all__ = ["arm_of", "assignment", "gaps", "opportunities"]
