"""What to launch next: signals x segments x actions, by the margin that they are expected to add."""

from __future__ import annotations

from patron.decisions.opportunity.action_effects import action_effects
from patron.decisions.opportunity.actions import ACTIONS, Action, action_named, answering
from patron.decisions.opportunity.launch import launch_yaml, trigger_name, trigger_settings
from patron.decisions.opportunity.ranked import opportunities
from patron.decisions.opportunity.trials import Trial

__all__ = [
    "ACTIONS",
    "Action",
    "Trial",
    "action_effects",
    "action_named",
    "answering",
    "launch_yaml",
    "opportunities",
    "trigger_name",
    "trigger_settings",
]
