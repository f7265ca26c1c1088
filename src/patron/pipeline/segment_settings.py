"""Settings: segments of one's own, and what is wanted of segments."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from patron.kpis import METRICS
from patron.language import did_you_mean, say
from patron.pipeline.section import Section

Purpose = Literal["analytics", "profiling", "marketing", "advertising", "measurement", "operations"]


class OwnSegment(Section):
    """A segment by a condition of one's own."""

    where: str = Field(description="SQL condition over what is known of a customer: docs/conditions.md.")
    purpose: Purpose = Field("marketing", description="What its members may be used for.")


class Target(Section):
    """A target for one metric of one segment."""

    metric: str = Field(description="A metric of the registry.")
    target: float | None = Field(None, description="Where it should stand each month, in the metric's unit.")
    change: float | None = Field(
        None,
        description="Instead of `target`: how much more than its own past, 0.05 for five per cent; below zero, less.",
    )
    segmentation: str = Field("all", description="Which way of dividing; `all` for the total.")
    segment: str = Field("all", description="The segment; `all` for the total.")

    @field_validator("metric")
    @classmethod
    def _known(cls, value: str) -> str:
        known = [metric.name for metric in METRICS]
        if value not in known:
            raise ValueError(say("settings.metric", came=value, hint=did_you_mean(value, known)))
        return value

    @model_validator(mode="after")
    def _one_of_them(self) -> Target:
        if (self.target is None) == (self.change is None):
            raise ValueError(say("settings.target_or_change"))
        return self
