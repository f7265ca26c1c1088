"""What the settings say of a destination: push messages by Firebase Cloud Messaging."""

from __future__ import annotations

from typing import Literal

from patron.pipeline.destinations.section import DestinationSection


class FcmSection(DestinationSection):
    """Push messages by Firebase Cloud Messaging."""

    type: Literal["fcm"]
