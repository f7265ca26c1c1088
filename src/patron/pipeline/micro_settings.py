"""What the settings say of micro-segments: by what they are cut, and what a test of one has to see."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field, field_validator

from patron.errors import ArgumentError
from patron.pipeline.section import Section
from patron.segments.micro_axes import AXES, KNOWN_AXES, check_axes, check_known


class MicroSettings(Section):
    """Micro-segments: the cells of several segmentations."""

    axes: list[str] = Field(
        default_factory=lambda: list(AXES),
        description="Segmentations, segments of your own, or main_channel, country, acquisition_channel, the most "
        "important first: what is too small is merged over the last. An axis without members is left out. An empty "
        "list: no micro-segments.",
    )
    holdout: float = Field(0.2, gt=0, lt=1, description="Share of a cell that a test holds out.")
    detectable: float = Field(
        0.25, gt=0, le=1,
        description="Difference of two shares that a test of a cell has to see, with 80 % power at 5 %; a cell of too "
        "few customers for it is merged into the rest of its parent.",
    )  # fmt: skip
    level: float = Field(
        0.10, gt=0, lt=1, description="False discovery rate of the cells that are called better than their peers."
    )

    @field_validator("axes")
    @classmethod
    def _possible(cls, value: list[str]) -> list[str]:
        try:
            if value:
                check_axes(value)
        except ArgumentError as error:
            raise ValueError(error.problem) from error
        return value

    def among(self, own: Iterable[str]) -> MicroSettings:
        """Return the settings, where every axis is known: one that Patron makes, or an own segment."""
        try:
            for axis in self.axes:
                check_known(axis, sorted({*KNOWN_AXES, *own}))
        except ArgumentError as error:
            raise ValueError(error.problem) from error
        return self
