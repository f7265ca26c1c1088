"""What an attribute is about: by its own name, or by the words in it."""

from __future__ import annotations

import re

TRAIT = "trait:"
"""Opens the name of an attribute that a source or the shop's own rows tell of a customer."""

OWN = {
    "country": "demographics",
    "channel": "channels",
    "acquisition_channel": "channels",
    "trait:preferred_channel": "channels",
    "trait:post_or_email": "channels",
    "category": "categories",
    "brand": "brands",
    "own_label": "brands",
    "discount": "discounts",
    "trait:coupons": "discounts",
    "weekday": "timing",
    "part_of_day": "timing",
    "interval": "returning",
    "refills": "returning",
    "referred": "returning",
    "loyalty_tier": "returning",
    "next_category": "next",
    "next_known": "next",
    "trait:intent": "next",
    "returns": "experience",
    "nps_group": "experience",
    "effort": "experience",
    "content": "experience",
    "rating": "experience",
    "tickets": "experience",
    "main_topic": "experience",
}
"""Of attributes that a run knows."""

STEMS = {
    "demographics": (
        "age birth born gender sex income salary education degree school marital married household family child "
        "children kid kids kidhome teen teens teenhome town city region country state postal home house owner job "
        "occupation profession language"
    ),
    "psychographics": (
        "lifestyle leisure hobby hobbies interest interests attitude attitudes opinion opinions value values "
        "personality newspaper publication media magazine sport music activity"
    ),
    "channels": "channel web store catalog catalogue app phone post email",
    "discounts": "discount discounts deal deals coupon coupons promotion promotions",
    "experience": "satisfaction nps effort complain complaint complaints rating quality csat",
}
"""Words by which an attribute with a name of somebody else's is told; the first kind with one of them."""


def kind_of(attribute: str) -> str:
    """Return what an attribute is about (contracts.portrait.KINDS); `other` where its name tells nothing.

    Examples
    --------
    >>> kind_of("brand"), kind_of("trait:lifestyle"), kind_of("Year_Birth"), kind_of("numDealsPurchases"), kind_of("x")
    ('brands', 'psychographics', 'demographics', 'discounts', 'other')
    """
    if attribute in OWN:
        return OWN[attribute]
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", attribute.removeprefix(TRAIT))
    words = set(re.findall(r"[a-z]+", plain.lower()))
    return next((kind for kind, stems in STEMS.items() if words & set(stems.split())), "other")
