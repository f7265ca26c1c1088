"""How tables are recognised: looked at, named by words and values, chosen so that they meet, and held to their rows."""

from __future__ import annotations

from patron.sources.recognition.look import Unread, look
from patron.sources.recognition.looked import ColumnFacts, Looked
from patron.sources.recognition.proposal import Answer, Hint, LeftOut, Mapped, Recognised, SourceProposal

__all__ = [
    "Answer",
    "ColumnFacts",
    "Hint",
    "LeftOut",
    "Looked",
    "Mapped",
    "Recognised",
    "SourceProposal",
    "Unread",
    "look",
]
