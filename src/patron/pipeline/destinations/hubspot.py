"""What the settings say of a destination: HubSpot."""

from __future__ import annotations

from typing import Literal

from patron.pipeline.destinations.section import DestinationSection


class HubSpotSection(DestinationSection):
    """HubSpot."""

    type: Literal["hubspot"]
