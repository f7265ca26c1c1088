"""What a propensity is made of and what comes of it: features as of a day, probabilities with reasons, model cards."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract
from patron.contracts.customer import GRADES

PROPENSITY_TARGETS = ("buys", "lapses", "spends", "needs_support", "returns", "converts")

_TREND = "(the last days - the equal period before) / their sum, -1 to 1; none when both are empty."

FEATURES = Contract(
    name="features",
    grain="one customer with a purchase, as of one day",
    purpose="profiling",
    note="Not kept by a run: the steps that need features build them for the days that they need.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="as_of", type="date", meaning="The last day that is known here.", key=True),
        Column(name="days_since_last", type="int64", meaning="From the last purchase to as_of.", unit="days"),
        Column(name="tenure_days", type="int64", meaning="From the first purchase to as_of.", unit="days"),
        Column(name="purchase_days", type="int64", meaning="Days with a purchase.", unit="days"),
        Column(name="purchase_days_30", type="int64", meaning="Of them, in the last 30 days.", unit="days"),
        Column(name="purchase_days_90", type="int64", meaning="In the last 90 days.", unit="days"),
        Column(name="purchase_days_365", type="int64", meaning="In the last 365 days.", unit="days"),
        Column(name="purchase_trend_30", type="float64", meaning=f"Of purchase days, over 30 days: {_TREND}", nullable=True),
        Column(name="purchase_trend_90", type="float64", meaning="The same over 90 days.", nullable=True),
        Column(name="purchase_trend_365", type="float64", meaning="The same over 365 days.", nullable=True),
        Column(name="season_days_30", type="int64", meaning="Purchase days in the 30 days after this day a year ago; none for customers younger than a year.", unit="days", nullable=True),
        Column(name="season_days_90", type="int64", meaning="The same for 90 days.", unit="days", nullable=True),
        Column(name="weekend_share", type="float64", meaning="Purchase days on a Saturday or Sunday / purchase days.", unit="share"),
        Column(name="revenue", type="float64", meaning="Net amount of all purchases.", unit="money"),
        Column(name="revenue_30", type="float64", meaning="Of it, in the last 30 days.", unit="money"),
        Column(name="revenue_90", type="float64", meaning="In the last 90 days.", unit="money"),
        Column(name="revenue_365", type="float64", meaning="In the last 365 days.", unit="money"),
        Column(name="revenue_trend_30", type="float64", meaning=f"Of the net amount, over 30 days: {_TREND}", nullable=True),
        Column(name="revenue_trend_90", type="float64", meaning="The same over 90 days.", nullable=True),
        Column(name="revenue_trend_365", type="float64", meaning="The same over 365 days.", nullable=True),
        Column(name="average_order_value", type="float64", meaning="Mean net amount of an order.", unit="money"),
        Column(name="last_order_value", type="float64", meaning="Net amount of the last purchase day.", unit="money"),
        Column(name="repeat_value", type="float64", meaning="Mean net amount of the purchase days after the first; none without one.", unit="money", nullable=True),
        Column(name="lines_per_order", type="float64", meaning="Mean lines of an order.", unit="lines"),
        Column(name="median_interval_days", type="float64", meaning="Own median interval between purchase days; none without one.", unit="days", nullable=True),
        Column(name="last_interval_days", type="int64", meaning="The latest interval; none without one.", unit="days", nullable=True),
        Column(name="expected_interval_days", type="float64", meaning="Own interval shrunk to that of all customers, as in `rhythm`.", unit="days"),
        Column(name="lateness", type="float64", meaning="days_since_last / expected_interval_days.", unit="ratio"),
        Column(name="return_rate", type="float64", meaning="Price of what came back / price of what was sold.", unit="share", nullable=True),
        Column(name="returns_365", type="int64", meaning="Days in the last 365 on which something came back.", unit="days"),
        Column(name="discount_share", type="float64", meaning="Discount / price of what was sold.", unit="share", nullable=True),
        Column(name="products", type="int64", meaning="Different products bought.", unit="products"),
        Column(name="categories", type="int64", meaning="Different categories bought.", unit="categories"),
        Column(name="brands", type="int64", meaning="Different brands bought.", unit="values"),
        Column(name="channels", type="int64", meaning="Different channels used.", unit="channels"),
        Column(name="channel", type="string", meaning="Channel of the last order; the first by name when equal.", nullable=True),
        Column(name="acquisition_channel", type="string", meaning="What brought the customer.", nullable=True),
        Column(name="weekday", type="int64", meaning="Of as_of: 0 is Monday."),
        Column(name="season_sine", type="float64", meaning="Sine of the day of the year as an angle."),
        Column(name="season_cosine", type="float64", meaning="Cosine of it."),
        Column(name="tickets_90", type="int64", meaning="Tickets opened in the last 90 days; none without the source.", unit="records", nullable=True),
        Column(name="tickets_365", type="int64", meaning="In the last 365 days.", unit="records", nullable=True),
        Column(name="open_tickets", type="int64", meaning="Tickets that are open on as_of.", unit="records", nullable=True),
        Column(name="days_since_visit", type="int64", meaning="From the last day with an event to as_of; none without the source or a visit.", unit="days", nullable=True),
        Column(name="visit_days_30", type="int64", meaning="Days with an event in the last 30.", unit="days", nullable=True),
        Column(name="visit_days_90", type="int64", meaning="In the last 90.", unit="days", nullable=True),
        Column(name="household_members", type="int64", meaning="Customers with a purchase in the household, this one included.", unit="customers"),
        Column(name="household_days_since_last", type="int64", meaning="From the last purchase of the others in it to as_of; none without others.", unit="days", nullable=True),
    ),
)

OUTLOOK = (
    Column(name="expected_orders_90", type="float64", meaning="Purchase days within 90 days that the purchase model of the same day expects.", unit="orders", nullable=True),
    Column(name="probability_alive", type="float64", meaning="That the customer has not left for good, by the same model.", unit="share", nullable=True),
    Column(name="predicted_value_365", type="float64", meaning="expected purchases within 365 days x expected spend, not discounted.", unit="money", nullable=True),
)
"""What the probability models add to the features, learned from the same day's features alone."""
