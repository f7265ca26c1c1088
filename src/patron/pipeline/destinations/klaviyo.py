"""What the settings say of a destination: Klaviyo."""

from __future__ import annotations

from typing import Literal

from patron.pipeline.destinations.section import DestinationSection


class KlaviyoSection(DestinationSection):
    """Klaviyo."""

    type: Literal["klaviyo"]
