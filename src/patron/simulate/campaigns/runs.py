"""One campaign as it was run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.simulate.campaigns.draws import Drawn
from patron.simulate.campaigns.moves import Moves
from patron.simulate.campaigns.plans import Plan
from patron.simulate.campaigns.sent import Sent


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """Who was drawn, what each arm would do to whom, and what was sent."""

    plan: Plan
    drawn: Drawn
    tier: NDArray[np.int64]  # of each who was drawn, place in TIERS
    moves: Moves
    sent: Sent
    null: bool  # moves nobody
