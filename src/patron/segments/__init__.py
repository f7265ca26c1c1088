"""Which customers belong together, how large is each group, and who moved?"""

from __future__ import annotations

from patron.segments.behaviour import BehaviourSegments, behaviour_memberships
from patron.segments.condition import condition
from patron.segments.micro import micro_segments
from patron.segments.micro_counts import Tables
from patron.segments.micro_members import Micro, micro_members
from patron.segments.movement import movements
from patron.segments.rfm import rfm
from patron.segments.rules import rules
from patron.segments.stages import stage_memberships, stages
from patron.segments.standing import standing
from patron.segments.stuck import stuck_points
from patron.segments.summary import segments
from patron.segments.tiers import tiers
from patron.segments.value_map import value_map

__all__ = [
    "BehaviourSegments",
    "Micro",
    "Tables",
    "behaviour_memberships",
    "condition",
    "micro_members",
    "micro_segments",
    "movements",
    "rfm",
    "rules",
    "segments",
    "stage_memberships",
    "stages",
    "standing",
    "stuck_points",
    "tiers",
    "value_map",
]
