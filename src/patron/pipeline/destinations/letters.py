"""What the settings say of a destination: a print file of letters."""

from __future__ import annotations

from typing import Literal

from patron.pipeline.destinations.section import DestinationSection


class LettersSection(DestinationSection):
    """A print file of letters."""

    type: Literal["letters"]
