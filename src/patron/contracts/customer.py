"""What is known and expected of each customer, and the groups that customers belong to."""

from __future__ import annotations

from patron.contracts.contract import MOMENT, MONEY, Column, Contract

BASIS = ("margin", "revenue")
GRADES = ("A", "B", "C", "D")

ORDERS = Contract(
    name="orders",
    grain="one order, with the returns known by the run's day taken off",
    purpose="analytics",
    note="Purchases: orders that were taken back whole are not here, nor are returns without a sale. Their money is in `takings` and `contribution`, which also know what handling costs.",
    columns=(
        Column(name="order_id", type="string", meaning="The order or invoice.", key=True),
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="ordered_at", type=MOMENT, meaning="When its first line was ordered."),
        Column(name="lines", type="int64", meaning="How many lines.", unit="lines"),
        Column(name="units", type="float64", meaning="How many units were kept.", unit="units"),
        Column(name="revenue", type=MONEY, meaning="Price before discount and returns.", unit="money"),
        Column(name="discount", type=MONEY, meaning="What was taken off, net of what returns gave back.", unit="money"),
        Column(name="returns", type=MONEY, meaning="Price of what came back, before discount.", unit="money"),
        Column(name="amount", type=MONEY, meaning="revenue - discount - returns.", unit="money"),
        Column(name="cost", type=MONEY, meaning="Cost of the goods kept, by the rule of `takings`; none when basis is revenue.", unit="money", nullable=True),
        Column(name="margin", type=MONEY, meaning="amount - cost, without cost to serve; amount where basis is revenue.", unit="money"),
        Column(name="channel", type="string", meaning="Where it was ordered.", nullable=True),
        Column(name="country", type="string", meaning="Where it went.", nullable=True),
    ),
)

HISTORY = Contract(
    name="history",
    grain="one customer with a purchase",
    purpose="profiling",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="frequency", type="int64", meaning="Days with a purchase after the first one (x).", unit="days"),
        Column(name="recency", type="int64", meaning="From the first purchase to the last (t_x).", unit="days"),
        Column(name="T", type="int64", meaning="From the first purchase to the run's day.", unit="days"),
        Column(name="monetary_value", type="float64", meaning="Mean net amount of the days counted in frequency; none without one.", unit="money", nullable=True),
    ),
)

COVARIATES = Contract(
    name="covariates",
    grain="one customer with a sale",
    purpose="profiling",
    note="What does not change: models of the purchases tell customers apart by it where that foretells better.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="acquisition_channel", type="string", meaning="What brought the customer.", nullable=True),
        Column(name="first_category", type="string", meaning="Of what most was bought on the first day, in money.", nullable=True),
    ),
)

COVARIATE_NAMES = tuple(column.name for column in COVARIATES.columns if not column.key)

TAKINGS = Contract(
    name="takings",
    grain="one customer on one day on which money counts",
    purpose="analytics",
    note="The one source of money. Sums equal `contribution` to the cent: net_revenue = revenue - discount - returns; margin = net_revenue - cost - cost_to_serve. Basis is one for the whole shop: `margin` where the cost of at least 95 % of sales is known (a line without cost then costs the average rate; a return without cost what its sale cost), else `revenue`, and no cost is taken off.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="day", type="date", meaning="Day of the sale, also for the returns that take it back; an unmatched return's own day.", key=True),
        Column(name="revenue", type=MONEY, meaning="Price of what was sold before discount and returns.", unit="money"),
        Column(name="discount", type=MONEY, meaning="What was taken off, net of what returns gave back.", unit="money"),
        Column(name="returns", type=MONEY, meaning="Price of what came back, before discount.", unit="money"),
        Column(name="net_revenue", type=MONEY, meaning="revenue - discount - returns.", unit="money"),
        Column(name="cost", type=MONEY, meaning="Cost of the goods kept; none when basis is revenue.", unit="money", nullable=True),
        Column(name="cost_to_serve", type=MONEY, meaning="Cost of handling, from settings, to the cent a day: orders and lines on the day of sale, returns on the day they came back; none when unknown.", unit="money", nullable=True),
        Column(name="margin", type=MONEY, meaning="net_revenue less the costs that are known.", unit="money"),
        Column(name="basis", type="string", meaning="What margin means: with the cost of goods taken off, or without.", values=BASIS),
    ),
)

CONTRIBUTION = Contract(
    name="contribution",
    grain="one customer",
    purpose="analytics",
    note="The sum of `takings`, exact to the cent: net_revenue = revenue - discount - returns; margin = net_revenue - cost - cost_to_serve.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="revenue", type=MONEY, meaning="Price of all sales before discount and returns.", unit="money"),
        Column(name="discount", type=MONEY, meaning="What was taken off, net of what returns gave back.", unit="money"),
        Column(name="returns", type=MONEY, meaning="Price of all that came back.", unit="money"),
        Column(name="unmatched_returns", type=MONEY, meaning="The part of returns whose sale was not found.", unit="money"),
        Column(name="net_revenue", type=MONEY, meaning="revenue - discount - returns.", unit="money"),
        Column(name="cost", type=MONEY, meaning="Cost of the goods kept; none when basis is revenue.", unit="money", nullable=True),
        Column(name="cost_to_serve", type=MONEY, meaning="Cost of handling orders and returns, from settings; none when unknown.", unit="money", nullable=True),
        Column(name="margin", type=MONEY, meaning="net_revenue less the costs that are known.", unit="money"),
        Column(name="basis", type="string", meaning="`margin` where the cost of at least 95 % of the shop's sales is known, else `revenue`; one for all customers.", values=BASIS),
        Column(name="adjustments", type=MONEY, meaning="Postage, fees and corrections, kept apart from the goods.", unit="money"),
    ),
)

RHYTHM = Contract(
    name="rhythm",
    grain="one customer with a purchase",
    purpose="profiling",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="intervals", type="int64", meaning="How many intervals between purchase days.", unit="intervals"),
        Column(name="median_interval_days", type="float64", meaning="Own median interval; none without one.", unit="days", nullable=True),
        Column(name="weight", type="float64", meaning="How much of the expected interval is the customer's own.", unit="share"),
        Column(name="expected_interval_days", type="float64", meaning="Own median interval shrunk to that of all customers, on the log scale.", unit="days"),
        Column(name="lapse_after_days", type="float64", meaning="Silence after which the customer counts as lapsed.", unit="days"),
    ),
)

PROFILES = Contract(
    name="profiles",
    grain="one customer",
    purpose="profiling",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="as_of", type="date", meaning="The last day that is known here."),
        Column(name="first_order_on", type="date", meaning="Day of the first order.", nullable=True),
        Column(name="last_order_on", type="date", meaning="Day of the last order.", nullable=True),
        Column(name="days_since_last", type="int64", meaning="From the last order to as_of.", unit="days", nullable=True),
        Column(name="tenure_days", type="int64", meaning="From the first order to as_of.", unit="days", nullable=True),
        Column(name="orders", type="int64", meaning="Orders kept.", unit="orders"),
        Column(name="purchase_days", type="int64", meaning="Days with an order.", unit="days"),
        Column(name="units", type="float64", meaning="Units kept.", unit="units"),
        Column(name="net_revenue", type=MONEY, meaning="Price less discount and returns.", unit="money"),
        Column(name="margin", type=MONEY, meaning="net_revenue less the costs that are known.", unit="money"),
        Column(name="basis", type="string", meaning="What margin means; one for all customers.", values=BASIS),
        Column(name="average_order_value", type="float64", meaning="Mean net amount of an order kept.", unit="money", nullable=True),
        Column(name="return_rate", type="float64", meaning="Price of what came back / price of what was sold.", unit="share", nullable=True),
        Column(name="discount_rate", type="float64", meaning="Discount / price of what was sold.", unit="share", nullable=True),
        Column(name="products", type="int64", meaning="Different products bought.", unit="products"),
        Column(name="categories", type="int64", meaning="Different categories bought.", unit="categories"),
        Column(name="channels", type="int64", meaning="Different channels used.", unit="channels"),
        Column(name="main_channel", type="string", meaning="Channel of most orders; the first by name when equal.", nullable=True),
        Column(name="country", type="string", meaning="Country of most orders; the first by name when equal.", nullable=True),
        Column(name="acquisition_channel", type="string", meaning="What brought the customer.", nullable=True),
        Column(name="household_id", type="string", meaning="The customer's household, from `households`."),
        Column(name="household_members", type="int64", meaning="Customers with a profile in the household, this one included.", unit="customers"),
        Column(name="household_orders", type="int64", meaning="Orders kept of all of them.", unit="orders"),
        Column(name="household_margin", type=MONEY, meaning="The sum of their margin.", unit="money"),
        Column(name="household_days_since_last", type="int64", meaning="From the last order of any of them to as_of.", unit="days", nullable=True),
        Column(name="expected_interval_days", type="float64", meaning="From `rhythm`.", unit="days", nullable=True),
        Column(name="lateness", type="float64", meaning="days_since_last / expected_interval_days.", unit="ratio", nullable=True),
        Column(name="lapsed", type="boolean", meaning="Silent for longer than lapse_after_days of `rhythm`."),
    ),
)

FORECASTS = Contract(
    name="forecasts",
    grain="one customer with a purchase",
    purpose="profiling",
    note="Intervals hold a single customer's outcome with 95 % probability, given the estimated parameters.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="horizon_days", type="int64", meaning="How far ahead.", unit="days"),
        Column(name="expected_orders", type="float64", meaning="Purchase days within the horizon.", unit="orders"),
        Column(name="orders_low", type="float64", meaning="Lower end of its interval.", unit="orders", nullable=True),
        Column(name="orders_high", type="float64", meaning="Upper end of its interval.", unit="orders", nullable=True),
        Column(name="expected_payments", type="float64", meaning="Payments of running subscriptions within the horizon; 0 without one.", unit="payments"),
        Column(name="probability_alive", type="float64", meaning="That the customer has not left for good.", unit="share", nullable=True),
        Column(name="expected_spend", type="float64", meaning="Net amount of a purchase day; of a payment, where nothing was ever bought.", unit="money"),
        Column(name="predicted_value", type="float64", meaning="Discounted value within the horizon, in terms of basis.", unit="money"),
        Column(name="value_low", type="float64", meaning="Lower end of its interval.", unit="money", nullable=True),
        Column(name="value_high", type="float64", meaning="Upper end of its interval.", unit="money", nullable=True),
        Column(name="basis", type="string", meaning="Whether the value is margin or revenue.", values=BASIS),
        Column(name="began_before", type="float64", meaning="Chance that the customer bought before the data begin, so that she is older than she looks: the share of those first seen in her week who are above what is new in such a week later.", unit="share", nullable=True),
        Column(name="grade", type="string", meaning="A: four or more own repeats. B: one to three. C: none, so the habits of those who began alike count (where the model has covariates, as its name then says), else those of all. D: no model could be fitted; the naive rule.", values=GRADES),
        Column(name="model", type="string", meaning="What made the forecast."),
        Column(name="household_id", type="string", meaning="The customer's household, from `households`."),
        Column(name="household_value", type="float64", meaning="Sum of predicted_value over its customers with a forecast.", unit="money"),
    ),
)

HEADROOM = Contract(
    name="headroom",
    grain="one customer who ordered within the last year",
    purpose="profiling",
    note="What alike customers show to be possible, not what an action would bring. The trees behind a customer's capacity have not seen that customer's spend. No rows where fewer than 500 customers ordered within the last year.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="period_days", type="int64", meaning="How many days up to the run's day the spend is about.", unit="days"),
        Column(name="current", type=MONEY, meaning="Net revenue within them.", unit="money"),
        Column(name="capacity", type="float64", meaning="What `quantile` of the peers spent at most in the same time; with a survey, current / share of the need bought here.", unit="money"),
        Column(name="capacity_high", type="float64", meaning="What nine in ten of the peers spent at most.", unit="money"),
        Column(name="headroom", type="float64", meaning="capacity - current; 0 where the customer spends as much already.", unit="money"),
        Column(name="quantile", type="float64", meaning="Which quantile the capacity is; none with a survey.", unit="share", nullable=True),
        Column(name="peers", type="int64", meaning="How many customers who are alike the capacity was learned from.", unit="customers"),
        Column(name="grade", type="string", meaning="A: a survey, or 200 peers and more. B: 50 and more. C: fewer, so the group's capacity counts most.", values=("A", "B", "C")),
        Column(name="basis", type="string", meaning="What the capacity comes from.", values=("peers", "group", "survey")),
        Column(name="reason", type="string", meaning="The same in a sentence."),
    ),
)

FITTED_MODELS = Contract(
    name="fitted_models",
    grain="one model that a run fitted",
    purpose="operations",
    note="What `from_json` of the model turns into the model that made the run's forecasts. Without rows where none could be fitted.",
    columns=(
        Column(name="name", type="string", meaning="What the model is for.", key=True, values=("value",)),
        Column(name="description", type="string", meaning="The model with its parameters, as JSON."),
    ),
)

MEMBERSHIPS = Contract(
    name="memberships",
    grain="one customer in one segmentation",
    purpose="profiling",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="segmentation", type="string", meaning="Which way of dividing: rfm, value_map, tier, past_tier, behaviour, stage, or one from settings.", key=True),
        Column(name="segment", type="string", meaning="The segment's stable name."),
        Column(name="detail", type="string", meaning="What put the customer there, for example the scores 5-4-5.", nullable=True),
    ),
)

SEGMENTS = Contract(
    name="segments",
    grain="one segment",
    purpose="analytics",
    people="customers",
    columns=(
        Column(name="segmentation", type="string", meaning="Which way of dividing.", key=True),
        Column(name="segment", type="string", meaning="The segment's stable name.", key=True),
        Column(name="title", type="string", meaning="Its name for people."),
        Column(name="meaning", type="string", meaning="Who is in it."),
        Column(name="advice", type="string", meaning="What it is for."),
        Column(name="purpose", type="string", meaning="What its members may be used for."),
        Column(name="position", type="int64", meaning="Its place in the segmentation, best first, from 1."),
        Column(name="customers", type="int64", meaning="How many.", unit="customers"),
        Column(name="customer_share", type="float64", meaning="Of all customers.", unit="share"),
        Column(name="orders", type="int64", meaning="Their orders to date.", unit="orders"),
        Column(name="net_revenue", type=MONEY, meaning="Theirs to date.", unit="money"),
        Column(name="margin", type=MONEY, meaning="Theirs to date.", unit="money"),
        Column(name="margin_share", type="float64", meaning="Of all margin to date.", unit="share", nullable=True),
        Column(name="predicted_value", type="float64", meaning="Theirs within the horizon.", unit="money"),
        Column(name="predicted_share", type="float64", meaning="Of all predicted value.", unit="share", nullable=True),
        Column(name="average_order_value", type="float64", meaning="Net revenue / orders.", unit="money", nullable=True),
        Column(name="days_since_last", type="float64", meaning="Mean over its customers.", unit="days", nullable=True),
        Column(name="probability_alive", type="float64", meaning="Mean over its customers.", unit="share", nullable=True),
        Column(name="rule", type="string", meaning="Of a behaviour segment a short rule for who is in it; elsewhere none: the meaning says it.", nullable=True),
        Column(name="precision", type="float64", meaning="Of those whom the rule names, the share that is in the segment.", unit="share", nullable=True),
        Column(name="recall", type="float64", meaning="Of those in the segment, the share whom the rule names.", unit="share", nullable=True),
        Column(name="stability", type="float64", meaning="How much of a behaviour segment is found again among half of the customers: mean Jaccard coefficient.", unit="share", nullable=True),
    ),
)

MOVEMENTS = Contract(
    name="movements",
    grain="one flow between two segments of a segmentation",
    purpose="profiling",
    people="customers",
    columns=(
        Column(name="segmentation", type="string", meaning="Which way of dividing.", key=True),
        Column(name="from_segment", type="string", meaning="Where they were; `new` for those who were not customers.", key=True),
        Column(name="to_segment", type="string", meaning="Where they are.", key=True),
        Column(name="compared_with", type="string", meaning="The earlier run's id, or `month` when recomputed as of a month before."),
        Column(name="from_day", type="date", meaning="As of."),
        Column(name="to_day", type="date", meaning="As of."),
        Column(name="customers", type="int64", meaning="How many.", unit="customers"),
        Column(name="from_customers", type="int64", meaning="How many were in from_segment.", unit="customers"),
        Column(name="share", type="float64", meaning="customers / from_customers.", unit="share"),
        Column(name="share_low", type="float64", meaning="Lower end of the 95 % interval of the rate behind the share (Wilson).", unit="share"),
        Column(name="share_high", type="float64", meaning="Upper end.", unit="share"),
        Column(name="few", type="boolean", meaning="Fewer than 30 customers were in from_segment: the share says little of the rate."),
        Column(name="margin_between", type=MONEY, meaning="What they brought between the two days.", unit="money"),
        Column(name="predicted_before", type="float64", meaning="Their predicted value then.", unit="money"),
        Column(name="predicted_after", type="float64", meaning="Their predicted value now.", unit="money"),
        Column(name="worth", type="float64", meaning="predicted_after - predicted_before.", unit="money"),
    ),
)

CONTRACTS = (
    ORDERS,
    TAKINGS,
    HISTORY,
    COVARIATES,
    CONTRIBUTION,
    RHYTHM,
    PROFILES,
    FORECASTS,
    HEADROOM,
    FITTED_MODELS,
    MEMBERSHIPS,
    SEGMENTS,
    MOVEMENTS,
)
