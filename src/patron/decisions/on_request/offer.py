"""What does it cost her? Everybody's price, less the discount that surely pays for one of her segments.

The discounts are those of contracts.price_offer.PRICE_OFFERS, under the fences of the settings. They are not drawn:
who is in the same segments is asked the same price.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from patron.decisions.on_request.asked import Given, nothing

ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Offers:
    """Prices of products, and discounts by category and segment; from `of`."""

    prices: Mapping[str, float] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)  # of products
    discounts: Mapping[str, Mapping[tuple[str, str], float]] = field(default_factory=dict)  # by category

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> Offers:
        """Read them off the rows of PRICE_OFFERS."""
        prices: dict[str, float] = {}
        categories: dict[str, str] = {}
        discounts: dict[str, dict[tuple[str, str], float]] = {}
        for row in rows:
            if row["level"] == "product" and row["segmentation"] == ALL:
                prices[row["product_id"]], categories[row["product_id"]] = float(row["price"]), row["category"]
            elif row["level"] == "category" and row["segmentation"] != ALL and row["status"] == "lower":
                own = discounts.setdefault(row["category"], {})
                own[row["segmentation"], row["segment"]] = -float(row["change"])
        return cls(prices=prices, categories=categories, discounts=discounts)

    def discount(self, category: str | None, segments: Collection[tuple[str, str]]) -> float | None:
        """Return the highest discount of a category for a member of these segments; none where there is none."""
        own = self.discounts.get(category or "", {})
        return max((cut for segment, cut in own.items() if segment in segments), default=None)


def offer(
    product_id: str | None, category: str | None, known: Offers, *, segments: Collection[tuple[str, str]]
) -> Given:
    """Return the offer on a product, or on a category.

    Parameters
    ----------
    product_id, category : str, optional
        What it is about.
    known : Offers
        The shop's.
    segments : collection of (segmentation, segment)
        Hers; empty where she is not known, or her data may not be used so.
    """
    if product_id is None and category is None:
        return nothing("no_subject")
    about = category or known.categories.get(product_id or "")
    cut = known.discount(about, segments)
    price = known.prices.get(product_id or "")
    if cut is None:
        return Given(outcome="nothing", reason="no_discount", subject=product_id or about, price=price)
    return Given(
        outcome="given", reason="discount", choice=product_id or about, subject=product_id or about, discount=cut,
        price=None if price is None else price * (1 - cut), facts={"category": about},
    )  # fmt: skip
