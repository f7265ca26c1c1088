"""What an action changes for whom: effects person by person, and how the models of them did."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract

RESPONSE_GROUPS = ("would_be_won", "buys_anyway", "not_moved", "driven_away", "cannot_tell")
RESPONSE_STATUS = ("learned", "too_few", "sample_ratio", "faulty", "nothing_bought", "leak")

RESPONSES = Contract(
    name="responses",
    grain="one customer and one action of one experiment",
    purpose="profiling",
    note="Learned from customers whose arm was drawn by lot, from what was known of them before that day; foretold for the customers of the run's day, or those of the segment that the experiment names. Nobody sees one person with and without the action: a group says what people like her do on average, and most cannot be told.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="experiment", type="string", meaning="The experiment that it was learned from.", key=True),
        Column(name="action", type="string", meaning="The arm, against the experiment's control.", key=True),
        Column(name="metric", type="string", meaning="What is changed.", values=("margin",)),
        Column(name="window_days", type="int64", meaning="Within how many days after the action.", unit="days"),
        Column(name="effect", type="float64", meaning="What the action is expected to change.", unit="money"),
        Column(name="effect_low", type="float64", meaning="Lower end of its 95 % interval.", unit="money"),
        Column(name="effect_high", type="float64", meaning="Upper end.", unit="money"),
        Column(name="group", type="string", meaning="`would_be_won`, `driven_away`: the interval lies above, below nought. `buys_anyway`, `not_moved`: it lies within what the action costs (or a tenth of what control brings), and the customer brings at least what control brings on average, or less. Else `cannot_tell`.", values=RESPONSE_GROUPS),
        Column(name="cost", type="float64", meaning="Of the action, for one customer.", unit="money"),
        Column(name="gain", type="float64", meaning="effect - cost.", unit="money"),
        Column(name="best", type="boolean", meaning="Whether it is the action of this experiment that gains most, and gains anything."),
        Column(name="rank", type="int64", meaning="By gain, of this action; 1 is the first to act on."),
    ),
)

RESPONSE_MODELS = Contract(
    name="response_models",
    grain="one experiment from which responses were to be learned",
    purpose="measurement",
    people="units",
    note="Gains are per customer, against nobody getting anything, and told by one half of the units of a model of the other half; with their 95 % intervals. They tell whether targeting pays, and are too noisy to choose among models that are close.",
    columns=(
        Column(name="experiment", type="string", meaning="Which.", key=True),
        Column(name="metric", type="string", meaning="What is changed.", values=("margin",)),
        Column(name="status", type="string", meaning="`learned`, or why not.", values=RESPONSE_STATUS),
        Column(name="units", type="int64", meaning="Customers that could be learned from.", unit="customers"),
        Column(name="window_days", type="int64", meaning="What came within how many days counts.", unit="days", nullable=True),
        Column(name="share", type="float64", meaning="Share of the held-out customers on whom the model would act.", unit="share", nullable=True),
        Column(name="targeted", type="float64", meaning="What acting on them alone brings.", unit="money", nullable=True),
        Column(name="targeted_low", type="float64", meaning="Lower end.", unit="money", nullable=True),
        Column(name="targeted_high", type="float64", meaning="Upper end.", unit="money", nullable=True),
        Column(name="action", type="string", meaning="The one action that is best for everybody.", nullable=True),
        Column(name="everybody", type="float64", meaning="What it brings when everybody gets it.", unit="money", nullable=True),
        Column(name="everybody_low", type="float64", meaning="Lower end.", unit="money", nullable=True),
        Column(name="everybody_high", type="float64", meaning="Upper end.", unit="money", nullable=True),
        Column(name="against_everybody", type="float64", meaning="targeted - everybody.", unit="money", nullable=True),
        Column(name="against_everybody_low", type="float64", meaning="Lower end, from the difference on the same customers.", unit="money", nullable=True),
        Column(name="against_everybody_high", type="float64", meaning="Upper end.", unit="money", nullable=True),
    ),
)

CONTRACTS = (RESPONSES, RESPONSE_MODELS)
