"""What the settings say of a destination: audiences at Meta."""

from __future__ import annotations

from typing import Literal

from patron.pipeline.destinations.section import DestinationSection


class MetaAdsSection(DestinationSection):
    """Audiences at Meta."""

    type: Literal["meta_ads"]
