"""What prices could be, what discounts give away, and what the last changes of prices brought."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract

OFFER_LEVELS = ("all", "category", "product")

OFFER_STATUSES = (
    "raise", "lower", "keep", "cannot_tell", "no_cost", "below_floor", "few_sales", "moved_too_little",
    "followed_demand", "too_few",
)  # fmt: skip
"""`raise`, `lower`: the gain's whole interval is above nought. The last three are those of the elasticity."""

BOUNDS = ("none", "floor", "most_change")

PRICE_OFFERS = Contract(
    name="price_offers",
    grain="the price of one product, or the prices of a category or of everything together, for everybody or one segment",
    purpose="analytics",
    people="customers",
    note="Modelled, not measured: what would be earned in a period like the last if sales answered as `elasticities` says. Money of the last period_days, without handling. Above products the elasticity is still that of one product's own price, part of whose loss goes to its neighbours: where all prices move, a rise loses less, and a cut wins less, than is said. A product's or category's price for everybody may go up or down; a segment is only ever given a discount. Customers who share a value of a fence (settings, `prices`) pay one price, and so do the segments that they are spread over: rows with the same `same_price`. No price depends on what the law or the settings protect.",
    columns=(
        Column(name="level", type="string", meaning="`product`: one price; `category`, `all`: all prices there by the same share.", key=True, values=OFFER_LEVELS),
        Column(name="category", type="string", meaning="The category; `all` at the level `all`.", key=True),
        Column(name="product_id", type="string", meaning="The product; `all` above products.", key=True),
        Column(name="segmentation", type="string", meaning="By what customers are divided; `all`: not at all.", key=True),
        Column(name="segment", type="string", meaning="Whose price; `all`: everybody's.", key=True),
        Column(name="name", type="string", meaning="What the product is called, else the category."),
        Column(name="same_price", type="string", meaning="The first of the segments that must pay the same because of a fence; the segment itself where there is none."),
        Column(name="status", type="string", meaning="What to do: `raise`, `lower` (the gain's whole interval is above nought), `keep` (no other price that is allowed is expected to earn more), `cannot_tell` (the interval holds nought), `below_floor` (no price within reach leaves enough margin). Or why there is nothing to say: `no_cost` (what the goods cost is not known), `few_sales` (less than 20 customers or 50 lines in the period), and the states of the elasticity.", values=OFFER_STATUSES),
        Column(name="evidence", type="string", meaning="How the effect is known.", values=("modelled",)),
        Column(name="customers", type="int64", meaning="Customers who bought in the period.", unit="customers"),
        Column(name="period_days", type="int64", meaning="Length of the period, up to the run's day.", unit="days"),
        Column(name="units", type="float64", meaning="Units sold in it.", unit="units"),
        Column(name="revenue", type="decimal(18, 2)", meaning="What they brought after discount.", unit="money"),
        Column(name="cost", type="decimal(18, 2)", meaning="What they cost; none where it is not known of all lines.", unit="money", nullable=True),
        Column(name="price", type="float64", meaning="Mean price of a unit, after discount.", unit="money"),
        Column(name="margin_rate", type="float64", meaning="(revenue - cost) / revenue.", unit="share", nullable=True),
        Column(name="elasticity", type="float64", meaning="From `elasticities`.", unit="ratio", nullable=True),
        Column(name="elasticity_low", type="float64", meaning="Lower end of its 95 % interval.", unit="ratio", nullable=True),
        Column(name="elasticity_high", type="float64", meaning="Upper end.", unit="ratio", nullable=True),
        Column(name="change", type="float64", meaning="The best change of the price, -0.05 is five per cent less; for a segment a discount.", unit="share", nullable=True),
        Column(name="best_price", type="float64", meaning="price x (1 + change), of a product.", unit="money", nullable=True),
        Column(name="best_margin_rate", type="float64", meaning="Margin rate at the best price.", unit="share", nullable=True),
        Column(name="sold", type="float64", meaning="Units expected at the best price over the present ones.", unit="ratio", nullable=True),
        Column(name="gain", type="float64", meaning="Margin expected more than in the period; of segments with one price, of these together.", unit="money", nullable=True),
        Column(name="gain_low", type="float64", meaning="Lower end of the 95 % interval, from that of the elasticity.", unit="money", nullable=True),
        Column(name="gain_high", type="float64", meaning="Upper end.", unit="money", nullable=True),
        Column(name="chance", type="float64", meaning="That the gain is above nought; none where the price stays.", unit="share", nullable=True),
        Column(name="bound", type="string", meaning="What keeps the price from going further: the least margin, the most change, or nothing.", nullable=True, values=BOUNDS),
    ),
)

DISCOUNT_STATUSES = ("read", "no_cost", "not_measured", "moved_too_little", "followed_demand", "too_few")

DISCOUNTS = Contract(
    name="discounts",
    grain="the promotions of one category in the last 364 days, all vouchers in them, or the discounts of one arm of an experiment",
    purpose="analytics",
    people="least",
    note="Who would have bought anyway is never seen. Of an experiment (`measured`) control tells how many orders would have come without the offer; of a promotion, which everybody was offered, the elasticity does (`modelled`). Of vouchers, which single customers were given, nothing tells but an experiment. What is taken off every product of an order, and what others did not get that day, is a voucher. The measured net gain is that of `effects`: everything that the offer changed. Rows overlap and do not add up: an experiment's discounts are also in the categories.",
    columns=(
        Column(name="source", type="string", meaning="Where the answer comes from.", key=True, values=("experiment", "elasticity", "vouchers")),
        Column(name="item", type="string", meaning="The experiment and arm; or the category, `all` for all of them.", key=True),
        Column(name="evidence", type="string", meaning="How it is known.", values=("measured", "modelled", "assumed")),
        Column(name="from_day", type="date", meaning="First day that counts."),
        Column(name="to_day", type="date", meaning="Last day that counts."),
        Column(name="customers", type="int64", meaning="Customers in the arm; those who bought at a discount.", unit="customers"),
        Column(name="least", type="int64", meaning="The same, or customers in control where they are fewer.", unit="customers"),
        Column(name="revenue", type="float64", meaning="What was sold at a discount, before it; of an arm its discounted days.", unit="money"),
        Column(name="discount", type="float64", meaning="What was taken off; of an arm, more than control was given.", unit="money"),
        Column(name="anyway", type="float64", meaning="Share of what was sold that would have been sold without the discount.", unit="share", nullable=True),
        Column(name="anyway_low", type="float64", meaning="Lower end of its 95 % interval.", unit="share", nullable=True),
        Column(name="anyway_high", type="float64", meaning="Upper end.", unit="share", nullable=True),
        Column(name="given_away", type="float64", meaning="discount x anyway: given to those who would have paid.", unit="money", nullable=True),
        Column(name="given_away_low", type="float64", meaning="Lower end.", unit="money", nullable=True),
        Column(name="given_away_high", type="float64", meaning="Upper end.", unit="money", nullable=True),
        Column(name="won", type="float64", meaning="Margin of what would not have been sold.", unit="money", nullable=True),
        Column(name="net", type="float64", meaning="won - given_away: what the discounts brought.", unit="money", nullable=True),
        Column(name="net_low", type="float64", meaning="Lower end.", unit="money", nullable=True),
        Column(name="net_high", type="float64", meaning="Upper end.", unit="money", nullable=True),
        Column(name="status", type="string", meaning="Whether it can be told: `no_cost` where what the goods cost is not known, so that money won is not; `not_measured` for vouchers; or the state of the elasticity.", values=DISCOUNT_STATUSES),
    ),
)

PRICE_CHANGES = Contract(
    name="price_changes",
    grain="the changes of prices before discount in one category",
    purpose="measurement",
    people="customers",
    note="Modelled: the margin of the later period less what would have been earned at each product's mean price of the earlier one, had sales answered as `elasticities` says. Products whose price moved by one per cent or more, and that were sold in both periods. Everybody paid these prices, so that no hold-out can measure them.",
    columns=(
        Column(name="category", type="string", meaning="The category.", key=True),
        Column(name="from_day", type="date", meaning="First day of the later period."),
        Column(name="to_day", type="date", meaning="Its last day."),
        Column(name="products", type="int64", meaning="Products whose price was changed.", unit="products"),
        Column(name="customers", type="int64", meaning="Customers who bought in the category in the later period.", unit="customers"),
        Column(name="revenue", type="float64", meaning="What these products brought in it, after discount.", unit="money"),
        Column(name="change", type="float64", meaning="Mean change of their prices, weighted by revenue.", unit="share"),
        Column(name="effect", type="float64", meaning="Margin that the changes brought.", unit="money"),
        Column(name="effect_low", type="float64", meaning="Lower end of its 95 % interval.", unit="money"),
        Column(name="effect_high", type="float64", meaning="Upper end.", unit="money"),
        Column(name="chance", type="float64", meaning="That it is above nought.", unit="share"),
    ),
)

CONTRACTS = (PRICE_OFFERS, DISCOUNTS, PRICE_CHANGES)
