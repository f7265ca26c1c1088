"""Which customers belong together, how large is each group, and who moved?"""

from __future__ import annotations

from patron.segments.condition import condition
from patron.segments.movement import movements
from patron.segments.rfm import rfm
from patron.segments.rules import rules
from patron.segments.standing import standing
from patron.segments.summary import segments
from patron.segments.tiers import tiers
from patron.segments.value_map import value_map

__all__ = ["condition", "movements", "rfm", "rules", "segments", "standing", "tiers", "value_map"]
