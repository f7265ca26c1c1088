"""Which propensities a project wants."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from patron.pipeline.section import Section, days

TargetName = Literal["buys", "lapses", "spends", "needs_support", "returns", "converts"]


def _days(value: Any) -> Any:
    """Read a duration as a person writes it, or as an earlier run's settings hold it."""
    return value if isinstance(value, int) and not isinstance(value, bool) else days(value)


Horizon = Annotated[int, BeforeValidator(_days), Field(ge=1)]


class PropensityTarget(Section):
    """A target of the propensities."""

    target: TargetName = Field(description="What is foretold of each customer.")
    horizon: Horizon = Field(90, description="Within how many days, for example 90d.")
    above: float | None = Field(
        None,
        gt=0,
        description="Of `spends`: more than this amount; by default what a quarter of the buyers exceeded before.",
    )


DEFAULT = (
    *(PropensityTarget(target="buys", horizon=horizon) for horizon in (30, 90, 365)),
    PropensityTarget(target="lapses"),
    PropensityTarget(target="spends"),
    PropensityTarget(target="returns"),
    PropensityTarget(target="needs_support"),
    PropensityTarget(target="converts"),
)
"""What is made unless the settings say otherwise, of those whose data are there."""
