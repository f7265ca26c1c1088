"""What a budget is best spent on, what more of it would bring, and what next season's should be."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract
from patron.contracts.outcome import EVIDENCE

SOURCES = ("trigger", "play")
SIDES = ("retention", "acquisition")
EVERY = "all"

PARTS = ("plan", "limit", "next")

PLAN_STATUSES = ("solved", "no_budget", "nothing_pays", "no_candidates")
TRIAL_STATUSES = ("read", "too_few", "no_spread")

REASONS = (
    "more_pays", "less_pays", "as_now", "at_the_edge", "not_known", "season_up", "season_down",
)  # fmt: skip
"""Why next season's share changes: its last unit of money earns more, or less, than that of the others; what is known of it
ends at twice the present spend; nothing is known of its returns; more, or fewer, customers are expected."""

BUDGET_PLAN = Contract(
    name="budget_plan",
    grain="one customer for whom the budget is best spent, with what is done",
    purpose="operations",
    note="For which purpose each customer may be written to is judged message by message. Of all that could be done for the customers of the run's day, at most one action each, so that the budget of the settings brings most; empty without `budget` in the settings. Open triggers' candidates are what can be done (`trigger`), and where no trigger answers a signal, the actions of the catalogue (`play`). Held out and refused customers are not in it.",
    columns=(
        Column(name="customer_id", type="string", meaning="For whom.", key=True),
        Column(name="source", type="string", meaning="Whether a trigger of the settings does it, or a play that nobody has launched.", values=SOURCES),
        Column(name="name", type="string", meaning="The trigger's name; of a play its signal."),
        Column(name="action", type="string", meaning="What is done."),
        Column(name="channel", type="string", meaning="By what."),
        Column(name="product", type="string", meaning="The product that it is about; none where it is about none.", nullable=True),
        Column(name="group", type="string", meaning="The segment that must not go short; none where the settings name none.", nullable=True),
        Column(name="value", type="float64", meaning="Margin that it is expected to bring, less its cost.", unit="money"),
        Column(name="cost", type="float64", meaning="What it takes of the budget.", unit="money"),
        Column(name="evidence", type="string", meaning="How the value is known.", values=EVIDENCE),
        Column(name="dropped_at", type="float64", meaning="Were the budget smaller, its price would rise: from this price on, in margin per unit of money, nothing is done for this customer. None where it costs nothing.", unit="ratio", nullable=True),
        Column(name="drop_rank", type="int64", meaning="1 for whom is dropped first."),
    ),
)

BUDGET_FRONTIER = Contract(
    name="budget_frontier",
    grain="one amount of money spent on customers there are, or on winning new ones by one channel",
    purpose="analytics",
    people="customers",
    note="The marginal return curve. `retention`: what the best plan for that budget brings, all other limits as they are. `acquisition`: what spend brings by the curve of the channel, told by how customers won answered to spend from month to month; not beyond twice the present spend.",
    columns=(
        Column(name="side", type="string", meaning="On whom it is spent.", key=True, values=SIDES),
        Column(name="channel", type="string", meaning="The channel that wins customers; `all` for retention.", key=True),
        Column(name="place", type="int64", meaning="1 for the smallest amount.", key=True),
        Column(name="now", type="boolean", meaning="Whether it is the present one."),
        Column(name="budget", type="float64", meaning="What may be spent.", unit="money"),
        Column(name="spent", type="float64", meaning="What is.", unit="money"),
        Column(name="value", type="float64", meaning="Margin that it brings, less what is spent.", unit="money"),
        Column(name="customers", type="float64", meaning="Customers treated, or won.", unit="customers"),
        Column(name="price", type="float64", meaning="What one more unit of money brings, less itself: the marginal return.", unit="ratio"),
        Column(name="evidence", type="string", meaning="How it is known; of retention as most of what the plan brings is.", values=EVIDENCE),
    ),
)

BUDGET_PRICES = Contract(
    name="budget_prices",
    grain="the plan, one of its limits, or the next amount of money",
    purpose="measurement",
    people="customers",
    note="`plan`: what it brings, and by how much it can fall short of the best at most. `limit`: how much of it is used up, and its shadow price, what one more of it brings. `next`: what so much more budget brings.",
    columns=(
        Column(name="part", type="string", meaning="What the row is about.", key=True, values=PARTS),
        Column(name="name", type="string", meaning="`all`, the limit (`budget`, `capacity`, `capacity:CHANNEL`, `stock:PRODUCT`, `share:SEGMENT`).", key=True),
        Column(name="customers", type="int64", meaning="Customers treated.", unit="customers"),
        Column(name="limit", type="float64", meaning="How much there is: money, customers, units; of a share 0; of the next amount that amount. None where there is no limit.", nullable=True),
        Column(name="used", type="float64", meaning="How much is used up; of a share how many customers it is missed by, not above 0.", nullable=True),
        Column(name="price", type="float64", meaning="What one more of it brings, less what it costs; none of the plan.", unit="money", nullable=True),
        Column(name="value", type="float64", meaning="What the plan, or the next amount, brings, less what it costs; none of limits.", unit="money", nullable=True),
        Column(name="low", type="float64", meaning="Lower end of its 95 % interval; of the plan by the intervals of its actions, as if all erred alike.", unit="money", nullable=True),
        Column(name="high", type="float64", meaning="Upper end.", unit="money", nullable=True),
        Column(name="gap", type="float64", meaning="By which share of the best the plan falls short at most.", unit="share", nullable=True),
        Column(name="evidence", type="string", meaning="How the value is known.", nullable=True, values=EVIDENCE),
        Column(name="status", type="string", meaning="`solved`; `no_budget`: there is none, only what is free is done; `nothing_pays`; `no_candidates`: nothing can be done for anybody.", values=PLAN_STATUSES),
    ),
)

SEASON_PLAN = Contract(
    name="season_plan",
    grain="retention, or one channel that wins customers, in the next season",
    purpose="analytics",
    people="customers",
    note="The next season is as long as the last. Money is moved until its last unit earns the same everywhere; nothing is moved beyond twice of what was spent, because nothing is known there. What customers who are there, and new ones, will bring comes from `revenue_forecast`, against the same days before the run's day.",
    columns=(
        Column(name="side", type="string", meaning="On whom it is spent.", key=True, values=SIDES),
        Column(name="channel", type="string", meaning="The channel that wins customers; `all` for retention.", key=True),
        Column(name="from_day", type="date", meaning="First day of the next season."),
        Column(name="to_day", type="date", meaning="Its last day."),
        Column(name="customers", type="int64", meaning="Customers treated by the present plan, or won by the channel in the last season.", unit="customers"),
        Column(name="spend_now", type="float64", meaning="What the plan, or the channel in the last season, spends.", unit="money"),
        Column(name="value_now", type="float64", meaning="Margin that it brings, less what is spent.", unit="money", nullable=True),
        Column(name="return_now", type="float64", meaning="What the last unit of money brings, less itself.", unit="ratio", nullable=True),
        Column(name="season", type="float64", meaning="What is expected of the next season over the last: revenue of customers who are there, or new customers; 1 where it cannot be told.", unit="ratio"),
        Column(name="spend_next", type="float64", meaning="What should be spent.", unit="money"),
        Column(name="value_next", type="float64", meaning="What it is expected to bring, less what is spent.", unit="money", nullable=True),
        Column(name="return_next", type="float64", meaning="What the last unit of money would bring then.", unit="ratio", nullable=True),
        Column(name="change", type="float64", meaning="spend_next - spend_now.", unit="money"),
        Column(name="bend", type="float64", meaning="Of the channel's curve: one per cent more spend wins so many per cent more customers; none of retention.", unit="ratio", nullable=True),
        Column(name="evidence", type="string", meaning="How its curve is known: `measured` by trials of at least half of the plan, or a lift test of the channel; `modelled`; else `assumed`.", values=EVIDENCE),
        Column(name="reason", type="string", meaning="Why it changes.", values=REASONS),
    ),
)

BUDGET_TRIALS = Contract(
    name="budget_trials",
    grain="one trial that gave some of its customers by chance what the plan would",
    purpose="measurement",
    people="customers",
    note="What the plan is worth before it is launched: what it would have brought each customer of the trial, against nothing for anybody, by what came of those who got by chance what the plan gives them (doubly robust: each outcome weighs by the chance of the arm). Margin within 60 days, less the trial's cost a contact. A trial speaks of the plan where an arm is an action of it, or where it has the name of a trigger in it.",
    columns=(
        Column(name="experiment", type="string", meaning="The trial.", key=True),
        Column(name="in_trial", type="int64", meaning="Customers of the trial who can be watched.", unit="customers"),
        Column(name="planned", type="int64", meaning="Those of them to whom the plan gives something.", unit="customers"),
        Column(name="customers", type="int64", meaning="Those whose arm was what the plan chooses, where that is not what nothing for anybody would have been.", unit="customers"),
        Column(name="value", type="float64", meaning="What the plan brings per customer of the trial, after cost.", unit="money", nullable=True),
        Column(name="low", type="float64", meaning="Lower end of its 95 % interval.", unit="money", nullable=True),
        Column(name="high", type="float64", meaning="Upper end.", unit="money", nullable=True),
        Column(name="expected", type="float64", meaning="What the plan expects of these customers, per customer of the trial.", unit="money"),
        Column(name="status", type="string", meaning="`read`, or why not: `too_few` customers got what the plan gives; `no_spread`: all outcomes are alike.", values=TRIAL_STATUSES),
    ),
)

CONTRACTS = (BUDGET_PLAN, BUDGET_FRONTIER, BUDGET_PRICES, SEASON_PLAN, BUDGET_TRIALS)
