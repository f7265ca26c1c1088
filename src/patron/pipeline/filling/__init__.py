"""Filling the outbox: one file for each sort of thing that leaves."""

from __future__ import annotations

from patron.pipeline.filling.ad_audiences import ad_audiences
from patron.pipeline.filling.filled import Filled, Filler
from patron.pipeline.filling.messages import messages
from patron.pipeline.filling.profiles import profiles

FILLERS: tuple[Filler, ...] = (messages, profiles, ad_audiences)
"""In their order. Frozen lists are put in when somebody says so (`filling.lists`)."""

__all__ = ["FILLERS", "Filled", "Filler"]
