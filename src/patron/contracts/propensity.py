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
        Column(name="products", type="int64", meaning="Different products bought; none where the source names none.", unit="products", nullable=True),
        Column(name="categories", type="int64", meaning="Different categories bought; none where the source names none.", unit="categories", nullable=True),
        Column(name="brands", type="int64", meaning="Different brands bought; none where the source names none.", unit="values", nullable=True),
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

PROPENSITIES = Contract(
    name="propensities",
    grain="one customer, target and horizon",
    purpose="profiling",
    note="Calibrated probabilities from the trees that `model_cards` describes. A target that the data cannot tell of is not here; its model card says why.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who; of the target `converts`, which prospect.", key=True),
        Column(name="target", type="string", meaning="What the customer may do.", key=True, values=PROPENSITY_TARGETS),
        Column(name="horizon_days", type="int64", meaning="Within how many days after the run's day.", unit="days", key=True),
        Column(name="probability", type="float64", meaning="That the customer does it.", unit="share"),
        Column(name="reason_1", type="string", meaning="The weightiest reason, in a sentence: what makes it more or less likely.", nullable=True),
        Column(name="reason_2", type="string", meaning="The next one.", nullable=True),
        Column(name="reason_3", type="string", meaning="The third.", nullable=True),
        Column(name="grade", type="string", meaning="Of the model, on the last days it had not seen. A: calibrated (error at most two points above a perfect forecast's) and ranks better than RFM does. B: calibrated. C: it ranks, but its numbers are off. D: it ranks no better than chance.", values=GRADES),
        Column(name="model", type="string", meaning="What made it: trees and the curve that calibrates them."),
   ),
)

TESTED = ("calibration", "decile_lift", "auc", "ece", "brier")
"""Parts of a model card that are figures of its test; the table `backtest` has them too."""

MODEL_CARDS = Contract(
    name="model_cards",
    grain="one fact about the model of one target and horizon",
    purpose="profiling",
    people="customers",
    note="`status`: whether it was made, or why not. `data`: what it was learned from. `feature`: importance. `calibration`, `decile_lift`, `auc`, `auc_gain` (over the named model), `ece`, `brier`: its test on days that it had not seen, beside its peers. `distribution`: the bins that the next run measures drift by. `drift`: the population stability index since the last run (.1 is usual, above .25 is another population). Features are the same for all targets: target `all`, horizon 0.",
    columns=(
        Column(name="target", type="string", meaning="What is foretold; `all` for features.", key=True),
        Column(name="horizon_days", type="int64", meaning="Within how many days.", unit="days", key=True),
        Column(name="part", type="string", meaning="What the fact is about.", key=True, values=("status", "data", "feature", *TESTED, "auc_gain", "distribution", "drift")),
        Column(name="name", type="string", meaning="Of the fact, the feature or the model.", key=True),
        Column(name="place", type="int64", meaning="Decile, bin or rank, from 1; 0 where there is only one.", key=True),
        Column(name="origin", type="date", meaning="The last day that is known to it: the run's day, of a test that of the model that is tested.", key=True),
        Column(name="customers", type="int64", meaning="How many are behind it.", unit="customers"),
        Column(name="predicted", type="float64", meaning="Of a test: mean probability.", nullable=True),
        Column(name="actual", type="float64", meaning="Of a test: share of those who did it.", nullable=True),
        Column(name="value", type="float64", meaning="The fact, where it is a number.", nullable=True),
        Column(name="low", type="float64", meaning="Lower end of its 95 % interval; of `ece`, that of a simulated perfect forecast of the same size; of a bin, its lower edge.", nullable=True),
        Column(name="high", type="float64", meaning="Upper end; of a bin, its upper edge.", nullable=True),
        Column(name="text", type="string", meaning="The fact, where it is words.", nullable=True),
   ),
)

CONTRACTS = (PROPENSITIES, MODEL_CARDS)
