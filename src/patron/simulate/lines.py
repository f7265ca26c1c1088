"""Order lines as arrays: what passes between baskets, returns, faults, truth and extract."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

DAY = 86_400  # seconds


@dataclass(frozen=True, kw_only=True, eq=False)
class Lines:
    """One entry an order line in every array; money in cents, of a return negative like its quantity."""

    order: NDArray[np.int64]  # its number; a return has an order of its own
    customer: NDArray[np.int64]  # -1 for none
    second: NDArray[np.int64]  # since the start of the shop's first day
    product: NDArray[np.int64]
    quantity: NDArray[np.int64]
    price: NDArray[np.int64]  # of one unit
    discount: NDArray[np.int64]  # of the line
    channel: NDArray[np.int64]  # place in ORDER_CHANNELS
    country: NDArray[np.int64]
    origin: NDArray[np.int64]  # the order that a return takes back; -1 for a sale

    def __len__(self) -> int:
        return len(self.order)

    @property
    def day(self) -> NDArray[np.int64]:
        """The day, counted from the shop's first."""
        return self.second // DAY

    def where(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> Lines:
        """Return the chosen lines."""
        return replace(self, **{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    def renumbered(self, *, orders: int, customers: int, own_orders: int = 0) -> Lines:
        """Return the lines of one batch as a part of the whole, with numbers that go on from the batches before."""
        origin = np.where(self.origin < 0, -1, self.origin + orders)
        return replace(self, order=self.order + orders + own_orders, customer=self.customer + customers, origin=origin)


def together(parts: list[Lines]) -> Lines:
    """Return the lines of all parts, one after the other."""
    return Lines(
        **{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Lines)}
    )
