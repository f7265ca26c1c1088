"""What the settings say of prices: for whom they may differ, how far they may move, and what never decides them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field, model_validator

from patron.contracts.customer import PROFILES
from patron.engines.condition import columns_of
from patron.errors import PatronError
from patron.language import did_you_mean, say
from patron.pipeline.section import Section
from patron.pipeline.segment_settings import OwnSegment
from patron.privacy.protected import screen_prices
from patron.segments.summary import ORDER
from patron.segments.tiers import BY_PAST_VALUE, BY_PREDICTED_VALUE

NO_FENCES = ("customer_id", "as_of", "basis")
FENCES = tuple(name for name in PROFILES.names if name not in NO_FENCES)
KNOWN = tuple(dict.fromkeys((*ORDER, BY_PREDICTED_VALUE, BY_PAST_VALUE)))


class PriceSettings(Section):
    """Prices and discounts."""

    segmentations: list[str] = Field(
        default_factory=lambda: [BY_PREDICTED_VALUE],
        description="Whose segments are told apart and may be given discounts: tier, rfm, stage and the like, or "
        "segments of your own. An empty list: one price for everybody.",
    )
    fences: list[str] = Field(
        default_factory=list,
        description="Columns of `profiles` within which the price must be the same, for example country: segments "
        "that share customers of one country get one price.",
    )
    protected: list[str] = Field(
        default_factory=list,
        description="Columns by which no price may differ, besides gender, age, origin, health and what else the law "
        "protects.",
    )
    margin_floor: float = Field(
        0.10, ge=0, lt=1, description="The least margin, as a share of the price, that a proposed price leaves."
    )
    most_change: float = Field(0.15, gt=0, lt=0.9, description="How far a price may move at once, as a share of it.")
    step: float = Field(0.05, gt=0, lt=0.9, description="In which steps.")

    @model_validator(mode="after")
    def _allowed(self) -> PriceSettings:
        if self.step > self.most_change:
            raise ValueError(say("price_offers.step_wide", came=self.step, most=self.most_change))
        _screen(self.segmentations, self.protected, "segmentations")
        _screen(self.fences, self.protected, "fences")
        for name in self.fences:
            if name not in FENCES:
                raise ValueError(say("price_offers.fence_column", came=name, hint=did_you_mean(name, FENCES)))
        return self

    def among(self, own: Mapping[str, OwnSegment]) -> PriceSettings:
        """Return the settings, where every segmentation is known and none rests on what no price may rest on.

        Raises
        ------
        ValueError
            One is not known, or the condition of an own segment names a protected column.
        """
        known = sorted({*KNOWN, "behaviour", *own})
        for name in self.segmentations:
            if name not in known:
                raise ValueError(say("price_offers.segmentation", came=name, hint=did_you_mean(name, known)))
            if name in own:
                _screen(_columns_behind(name, own), self.protected, f"segmentations.{name}")
        return self


def _columns_behind(name: str, own: Mapping[str, OwnSegment]) -> list[str]:
    """Return the columns that decide who is in an own segment."""
    try:
        return list(columns_of(own[name].where, where=f"segments.{name}.where"))
    except PatronError:  # the condition is refused elsewhere, with its own words
        return []


def _screen(names: Sequence[str], declared: Sequence[str], what: str) -> None:
    try:
        screen_prices(names, declared=declared, where=f"prices.{what}")
    except PatronError as error:
        raise ValueError(error.problem) from error
