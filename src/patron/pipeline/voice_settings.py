"""What the settings say of surveys: how long an answer counts, whom to leave in peace, what is asked."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from patron.contracts.voice import ANSWERS
from patron.language import say
from patron.pipeline.section import Days, Section
from patron.pipeline.segment_settings import Purpose


class VoiceSettings(Section):
    """Surveys."""

    window: Days = Field(
        365, description="How old an answer or an invitation may be to count, for example 365d.", validate_default=False
    )
    rest: Days = Field(
        90, description="Who was asked, or answered, within so many days is not asked again, for example 90d.",
        validate_default=False,
    )  # fmt: skip
    precision: float = Field(
        10, gt=0, le=100,
        description="Half of the 95 % interval of a segment's net promoter score that a planned survey has to reach, "
        "in points.",
    )  # fmt: skip
    purpose: Purpose = Field(
        "marketing",
        description="For which purpose customers have to be open to be invited: where courts call a survey advertising "
        "it is marketing.",
    )
    questions: dict[str, Literal["choice", "rating"]] = Field(
        default_factory=dict,
        description="Questions of your own that conditions may name, each with what its answers are.",
    )

    @field_validator("questions")
    @classmethod
    def _names(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if name != name.lower() or not name.isidentifier() or name in ANSWERS.key:
                raise ValueError(say("voice.question_name", came=name))
        return value
