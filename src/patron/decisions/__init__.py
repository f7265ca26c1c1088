"""Who is treated, and who is held out."""

from __future__ import annotations

from patron.decisions.assignment import arm_of, assignment

__all__ = ["arm_of", "assignment"]
