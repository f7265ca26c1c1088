"""What a source may deliver about experiments run elsewhere: who was put into which arm, and when.

Who was drawn counts, whether or not a message arrived. A person who was put into two arms of one experiment stands here
twice: that is a fault of the experiment, which nobody may mend by dropping a row.
"""

from __future__ import annotations

from patron.contracts.contract import MOMENT, PRICE, Column, Contract

FIELDS: dict[str, tuple[Column, ...]] = {
    "assignments": (
        Column(name="experiment", type="string", meaning="Which experiment, campaign or hold-out."),
        Column(name="customer_id", type="string", meaning="Who was drawn, by the source's own id; none for a visitor whom nobody knew.", nullable=True),
        Column(name="anonymous_id", type="string", meaning="Which browser was drawn, by the id that the source `events` has, where visitors were drawn.", nullable=True),
        Column(name="household_id", type="string", meaning="With which household the customer was drawn, where whole households were drawn.", nullable=True),
        Column(name="arm", type="string", meaning="Into which arm, for example control, mail, discount."),
        Column(name="assigned_at", type=MOMENT, meaning="When, in the project's time zone: the draw or the first exposure, never what came of it."),
        Column(name="ends_on", type="date", meaning="The last day that counts for its outcome, as planned; none where nobody said.", nullable=True),
        Column(name="propensity", type="float64", meaning="The planned share of that arm for somebody like this, above 0 and up to 1.", unit="share", nullable=True),
        Column(name="cost", type=PRICE, meaning="What treating this one cost, in the project's currency.", unit="money", nullable=True),
        Column(name="programme", type="string", meaning="Which programme the experiment belongs to.", nullable=True),
    ),
}  # fmt: skip

RAW_ASSIGNMENTS = Contract(
    name="raw_assignments",
    grain="one customer or visitor in one arm of one experiment that was run elsewhere, drawn up to and including the run's day",
    purpose="measurement",
    note="Of several rows with the same arm the earliest stands. Who was put into two arms of one experiment has two rows here and is counted in `quality`.",
    columns=(
        Column(name="experiment", type="string", meaning="Which experiment, campaign or hold-out.", key=True),
        Column(name="drawn_id", type="string", meaning="Who was drawn: the browser where visitors were, else the customer.", key=True),
        Column(name="arm", type="string", meaning="Into which arm.", key=True),
        Column(name="customer_id", type="string", meaning="Who was drawn, by the source's own id; `links` leads to the customer. None for a visitor whom nobody knew.", nullable=True),
        Column(name="anonymous_id", type="string", meaning="Which browser was drawn, where visitors were drawn.", nullable=True),
        Column(name="household_id", type="string", meaning="With which household the customer was drawn, where whole households were drawn.", nullable=True),
        Column(name="assigned_at", type=MOMENT, meaning="When, in the project's time zone."),
        Column(name="ends_on", type="date", meaning="The last day that counts for its outcome, as planned.", nullable=True),
        Column(name="propensity", type="float64", meaning="The planned share of that arm for somebody like this.", unit="share", nullable=True),
        Column(name="cost", type=PRICE, meaning="What treating this one cost.", unit="money", nullable=True),
        Column(name="programme", type="string", meaning="Which programme the experiment belongs to.", nullable=True),
    ),
)

CONTRACTS = (RAW_ASSIGNMENTS,)
