"""What each action truly does to people, and what sending it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

ALWAYS = "any"
SITUATIONS = ("cart", "browse", "due", "once", "late", "gone", ALWAYS)
"""When an action finds its moment: a cart left in the last three days, products looked at, something about to run out,
one order and no second yet, later than by her own rhythm, silent for half a year, always."""

Reaches = Literal["everywhere", "top", "middle", "bottom", "nowhere"]
REACHES: tuple[str, ...] = get_args(Reaches)
"""In which tier of past value actions bring anything."""

CHANNELS = ("email", "push", "sms", "post", "phone")
COSTS = (20, 2, 600, 8_500, 40_000)  # of one message, in hundredths of a cent
CHANNEL_PULL = (1.0, 0.8, 1.15, 1.5, 1.9)  # how well a channel carries, in the mean over people
QUIT = ("email", "push", "sms")
"""Channels from which who unsubscribes is gone, all at once."""

KINDS = {"promotion": 1.0, "service": 0.3, "transactional": 0.0, "legal": 0.0}
"""How much a message of a kind tires, against a promotion."""


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One action: the mean of extra orders of a person of readiness 1, by a message that she is not tired of."""

    action: str
    moments: Mapping[str, float]  # extra orders by situation, see SITUATIONS; in several at once, the most of them
    off: float = 0.0  # share of the price that the message takes off all orders of the next days
    instead: float = 0.0  # share of the extra orders that take the place of her next one
    refers: float = 0.0  # newcomers that a message to a promoter brings


PLANTED: tuple[Planted, ...] = (
    Planted(action="remind", moments={"cart": 0.15, "browse": 0.05}, instead=0.3),
    Planted(action="replenish", moments={"due": 0.11}, instead=0.6),
    Planted(action="welcome", moments={"once": 0.02}),
    Planted(action="second_order", moments={"once": 0.07, "any": 0.003}),
    Planted(action="cross_sell", moments={"any": 0.018}, instead=0.1),
    Planted(action="announce", moments={"browse": 0.025, "any": 0.012}, instead=0.2),
    Planted(action="win_back", moments={"gone": 0.03, "late": 0.035}),
    Planted(action="protect", moments={"late": 0.05}, instead=0.2),
    Planted(
        action="discount", moments={"cart": 0.15, "once": 0.07, "late": 0.07, "gone": 0.05, "any": 0.025}, off=0.10,
        instead=0.3,
    ),
    Planted(action="gift", moments={"late": 0.035, "any": 0.018}, off=0.05),
    Planted(action="exclusive_access", moments={"any": 0.012}),
    Planted(action="reward", moments={"any": 0.009}),
    Planted(action="congratulate", moments={"any": 0.006}),
    Planted(action="refer", moments={}, refers=0.02),
    Planted(action="newsletter", moments={"any": 0.006}),
    *(
        Planted(action=action, moments={})
        for action in ("thank", "recover", "switch_channel", "rest", "renew", "retry_payment")
    ),
)  # fmt: skip
"""Some work in their moment alone, some anywhere a little, some never, whatever one believes of them."""


def strengths(planted: Sequence[Planted]) -> NDArray[np.float64]:
    """Return the extra orders by action and situation, shape (actions, SITUATIONS)."""
    return np.array([[one.moments.get(name, 0.0) for name in SITUATIONS] for one in planted])
