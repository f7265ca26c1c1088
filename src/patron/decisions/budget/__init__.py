"""Who gets what within a budget, and what another unit of money, of a channel or of goods would bring."""

from __future__ import annotations

from patron.decisions.budget.allocate import Allocation, allocate

__all__ = ["Allocation", "allocate"]
