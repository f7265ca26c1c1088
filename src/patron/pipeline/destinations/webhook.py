"""What the settings say of a destination: signed calls of a web address."""

from __future__ import annotations

from typing import Literal

from patron.pipeline.destinations.section import DestinationSection


class WebhookSection(DestinationSection):
    """Signed calls of a web address."""

    type: Literal["webhook"]
