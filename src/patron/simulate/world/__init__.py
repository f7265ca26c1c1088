"""A simulated shop that lives on day by day and answers decisions, with an effect on each person that is known."""

from __future__ import annotations

from patron.simulate.world.planted import PLANTED, SITUATIONS, Planted
from patron.simulate.world.world import Lived, World

__all__ = ["PLANTED", "SITUATIONS", "Lived", "Planted", "World"]
