"""What came of it: figures, targets, next steps, forecasts that came true or not."""

from __future__ import annotations

from patron.contracts.contract import MONEY, Column, Contract
from patron.contracts.propensity import PROPENSITY_TARGETS

GOALS = ("acquire", "keep", "grow")
TERMS = ("efficiency", "value")
EVIDENCE = ("measured", "modelled", "assumed")

KPIS = Contract(
    name="kpis",
    grain="one metric of one segment in one month",
    purpose="analytics",
    note="Segments are those of the run's day. The segmentation `all` holds the total.",
    columns=(
        Column(name="month", type="date", meaning="First day of the month.", key=True),
        Column(name="segmentation", type="string", meaning="Which way of dividing; `all` for the total.", key=True),
        Column(name="segment", type="string", meaning="The segment; `all` for the total.", key=True),
        Column(name="metric", type="string", meaning="The metric's name in the registry.", key=True),
        Column(
            name="value",
            type="float64",
            meaning="Its value, in the metric's unit; none when it is not defined.",
            nullable=True,
        ),
        Column(name="complete", type="boolean", meaning="The data covers the whole month."),
    ),
)

TARGETS = Contract(
    name="targets",
    grain="one metric of one segment with its target",
    purpose="analytics",
    columns=(
        Column(name="segmentation", type="string", meaning="Which way of dividing.", key=True),
        Column(name="segment", type="string", meaning="The segment.", key=True),
        Column(name="metric", type="string", meaning="The metric's name in the registry.", key=True),
        Column(name="month", type="date", meaning="The last complete month."),
        Column(name="value", type="float64", meaning="Where the segment stands.", nullable=True),
        Column(name="target", type="float64", meaning="Where it should stand."),
        Column(name="low", type="float64", meaning="Lower end of what counts as on track."),
        Column(name="high", type="float64", meaning="Upper end of what counts as on track."),
        Column(name="source", type="string", meaning="Where the target comes from.", values=("settings", "history")),
        Column(
            name="status", type="string", meaning="How it stands.", values=("ahead", "on_track", "behind", "unknown")
        ),
    ),
)

COHORTS = Contract(
    name="cohorts",
    grain="one age of one cohort of customers",
    purpose="analytics",
    people="active",
    columns=(
        Column(name="cohort", type="date", meaning="Month of the first order.", key=True),
        Column(
            name="age_months", type="int64", meaning="Months since then; 0 is the first month.", unit="months", key=True
        ),
        Column(name="customers", type="int64", meaning="Size of the cohort.", unit="customers"),
        Column(name="active", type="int64", meaning="Customers with an order in that month.", unit="customers"),
        Column(name="retention", type="float64", meaning="active / customers.", unit="share"),
        Column(name="net_revenue", type=MONEY, meaning="In that month.", unit="money"),
        Column(name="margin", type=MONEY, meaning="In that month.", unit="money"),
        Column(name="cumulative_margin_per_customer", type="float64", meaning="Up to that month.", unit="money"),
        Column(name="complete", type="boolean", meaning="The data covers the whole month."),
    ),
)

GROWTH = Contract(
    name="growth",
    grain="one driver of one growth formula",
    purpose="analytics",
    note="Over the drivers of one formula, effect sums to the change, to the cent.",
    columns=(
        Column(
            name="formula",
            type="string",
            meaning="`customers`: customers x frequency x order value x margin rate - acquisition cost. `traffic`: traffic x conversion x order value. `lifetime`: customers x lifetime margin - acquisition cost.",
            key=True,
            values=("customers", "traffic", "lifetime"),
        ),
        Column(name="driver", type="string", meaning="The factor; `total` for the formula's result.", key=True),
        Column(name="position", type="int64", meaning="Its place in the formula, from 1; the total comes last."),
        Column(name="before_from", type="date", meaning="First day of the earlier period."),
        Column(name="before_to", type="date", meaning="Last day of the earlier period."),
        Column(name="after_from", type="date", meaning="First day of the later period."),
        Column(name="after_to", type="date", meaning="Last day of the later period."),
        Column(
            name="before", type="float64", meaning="Its value in the earlier period; none when unknown.", nullable=True
        ),
        Column(
            name="after", type="float64", meaning="Its value in the later period; none when unknown.", nullable=True
        ),
        Column(
            name="effect",
            type=MONEY,
            meaning="What its change did to the total; none when unknown.",
            unit="money",
            nullable=True,
        ),
        Column(
            name="needs",
            type="string",
            meaning="The source that would fill it in; none when it is there.",
            nullable=True,
        ),
    ),
)

CATEGORY_MARKET = Contract(
    name="category_market",
    grain="one category with an index of its market",
    purpose="analytics",
    people="customers",
    note="Two growth rates side by side, over the periods of `growth`. That they differ is an association: it does not say what made the difference. Only categories with sales and an index in both periods.",
    columns=(
        Column(name="category", type="string", meaning="The category.", key=True),
        Column(name="before_from", type="date", meaning="First day of the earlier period."),
        Column(name="before_to", type="date", meaning="Last day of it."),
        Column(name="after_from", type="date", meaning="First day of the later period."),
        Column(name="after_to", type="date", meaning="Last day of it."),
        Column(
            name="customers",
            type="int64",
            meaning="Customers who bought of it, in the period with fewer.",
            unit="customers",
        ),
        Column(
            name="revenue_before",
            type=MONEY,
            meaning="Price - discount - returns of the category in the earlier period.",
            unit="money",
        ),
        Column(name="revenue_after", type=MONEY, meaning="The same in the later period.", unit="money"),
        Column(name="growth", type="float64", meaning="revenue_after / revenue_before - 1.", unit="share"),
        Column(
            name="market_growth", type="float64", meaning="The same of the mean of the category's index.", unit="share"
        ),
        Column(
            name="ahead",
            type="float64",
            meaning="(1 + growth) / (1 + market_growth) - 1: above 0 we grew more than the market.",
            unit="share",
        ),
    ),
)

GAPS = Contract(
    name="gaps",
    grain="one group of customers with a gap to their peers",
    purpose="marketing",
    note="value_at_stake = customers x shrunk gap in predicted value to peers, the customers of the same tier one rung up a ladder of RFM segments; assumed until a trigger has measured which share of it can be reached.",
    people="customers",
    columns=(
        Column(name="rank", type="int64", meaning="Its place by value at stake, from 1.", key=True),
        Column(name="step", type="string", meaning="Its stable name: tier and segment."),
        Column(name="tier", type="string", meaning="The value tier of the customers."),
        Column(name="segment", type="string", meaning="Their RFM segment."),
        Column(name="action", type="string", meaning="What to do."),
        Column(name="title", type="string", meaning="The step, in a sentence."),
        Column(name="reason", type="string", meaning="Why, in a sentence."),
        Column(name="customers", type="int64", meaning="How many.", unit="customers"),
        Column(name="predicted_value", type="float64", meaning="Their mean predicted value.", unit="money"),
        Column(
            name="peer_value", type="float64", meaning="That of their peers: the same tier, one rung up.", unit="money"
        ),
        Column(name="gap", type="float64", meaning="Per customer, shrunk.", unit="money"),
        Column(name="value_at_stake", type="float64", meaning="customers x gap.", unit="money"),
        Column(name="value_low", type="float64", meaning="Lower end of its 95 % interval.", unit="money"),
        Column(name="value_high", type="float64", meaning="Upper end of its 95 % interval.", unit="money"),
        Column(
            name="basis", type="string", meaning="Whether the money is margin or revenue.", values=("margin", "revenue")
        ),
        Column(name="evidence", type="string", meaning="How it is known.", values=EVIDENCE),
    ),
)

BACKTEST = Contract(
    name="backtest",
    grain="one figure of one forecast that was tested on days it had not seen",
    purpose="profiling",
    people="customers",
    columns=(
        Column(name="origin", type="date", meaning="The last day that the forecast knew.", key=True),
        Column(name="horizon_days", type="int64", meaning="How far ahead it looked.", unit="days", key=True),
        Column(
            name="model",
            type="string",
            meaning="Who forecast: a model's name, or `naive` (the previous period of equal length).",
            key=True,
        ),
        Column(
            name="target",
            type="string",
            meaning="What was forecast: each customer's orders, value, headroom or deeds, or the shop's revenue by month.",
            key=True,
            values=("orders", "value", "headroom", "monthly_revenue", *PROPENSITY_TARGETS),
        ),
        Column(
            name="metric",
            type="string",
            meaning="`calibration` (by decile of the forecast, 1 the highest), `decile_lift` (the decile's actual mean / the mean of all), `gini` (1 is a perfect ranking), `bias` (predicted / actual - 1), `mae`, `rmse`, `coverage` (share of months inside the 95 % interval; of a headroom, of customers who spent no more than their capacity in the year before); `rank_correlation` (of a headroom, with the spend of the year after, among customers of equal spend before); against the naive forecast of the same customers `gini_gain` (Gini less its Gini; above 0 is better) and `mae_gain` (mae / its mae - 1; below 0 is better); of a propensity `auc`, `ece` (expected calibration error; low is that of a simulated perfect forecast of the same size), `brier`.",
            key=True,
            values=(
                "calibration",
                "decile_lift",
                "gini",
                "bias",
                "mae",
                "rmse",
                "coverage",
                "rank_correlation",
                "gini_gain",
                "mae_gain",
                "auc",
                "ece",
                "brier",
            ),
        ),
        Column(name="decile", type="int64", meaning="1 to 10; 0 for all customers.", key=True),
        Column(name="customers", type="int64", meaning="How many.", unit="customers"),
        Column(name="predicted", type="float64", meaning="Mean forecast.", nullable=True),
        Column(name="actual", type="float64", meaning="Mean outcome.", nullable=True),
        Column(name="value", type="float64", meaning="The metric's value; none when it is not defined.", nullable=True),
        Column(
            name="low",
            type="float64",
            meaning="Lower end of the 95 % sampling interval: of actual (calibration), else of value.",
            nullable=True,
        ),
        Column(name="high", type="float64", meaning="Upper end of it.", nullable=True),
    ),
)

REVENUE_FORECAST = Contract(
    name="revenue_forecast",
    grain="one month ahead of a day, or the whole horizon, of one part of the revenue",
    purpose="analytics",
    note="The forecast of the run's day, and those that would have been made at the end of earlier months, beside what came. Of each span, present + new = total; the months add up to the horizon; both to the cent. Intervals hold what the span will bring with 95 % probability. Without rows where the data are shorter than 90 days or no model of the purchases can be fitted.",
    people="customers",
    columns=(
        Column(
            name="origin",
            type="date",
            meaning="The last day that the forecast knew; the run's day is the last of them.",
            key=True,
        ),
        Column(
            name="span",
            type="string",
            meaning="A calendar month (the first and the last may be cut), or all of them.",
            key=True,
            values=("month", "horizon"),
        ),
        Column(name="from_day", type="date", meaning="First day.", key=True),
        Column(
            name="part",
            type="string",
            meaning="Customers who have bought by the origin, those not yet acquired, or both.",
            key=True,
            values=("present", "new", "total"),
        ),
        Column(name="to_day", type="date", meaning="Last day."),
        Column(name="revenue", type=MONEY, meaning="Expected net revenue, not discounted.", unit="money"),
        Column(name="revenue_low", type=MONEY, meaning="Lower end of its interval.", unit="money"),
        Column(name="revenue_high", type=MONEY, meaning="Upper end of its interval.", unit="money"),
        Column(
            name="margin",
            type=MONEY,
            meaning="revenue x the margin rate of the last 365 days; revenue where basis is revenue.",
            unit="money",
        ),
        Column(name="margin_low", type=MONEY, meaning="Lower end of its interval.", unit="money"),
        Column(name="margin_high", type=MONEY, meaning="Upper end of its interval.", unit="money"),
        Column(name="basis", type="string", meaning="What margin means.", values=("margin", "revenue")),
        Column(
            name="customers",
            type="int64",
            meaning="Customers who have bought by the origin, from whom all is learned.",
            unit="customers",
        ),
        Column(
            name="newcomers",
            type="float64",
            meaning="How many new customers the span is expected to bring.",
            unit="customers",
        ),
        Column(
            name="season_factor",
            type="float64",
            meaning="Of the month, as the months so far show it; none for the horizon, and where they are fewer than 24.",
            unit="ratio",
            nullable=True,
        ),
        Column(
            name="season_months",
            type="int64",
            meaning="How many whole months the season was learned from; 0 for none.",
            unit="months",
        ),
        Column(
            name="actual",
            type=MONEY,
            meaning="Net revenue that came, of a month after an earlier origin that is over.",
            unit="money",
            nullable=True,
        ),
        Column(
            name="naive",
            type=MONEY,
            meaning="What the simplest rule would have said of it in total: the same month of the year before, else the mean of the months before.",
            unit="money",
            nullable=True,
        ),
    ),
)

COMPONENTS = ("opening", "acquired", "won_back", "developed_up", "developed_down", "lost", "closing")

EQUITY = Contract(
    name="equity",
    grain="one component of the change of customer equity between two days, in one tier",
    purpose="profiling",
    note="Customer equity is the sum of the customers' predicted values within the horizon. Both days are valued by the model of the run's day. Over the components of a segment, opening + acquired + won_back + developed_up + developed_down + lost = closing, and the tiers add up to all; both to the cent.",
    people="customers",
    columns=(
        Column(
            name="segmentation",
            type="string",
            meaning="`all` for the total, or `tier`.",
            key=True,
            values=("all", "tier"),
        ),
        Column(
            name="segment",
            type="string",
            meaning="`all`, or the tier by predicted value on the earlier day; on the later one for acquired customers.",
            key=True,
        ),
        Column(
            name="component",
            type="string",
            meaning="`opening`: all customers of the earlier day. `acquired`: first purchase in between. `won_back`: lapsed by their own rhythm then, not now. `lost`: lapsed now and not then, or with less than a tenth of their value left, or without an order left. `developed_up`, `developed_down`: the others, by the sign of the change. `closing`: all customers of either day.",
            key=True,
            values=COMPONENTS,
        ),
        Column(name="position", type="int64", meaning="Its place in the sum, from 1."),
        Column(
            name="compared_with",
            type="string",
            meaning="The earlier run's id, or `month` when compared with a month before.",
        ),
        Column(name="from_day", type="date", meaning="The earlier day."),
        Column(name="to_day", type="date", meaning="The later day."),
        Column(name="customers", type="int64", meaning="How many.", unit="customers"),
        Column(name="amount", type=MONEY, meaning="Their equity (opening, closing), or its change.", unit="money"),
        Column(
            name="low",
            type=MONEY,
            meaning="Lower end of the 95 % interval of what the customers will bring, of closing in total; none otherwise, and where `revenue_forecast` has no rows.",
            unit="money",
            nullable=True,
        ),
        Column(name="high", type=MONEY, meaning="Upper end of it.", unit="money", nullable=True),
        Column(
            name="basis", type="string", meaning="Whether the money is margin or revenue.", values=("margin", "revenue")
        ),
    ),
)

ACQUISITION_VALUE = Contract(
    name="acquisition_value",
    grain="one acquisition channel",
    purpose="analytics",
    people="customers",
    columns=(
        Column(
            name="channel",
            type="string",
            meaning="What brought the customers; `all` for every customer, `unknown` where nobody knows.",
            key=True,
        ),
        Column(name="horizon_days", type="int64", meaning="How long a new customer is watched.", unit="days"),
        Column(name="customers", type="int64", meaning="New customers it is learned from.", unit="customers"),
        Column(
            name="own_value",
            type="float64",
            meaning="What one of them brings within the horizon of the first order; those seen for a shorter time count for the share of it that is over.",
            unit="money",
        ),
        Column(
            name="value",
            type="float64",
            meaning="own_value, drawn towards that of all channels as far as chance explains the difference.",
            unit="money",
        ),
        Column(name="value_low", type="float64", meaning="Lower end of its 95 % interval.", unit="money"),
        Column(name="value_high", type="float64", meaning="Upper end of it.", unit="money"),
        Column(name="weight", type="float64", meaning="How much of own_value is kept.", unit="share"),
        Column(
            name="conversion",
            type="float64",
            meaning="Chance that a prospect of the channel becomes a customer; none without prospects.",
            unit="share",
            nullable=True,
        ),
        Column(name="prospect_value", type="float64", meaning="value x conversion.", unit="money", nullable=True),
        Column(
            name="allowable_cost",
            type="float64",
            meaning="What acquiring a customer may cost: value x target share.",
            unit="money",
        ),
        Column(
            name="cost",
            type="float64",
            meaning="What it did cost over the last 365 days; none without spend on the channel.",
            unit="money",
            nullable=True,
        ),
        Column(
            name="payback_days",
            type="float64",
            meaning="After how many days a new customer has brought the cost; none where that takes longer than the horizon, or the cost is not known.",
            unit="days",
            nullable=True,
        ),
        Column(
            name="basis", type="string", meaning="Whether the money is margin or revenue.", values=("margin", "revenue")
        ),
    ),
)

CONTRACTS = (
    KPIS,
    TARGETS,
    COHORTS,
    GROWTH,
    CATEGORY_MARKET,
    GAPS,
    BACKTEST,
    REVENUE_FORECAST,
    EQUITY,
    ACQUISITION_VALUE,
)
