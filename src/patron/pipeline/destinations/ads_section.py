"""What the settings say of every ad platform: its audiences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from patron.language import say
from patron.pipeline.destinations.section import DestinationSection
from patron.pipeline.section import Section

Platform = Literal["google", "meta"]


class AdAudience(Section):
    """One audience at an ad platform: who is in it, and what for."""

    id: str = Field(pattern="[0-9]+", description="The number that the platform has given to the audience.")
    use: Literal["retarget", "suppress", "lookalike"] = Field(
        description="What it is for: to be shown ads, to be spared them, or to find others who are like these."
    )
    segment: str | None = Field(
        None,
        description="Who is in it: the members of a segment, such as rfm.champions, or past_tier.gold+rfm.at_risk.",
    )
    condition: str | None = Field(None, description="Who is in it, instead of a segment: a condition over customers.")
    by_value: bool = Field(
        default=False,
        description="Whether each is sent with her predicted value, for lookalikes by value (Meta alone).",
    )
    programme: str | None = Field(None, description="The programme that it belongs to, whose hold-out it keeps.")
    trigger: str | None = Field(None, description="The trigger that it belongs to, whose hold-out it keeps.")
    emails_only: bool = Field(default=False, description="Whether nothing but e-mail addresses is sent, hashed.")

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.segment is None) == (self.condition is None):
            raise ValueError(say("ads.segment_or_condition"))
        return self


class AdsSection(DestinationSection):
    """What every ad platform has."""

    platform: ClassVar[Platform]

    per_second: float = Field(2_000, gt=0, le=10_000, description="How many members it gets in a second, at most.")
    at_once: int = Field(10_000, ge=1, le=100_000, description="How many may come at once, before that counts.")
    audiences: dict[str, AdAudience] = Field(default_factory=dict, description="Its audiences, by name.")

    @model_validator(mode="before")
    @classmethod
    def _no_channels(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and given.get("channels"):
            raise ValueError(say("ads.no_channels"))
        return given
