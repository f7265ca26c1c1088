"""What was tried, what was promised of it before, who was in which arm, and what is wrong with it."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract

KINDS = ("audience", "experiment", "holdout", "elsewhere")

UNITS = ("customer", "household", "visitor")

METHODS = ("frequentist", "sequential")

OUTCOMES = (
    "orders", "revenue", "margin", "conversion", "returns", "complaints", "unsubscribes", "nps", "effort",
)  # fmt: skip
"""What an experiment may be read by."""

GUARDRAILS = ("complaints", "unsubscribes", "returns", "nps", "effort")
"""What must not get worse, unless the settings say otherwise."""

FINDINGS = ("arm_unseen", "two_arms", "assigned_late", "no_control", "no_shares")

EXPERIMENTS = Contract(
    name="experiments",
    grain="one experiment, frozen audience or hold-out that began by the run's day",
    purpose="measurement",
    people="customers",
    note="Everything but `customers` and `status` was written down before the first customer could be treated; of experiments run elsewhere it is what their assignments say. An audience is an experiment of two arms, `treated` and `control`. The global hold-out is the experiment `global`, that of a programme `programme:NAME`, that of a trigger `trigger:NAME`; their arms are `treated` (may be contacted) and `control`. A hold-out whose share was changed begins anew on that day.",
    columns=(
        Column(name="experiment", type="string", meaning="Its name.", key=True),
        Column(name="kind", type="string", meaning="`audience`: a list with a control group. `experiment`: started by `patron experiment`. `holdout`: customers whom nothing, or nothing of a programme or trigger, is sent. `elsewhere`: of the source `assignments`.", values=KINDS),
        Column(name="programme", type="string", meaning="The programme that it belongs to.", nullable=True),
        Column(name="hypothesis", type="string", meaning="What was expected of it.", nullable=True),
        Column(name="primary_metric", type="string", meaning="The one metric by which it is judged."),
        Column(name="guardrails", type="string", meaning="Metrics that must not get worse, parted by commas.", nullable=True),
        Column(name="unit", type="string", meaning="What was drawn: each customer, whole households, or browsers.", values=UNITS),
        Column(name="segment", type="string", meaning="segmentation.segment that it was made from, or the condition."),
        Column(name="purpose", type="string", meaning="What its lists may be used for."),
        Column(name="arms", type="string", meaning="The arms with their planned shares, as in `control 0.1, mail 0.9`; of experiments run elsewhere that told no propensity, the arms alone."),
        Column(name="control", type="string", meaning="The arm that the others are compared with."),
        Column(name="started_on", type="date", meaning="As of; what counts begins the day after."),
        Column(name="ends_on", type="date", meaning="The last day that counts, as planned.", nullable=True),
        Column(name="stopped_on", type="date", meaning="The last day that counts, where somebody stopped it before.", nullable=True),
        Column(name="stop_reason", type="string", meaning="Why it was stopped.", nullable=True),
        Column(name="method", type="string", meaning="How it is to be read: once, at its end, or at any time.", values=METHODS),
        Column(name="cost_per_contact", type="float64", meaning="What treating one customer costs.", unit="money", nullable=True),
        Column(name="fixed_cost", type="float64", meaning="What it costs however many are treated.", unit="money", nullable=True),
        Column(name="planned_units", type="int64", meaning="How many units it takes to see `smallest_effect`.", unit="units", nullable=True),
        Column(name="smallest_effect", type="float64", meaning="The smallest relative change of the primary metric that was thought worth finding.", unit="share", nullable=True),
        Column(name="customers", type="int64", meaning="Customers in its arms.", unit="customers"),
        Column(name="status", type="string", meaning="`faulty` where `experiment_findings` says that it cannot be read.", values=("running", "ended", "stopped", "faulty")),
    ),
)

ASSIGNMENTS = Contract(
    name="assignments",
    grain="one customer in one experiment",
    purpose="measurement",
    note="Of an experiment on browsers only those that belong to a customer by the run's day; the browser first seen in the experiment decides the arm, which stays after signing in. Of a hold-out, who came to be known later counts from her first day on.",
    columns=(
        Column(name="experiment", type="string", meaning="Which experiment of `experiments`.", key=True),
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="arm", type="string", meaning="Into which arm she was put."),
        Column(name="segment", type="string", meaning="segmentation.segment it was made from."),
        Column(name="assigned_on", type="date", meaning="As of; what counts begins the day after."),
        Column(name="purpose", type="string", meaning="What the list may be used for."),
        Column(name="unit", type="int64", meaning="Number of the household, within the experiment, that was drawn as a whole; none where each customer was drawn.", nullable=True),
        Column(name="propensity", type="float64", meaning="The planned share of that arm.", unit="share", nullable=True),
        Column(name="stratum", type="string", meaning="Within which group arms were balanced; none where they were not.", nullable=True),
        Column(name="contaminated", type="boolean", meaning="Whether records or browsers that turned out to be one customer were in different arms, or her hold-out began while she was treated; the arm assigned first stands."),
    ),
)

EXPERIMENT_FINDINGS = Contract(
    name="experiment_findings",
    grain="one thing that is wrong with one experiment, by arm where it is about one",
    purpose="measurement",
    people="units",
    note="`arm_unseen`: nobody was ever put into the arm. `two_arms`: units that were put into several arms; the first stands. `assigned_late`: the arms already differed in who bought in the week up to the assignment (chance under .001), as when assignments are written down after the outcome. `no_control`: no arm of the experiment is known to be the control. `no_shares`: nothing says which shares were planned, so the arms' sizes cannot be judged. With `blocks` the experiment is not read.",
    columns=(
        Column(name="experiment", type="string", meaning="Which experiment of `experiments`.", key=True),
        Column(name="finding", type="string", meaning="What is wrong.", key=True, values=FINDINGS),
        Column(name="arm", type="string", meaning="The arm; `all` where it is about the experiment.", key=True),
        Column(name="units", type="int64", meaning="How many units it is about; those of the experiment where it is about all.", unit="units"),
        Column(name="value", type="float64", meaning="Of `assigned_late` the chance of arms so different by luck.", unit="share", nullable=True),
        Column(name="blocks", type="boolean", meaning="Whether the experiment cannot be read."),
    ),
)

CONTRACTS = (EXPERIMENTS, ASSIGNMENTS, EXPERIMENT_FINDINGS)
