"""Signals as a person says them: made when they are read, never stored a customer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from patron.contracts.signal import LIBRARY
from patron.language import say

SPACE = " "


def signal_title(signal: str) -> str:
    """Return a signal's name.

    Examples
    --------
    >>> signal_title("win_back"), signal_title("loyal_in_spring")
    ('Win back', 'Loyal in spring')
    """
    if signal in LIBRARY:
        return say(f"signals.{signal}.title")
    return signal.replace("_", SPACE).capitalize()


def signal_meaning(signal: str) -> str:
    """Return what a signal of the library tells."""
    return say(f"signals.{signal}.meaning", days=LIBRARY[signal][2])


def signal_clock(signal: str, *, days: int) -> str:
    """Return when a signal fires, and for how long it is fresh."""
    return say(f"signals.{signal}.clock" if signal in LIBRARY else "signals.own_clock", days=days)


def signal_reason(row: Mapping[str, Any]) -> str:
    """Return why a signal fired for a customer.

    Parameters
    ----------
    row : mapping
        A row of contracts.signal.SIGNALS.

    Examples
    --------
    >>> signal_reason({"signal": "nps_promoter", "subject": "", "fired_on": "2024-05-02", "facts": '{"score": "9"}'})
    'Answered 9 of 10 on 2024-05-02.'
    """
    signal, fired = row["signal"], str(row["fired_on"])
    if signal not in LIBRARY:
        return say("signals.own_reason", signal=signal_title(signal), fired=fired)
    # A fact that the source does not tell, such as a product's name, is the subject, or nothing.
    facts = _Facts(json.loads(row["facts"]), row["subject"] or "–")
    return say(f"signals.{signal}.reason", fired=fired, **{name: facts[name] for name in FACTS.get(signal, ())})


def needed(needs: str) -> str:
    """Return what is missing, in words.

    Examples
    --------
    >>> needed("brands, own_prices|products_sold")
    "favourite brands (table affinity); the shop's own prices in the source market, or products in the order lines"
    """
    return "; ".join(_either(need.split("|")) for need in needs.split(", ") if need)


def _either(choices: list[str]) -> str:
    one, *others = (say(f"signals.need.{choice.replace(':', '.')}") for choice in choices)
    return say("signals.or", one=one, other=", ".join(others)) if others else one


class _Facts(dict[str, str]):
    """Facts, and what stands for one that is not known."""

    def __init__(self, told: Mapping[str, str], instead: str) -> None:
        super().__init__(told)
        self.instead = instead

    def __missing__(self, _name: str) -> str:
        return self.instead


FACTS: Mapping[str, tuple[str, ...]] = {
    "browse_abandoned": ("product",), "cart_abandoned": ("product", "products"),
    "price_drop": ("product", "price", "before"),
    "second_order_window": ("first", "opens", "closes"), "stuck_at_n": ("orders",), "first_90_days": ("first",),
    "replenishment_due": ("product", "due"), "category_next": ("product", "category"), "new_affinity": ("category",),
    "back_in_stock": ("product",), "brand_offer": ("brand", "until"), "discount_addict": ("reduced", "orders"),
    "full_price_buyer": ("orders",), "lapse_risk": ("last", "usual"), "high_value_quiet": ("last", "usual"),
    "household_lapsing": ("members",), "win_back": ("last", "usual"), "subscription_ending": ("plan", "renewed"),
    "tier_reached": ("tier",), "tier_at_risk": ("tier",), "nps_promoter": ("score",), "nps_detractor": ("score",),
    "review_given": ("rating",), "return_made": ("product",), "case_resolved": ("topic",),
    "anniversary": ("first", "years"), "birthday": ("day",), "fatigue": ("sent", "heeded", "before"),
    "channel_changed": ("channel", "before"),
}  # fmt: skip
"""What the reasons are written with."""
