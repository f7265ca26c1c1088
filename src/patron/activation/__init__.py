"""From a decision to a list that can be delivered."""

from __future__ import annotations

from patron.activation.audience import Audience, audience
from patron.activation.holdout import share_of
from patron.activation.members import Members, members

__all__ = ["Audience", "Members", "audience", "members", "share_of"]
