"""What the settings say of what handling costs."""

from __future__ import annotations

from pydantic import Field

from patron.pipeline.section import Section
from patron.profile import ServiceCosts


class Costs(Section):
    """What handling costs the shop, in the project's currency."""

    per_order: float | None = Field(default=None, ge=0, description="Picking, packing, postage, payment of one order.")
    per_line: float | None = Field(default=None, ge=0, description="Handling one line.")
    per_return: float | None = Field(default=None, ge=0, description="Taking back one line.")
    subscription_margin: float | None = Field(
        default=None, ge=0, le=1,
        description="Share of a subscription's payment that is margin; without it the shop's own margin rate.",
    )  # fmt: skip

    def service(self) -> ServiceCosts:
        """Return them as the profile takes them."""
        return ServiceCosts(per_order=self.per_order, per_line=self.per_line, per_return=self.per_return)
