"""What the settings say of a destination: e-mail by SMTP."""

from __future__ import annotations

from typing import Literal

from patron.pipeline.destinations.section import DestinationSection


class SmtpSection(DestinationSection):
    """E-mail by SMTP."""

    type: Literal["smtp"]
