"""Advertising of a simulated shop whose causal effects are known, and paths of touches that mislead."""

from __future__ import annotations

from patron.simulate.marketing.demand import Demand, on_sale
from patron.simulate.marketing.marketing import Marketing, marketing

__all__ = ["Demand", "Marketing", "marketing", "on_sale"]
