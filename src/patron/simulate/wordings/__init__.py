"""What customers of the simulated shop write, in their own words, and what it is about in truth."""

from __future__ import annotations

from patron.simulate.wordings.planted_texts import PlantedTexts, planted_texts
from patron.simulate.wordings.spoken import spoken

__all__ = ["PlantedTexts", "planted_texts", "spoken"]
