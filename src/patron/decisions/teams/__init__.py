"""Teams: where their goals stand, what their triggers brought, how fast they learn, and whom nobody speaks to."""

from __future__ import annotations

from patron.decisions.teams.brought import Brought, brought
from patron.decisions.teams.goal import Goal, Stood, stands
from patron.decisions.teams.pace import Pace, pace
from patron.decisions.teams.second_orders import second_order_rate
from patron.decisions.teams.spoken_to import spoken_to

__all__ = ["Brought", "Goal", "Pace", "Stood", "brought", "pace", "second_order_rate", "spoken_to", "stands"]
