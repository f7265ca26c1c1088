"""What the settings say of a destination: a list of calls to make."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from patron.activation.destinations.call_hours import EVERYWHERE, USUAL, hours
from patron.activation.destinations.calls import MOST_ROWS, Calls
from patron.activation.destinations.destination import Destination
from patron.language import say
from patron.pipeline.destinations.in_a_folder import FolderSection
from patron.pipeline.destinations.letters import Country
from patron.pipeline.destinations.section import Channel


def _are_hours(text: str) -> str:
    if hours(text) is None:
        raise ValueError(say("direct.hours", came=text))
    return text


class CallsSection(FolderSection):
    """A list of calls to make."""

    type: Literal["calls"]
    channels: list[Channel] = Field(
        default=["phone"],
        description="By which channels messages leave here; the first destination of one takes it.",
    )
    country: Country = Field(description="Whose numbers may stand without their country's prefix.")
    hours: dict[Country | Literal["*"], Annotated[str, AfterValidator(_are_hours)]] = Field(
        default_factory=lambda: {EVERYWHERE: USUAL},
        description="By country, from when to when somebody may be called by the clock there; * is everywhere else.",
    )
    rows: int = Field(MOST_ROWS, ge=1, le=MOST_ROWS, description="How many calls stand in one list, at most.")

    def opened_as(self, name: str) -> Destination:
        """Return the destination."""
        told = {place: read for place, text in self.hours.items() if (read := hours(text)) is not None}
        return Calls(name, self._folder(name), home=self.country, hours=told, delimiter=self.delimiter, rows=self.rows)
