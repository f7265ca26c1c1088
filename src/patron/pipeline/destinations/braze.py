"""What the settings say of a destination: Braze."""

from __future__ import annotations

from typing import Literal

from patron.pipeline.destinations.section import DestinationSection


class BrazeSection(DestinationSection):
    """Braze."""

    type: Literal["braze"]
