"""Who was put into which arm of which experiment."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract

ASSIGNMENTS = Contract(
    name="assignments",
    grain="one customer in one experiment",
    purpose="measurement",
    columns=(
        Column(name="experiment", type="string", meaning="The experiment; of a frozen list the audience's name.", key=True),
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="arm", type="string", meaning="Whether the list holds the customer.", values=("treated", "control")),
        Column(name="segment", type="string", meaning="segmentation.segment it was drawn from."),
        Column(name="assigned_on", type="date", meaning="As of; what counts begins the day after."),
        Column(name="purpose", type="string", meaning="What the list may be used for."),
        Column(name="unit", type="int64", meaning="Number of the household, within the experiment, that was drawn as a whole; none where each customer was drawn.", nullable=True),
        Column(name="contaminated", type="boolean", meaning="Whether records that turned out to be one customer were in both arms; the arm assigned first stands."),
    ),
)

CONTRACTS = (ASSIGNMENTS,)
