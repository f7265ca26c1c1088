"""From money spent to customers: what each channel cost, whom it won, kept and grew, and when the money comes back."""

from __future__ import annotations

from patron.contracts.contract import MONEY, Column, Contract
from patron.contracts.customer import BASIS

EVERY, NO_CHANNEL, LATEST = "all", "none", "latest"
"""All cohorts, segments or first purchases; no channel that anybody knows; the period of `growth` that ends today."""

TOLD, CREDITED, NOT_TOLD = "told", "credited", "not_told"
KNOWN_BY = (TOLD, CREDITED, NOT_TOLD)

COST_STATUSES = ("read", "no_spend", "nothing_spent", "negative_spend", "nobody_won")
PAYBACK_STATUSES = ("paid_back", "expected", "not_within_horizon", *COST_STATUSES[1:])
CREDIT_STATUSES = ("credited", "no_touch", "too_early")
BEGAN_WITH = (EVERY, "category", "product")
COMEBACK_KINDS = ("channel", "campaign")
EVIDENCE = ("measured", "modelled", "assumed")

_STATUS = "`read`: a cost is known. `no_spend`: nothing is known of spend on the channel. `nothing_spent`: it adds up to 0 here. `negative_spend`: credit notes are more than what was spent. `nobody_won`: spend and no customer, so the cost has a lower end only."
_KNOWN = "How the channel of most of them is known: `told` by the customer's record, `credited` by the touches before the first order, `not_told` by neither."

ACQUISITION = Contract(
    name="acquisition",
    grain="one channel, cohort and segment of customers who were won",
    purpose="analytics",
    people="people",
    note="A customer is won by the channel that her record names, else by those of the touches before her first order, each for its credit. Who probably bought before the data begin is nobody's. Over the channels of a cohort and segment, won, spend, margin and predicted add up. Spend is that of the cohort's month; between segments, whom nobody bought one by one, it is shared out by customers won, so that there is one cost of a customer to a channel and cohort. Intervals of costs and of ltv_cac say what the same spend brings when as many customers come again by chance (a compound Poisson sum); those of ltv say which mean the customers were drawn from.",
    columns=(
        Column(name="channel", type="string", meaning="What brought the customers; `all` for all of them, `none` where nobody knows.", key=True),
        Column(name="cohort", type="string", meaning="Month of the first order, as 2011-03; `all` for every month.", key=True),
        Column(name="segmentation", type="string", meaning="`all`, or a segmentation of `memberships` on the run's day.", key=True),
        Column(name="segment", type="string", meaning="The segment; `all` for everybody.", key=True),
        Column(name="known_by", type="string", meaning=_KNOWN, values=KNOWN_BY),
        Column(name="people", type="int64", meaning="Customers with a credit in it, however small.", unit="customers"),
        Column(name="won", type="float64", meaning="Customers won: the sum of their credits.", unit="customers"),
        Column(name="spend", type=MONEY, meaning="What was spent on the channel; none where nothing is known.", unit="money", nullable=True),
        Column(name="cac", type="float64", meaning="spend / won: what winning a customer cost.", unit="money", nullable=True),
        Column(name="cac_low", type="float64", meaning="Lower end of its 95 % interval.", unit="money", nullable=True),
        Column(name="cac_high", type="float64", meaning="Upper end; none where nobody was won.", unit="money", nullable=True),
        Column(name="margin", type=MONEY, meaning="What they brought up to the run's day.", unit="money"),
        Column(name="predicted", type=MONEY, meaning="What they are expected to bring within the horizon from then on.", unit="money"),
        Column(name="ltv", type="float64", meaning="(margin + predicted) / won: what one of them is worth.", unit="money", nullable=True),
        Column(name="ltv_low", type="float64", meaning="Lower end of its 95 % interval.", unit="money", nullable=True),
        Column(name="ltv_high", type="float64", meaning="Upper end.", unit="money", nullable=True),
        Column(name="ltv_cac", type="float64", meaning="ltv / cac.", unit="ratio", nullable=True),
        Column(name="ltv_cac_low", type="float64", meaning="Lower end of its 95 % interval.", unit="ratio", nullable=True),
        Column(name="ltv_cac_high", type="float64", meaning="Upper end.", unit="ratio", nullable=True),
        Column(name="payback_days", type="float64", meaning="Days after the first order until their margin reaches cac, from `payback`; for everybody, none for segments and where it is not within the horizon.", unit="days", nullable=True),
        Column(name="payback_low", type="float64", meaning="Lower end of its 95 % interval.", unit="days", nullable=True),
        Column(name="payback_high", type="float64", meaning="Upper end; none where it may not come within the horizon.", unit="days", nullable=True),
        Column(name="watched", type="float64", meaning="Those of them who were watched for return_days.", unit="customers"),
        Column(name="return_days", type="int64", meaning="Within how many days after the first order coming back counts.", unit="days", nullable=True),
        Column(name="return_rate", type="float64", meaning="Share of watched who ordered again on a later day within them.", unit="share", nullable=True),
        Column(name="return_low", type="float64", meaning="Lower end of its 95 % interval (Wilson).", unit="share", nullable=True),
        Column(name="return_high", type="float64", meaning="Upper end.", unit="share", nullable=True),
        Column(name="basis", type="string", meaning="Whether the money is margin or revenue.", values=BASIS),
        Column(name="status", type="string", meaning=_STATUS, values=COST_STATUSES),
    ),
)

PAYBACK = Contract(
    name="payback",
    grain="one month since the first order of the customers of one channel, cohort and first purchase",
    purpose="analytics",
    people="people",
    note="The margin that customers won have brought, on average, by the end of each month of 30 days since their first order; month 0 is the day of it. Months that a cohort has not lived yet are taken from the older ones of its channel, else of all, and marked. Only cohorts and first purchases of 20 customers and more; of `all` every channel.",
    columns=(
        Column(name="channel", type="string", meaning="As in `acquisition`; `all` for all of them.", key=True),
        Column(name="cohort", type="string", meaning="Month of the first order; `all` for every month.", key=True),
        Column(name="began_with", type="string", meaning="Whether they are everybody, or told apart by what most was paid for on the first day.", key=True, values=BEGAN_WITH),
        Column(name="item", type="string", meaning="The category or the product's id; `all` for everybody.", key=True),
        Column(name="month", type="int64", meaning="Months of 30 days since the first order.", unit="months", key=True),
        Column(name="people", type="int64", meaning="Customers with a credit in it.", unit="customers"),
        Column(name="won", type="float64", meaning="Customers won.", unit="customers"),
        Column(name="watched", type="float64", meaning="Those who were watched to the end of the month; 0 where it is taken from others.", unit="customers"),
        Column(name="margin", type="float64", meaning="What one of them has brought by then.", unit="money"),
        Column(name="margin_low", type="float64", meaning="Lower end of its 95 % interval.", unit="money"),
        Column(name="margin_high", type="float64", meaning="Upper end.", unit="money"),
        Column(name="cac", type="float64", meaning="What winning one cost, by the channel and cohort; none where it is not known.", unit="money", nullable=True),
        Column(name="returned", type="float64", meaning="margin / cac.", unit="ratio", nullable=True),
        Column(name="returned_low", type="float64", meaning="Lower end of its 95 % interval, in which the number of customers that came for the money varies too.", unit="ratio", nullable=True),
        Column(name="returned_high", type="float64", meaning="Upper end.", unit="ratio", nullable=True),
        Column(name="status", type="string", meaning="Of the whole curve. `paid_back`: margin has reached the cost within the months that were watched. `expected`: it does in a month that is taken from others. `not_within_horizon`: in neither. The others as in `acquisition`.", values=PAYBACK_STATUSES),
    ),
)

CHANNELS = Contract(
    name="channels",
    grain="one channel in one period, for everybody or one segment",
    purpose="analytics",
    people="people",
    note="From money spent to customers won, kept and grown. Orders, revenue and margin are those of `order_credits`, shared out to the cent, so that the channels of a period and segment add up to all of its orders. Credit is what a model of the touches says, and no proof of cause: incremental_roi says how it is known. Segments are told apart in the latest period alone.",
    columns=(
        Column(name="channel", type="string", meaning="The channel; `all` for all of them, `none` for orders without a touch, and for customers of whom nobody knows what brought them.", key=True),
        Column(name="period", type="string", meaning="A calendar month, as 2011-03, or `latest`: the later period of `growth`, 365 days or half of shorter data, or since the first credited order where that is later.", key=True),
        Column(name="segmentation", type="string", meaning="`all`, or a segmentation of `memberships` on the run's day.", key=True),
        Column(name="segment", type="string", meaning="The segment; `all` for everybody.", key=True),
        Column(name="from_day", type="date", meaning="First day."),
        Column(name="to_day", type="date", meaning="Last day."),
        Column(name="people", type="int64", meaning="Customers who ordered in the period or were won in it, with a credit, however small.", unit="customers"),
        Column(name="spend", type=MONEY, meaning="What was spent on the channel; none where nothing is known, and for segments.", unit="money", nullable=True),
        Column(name="won", type="float64", meaning="Customers who ordered first in the period, by `acquisition`.", unit="customers"),
        Column(name="kept", type="float64", meaning="Customers who had ordered before the period and ordered again in it, each for the channel's part in her orders.", unit="customers", nullable=True),
        Column(name="grown", type="float64", meaning="Those of kept who brought more margin than in as many days before, in which they had ordered too; of the latest period.", unit="customers", nullable=True),
        Column(name="orders", type="float64", meaning="Sum of credits.", unit="orders", nullable=True),
        Column(name="revenue", type=MONEY, meaning="Net revenue credited.", unit="money", nullable=True),
        Column(name="margin", type=MONEY, meaning="Margin credited, without cost to serve.", unit="money", nullable=True),
        Column(name="credit_status", type="string", meaning="Whether kept, grown, orders, revenue and margin can be told. `no_touch`: no touch of the channel is known, so that its orders are among those of others, or of `none`. `too_early`: the period begins before the first touch that is known.", values=CREDIT_STATUSES),
        Column(name="roas", type="float64", meaning="revenue / spend.", unit="ratio", nullable=True),
        Column(name="roi", type="float64", meaning="(margin - spend) / spend.", unit="ratio", nullable=True),
        Column(name="incremental_roi", type="float64", meaning="The same of the margin that would not have come without the channel; none of all channels together.", unit="ratio", nullable=True),
        Column(name="incremental_low", type="float64", meaning="Lower end of its 95 % interval; none where it is assumed.", unit="ratio", nullable=True),
        Column(name="incremental_high", type="float64", meaning="Upper end.", unit="ratio", nullable=True),
        Column(name="evidence", type="string", meaning="How incremental_roi is known: `measured` by a lift test of the channel, `modelled` by a marketing-mix model, `assumed`: as if all credit were caused.", values=EVIDENCE, nullable=True),
        Column(name="cac", type="float64", meaning="spend / won.", unit="money", nullable=True),
        Column(name="ltv_cac", type="float64", meaning="What those won are worth / spend.", unit="ratio", nullable=True),
        Column(name="ltv_cac_low", type="float64", meaning="Lower end of its 95 % interval.", unit="ratio", nullable=True),
        Column(name="ltv_cac_high", type="float64", meaning="Upper end.", unit="ratio", nullable=True),
        Column(name="status", type="string", meaning=_STATUS, values=COST_STATUSES),
    ),
)

COMEBACKS = Contract(
    name="comebacks",
    grain="one channel or campaign that brings customers, with the share of them that comes back",
    purpose="analytics",
    people="customers",
    note="An association: a channel that brings customers who come back may find them rather than make them. Others are customers whom another channel brought in the same month. Only customers who were watched for the whole horizon count.",
    columns=(
        Column(name="kind", type="string", meaning="What it is; campaigns are those of the last touch before the first order.", key=True, values=COMEBACK_KINDS),
        Column(name="item", type="string", meaning="Which one.", key=True),
        Column(name="horizon_days", type="int64", meaning="Watched for how many days after the first order.", unit="days"),
        Column(name="customers", type="int64", meaning="Customers whom it brought; where several channels did, the one with most credit.", unit="customers"),
        Column(name="again", type="int64", meaning="Those of them who ordered on a later day within the horizon.", unit="customers"),
        Column(name="rate_again", type="float64", meaning="again / customers.", unit="share"),
        Column(name="difference", type="float64", meaning="Less the share of others of the same month.", unit="share"),
        Column(name="low", type="float64", meaning="Lower end of its 95 % interval.", unit="share"),
        Column(name="high", type="float64", meaning="Upper end.", unit="share"),
        Column(name="shrunk", type="float64", meaning="The difference, drawn to the mean of its kind as far as its size leaves it to chance: the best guess.", unit="share"),
        Column(name="p_value", type="float64", meaning="That the difference is chance (Cochran, Mantel and Haenszel), of this test alone."),
        Column(name="q_value", type="float64", meaning="The least false discovery rate at which it is a finding, over all items of its kind (Benjamini and Yekutieli)."),
        Column(name="found", type="boolean", meaning="Whether the q-value is at most 10 %."),
        Column(name="sentence", type="string", meaning="The same in words."),
    ),
)

CONTRACTS = (ACQUISITION, PAYBACK, CHANNELS, COMEBACKS)
