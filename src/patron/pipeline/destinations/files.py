"""What the settings say of a destination: files, in a folder or any store."""

from __future__ import annotations

from typing import Literal

from patron.pipeline.destinations.section import DestinationSection


class FilesSection(DestinationSection):
    """Files, in a folder or any store."""

    type: Literal["files"]
