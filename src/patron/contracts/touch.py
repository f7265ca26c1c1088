"""What touched people on their way to an order, and how the orders are shared out among the channels."""

from __future__ import annotations

from patron.contracts.contract import MOMENT, MONEY, Column, Contract

KINDS = ("visit", "message")

DIRECT = "direct"
"""The channel of a visit of which nothing tells what brought it."""

NONE = "none"
"""The channel of orders before which no touch is known."""

BASELINE = "baseline"
"""The channel of what would have come by itself, as lift tests tell."""

CALIBRATED = " calibrated"
"""What the name of a model ends in whose credits lift tests correct."""

MODELS = ("first", "last", "last_non_direct", "linear", "time_decay", "position", "markov", "shapley")

ALL = "all"
CUSTOMER, NEW, REPEAT = "customer", "new", "repeat"

TOUCHES = Contract(
    name="touches",
    grain="one touch: a visit that a channel brought, or a message that was answered",
    purpose="profiling",
    note="Of visits of the web and of apps, and of messages as the setting `attribution` says. Of one visit each channel and campaign counts once, by the first moment. A visit of which nothing tells what brought it is `direct`, where other visits tell; a click and the visit that it leads to are one touch. What was done on a browser before its owner signed in is hers, as `links` says on the run's day.",
    columns=(
        Column(name="touch_id", type="string", meaning="The touch; a hash of who, when and by what.", key=True),
        Column(name="visitor", type="string", meaning="Who: a hash, one for each customer, or for each browser whose owner is not known."),
        Column(name="customer_id", type="string", meaning="Which customer; none where nobody is known to have been the visitor.", nullable=True),
        Column(name="touched_at", type=MOMENT, meaning="When, in the project's time zone."),
        Column(name="channel", type="string", meaning="By what: paid_search, paid_social, email ..., `direct`, or the shop's own word."),
        Column(name="campaign", type="string", meaning="Which campaign it belongs to.", nullable=True),
        Column(name="kind", type="string", meaning="What it is.", values=KINDS),
    ),
)

ATTRIBUTION = Contract(
    name="attribution",
    grain="one channel's share of the orders of one segment, by one model",
    purpose="analytics",
    people="customers",
    note="Orders from the day of the first touch that is known. Touches count for the customer's next order alone, within the look-back of the setting `attribution`. Each of orders, revenue, margin and predicted_value adds up over the channels of a model and segment to what the segment's orders have, money to the cent, and over the segments of a segmentation to `all`. The channel `none` holds orders before which no touch is known. A path model shares out what happened; it does not know what would have happened without a channel. A model whose name ends in ` calibrated` is corrected by lift tests where there are any: there the channel `baseline` holds what would have come by itself. Without rows where nothing tells what brought anybody.",
    columns=(
        Column(name="model", type="string", meaning="By which rule: " + ", ".join(MODELS) + "; with ` calibrated` behind it, corrected by lift tests.", key=True),
        Column(name="segmentation", type="string", meaning="Which way of dividing: `all`; `customer` (new: the customer's first order, or repeat); or one of `memberships` by value.", key=True),
        Column(name="segment", type="string", meaning="The segment; `all` for all orders.", key=True),
        Column(name="channel", type="string", meaning="Which channel; `none`: no touch is known; `baseline`: would have come by itself.", key=True),
        Column(name="customers", type="int64", meaning="Customers with such an order before which the channel touched them; of `none`, before which no touch is known; of `baseline`, of the segment.", unit="customers"),
        Column(name="touched", type="int64", meaning="Orders before which it touched the customer; of `none`, before which no touch is known; of `baseline`, of the segment.", unit="orders"),
        Column(name="orders", type="float64", meaning="Its share of the orders.", unit="orders"),
        Column(name="share", type="float64", meaning="orders / orders of the segment.", unit="share"),
        Column(name="revenue", type=MONEY, meaning="Its share of their net amount.", unit="money"),
        Column(name="margin", type=MONEY, meaning="Its share of their margin, before cost to serve.", unit="money"),
        Column(name="predicted_value", type=MONEY, meaning="Its share of what the customers are expected to bring from the run's day on: each customer's value stands with her first order of those counted, which won her or brought her back.", unit="money"),
        Column(name="ratio", type="float64", meaning="Of a calibrated model: what lift tests measured / what the model had given the channel for the same customers and days, drawn to 1 as far as chance may have moved it; none where no test is about the channel.", unit="ratio", nullable=True),
        Column(name="ratio_low", type="float64", meaning="Lower end of its 95 % interval.", unit="ratio", nullable=True),
        Column(name="ratio_high", type="float64", meaning="Upper end of its 95 % interval.", unit="ratio", nullable=True),
        Column(name="tests", type="string", meaning="The experiments behind the ratio, parted by commas.", nullable=True),
        Column(name="from_day", type="date", meaning="First day of the orders that are counted."),
        Column(name="to_day", type="date", meaning="Last day."),
    ),
)

LIFT_STATUSES = ("calibrated", "not_read", "nothing_attributed", "unknown")

CHANNEL_LIFTS = Contract(
    name="channel_lifts",
    grain="one channel that the settings name lift tests of, by one model",
    purpose="measurement",
    people="customers",
    note="What tests measured beside what the model had given the channel for the same customers and days: the credit per customer of the arm less that of control, as the lift is. The ratio is drawn to 1 by its variance: the truth before any test is taken as normal around 1 with the standard deviation 1, and never below 0. The interval is the shortest that holds 95 % of what is likely then.",
    columns=(
        Column(name="channel", type="string", meaning="Which channel.", key=True),
        Column(name="model", type="string", meaning="By which rule.", key=True, values=MODELS),
        Column(name="tests", type="string", meaning="The experiments, parted by commas."),
        Column(name="status", type="string", meaning="`calibrated`: the ratio holds. `not_read`: no test of it could be read (`effects.status`). `nothing_attributed`: the model gave the channel too little among the customers of the tests to be compared with. `unknown`: no such experiment, or no touch of the channel.", values=LIFT_STATUSES),
        Column(name="customers", type="int64", meaning="Customers in the smallest arm of the tests that were read.", unit="customers"),
        Column(name="measured", type="float64", meaning="Orders that the channel brought to the customers of the tests' arms.", unit="orders", nullable=True),
        Column(name="measured_low", type="float64", meaning="Lower end of its 95 % interval.", unit="orders", nullable=True),
        Column(name="measured_high", type="float64", meaning="Upper end of it.", unit="orders", nullable=True),
        Column(name="attributed", type="float64", meaning="Orders that the model gave it there.", unit="orders", nullable=True),
        Column(name="raw", type="float64", meaning="measured / attributed, tests weighted by how sure each is.", unit="ratio", nullable=True),
        Column(name="ratio", type="float64", meaning="The same, drawn to 1 as far as chance may have moved it.", unit="ratio", nullable=True),
        Column(name="ratio_low", type="float64", meaning="Lower end of its 95 % interval.", unit="ratio", nullable=True),
        Column(name="ratio_high", type="float64", meaning="Upper end of it.", unit="ratio", nullable=True),
        Column(name="unplaced", type="float64", meaning="Orders that the channel brought beyond those before which a touch of it is known; they stay with the others.", unit="orders", nullable=True),
    ),
)

ORDER_CREDITS = Contract(
    name="order_credits",
    grain="one channel's share of one order, by the model of the settings",
    purpose="profiling",
    note="Every order from the day of the first touch that is known. Over the channels of an order credit adds up to 1, calibrated adds up to 1, and revenue and margin to the order's, to the cent. `none`: no touch is known before it.",
    columns=(
        Column(name="order_id", type="string", meaning="The order.", key=True),
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="channel", type="string", meaning="Which channel; `none`: no touch is known; `baseline`: would have come by itself, as lift tests tell.", key=True),
        Column(name="ordered_on", type="date", meaning="Day of the order."),
        Column(name="first_order", type="boolean", meaning="Whether it is the customer's first order."),
        Column(name="model", type="string", meaning="By which rule.", values=MODELS),
        Column(name="credit", type="float64", meaning="The channel's share of the order.", unit="share"),
        Column(name="calibrated", type="float64", meaning="The same, corrected by lift tests; equal to credit where there are none.", unit="share"),
        Column(name="revenue", type=MONEY, meaning="credit x the order's net amount, to the cent.", unit="money"),
        Column(name="margin", type=MONEY, meaning="credit x the order's margin before cost to serve, to the cent.", unit="money"),
    ),
)

CONTRACTS = (TOUCHES, ATTRIBUTION, CHANNEL_LIFTS, ORDER_CREDITS)
