"""What the settings say of a destination: files, in a folder or any store."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from patron.activation.destinations.destination import Destination
from patron.activation.destinations.files import FACTS, MOST_ROWS, Files, is_column
from patron.language import listing, say
from patron.pipeline.destinations.in_a_folder import FolderSection


class FilesSection(FolderSection):
    """Files, in a folder or any store."""

    type: Literal["files"]
    format: Literal["csv", "parquet"] = Field("csv", description="How files are written.")
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Column by column where it comes from, as content.facts.given_name; the usual ones by default.",
    )
    rows: int = Field(MOST_ROWS, ge=1, le=MOST_ROWS, description="How many stand in one file, at most.")

    @field_validator("columns")
    @classmethod
    def _come_from_somewhere(cls, columns: dict[str, str]) -> dict[str, str]:
        for column, path in columns.items():
            if not re.fullmatch(r"\w{1,60}", column):
                raise ValueError(say("direct.columns_for_rows", came=column))
            if not is_column(path):
                raise ValueError(say("direct.from_there", came=path, allowed=listing(FACTS)))
        return columns

    def opened_as(self, name: str) -> Destination:
        """Return the destination."""
        return Files(
            name, self._folder(name), form=self.format, columns=self.columns, rows=self.rows, delimiter=self.delimiter
        )
