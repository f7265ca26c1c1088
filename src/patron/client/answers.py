"""What a server answers, as types: the server makes its OpenAPI page of them, the client its return values.

Exact amounts are decimals, in JSON as text; estimates are floats. A key that a later server adds is kept.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Answer(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class Membership(_Answer):
    """A customer's place in one segmentation."""

    segmentation: str = Field(description="Which way of dividing.")
    segment: str = Field(description="The segment's stable name.")
    title: str | None = Field(default=None, description="Its name for people.")
    detail: str | None = Field(default=None, description="What put the customer there.")


class Message(_Answer):
    """What was decided about one message to a customer."""

    trigger: str = Field(description="Which trigger.")
    channel: str = Field(description="By which channel.")
    outcome: str = Field(description="`sent`, `queued`, `held_out` or `refused`.")
    reason: str | None = Field(default=None, description="Why, as a code.")
    why: str = Field(description="Why, in a sentence that can be read out.")


class NextAction(_Answer):
    """What to do next for a customer."""

    does: str = Field(description="What happens: `send`, `wait`, `refused` ...")
    sentence: str = Field(description="The same in a sentence.")


class LivePart(_Answer):
    """What happened since the run."""

    columns: dict[str, Any] = Field(default_factory=dict, description="Columns of the profile as they are now.")
    since: list[dict[str, Any]] = Field(default_factory=list, description="The last events since the run.")
    cart: dict[str, int] = Field(default_factory=dict, description="Units in the cart, by product.")
    gpc: bool = Field(default=False, description="Whether a browser of hers has sent Sec-GPC since the run.")


class Customer(_Answer):
    """All that is known of one customer: the published run's view, and what happened since."""

    customer_id: str = Field(description="Who.")
    run_id: str = Field(description="The published run.")
    as_of: date = Field(description="The last day that the run knows.")
    currency: str = Field(description="The currency of all amounts.")
    profile: dict[str, Any] | None = Field(description="The columns of `profiles`; none without an order.")
    segments: list[Membership] = Field(description="Where the customer belongs, by segmentation.")
    stage: dict[str, Any] | None = Field(description="The columns of `stages`; none where no stage is known.")
    forecast: dict[str, Any] | None = Field(description="The columns of `forecasts`; none without a purchase.")
    propensities: list[dict[str, Any]] = Field(description="Chances of what the customer may do, with reasons.")
    signals: list[dict[str, Any]] = Field(description="What was noticed and may be acted upon.")
    next_products: list[dict[str, Any]] = Field(description="Products that the customer may want next.")
    next_action: NextAction | None = Field(description="What to do next; none where there is nothing to do.")
    messages: list[Message] = Field(description="Which messages were decided on, and why not the others.")
    live: LivePart | None = Field(default=None, description="What happened since the run; none where nothing did.")


class Segment(_Answer):
    """One segment. Figures about too few people are withheld."""

    segmentation: str = Field(description="Which way of dividing.")
    segment: str = Field(description="The segment's stable name.")
    title: str = Field(description="Its name for people.")
    meaning: str = Field(description="Who is in it.")
    withheld: bool = Field(description="Whether its figures are withheld, because too few people are behind them.")
    customers: int | None = Field(description="How many.")
    net_revenue: Decimal | None = Field(description="Theirs to date.")
    margin: Decimal | None = Field(description="Theirs to date.")
    predicted_value: float | None = Field(description="Theirs within the horizon.")
