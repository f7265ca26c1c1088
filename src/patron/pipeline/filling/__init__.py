"""Filling the outbox: one file for each sort of thing that leaves."""

from __future__ import annotations

from patron.pipeline.filling.ad_audiences import ad_audiences
from patron.pipeline.filling.filled import Filled, Filler
from patron.pipeline.filling.lists import lists
from patron.pipeline.filling.messages import messages
from patron.pipeline.filling.profiles import profiles

FILLERS: tuple[Filler, ...] = (messages, lists, profiles, ad_audiences)
"""In their order."""

__all__ = ["FILLERS", "Filled", "Filler"]
