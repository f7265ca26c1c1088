"""What each action truly does to people, and what sending it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

SITUATIONS = ("cart", "browse", "due", "once", "late", "gone", "any")
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
    situation: str  # see SITUATIONS
    within: float  # extra orders, in that situation
    beside: float = 0.0  # extra orders, out of it
    off: float = 0.0  # share of the price that the message takes off all orders of the next days
    instead: float = 0.0  # share of the extra orders that take the place of her next one
    refers: float = 0.0  # newcomers that a message to a promoter brings


PLANTED: tuple[Planted, ...] = (
    Planted(action="cart_reminder", situation="cart", within=0.16, instead=0.3),
    Planted(action="browse_reminder", situation="browse", within=0.05, instead=0.3),
    Planted(action="replenish", situation="due", within=0.14, instead=0.6),
    Planted(action="second_order", situation="once", within=0.07, beside=0.005),
    Planted(action="re_engage", situation="late", within=0.06, beside=0.005, instead=0.2),
    Planted(action="win_back", situation="gone", within=0.035),
    Planted(action="cross_category", situation="any", within=0.02, instead=0.1),
    Planted(action="voucher", situation="late", within=0.09, beside=0.03, off=0.15, instead=0.3),
    Planted(action="newsletter", situation="any", within=0.008),
    Planted(action="appreciation", situation="any", within=0.0),
    Planted(action="service", situation="any", within=0.0),
    Planted(action="referral", situation="any", within=0.0, refers=0.03),
)
"""Some work in their moment alone, some anywhere a little, some never, whatever one believes of them."""
