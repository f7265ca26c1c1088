"""What happened to a customer, or with her, that asks for an answer; and which signals the shop's data can tell of."""

from __future__ import annotations

from patron.contracts.contract import MONEY, Column, Contract

SUBJECT_KINDS = ("none", "product", "category", "order", "cart", "brand", "person", "subscription")

FAMILIES = (
    "abandonment", "onboarding", "replenishment", "growth", "offer", "price", "retention", "loyalty", "advocacy",
    "service", "occasion", "contact",
)  # fmt: skip
"""Signals of one family ask for the same kind of answer, so that what one has taught is a guess for another."""

LIBRARY: dict[str, tuple[str, str, int]] = {
    "browse_abandoned": ("abandonment", "product", 7),
    "cart_abandoned": ("abandonment", "cart", 5),
    "payment_failed": ("abandonment", "none", 5),
    "second_order_window": ("onboarding", "none", 60),
    "stuck_at_n": ("onboarding", "none", 30),
    "first_90_days": ("onboarding", "none", 90),
    "replenishment_due": ("replenishment", "product", 21),
    "category_next": ("growth", "category", 30),
    "new_affinity": ("growth", "category", 21),
    "price_drop": ("offer", "product", 10),
    "back_in_stock": ("offer", "product", 10),
    "brand_offer": ("offer", "brand", 14),
    "discount_addict": ("price", "none", 60),
    "full_price_buyer": ("price", "none", 60),
    "lapse_risk": ("retention", "none", 30),
    "high_value_quiet": ("retention", "none", 30),
    "household_lapsing": ("retention", "person", 30),
    "win_back": ("retention", "none", 90),
    "subscription_ending": ("retention", "subscription", 14),
    "tier_reached": ("loyalty", "none", 14),
    "tier_at_risk": ("loyalty", "none", 30),
    "nps_promoter": ("advocacy", "none", 30),
    "referral_made": ("advocacy", "person", 14),
    "social_mention": ("advocacy", "none", 10),
    "review_given": ("advocacy", "product", 14),
    "nps_detractor": ("service", "none", 21),
    "return_made": ("service", "product", 14),
    "case_resolved": ("service", "none", 10),
    "anniversary": ("occasion", "none", 7),
    "birthday": ("occasion", "none", 7),
    "fatigue": ("contact", "none", 30),
    "channel_changed": ("contact", "none", 45),
}
"""Patron's own signals: of which family, what they are about, and for how many days after the fact they are fresh."""

STATES = ("fires", "silent", "no_data", "off")

SIGNALS = Contract(
    name="signals",
    grain="one signal that is fresh for one customer, and what it is about",
    purpose="profiling",
    note="Only what is fresh on the run's day, the day of `fresh_until` included. Of one customer and signal at most three subjects, the most money first.",
    columns=(
        Column(name="customer_id", type="string", meaning="For whom it fires.", key=True),
        Column(name="signal", type="string", meaning="Which signal, as in `signal_states`.", key=True),
        Column(name="family", type="string", meaning="What kind of answer it asks for.", values=FAMILIES),
        Column(name="subject_kind", type="string", meaning="What `subject` is.", values=SUBJECT_KINDS),
        Column(name="subject", type="string", meaning="What it is about: an id or a name; empty where it is about the customer alone.", key=True),
        Column(name="fired_on", type="date", meaning="Day of the fact: never after the run's day."),
        Column(name="fresh_until", type="date", meaning="The last day on which it is worth an answer."),
        Column(name="strength", type="float64", meaning="From 0 to 1: the chance of what the signal speaks of, or how clear the fact is; none where neither can be told.", unit="share", nullable=True),
        Column(name="value", type=MONEY, meaning="The money that it is about, for example what lies in the cart, or what the customer is expected to bring; it is no gain of an answer.", unit="money", nullable=True),
        Column(name="facts", type="string", meaning="What the reason is written with, as JSON."),
    ),
)

SIGNAL_STATES = Contract(
    name="signal_states",
    grain="one signal that Patron or the project knows",
    purpose="analytics",
    people="customers",
    columns=(
        Column(name="signal", type="string", meaning="Its name.", key=True),
        Column(name="family", type="string", meaning="What kind of answer it asks for.", values=FAMILIES),
        Column(name="subject_kind", type="string", meaning="What it is about.", values=SUBJECT_KINDS),
        Column(name="own", type="boolean", meaning="Whether it stands in the project's settings; else it is Patron's."),
        Column(name="status", type="string", meaning="`fires` for somebody, `silent`: for nobody today, `no_data`: nothing that it reads is there, `off`: the settings switch it off.", values=STATES),
        Column(name="needs", type="string", meaning="What is missing, with commas between: sources, tables of the run, and kinds of events; empty where nothing is."),
        Column(name="fresh_days", type="int64", meaning="For how many days after the fact it is fresh, where the fact itself does not say.", unit="days"),
        Column(name="customers", type="int64", meaning="For how many customers it is fresh.", unit="customers"),
        Column(name="today", type="int64", meaning="For how many of them it fired on the run's day.", unit="customers"),
        Column(name="rows", type="int64", meaning="Rows of `signals`: customers and subjects.", unit="rows"),
        Column(name="value", type=MONEY, meaning="The sum of what it is about; none where no money is known.", unit="money", nullable=True),
        Column(name="strength", type="float64", meaning="Mean strength; none where none is known.", unit="share", nullable=True),
    ),
)  # fmt: skip

CONTRACTS = (SIGNALS, SIGNAL_STATES)
