"""What the settings say of the budget: how much there is, what else is scarce, and who must not go short."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field, field_validator

from patron.language import say
from patron.pipeline.section import Days, Section

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(gt=0, le=1)]


class BudgetSettings(Section):
    """The budget."""

    amount: Decimal | None = Field(
        None, gt=0, description="What may be spent on customers there are, in the project's currency. None: no plan."
    )
    lasts: Days = Field(30, description="For how long, for example 30d.", validate_default=False)
    season: Days = Field(
        90, description="Length of the season that is planned, for example 90d.", validate_default=False
    )
    next: Decimal | None = Field(
        None, gt=0, description="How much more is weighed: what the next so much earns. By default a tenth of `amount`."
    )
    capacity: float | dict[str, Count] | None = Field(
        None, description="How many customers can be treated: in all, or by channel."
    )
    stock: dict[str, Count] = Field(default_factory=dict, description="How many of a product there are, by its id.")
    least_share: dict[str, Share] = Field(
        default_factory=dict,
        description="Of the customers treated, the least share that belongs to a segment, as segmentation.segment; "
        "segments of one segmentation.",
    )

    @field_validator("least_share")
    @classmethod
    def _one_way(cls, value: dict[str, float]) -> dict[str, float]:
        ways = {name.partition(".")[0] for name in value}
        if any("." not in name for name in value) or len(ways) > 1:
            raise ValueError(say("budget.segments", came=", ".join(sorted(value))))
        if sum(value.values()) > 1:
            raise ValueError(say("budget.shares_written", came=sum(value.values())))
        return value

    @field_validator("capacity")
    @classmethod
    def _not_below_nought(cls, value: float | dict[str, int] | None) -> float | dict[str, int] | None:
        if isinstance(value, float) and value < 0:
            raise ValueError(say("budget.limit", argument="capacity", came=value).partition("\n")[0])
        return value

    @property
    def more(self) -> Decimal:
        """How much more budget is weighed."""
        return self.next if self.next is not None else (self.amount or Decimal(0)) / 10
