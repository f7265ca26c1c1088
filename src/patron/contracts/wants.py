"""What each customer wants next, and when."""

from __future__ import annotations

from patron.contracts.contract import MONEY, Column, Contract

REPLENISHMENTS = Contract(
    name="replenishments",
    grain="one customer and replenished product that the customer has bought",
    purpose="profiling",
    note="Products without a cycle have no rows; `product_cycles` says why. What one customer takes longer than the others do, or has stopped to buy, is told by the customer's own purchases and the silence since.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="product_id", type="string", meaning="What.", key=True),
        Column(name="last_bought_on", type="date", meaning="Day of the last purchase of it that was kept."),
        Column(name="interval_days", type="float64", meaning="How long the last purchase lasts this customer: the product's interval and the own ones, for the quantity that was bought.", unit="days"),
        Column(name="due_on", type="date", meaning="last_bought_on and interval_days: when it is used up."),
        Column(name="due_low", type="date", meaning="The next purchase, where one comes, comes between this day and due_high with a chance of 80 %, given that none has come yet; so of a late customer it is after due_on."),
        Column(name="due_high", type="date", meaning="The last of these days."),
        Column(name="days_left", type="int64", meaning="From the run's day to due_on; negative when that is over.", unit="days"),
        Column(name="purchases", type="int64", meaning="Days on which the customer bought it.", unit="days"),
        Column(name="chance", type="float64", meaning="That the customer has not stopped to buy it.", unit="share"),
        Column(name="usual_amount", type=MONEY, meaning="Mean net amount of a purchase day of it.", unit="money"),
        Column(name="grade", type="string", meaning="A: four and more own intervals, and regular. B: two. C: mostly the product's interval. D: the chance is below a quarter, or the interval is as wide as chance makes it.", values=("A", "B", "C", "D")),
        Column(name="sentence", type="string", meaning="The same in words."),
    ),
)

PRODUCT_CYCLES = Contract(
    name="product_cycles",
    grain="one product",
    purpose="analytics",
    people="customers",
    note="Whether a product is bought again in a rhythm, and in which. Intervals are those between purchase days of one customer; the one that is running counts, too.",
    columns=(
        Column(name="product_id", type="string", meaning="What.", key=True),
        Column(name="product_name", type="string", meaning="What it is called; the last by the alphabet where it has several names.", nullable=True),
        Column(name="customers", type="int64", meaning="How many have bought it.", unit="customers"),
        Column(name="repeaters", type="int64", meaning="How many of them on two days or more.", unit="customers"),
        Column(name="intervals", type="int64", meaning="Between their purchases.", unit="intervals"),
        Column(name="verdict", type="string", meaning="`replenished`; `no_rhythm`: as irregular as chance; `few`: fewer than 10 intervals, or those of fewer than 5 customers; `once`: nobody bought it twice.", values=("replenished", "no_rhythm", "few", "once")),
        Column(name="interval_days", type="float64", meaning="How long one unit lasts the middle customer; none where too few intervals tell.", unit="days", nullable=True),
        Column(name="between", type="float64", meaning="Standard deviation of the logarithm of the interval between customers.", nullable=True),
        Column(name="within", type="float64", meaning="The same from purchase to purchase of one customer; 1.28 is chance.", nullable=True),
        Column(name="quantity_exponent", type="float64", meaning="How the interval grows with the quantity. 1: two last twice as long. 0: no longer.", nullable=True),
        Column(name="stop_first", type="float64", meaning="Chance to leave it at the first purchase.", unit="share", nullable=True),
        Column(name="stop_later", type="float64", meaning="Chance to stop after each later one.", unit="share", nullable=True),
    ),
)

NEXT_PRODUCTS = Contract(
    name="next_products",
    grain="one customer and rank",
    purpose="profiling",
    note="What each customer may buy next, of what is offered; by default both what the customer buys again and what is new. Settings under `next_products` say how many, and what is left out.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="rank", type="int64", meaning="From 1, the likeliest.", key=True),
        Column(name="product_id", type="string", meaning="What."),
        Column(name="product_name", type="string", meaning="What it is called; the last by the alphabet where it has several names.", nullable=True),
        Column(name="category", type="string", meaning="Its category.", nullable=True),
        Column(name="again", type="boolean", meaning="The customer has bought it before."),
        Column(name="chance", type="float64", meaning="That it is in the customer's next basket; none where too little was known to learn it, and the rank is that of a rule.", unit="share", nullable=True),
        Column(name="price", type=MONEY, meaning="What one unit was sold for on average within the last 180 days of its sale, less discounts.", unit="money"),
        Column(name="margin", type=MONEY, meaning="What was left of that after the cost of the goods; none where no cost is known.", unit="money", nullable=True),
        Column(name="dearer_id", type="string", meaning="The product of the same category, dearer by a tenth to a half, that most customers buy: what to show beside it. None where there is none.", nullable=True),
        Column(name="reason", type="string", meaning="Why, in words."),
    ),
)

CONTRACTS = (REPLENISHMENTS, PRODUCT_CYCLES, NEXT_PRODUCTS)
