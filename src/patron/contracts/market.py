"""Whom to win next: prospects who are like the ideal customers, and segments of the market that are not reached."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract

LOOKALIKES = Contract(
    name="lookalikes",
    grain="one prospect who is no customer yet and of whom a trait is known",
    purpose="profiling",
    note="No rows where the scores of a held-out half of the customers rank no better than chance; `lookalike_card` says so. Neither customers nor anybody who objected to marketing, advertising or profiling under the prospect's name is here. Sensitive attributes and values whose licence has ended are never used.",
    columns=(
        Column(name="customer_id", type="string", meaning="`prospect:` and the id: the name under which consents, objections and requests know this person."),
        Column(name="prospect_id", type="string", meaning="Who, by the id of the source `prospects`.", key=True),
        Column(name="channel", type="string", meaning="What brought the prospect.", nullable=True),
        Column(name="ratio", type="float64", meaning="How many times as often these traits are found among the ideal customers as among the other customers; 1 is nobody in particular.", unit="ratio"),
        Column(name="rank", type="int64", meaning="1 for the prospect most alike; equals share the first place."),
        Column(name="tenth", type="int64", meaning="1 for the tenth of the prospects that is most alike, to 10."),
        Column(name="traits", type="int64", meaning="How many of the traits that were learned are known of the prospect.", unit="traits"),
        Column(name="grade", type="string", meaning="A: four fifths of the traits are known. B: half of them. C: fewer.", values=("A", "B", "C")),
        Column(name="reason", type="string", meaning="The trait that makes the odds better most, in words."),
    ),
)

LOOKALIKE_CARD = Contract(
    name="lookalike_card",
    grain="one fact about the model behind `lookalikes`",
    purpose="analytics",
    people="customers",
    note="`status`: whether prospects were scored, or why not. `auc`: the chance that an ideal customer of the held-out half stands above another one; no better than chance where its interval holds .5. `lift`: a tenth of that half, the most alike first: its share of ideal customers over that of all. `trait`: a value of a trait, and what it does to the odds. `shift`: how far prospects differ from customers in a trait, the share that would have to change its value.",
    columns=(
        Column(name="part", type="string", meaning="What the fact is about.", key=True, values=("status", "auc", "lift", "trait", "shift")),
        Column(name="name", type="string", meaning="Of the trait; else the part.", key=True),
        Column(name="place", type="int64", meaning="Tenth, or value of the trait, from 1; 0 where there is only one.", key=True),
        Column(name="customers", type="int64", meaning="How many are behind it.", unit="customers"),
        Column(name="ideal", type="int64", meaning="How many of them are ideal.", unit="customers", nullable=True),
        Column(name="expected", type="float64", meaning="How many were expected to be, by the scores.", unit="customers", nullable=True),
        Column(name="value", type="float64", meaning="The fact, where it is a number.", unit="ratio", nullable=True),
        Column(name="low", type="float64", meaning="Lower end of its 95 % interval.", unit="ratio", nullable=True),
        Column(name="high", type="float64", meaning="Upper end.", unit="ratio", nullable=True),
        Column(name="text", type="string", meaning="The fact, where it is words; of a trait, the value.", nullable=True),
    ),
)

MARKET_SIZE = Contract(
    name="market_size",
    grain="one segment of the reference population that the settings name",
    purpose="analytics",
    people="known",
    note="Empty without `market.population` in the settings. Segments may overlap; their figures do not add up. What the share of the best comparable segment would bring is what such a share would show, not what a campaign will bring.",
    columns=(
        Column(name="segment", type="string", meaning="What its people are, for example household: family; town: city.", key=True),
        Column(name="people", type="int64", meaning="Of that kind in the market, by the settings.", unit="people"),
        Column(name="source", type="string", meaning="Who says so."),
        Column(name="dated", type="date", meaning="As of which day."),
        Column(name="known", type="int64", meaning="Our customers of whom it is known that they are of that kind.", unit="customers"),
        Column(name="customers", type="float64", meaning="Our customers of that kind: known, over the share of our customers of whom the traits are known at all. None where they are known of nobody.", unit="customers", nullable=True),
        Column(name="share", type="float64", meaning="customers / people.", unit="share", nullable=True),
        Column(name="share_low", type="float64", meaning="Lower end of its 95 % interval.", unit="share", nullable=True),
        Column(name="share_high", type="float64", meaning="Upper end.", unit="share", nullable=True),
        Column(name="ideal_share", type="float64", meaning="Share of ideal customers among ours of that kind, drawn to that of all as far as chance explains the difference.", unit="share", nullable=True),
        Column(name="compared_with", type="string", meaning="The segment by the same traits in which our share is highest for certain (by the lower end of its interval); none where there is none.", nullable=True),
        Column(name="reachable", type="float64", meaning="Customers that are missing to the share that is certain there; 0 where ours is as high.", unit="customers", nullable=True),
        Column(name="reachable_ideal", type="float64", meaning="How many of them would be ideal: reachable x ideal_share.", unit="customers", nullable=True),
        Column(name="value_each", type="float64", meaning="Mean predicted value of our customers of that kind, drawn to that of all.", unit="money", nullable=True),
        Column(name="value", type="float64", meaning="At stake: reachable x value_each.", unit="money", nullable=True),
        Column(name="cost", type="float64", meaning="Of reaching them; none where nothing is known of it.", unit="money", nullable=True),
        Column(name="cost_basis", type="string", meaning="How cost is known: contact (cost_per_contact of the settings x everybody of that kind who is no customer), acquisition (what a new customer cost over the last year x reachable).", values=("contact", "acquisition"), nullable=True),
        Column(name="rank", type="int64", meaning="1 for the segment with most at stake, less its cost where that is known; last those of which nothing can be told."),
        Column(name="horizon_days", type="int64", meaning="Over how many days value counts.", unit="days"),
    ),
)

CONTRACTS = (LOOKALIKES, LOOKALIKE_CARD, MARKET_SIZE)
