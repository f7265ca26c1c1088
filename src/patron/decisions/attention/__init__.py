"""What a customer's attention is worth, and which messages are worth it."""

from __future__ import annotations

from patron.decisions.attention.auction import Auction, auction
from patron.decisions.attention.budget import ContactBudget
from patron.decisions.attention.fatigue import Fatigue, FatiguePrior, fatigue
from patron.decisions.attention.price import AttentionPrice, attention_price

__all__ = [
    "AttentionPrice",
    "Auction",
    "ContactBudget",
    "Fatigue",
    "FatiguePrior",
    "attention_price",
    "auction",
    "fatigue",
]
