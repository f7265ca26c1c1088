"""What the settings say of behaviour segments and stages."""

from __future__ import annotations

from pydantic import Field

from patron.pipeline.section import Section
from patron.segments.stages import AT_RISK_FACTOR, LOYAL_FROM


class BehaviourSettings(Section):
    """Into how many segments customers are divided by behaviour, by what, and what the segments are called."""

    segments: int | None = Field(
        None, ge=2, le=12,
        description="How many; by default as many as are stable, from 8 to 10 where they are as good as fewer.",
    )  # fmt: skip
    features: list[str] | None = Field(
        None,
        min_length=1,
        description="Columns of the table `behaviour` to divide by; by default all that the data fill.",
    )
    names: dict[str, str] = Field(
        default_factory=dict, description="What segments are called, by their ids, for example `b3: Gift givers`."
    )


class StageSettings(Section):
    """Where stages begin."""

    at_risk_factor: float = Field(
        AT_RISK_FACTOR, gt=0, description="Expected intervals of silence that put a customer at risk."
    )
    loyal_from: int = Field(LOYAL_FROM, ge=4, le=100, description="Days with an order from which a customer is loyal.")
