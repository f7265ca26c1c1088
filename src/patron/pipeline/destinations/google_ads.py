"""What the settings say of a destination: audiences at Google."""

from __future__ import annotations

from typing import Literal

from patron.pipeline.destinations.section import DestinationSection


class GoogleAdsSection(DestinationSection):
    """Audiences at Google."""

    type: Literal["google_ads"]
