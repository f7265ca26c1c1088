"""What customers of the simulated shop say of it, how they stand with it, and what its market does."""

from __future__ import annotations

from patron.simulate.experiences.experiences import Experiences, experiences

__all__ = ["Experiences", "experiences"]
