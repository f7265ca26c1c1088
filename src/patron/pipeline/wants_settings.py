"""What the settings say of what is recommended to customers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from patron.models import Offer
from patron.pipeline.section import Section


class NextProductSettings(Section):
    """Which products are recommended, and how many to each customer."""

    repeat_policy: Literal["include", "only", "exclude"] = Field(
        "include",
        description="What the customer has bought before: together with what is new to her, alone, or not at all.",
    )
    most: int = Field(10, ge=1, le=100, description="Products for each customer.")
    least_margin: float | None = Field(
        None, lt=1,
        description="Share of the price that has to be left as margin, for example 0.1; where the cost is known.",
    )  # fmt: skip
    exclude: str | None = Field(
        None,
        description="SQL condition: which products are never recommended. Columns: product_id, product_name, category, "
        "brand, price, margin, customers, stock.",
    )

    popular_by: Literal["acquisition_channel", "country", "none"] = Field(
        "acquisition_channel",
        description="Of whom little is known is given what is popular with customers of the same acquisition channel "
        "or country; none: what is popular in the shop.",
    )

    def offer(self) -> Offer:
        """Return them as the model takes them."""
        return Offer(**self.model_dump(exclude={"popular_by"}))
