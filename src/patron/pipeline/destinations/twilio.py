"""What the settings say of a destination: text messages by Twilio."""

from __future__ import annotations

from typing import Literal

from patron.pipeline.destinations.section import DestinationSection


class TwilioSection(DestinationSection):
    """Text messages by Twilio."""

    type: Literal["twilio"]
