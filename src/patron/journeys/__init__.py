"""Where do people go, where do they stop, and what does it cost?"""

from __future__ import annotations

from patron.journeys.chain import step_values
from patron.journeys.compare import compare
from patron.journeys.losses import losses
from patron.journeys.map import JourneyMap, journey_map
from patron.journeys.paths import frequent_paths, path_share

__all__ = ["JourneyMap", "compare", "frequent_paths", "journey_map", "losses", "path_share", "step_values"]
