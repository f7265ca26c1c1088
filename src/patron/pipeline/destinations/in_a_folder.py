"""What the settings say of every destination that lays files into a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr

from patron.activation.destinations.folder import Folder
from patron.pipeline.destinations.section import DestinationSection, Secret, opened

PROJECT = "project"
"""Under this name the settings are told, while they are read, which folder they are of."""


class FolderSection(DestinationSection):
    """A destination that lays files into a folder."""

    folder: Secret = Field(
        description="Where files go: a path, from the project's folder on, or a URL such as s3://bucket/folder."
    )
    options: dict[str, Secret] = Field(
        default_factory=dict, description="What the store is opened with, as key and secret (fsspec's storage options)."
    )
    delimiter: str = Field(",", pattern=r"^[,;\t|]$", description="What stands between two values of a CSV file.")
    per_second: float = Field(
        10_000, gt=0, le=10_000, description="How many deliveries it gets in a second, at most; a file holds many."
    )
    at_once: int = Field(10_000, ge=1, le=100_000, description="How many may come at once, before that counts.")

    _of: Path = PrivateAttr(default_factory=Path)

    def model_post_init(self, context: Any) -> None:
        """Remember which project's folder a path begins at."""
        if isinstance(context, dict) and PROJECT in context:
            self._of = Path(context[PROJECT])

    def _folder(self, name: str) -> Folder:
        """Return the folder, opened."""
        key = f"destinations.{name}"
        url = opened(self.folder, key=f"{key}.folder")
        options = {option: opened(value, key=f"{key}.options.{option}") for option, value in self.options.items()}
        return Folder(url if "://" in url else os.fspath(self._of / Path(url).expanduser()), options)
