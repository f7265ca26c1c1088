"""Randomised campaigns of a simulated shop, with true effects that differ from customer to customer."""

from __future__ import annotations

from patron.simulate.campaigns.campaigns import Campaigns, campaigns
from patron.simulate.campaigns.plans import GROWTHS, Growth

__all__ = ["GROWTHS", "Campaigns", "Growth", "campaigns"]
