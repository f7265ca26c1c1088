"""Micro-segments: thousands of cells of several segmentations, each with what it is worth and what it can tell."""

from __future__ import annotations

from patron.contracts.contract import MONEY, Column, Contract

MICRO = "micro"
"""How micro-segments are called as a segmentation."""

MICRO_REASONS = ("too_few",)
MICRO_AXIS_KINDS = ("segmentation", "profile")
MICRO_AXIS_REASONS = ("no_members", "one_value", "too_many_values")

MEMBERSHIPS_BEFORE = Contract(
    name="memberships_before",
    grain="one customer in one segmentation, some time before the run's day",
    purpose="profiling",
    note="Where movements begin: the run that they compare with, or a month before. What has come since of the customers of a cell is counted from here, so that nobody is in a cell because of what came.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="segmentation", type="string", meaning="Which way of dividing.", key=True),
        Column(name="segment", type="string", meaning="The segment's stable name."),
        Column(name="as_of", type="date", meaning="As of which day; one for all rows."),
    ),
)

MICRO_AXES = Contract(
    name="micro_axes",
    grain="one axis of the micro-segments, from settings",
    purpose="analytics",
    columns=(
        Column(name="axis", type="string", meaning="A segmentation, or a column of `profiles`.", key=True),
        Column(name="position", type="int64", meaning="Its place among the axes, from 1."),
        Column(name="kind", type="string", meaning="What it is.", values=MICRO_AXIS_KINDS),
        Column(name="values", type="int64", meaning="Its different values, none counted as one.", unit="values"),
        Column(name="customers", type="int64", meaning="Customers with a value.", unit="customers"),
        Column(name="used", type="boolean", meaning="Whether cells are cut by it."),
        Column(name="reason", type="string", meaning="Why it is left out: nobody has a value, all have the same, or it has more values than a decision can tell apart.", nullable=True, values=MICRO_AXIS_REASONS),
   ),
)

MICRO_SEGMENTS = Contract(
    name="micro_segments",
    grain="one cell of the axes, or the rest of a parent into which cells were merged",
    purpose="analytics",
    people="customers",
    note="The rows without `merged_into` hold each customer once; so do the rows of the lowest level. What came is counted for those who were in the cell on `from_day`, in the days since, and drawn to what came of its parent as far as its size leaves it to chance (empirical Bayes over the tree). Value at stake is assumed: what would come if the cell rose to its peers; a trigger with a hold-out measures which share of it can be reached.",
    columns=(
        Column(name="cell", type="string", meaning="Its stable name: the values of the axes in their order; `*` stands for the others of the parent, `(none)` for no value. Of rows without merged_into it is the segment in `memberships`.", key=True),
        Column(name="title", type="string", meaning="Its name for people."),
        Column(name="parent", type="string", meaning="The rest to which its customers go where it is too small; none of the whole.", nullable=True),
        Column(name="level", type="int64", meaning="How many axes it is cut by; fewer than all where it is a rest."),
        Column(name="merged_into", type="string", meaning="The rest that its customers are in; none where it stands for itself.", nullable=True),
        Column(name="reason", type="string", meaning="Why it cannot support a decision of its own; none where it can.", nullable=True, values=MICRO_REASONS),
        Column(name="customers", type="int64", meaning="How many.", unit="customers"),
        Column(name="customer_share", type="float64", meaning="Of all customers.", unit="share"),
        Column(name="margin", type=MONEY, meaning="Theirs to date.", unit="money"),
        Column(name="margin_last", type=MONEY, meaning="Theirs in as many days up to the run's day as the horizon is long.", unit="money"),
        Column(name="predicted_value", type="decimal(18, 4)", meaning="Theirs within the horizon.", unit="money"),
        Column(name="from_day", type="date", meaning="The day from which is counted what came; none where no earlier day is known.", nullable=True),
        Column(name="watched_days", type="int64", meaning="From that day to the run's.", unit="days", nullable=True),
        Column(name="watched", type="int64", meaning="Customers who were in it on from_day.", unit="customers"),
        Column(name="stability", type="float64", meaning="Share of those who are still in it: what is left of a list that is frozen on a day and read so many days later.", unit="share", nullable=True),
        Column(name="ordered", type="int64", meaning="Those of the watched who ordered since.", unit="customers"),
        Column(name="order_rate", type="float64", meaning="Their share, pooled.", unit="share", nullable=True),
        Column(name="order_rate_low", type="float64", meaning="Lower end of its 95 % interval.", unit="share", nullable=True),
        Column(name="order_rate_high", type="float64", meaning="Upper end.", unit="share", nullable=True),
        Column(name="at_risk", type="int64", meaning="Those of the watched who had bought and had not lapsed on from_day.", unit="customers"),
        Column(name="lapsed", type="int64", meaning="Those of them who have lapsed since.", unit="customers"),
        Column(name="lapse_rate", type="float64", meaning="Their share, pooled.", unit="share", nullable=True),
        Column(name="lapse_rate_low", type="float64", meaning="Lower end of its 95 % interval.", unit="share", nullable=True),
        Column(name="lapse_rate_high", type="float64", meaning="Upper end.", unit="share", nullable=True),
        Column(name="margin_since", type=MONEY, meaning="What the watched brought since.", unit="money"),
        Column(name="average_margin", type="float64", meaning="Of one of the watched, pooled.", unit="money", nullable=True),
        Column(name="average_margin_low", type="float64", meaning="Lower end of its 95 % interval.", unit="money", nullable=True),
        Column(name="average_margin_high", type="float64", meaning="Upper end.", unit="money", nullable=True),
        Column(name="holdout", type="float64", meaning="Share that a test would hold out.", unit="share"),
        Column(name="smallest_rate", type="float64", meaning="Smallest difference of the order rate that such a test sees with 80 % power at 5 %; without an order rate about one half, where it is hardest. None where it sees no difference at all.", unit="share", nullable=True),
        Column(name="smallest_margin", type="float64", meaning="Smallest difference of the average margin that it sees; none where nobody was watched.", unit="money", nullable=True),
        Column(name="peers_by", type="string", meaning="The axis by which peers differ, while all others are the same; none without peers.", nullable=True),
        Column(name="peers", type="int64", meaning="Comparable customers outside the cell: of the same values on the other axes, began in the same time by the same channel.", unit="customers"),
        Column(name="gap", type="float64", meaning="Predicted value of a peer less that of a customer of the cell, within the horizon.", unit="money", nullable=True),
        Column(name="gap_shrunk", type="float64", meaning="The gap, drawn to none as far as its size leaves it to chance.", unit="money", nullable=True),
        Column(name="gap_low", type="float64", meaning="Lower end of its 95 % interval.", unit="money", nullable=True),
        Column(name="gap_high", type="float64", meaning="Upper end.", unit="money", nullable=True),
        Column(name="value_at_stake", type="float64", meaning="customers x gap_shrunk; 0 where the cell is ahead of its peers.", unit="money", nullable=True),
        Column(name="value_low", type="float64", meaning="customers x gap_low, not below 0.", unit="money", nullable=True),
        Column(name="evidence", type="string", meaning="How it is known.", values=("assumed",)),
        Column(name="rank", type="int64", meaning="By value at stake, from 1; none where there is none or the cell cannot support a decision.", nullable=True),
        Column(name="ahead", type="float64", meaning="What one of the watched brought since, less what a comparable peer did.", unit="money", nullable=True),
        Column(name="better_p", type="float64", meaning="That it is so far ahead by chance, of this test alone (one-sided).", nullable=True),
        Column(name="better_q", type="float64", meaning="The least false discovery rate at which it is a finding, over all cells that were tested, whatever hangs together (Benjamini and Yekutieli).", nullable=True),
        Column(name="better", type="boolean", meaning="Whether that is at most the level in settings; none where it was not tested.", nullable=True),
   ),
)

CONTRACTS = (MEMBERSHIPS_BEFORE, MICRO_AXES, MICRO_SEGMENTS)
