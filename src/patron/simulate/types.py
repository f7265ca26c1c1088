"""The hidden types of customer that the shop is made of.

None of them buys as a Poisson process with a constant chance to leave, and most not even nearly: that is the point.
What a model finds here it has found against its own assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CustomerType:
    """One type: the means around which its customers differ."""

    name: str
    share: float  # of all arrivals
    meaning: str

    once: float  # share who never come back after the first order
    orders_a_year: float  # mean over the type, at the mean season
    rhythm: float  # shape of the gaps: 1 random, above regular (Erlang), below in bursts
    lifetime_days: float  # mean of those who come back
    trend: float = 0.0  # change of the log rate in a year
    sleep_days: float = 0.0  # mean length of a sleep in mid-life
    buys_at_once: bool = True  # the first known day is the day of the first order

    christmas: float = 0.5  # log of the peak against a plain day
    summer: float = -0.1
    campaign_pull: float = 0.3  # extra visits on campaign days, as a share of a plain day
    office: bool = False  # buys on working days

    lines: float = 1.0  # mean of lines beyond the first and the staples
    units: float = 1.25  # mean of a line
    staples: int = 0  # consumables that are bought again each time they run out
    taste: float = 0.0  # 1 leans to the dear products of a category, -1 to the cheap
    focus: float = 0.25  # share of lines from the own favourite category
    brand_loyalty: float = 0.08  # share of lines from the own favourite brand
    voucher: float = 0.06  # share of orders with a voucher, outside campaigns
    returns: float = 0.04  # share of lines sent back, before the category's factor

    categories: tuple[str, ...] = ()  # favourites, four times as likely as the rest
    arrives_by: dict[str, float]  # acquisition channel -> weight
    orders_by: dict[str, float]  # order channel -> weight


SEARCHING = {"organic": 3.0, "search": 4.0, "social": 1.0, "affiliate": 0.5, "referral": 1.0, "catalogue": 0.5}
SCROLLING = {"organic": 1.5, "search": 1.5, "social": 4.0, "affiliate": 1.0, "referral": 1.0, "catalogue": 0.1}
COMPARING = {"organic": 1.0, "search": 3.0, "social": 1.0, "affiliate": 5.0, "referral": 0.3, "catalogue": 0.1}
TRUSTING = {"organic": 4.0, "search": 1.5, "social": 0.5, "affiliate": 0.2, "referral": 3.0, "catalogue": 1.5}

ONLINE = {"web": 6.0, "app": 3.0, "store": 1.0, "phone": 0.1}
MOBILE = {"web": 2.5, "app": 6.5, "store": 1.0, "phone": 0.0}
MIXED = {"web": 4.0, "app": 1.5, "store": 4.0, "phone": 0.5}
BY_DESK = {"web": 6.0, "app": 0.3, "store": 0.7, "phone": 3.0}

TYPES: tuple[CustomerType, ...] = (
    CustomerType(
        name="regular replenisher", share=0.10, meaning="Buys the same few things whenever they run out.",
        once=0.10, orders_a_year=11, rhythm=6, lifetime_days=1000, christmas=0.1, campaign_pull=0.1,
        lines=0.5, staples=2, focus=0.5, voucher=0.05, returns=0.01,
        categories=("Coffee and tea", "Pet care", "Beauty"), arrives_by=SEARCHING, orders_by=ONLINE,
    ),
    CustomerType(
        name="weekly family", share=0.035, meaning="Does a large part of the household's shopping here, week by week.",
        once=0.08, orders_a_year=32, rhythm=3, lifetime_days=850, christmas=0.2, summer=-0.3,
        lines=1.6, units=1.5, staples=4, focus=0.2, voucher=0.15, returns=0.02,
        categories=("Pantry", "Baby care", "Cleaning"), arrives_by=TRUSTING, orders_by=MOBILE,
    ),
    CustomerType(
        name="gift buyer", share=0.18, meaning="Comes for one present and is not seen again.",
        once=0.88, orders_a_year=0.9, rhythm=1, lifetime_days=700, christmas=1.3, summer=0.2,
        lines=0.5, units=1.1, taste=0.5, voucher=0.10, returns=0.07, categories=("Toys", "Home", "Kitchen", "Beauty"),
        arrives_by=SCROLLING, orders_by=ONLINE,
    ),
    CustomerType(
        name="christmas shopper", share=0.09, meaning="Buys in November and December, hardly ever in between.",
        once=0.30, orders_a_year=2.4, rhythm=1.5, lifetime_days=1300, christmas=4.0, summer=-0.5,
        lines=1.5, units=1.2, taste=0.2, returns=0.07, categories=("Toys", "Home", "Clothing"),
        arrives_by=SEARCHING, orders_by=MIXED,
    ),
    CustomerType(
        name="bargain hunter", share=0.13, meaning="Waits for the sale, takes the cheapest, and moves on.",
        once=0.32, orders_a_year=6, rhythm=0.7, lifetime_days=600, christmas=0.2, campaign_pull=4.0,
        lines=1.4, taste=-1.0, voucher=0.60, returns=0.06, categories=("Clothing", "Home", "Cleaning"),
        arrives_by=COMPARING, orders_by=ONLINE,
    ),
    CustomerType(
        name="business buyer", share=0.025, meaning="A small firm that orders a lot at a time.",
        once=0.15, orders_a_year=11, rhythm=1.5, lifetime_days=900, christmas=0.0, summer=-0.4, campaign_pull=0.0,
        office=True, lines=3.0, units=3.0, staples=2, taste=0.2, focus=0.4, voucher=0.10, returns=0.02,
        categories=("Office", "Coffee and tea", "Cleaning"), arrives_by=TRUSTING, orders_by=BY_DESK,
    ),
    CustomerType(
        name="fading enthusiast", share=0.08, meaning="Starts with a passion that cools within a year.",
        once=0.08, orders_a_year=16, rhythm=1.2, lifetime_days=900, trend=-1.9,
        lines=1.4, taste=0.3, focus=0.55, voucher=0.06, returns=0.05,
        categories=("Kitchen", "Garden", "Coffee and tea"), arrives_by=SCROLLING, orders_by=MOBILE,
    ),
    CustomerType(
        name="returning sleeper", share=0.06, meaning="Looks lost for a year, then comes back as if nothing had been.",
        once=0.0, orders_a_year=6, rhythm=1.3, lifetime_days=1500, sleep_days=330,
        lines=1.2, focus=0.3, returns=0.04, categories=("Home", "Garden", "Kitchen"),
        arrives_by=SEARCHING, orders_by=MIXED,
    ),
    CustomerType(
        name="serial returner", share=0.05, meaning="Orders three, keeps one.",
        once=0.20, orders_a_year=7, rhythm=1, lifetime_days=800, summer=0.2, campaign_pull=1.0,
        lines=2.2, units=1.05, taste=0.4, focus=0.6, voucher=0.12, returns=0.30, categories=("Clothing",),
        arrives_by=SCROLLING, orders_by=MOBILE,
    ),
    CustomerType(
        name="growing newcomer", share=0.09, meaning="Starts small and trusts the shop with more every month.",
        once=0.15, orders_a_year=3.5, rhythm=2, lifetime_days=1300, trend=0.55,
        lines=1.1, staples=1, returns=0.04, categories=("Beauty", "Pantry", "Baby care"),
        arrives_by=TRUSTING, orders_by=MOBILE,
    ),
    CustomerType(
        name="brand loyalist", share=0.07, meaning="Comes for one brand and would follow it anywhere.",
        once=0.12, orders_a_year=6, rhythm=2.5, lifetime_days=1200, campaign_pull=0.5,
        lines=0.8, staples=1, taste=0.7, brand_loyalty=0.75, voucher=0.03, returns=0.03,
        categories=("Beauty", "Clothing", "Kitchen"), arrives_by=TRUSTING, orders_by=MIXED,
    ),
    CustomerType(
        name="browser", share=0.09, meaning="Signs up for the newsletter, looks a lot and buys little.",
        once=0.0, orders_a_year=1.2, rhythm=0.8, lifetime_days=1000, campaign_pull=1.5, buys_at_once=False,
        lines=0.4, taste=-0.3, voucher=0.35, returns=0.06, categories=("Clothing", "Home", "Beauty"),
        arrives_by=SCROLLING, orders_by=ONLINE,
    ),
)  # fmt: skip
"""A dozen; the shares add up to one."""
