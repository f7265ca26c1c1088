"""What the settings say of whom to win: who is ideal, and how large the market is."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from patron.language import listing, say
from patron.pipeline.section import Section
from patron.profile.market_people import RESERVED


def _several(value: Any) -> Any:
    """Read one value or a list of them as text; a number is the text that it is written as."""
    given = value if isinstance(value, list) else [value]
    if not given or any(not isinstance(one, str | int | float) or isinstance(one, bool) for one in given):
        raise ValueError(say("market.values"))
    return tuple(str(one).strip() for one in given)


Values = Annotated[tuple[str, ...], BeforeValidator(_several)]


class IdealSegment(Section):
    """A segment whose customers count as ideal."""

    segmentation: str = Field(description="Which way of dividing: rfm, value_map, tier, or a segment of your own.")
    segment: str = Field(description="The segment, by its stable name.")


class Population(Section):
    """One segment of the reference population."""

    where: dict[str, Values] = Field(
        description="Trait and value, or several values, or a range of numbers such as 30-44. `country` and `channel` "
        "are traits, too."
    )
    people: int = Field(gt=0, description="How many people of that kind there are in the market.")
    source: str = Field(min_length=1, description="Who says so.")
    dated: date = Field(description="As of which day.")

    @field_validator("where")
    @classmethod
    def _something(cls, value: dict[str, Any]) -> dict[str, Any]:
        if not value:
            raise ValueError(say("market.where"))
        for trait in value:
            if trait.lower() in RESERVED:
                raise ValueError(say("market.reserved", came=trait, taken=listing(RESERVED)))
        return value


class MarketSettings(Section):
    """Whom to win."""

    ideal: IdealSegment | None = Field(
        None, description="Whose likes are looked for; by default the fifth of the customers with most predicted value."
    )
    population: list[Population] = Field(
        default_factory=list, description="The market by segments: what `market_size` compares the customers with."
    )
    cost_per_contact: float | None = Field(
        None,
        gt=0,
        description="What reaching one person costs, in the project's currency; a CPM is a thousand of them.",
    )

    @field_validator("population")
    @classmethod
    def _once(cls, value: list[Population]) -> list[Population]:
        names = [segment_name(one) for one in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(say("market.twice", came=name))
        spelt: dict[str, str] = {}
        for trait in (trait for one in value for trait in one.where):
            if spelt.setdefault(trait.lower(), trait) != trait:
                raise ValueError(say("market.spelt", came=trait, other=spelt[trait.lower()]))
        return value


def segment_name(population: Population) -> str:
    """Return a segment of the population as a person reads it.

    Examples
    --------
    >>> from datetime import date
    >>> segment_name(Population(where={"town": ["city", "village"]}, people=9, source="census", dated=date(2024, 1, 1)))
    'town: city, village'
    """
    parts = (f"{trait}: {', '.join(population.where[trait])}" for trait in sorted(population.where))
    return "; ".join(parts)
