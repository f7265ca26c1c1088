"""What the settings say of a destination: a list of calls to make."""

from __future__ import annotations

from typing import Literal

from patron.pipeline.destinations.section import DestinationSection


class CallsSection(DestinationSection):
    """A list of calls to make."""

    type: Literal["calls"]
