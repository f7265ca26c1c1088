"""What experiments did: each arm against control, for everybody and by what was known before."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract

METRICS = (
    "orders", "revenue", "margin", "conversion", "order_value", "margin_per_order", "returns", "complaints",
    "unsubscribes", "nps", "effort",
)  # fmt: skip
"""What is read of every experiment, as far as the sources tell it."""

MONEY_METRICS = ("revenue", "margin", "order_value", "margin_per_order")
SHARE_METRICS = ("conversion", "returns", "unsubscribes")

GUARDRAILS = ("complaints", "unsubscribes", "returns", "nps", "effort")
"""What must not get worse, unless an experiment names others."""

ROLES = ("primary", "guardrail", "secondary")

EVERYBODY = "all"

STATUSES = (
    "read", "too_early", "assigned_late", "no_control", "empty_arm", "two_arms", "uneven_chances", "sample_ratio",
    "too_few", "no_spread", "no_base", "no_source",
)  # fmt: skip

WARNINGS = ("early", "harm", "harm_not_ruled_out", "fading", "growing")

EFFECTS = Contract(
    name="effects",
    grain="one metric of one arm of an experiment against control, for everybody or one segment",
    purpose="measurement",
    people="n_control",
    note="Everybody who was put into an arm counts, whether or not anything arrived. Segments are as of the day of assignment or before. Past spend, past purchases and, where a run of that day foretold it, the predicted value are taken off the effect (CUPED), so that it is not quite mean - mean_control. Rows that are not read hold counts only.",
    columns=(
        Column(name="experiment", type="string", meaning="The experiment; of a frozen list the audience's name.", key=True),
        Column(name="metric", type="string", meaning="Since the assignment. Per customer: orders, revenue (net), margin, conversion (share who ordered), complaints (tickets), unsubscribes. As a ratio of sums: order_value (revenue / orders), margin_per_order, returns (price of what came back / price of what was sold). Of those who answered: nps (promoters less detractors, of 100), effort (points of ces, more is easier).", key=True, values=METRICS),
        Column(name="arm", type="string", meaning="The arm compared with control.", key=True),
        Column(name="segmentation", type="string", meaning="`all`; `value_tier`, by spend of the 365 days before (top: the best 20 % of all customers; middle: the next 30 %; bottom; new: nothing bought before); `channel` of most purchases before; `channel x value_tier`; and where a run of the day is known `tier` (by predicted value) and `rfm`.", key=True),
        Column(name="segment", type="string", meaning="The segment; `all` for everybody.", key=True),
        Column(name="control", type="string", meaning="Name of the control arm."),
        Column(name="role", type="string", meaning="`primary`: what the experiment was made for. `guardrail`: what must not get worse.", values=ROLES),
        Column(name="method", type="string", meaning="`sequential` intervals hold however often they are looked at, others at one reading.", values=("frequentist", "sequential")),
        Column(name="from_day", type="date", meaning="First day that counts of who was assigned first."),
        Column(name="to_day", type="date", meaning="Last day that counts."),
        Column(name="segments_as_of", type="date", meaning="Day of the run by which `tier`, `rfm` and predicted values are known, up to 31 days before the first assignment; none where there is none, and then these are not read.", nullable=True),
        Column(name="unit", type="string", meaning="What was drawn. Intervals allow for members of a household who act alike.", values=("customer", "household", "visitor")),
        Column(name="n", type="int64", meaning="Customers in the arm.", unit="customers"),
        Column(name="units", type="int64", meaning="Units drawn into it; of nps and effort those who answered.", unit="units"),
        Column(name="mean", type="float64", meaning="Their mean or ratio.", nullable=True),
        Column(name="n_control", type="int64", meaning="Customers in control.", unit="customers"),
        Column(name="units_control", type="int64", meaning="Units drawn into it; of nps and effort those who answered.", unit="units"),
        Column(name="mean_control", type="float64", meaning="Their mean or ratio.", nullable=True),
        Column(name="effect", type="float64", meaning="mean - mean_control, less what covariates explain.", nullable=True),
        Column(name="effect_low", type="float64", meaning="Lower end of the 95 % interval.", nullable=True),
        Column(name="effect_high", type="float64", meaning="Upper end of the 95 % interval.", nullable=True),
        Column(name="relative", type="float64", meaning="effect / mean_control; none where that is not above 0.", unit="share", nullable=True),
        Column(name="relative_low", type="float64", meaning="Lower end of the 95 % interval (delta method).", unit="share", nullable=True),
        Column(name="relative_high", type="float64", meaning="Upper end of the 95 % interval (delta method).", unit="share", nullable=True),
        Column(name="p_value", type="float64", meaning="Two-sided.", unit="share", nullable=True),
        Column(name="q_value", type="float64", meaning="Least false discovery rate at which it is a finding, over all that is read beside it: the primary metrics of all experiments; the other metrics of one experiment; all segments of one metric of one experiment.", unit="share", nullable=True),
        Column(name="standard_error", type="float64", meaning="Of effect.", nullable=True),
        Column(name="explained", type="float64", meaning="Share of the variance that covariates took off.", unit="share", nullable=True),
        Column(name="shrunk", type="float64", meaning="effect, drawn to the mean of the segments as far as chance may have moved it; of segments, and there of the primary metric, revenue and margin.", nullable=True),
        Column(name="shrunk_low", type="float64", meaning="Lower end of its 95 % interval.", nullable=True),
        Column(name="shrunk_high", type="float64", meaning="Upper end of its 95 % interval.", nullable=True),
        Column(name="total", type="float64", meaning="effect x n: what the arm brought in all; none of ratios.", nullable=True),
        Column(name="total_low", type="float64", meaning="Lower end of the 95 % interval.", nullable=True),
        Column(name="total_high", type="float64", meaning="Upper end of the 95 % interval.", nullable=True),
        Column(name="contaminated", type="int64", meaning="Customers of the experiment who also were in another arm of it.", unit="customers"),
        Column(name="sample_ratio_p", type="float64", meaning="Chance of arms so unequal by luck; under .001 nothing is read. None where no shares were planned or the plan has too few.", unit="share", nullable=True),
        Column(name="warning", type="string", meaning="What to mind, comma-separated. `early`: read before the end that was planned, by intervals that hold only then. `harm`: a guardrail got worse by more than its margin. `harm_not_ruled_out`: it may have. `fading`, `growing`: the effect of the second half of the time is smaller, or larger, than that of the first.", nullable=True),
        Column(name="status", type="string", meaning="Whether it can be read. `too_early`: no day has passed. `assigned_late`: assigned when the days that count were over, or when the arms differed already (`experiment_findings`). `no_control`, `empty_arm`: nobody was put there. `two_arms`: more than 5 % of the units were in two arms. `uneven_chances`: customers had different chances of the arm. `sample_ratio`: the arms are not as planned. `too_few`: fewer than 30 units in an arm. `no_spread`: all values are the same. `no_base`: nothing to divide by. `no_source`: no source tells the metric.", values=STATUSES),
    ),
)

CONTRACTS = (EFFECTS,)
