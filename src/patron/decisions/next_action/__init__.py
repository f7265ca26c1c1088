"""What to do next for each customer, and why, in a table and in words."""

from __future__ import annotations

from patron.decisions.next_action.next_actions import next_actions
from patron.decisions.next_action.worded import worded

__all__ = ["next_actions", "worded"]
