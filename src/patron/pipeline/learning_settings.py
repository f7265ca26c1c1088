"""What the settings say of learning: what counts as an answer, how long a plan stands, and whose answers may differ."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from patron.decisions.learning import FLOOR
from patron.pipeline.section import Days, Section


class LearningSettings(Section):
    """How the variants of messages are learned."""

    response: Literal["click", "order"] = Field(
        "click", description="What counts as an answer to a message: a `click` in it, or an `order` after it."
    )
    within: Days = Field(
        7, description="Within how long after it was sent; younger messages wait.", validate_default=False
    )
    every: Days = Field(
        7, description="How long a plan stands before what came is taken into the next.", validate_default=False
    )
    floor: float = Field(
        FLOOR, gt=0, lt=1, description="Share of the messages that is spread evenly over all variants, always."
    )
    segmentation: str | None = Field(
        None,
        description="By which segmentation answers may differ, as `tier`: its segments then have plans of their own.",
    )
