"""What no single line shows: gaps, swings, beginnings, prices, ids, robots and clocks."""

from __future__ import annotations

from patron.sources.checks.order_findings import CHECKS, order_findings

__all__ = ["CHECKS", "order_findings"]
