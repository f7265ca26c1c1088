"""How customers experience the shop: what they said, what they sent back, whom they brought, how they stand with it."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract

NPS_GROUPS = ("promoter", "passive", "detractor")

EXPERIENCE = Contract(
    name="experience",
    grain="one customer with a profile",
    purpose="profiling",
    note="As of the run's day. What no source tells is missing, not zero: without the source tickets nobody is known to have had none. Sharing and mentions are kinds of events.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="reviews", type="int64", meaning="Reviews written. From raw_reviews.", unit="reviews", nullable=True),
        Column(name="rating", type="float64", meaning="Mean of their ratings, from 1 to 5. From raw_reviews.", unit="points", nullable=True),
        Column(name="last_rating", type="float64", meaning="The last of them. From raw_reviews.", unit="points", nullable=True),
        Column(name="last_review_on", type="date", meaning="Day of the last review. From raw_reviews.", nullable=True),
        Column(name="answers", type="int64", meaning="Answers to surveys. From raw_surveys.", unit="answers", nullable=True),
        Column(name="nps_score", type="float64", meaning="Last answer to nps, from 0 to 10. From raw_surveys.", unit="points", nullable=True),
        Column(name="nps_group", type="string", meaning="9 and more: promoter; 7 and more: passive; less: detractor.", nullable=True, values=NPS_GROUPS),
        Column(name="nps_on", type="date", meaning="Day of that answer.", nullable=True),
        Column(name="ces_score", type="float64", meaning="Last answer to ces, from 1 to 7: how easy it was. From raw_surveys.", unit="points", nullable=True),
        Column(name="ces_on", type="date", meaning="Day of that answer.", nullable=True),
        Column(name="csat_score", type="float64", meaning="Last answer to csat, from 1 to 5: how content. From raw_surveys.", unit="points", nullable=True),
        Column(name="csat_on", type="date", meaning="Day of that answer.", nullable=True),
        Column(name="tickets", type="int64", meaning="Tickets of the help desk. From raw_tickets.", unit="tickets", nullable=True),
        Column(name="open_tickets", type="int64", meaning="Those that are open. From raw_tickets.", unit="tickets", nullable=True),
        Column(name="hours_to_close", type="float64", meaning="Median over the tickets that are closed. From raw_tickets.", unit="hours", nullable=True),
        Column(name="ticket_satisfaction", type="float64", meaning="Mean of what was said of the answers, from 1 to 5. From raw_tickets.", unit="points", nullable=True),
        Column(name="main_topic", type="string", meaning="Topic of most tickets; the first by name when equal. From raw_tickets.", nullable=True),
        Column(name="last_ticket_on", type="date", meaning="Day of the last ticket. From raw_tickets.", nullable=True),
        Column(name="return_rate", type="float64", meaning="Price of what came back / price of what was sold. From profiles.", unit="share", nullable=True),
        Column(name="referrals_made", type="int64", meaning="Referrals made. From raw_referrals.", unit="referrals", nullable=True),
        Column(name="referrals_won", type="int64", meaning="Those that are customers by now. From raw_referrals.", unit="referrals", nullable=True),
        Column(name="referrals_received", type="int64", meaning="Referrals by which this customer came. From raw_referrals.", unit="referrals", nullable=True),
        Column(name="loyalty_tier", type="string", meaning="Tier as last known. From raw_loyalty.", nullable=True),
        Column(name="loyalty_points", type="float64", meaning="Points on that day. From raw_loyalty.", unit="points", nullable=True),
        Column(name="loyalty_on", type="date", meaning="That day.", nullable=True),
        Column(name="shares", type="int64", meaning="Times shared or mentioned. From raw_events: share, mention, Product Shared and the like.", unit="times", nullable=True),
    ),
)  # fmt: skip

TOLD_BY = {
    "reviews": ("reviews", "rating", "last_rating", "last_review_on"),
    "surveys": ("answers", "nps_score", "nps_group", "nps_on", "ces_score", "ces_on", "csat_score", "csat_on"),
    "tickets": ("tickets", "open_tickets", "hours_to_close", "ticket_satisfaction", "main_topic", "last_ticket_on"),
    "order_lines": ("return_rate",),
    "referrals": ("referrals_made", "referrals_won", "referrals_received"),
    "loyalty": ("loyalty_tier", "loyalty_points", "loyalty_on"),
    "events": ("shares",),
}
"""The source of each column of `experience`: where it is absent, the column is missing in every row."""

CONTRACTS = (EXPERIENCE,)
