"""What lies in a person's cart, as far as her events since the run tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from patron.server.live.rows import LiveEvent

ADD, REMOVE, ORDER = "cart_add", "cart_remove", "order"


def cart(events: Sequence[LiveEvent]) -> Mapping[str, int]:
    """Return units by product: put in, and neither taken out nor ordered since.

    Parameters
    ----------
    events : sequence of LiveEvent
        In the order in which they happened. An order empties the cart.
    """
    held: dict[str, Decimal] = {}
    for one in events:
        if one.event == ORDER:
            held.clear()
        elif one.event in (ADD, REMOVE):
            sign = 1 if one.event == ADD else -1
            for product in one.products:
                units = held.get(product.product_id, Decimal(0)) + sign * (product.quantity or Decimal(1))
                held[product.product_id] = max(units, Decimal(0))
    return {product: int(units) for product, units in held.items() if units > 0}
