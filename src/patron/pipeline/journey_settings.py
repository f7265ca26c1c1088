"""What the settings say of journeys: what a step is, and how long one waits for the next."""

from __future__ import annotations

from pydantic import Field, field_validator

from patron.contracts.journey import DROP_OFF, OTHER, START
from patron.language import listing, say
from patron.pipeline.section import Days, Section

TAKEN = (START, DROP_OFF, OTHER)


class JourneySettings(Section):
    """Which steps customers take, and when one counts as the last."""

    within: Days | None = Field(
        None,
        description="After so many days without a step a journey has ended, for example 90d; by default 90 days, or 30 "
        "where the data are shorter than three times that.",
    )
    steps: dict[str, list[str]] = Field(
        default_factory=dict,
        description="Steps of your own: a name and the events or steps that it stands for, for example `support: "
        "[ticket, call, support_chat]`. What is not named keeps its own name.",
    )
    leave_out: list[str] = Field(default_factory=list, description="Events or steps that are no part of a journey.")

    @field_validator("steps")
    @classmethod
    def _names(cls, value: dict[str, list[str]]) -> dict[str, list[str]]:
        for name, words in value.items():
            if name in TAKEN or not words:
                raise ValueError(say("journeys.setting", came=name, taken=listing(TAKEN)))
        return value
