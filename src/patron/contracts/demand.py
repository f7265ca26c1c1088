"""What will be sold, of what, to whom, and what sells more or less than it did."""

from __future__ import annotations

from patron.contracts.contract import MONEY, Column, Contract

DEMAND = Contract(
    name="demand",
    grain="one product, segment and week ahead",
    purpose="analytics",
    people="customers",
    note="Units that leave the shelf: what came back on the day of its sale is taken off, what came back later is not. Lines without a customer or product are not in a run, so their units are not here. Every product that sold something in the last 26 weeks; the 200 that will sell most also by segment.",
    columns=(
        Column(name="product_id", type="string", meaning="What.", key=True),
        Column(name="segment", type="string", meaning="`all`, or how many purchase days the customers will have had, the one of the sale included.", key=True, values=("all", "first", "second_third", "fourth_to_ninth", "tenth_on")),
        Column(name="week", type="int64", meaning="1: the seven days after the run's day, and so on; 0: all of them together, whose quantiles are no sums of the weeks'.", key=True),
        Column(name="product_name", type="string", meaning="What it is called; the last by the alphabet where it has several names.", nullable=True),
        Column(name="category", type="string", meaning="Its category.", nullable=True),
        Column(name="from_day", type="date", meaning="First day."),
        Column(name="to_day", type="date", meaning="Last day."),
        Column(name="units", type="float64", meaning="How many are expected: the mean.", unit="units"),
        Column(name="low", type="float64", meaning="With a chance of 90 % at least so many.", unit="units"),
        Column(name="middle", type="float64", meaning="With even chances more or fewer.", unit="units"),
        Column(name="high", type="float64", meaning="With a chance of 90 % at most so many.", unit="units"),
        Column(name="value", type=MONEY, meaning="units at the mean net price of the last 26 weeks.", unit="money"),
        Column(name="verdict", type="string", meaning="`sold`; `new`: first sold in the last 8 weeks, so mostly what newcomers of its category sell; `off_shelf`: silent for so long, for its rate, that it has probably left the shelf.", values=("sold", "new", "off_shelf")),
        Column(name="on_shelf", type="float64", meaning="The chance that it has not left the shelf.", unit="share"),
        Column(name="customers", type="int64", meaning="How many bought it in the last 26 weeks; of a segment, as members of it.", unit="customers"),
    ),
)

TRENDS = Contract(
    name="trends",
    grain="one product, category or segment that sold something before the last weeks",
    purpose="analytics",
    people="customers",
    note="The last weeks, as many as `demand` looks ahead, against what a forecast made before them told: its level, the season, and what the shop as a whole did. Purchases are counted, not units, so that one large order is no trend. Of those found 10 % at most are found by chance.",
    columns=(
        Column(name="kind", type="string", meaning="What the row is about.", key=True, values=("product", "category", "segment")),
        Column(name="item", type="string", meaning="Which; the category without a name is empty.", key=True),
        Column(name="name", type="string", meaning="What a product is called.", nullable=True),
        Column(name="from_day", type="date", meaning="First of the days that are compared."),
        Column(name="purchases", type="float64", meaning="On how many days did how many customers buy it.", unit="purchases"),
        Column(name="expected", type="float64", meaning="How many of these were expected.", unit="purchases"),
        Column(name="low", type="float64", meaning="10 % quantile of what chance makes of the expected ones.", unit="purchases"),
        Column(name="high", type="float64", meaning="90 % quantile.", unit="purchases"),
        Column(name="value", type=MONEY, meaning="purchases less expected ones, at what one brought on average in the last 26 weeks; none of a product that nobody bought since.", unit="money"),
        Column(name="p_value", type="float64", meaning="How often chance is off as far, on either side."),
        Column(name="q_value", type="float64", meaning="The least share of false findings at which this is one, among all of its kind (Benjamini and Hochberg)."),
        Column(name="found", type="boolean", meaning="q_value is 0.10 or less."),
        Column(name="direction", type="string", meaning="Which way it went, found or not.", values=("rising", "falling")),
        Column(name="customers", type="int64", meaning="How many bought it in the last 26 weeks.", unit="customers"),
    ),
)

DEMAND_TESTS = Contract(
    name="demand_tests",
    grain="one figure of one forecast of the last weeks, made before them",
    purpose="analytics",
    columns=(
        Column(name="origin", type="date", meaning="The last day that the forecast knew.", key=True),
        Column(name="horizon_days", type="int64", meaning="How far ahead it looked; all of it together is judged.", unit="days", key=True),
        Column(name="model", type="string", meaning="`demand`; `past_year`: quantiles of what was sold in as many weeks of the last year; `last_weeks`: the mean of as many weeks before; `croston` (with Syntetos and Boylan's correction); `tsb` (Teunter, Syntetos and Babai); `year_before`: the same weeks then.", key=True, values=("demand", "past_year", "last_weeks", "croston", "tsb", "year_before")),
        Column(name="volume", type="int64", meaning="0: all products; 1 to 4: quarters by expected units, 1 the fewest.", key=True),
        Column(name="metric", type="string", meaning="`pinball` (mean over the 10, 50 and 90 % quantiles) and `mae` (of the middle), in units per unit that was sold; `coverage`, the share of products inside their 80 % interval, and `coverage_pit`, the same without what whole numbers add to it; `bias` (told / sold - 1).", key=True, values=("pinball", "mae", "coverage", "coverage_pit", "bias")),
        Column(name="value", type="float64", meaning="The figure."),
        Column(name="products", type="int64", meaning="How many were judged.", unit="products"),
    ),
)

CONTRACTS = (DEMAND, TRENDS, DEMAND_TESTS)
