"""What the settings say of a destination: a print file of letters."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from patron.activation.destinations.destination import Destination
from patron.activation.destinations.letters import MOST_ROWS, Letters
from patron.identity.normalise import USED, country
from patron.language import say
from patron.pipeline.destinations.in_a_folder import FolderSection
from patron.pipeline.destinations.section import Channel


def _is_country(code: str) -> str:
    if len(code) != 2 or country(code).status != USED or country(code).value != code:
        raise ValueError(say("direct.country", came=code))
    return code


Country = Annotated[str, AfterValidator(_is_country)]
"""A country by its ISO code of two letters."""


class LettersSection(FolderSection):
    """A print file of letters."""

    type: Literal["letters"]
    channels: list[Channel] = Field(
        default=["post"],
        description="By which channels messages leave here; the first destination of one takes it.",
    )
    country: Country = Field(
        description="Where letters are posted: the country of addresses that name none, which is not printed."
    )
    rows: int = Field(MOST_ROWS, ge=1, le=MOST_ROWS, description="How many letters stand in one file, at most.")

    def opened_as(self, name: str) -> Destination:
        """Return the destination."""
        return Letters(name, self._folder(name), home=self.country, delimiter=self.delimiter, rows=self.rows)
