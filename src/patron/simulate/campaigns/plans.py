"""Which campaigns the simulated shop ran, on whom, with which arms, and what each of them does to people.

Each campaign moves orders in the days of its own window alone, and no two windows share a day. So what one of them
changed can be told exactly, and the changes of all add up to what the whole programme changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

WINDOW = 41
"""Days after the draw in which a campaign moves orders; the next one is drawn later."""

FADES = 12.0
"""Mean days to an order that came because of a campaign, before the window cuts it."""

CONTROL = "control"
TREATED = "treated"
GLOBAL = "global"
PROGRAMME = "programme:"
"""Opens the name of the hold-out of a programme."""

HELD_BACK = 0.1
"""Share of the base that gets no campaign at all, and of the rest that gets none of the programme with a hold-out."""

BEFORE = 340
"""Days before the last one on which the base is fixed and the hold-outs are drawn."""

TIERS = ("top", "middle", "bottom")
TIER_SHARES = (0.2, 0.3, 0.5)
"""By what each had spent in the year up to the draw, of all who had bought by then; the last is what is left."""

Growth = Literal["top", "middle", "bottom", "nowhere"]
GROWTHS: tuple[str, ...] = get_args(Growth)

PULL = {"top": 0.9, "middle": 0.6, "bottom": 0.45}
"""Mean extra orders of a customer of the tier with the growth, by a campaign of strength 1."""


@dataclass(frozen=True, kw_only=True)
class Arm:
    """What an arm gets."""

    name: str
    share: float
    strength: float = 0.0  # of its pull; 0 moves nobody
    off: float = 0.0  # share of the price that is taken off every order of the window
    annoys: bool = False  # drives some customers away
    cost: int = 0  # of one message, in hundredths of a cent


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One campaign."""

    name: str
    programme: str
    before: int  # days before the shop's last one on which it is drawn
    channel: str
    arms: tuple[Arm, ...]  # the first is the control
    by_household: bool = False

    @property
    def null(self) -> bool:
        """Whether it moves nobody."""
        return not any(arm.strength or arm.off or arm.annoys for arm in self.arms)


def _control(share: float) -> Arm:
    return Arm(name=CONTROL, share=share)


PLANS: tuple[Plan, ...] = (
    Plan(
        name="Winter letter", programme="growth", before=339, channel="post",
        arms=(_control(0.5), Arm(name="mail", share=0.5, strength=1.0, cost=8500)),
    ),
    Plan(
        name="Spring offer", programme="growth", before=296, channel="post",
        arms=(
            _control(0.34), Arm(name="mail", share=0.33, strength=0.7, cost=6500),
            Arm(name="discount", share=0.33, strength=1.1, off=0.15, annoys=True, cost=6500),
        ),
    ),
    Plan(
        name="Household bonus", programme="growth", before=254, channel="email", by_household=True,
        arms=(_control(0.5), Arm(name="mail", share=0.5, strength=0.8, cost=150)),
    ),
    Plan(
        name="Loyalty news", programme="service", before=212, channel="email",
        arms=(_control(0.2), Arm(name="mail", share=0.8, cost=150)),
    ),
    Plan(
        name="Birthday card", programme="service", before=170, channel="post",
        arms=(_control(0.1), Arm(name="card", share=0.9, cost=9500)),
    ),
    Plan(
        name="Daily deals", programme="deals", before=128, channel="push",
        arms=(_control(0.3), Arm(name="push", share=0.7, strength=0.4, annoys=True, cost=20)),
    ),
    Plan(
        name="Product tips", programme="service", before=86, channel="email",
        arms=(_control(0.5), Arm(name="mail", share=0.5, cost=150)),
    ),
    Plan(
        name="Autumn letter", programme="growth", before=43, channel="post",
        arms=(_control(0.25), Arm(name="mail", share=0.75, strength=0.8, cost=8500)),
    ),
)  # fmt: skip
"""In the order in which they were drawn."""

WITH_HOLDOUT = "growth"
"""The programme with a hold-out of its own."""

VISITORS = "Header test"
"""A test of two headers on the pages, by visitor; it moves nobody."""
