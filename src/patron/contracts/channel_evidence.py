"""What mix model, attribution and experiments say of each channel, side by side, and which test would settle it."""

from __future__ import annotations

from patron.contracts.contract import MONEY, Column, Contract
from patron.contracts.outcome import EVIDENCE

MIX_MODEL, ATTRIBUTION, CALIBRATED, EXPERIMENT = "mix_model", "attribution", "calibrated", "experiment"

SOURCES = (EXPERIMENT, CALIBRATED, MIX_MODEL, ATTRIBUTION)
"""Who speaks of a channel, by the weight of what they say."""

AGREES = ("yes", "no", "cannot_tell", "reference")
PAYS = ("yes", "no", "cannot_tell")

VERDICTS = ("settled", "agree", "disagree", "cannot_tell", "one_source")
UNITS = ("customers", "regions")
TEST_STATUSES = ("enough", "too_few", "not_needed", "no_sales")

CHANNEL_EVIDENCE = Contract(
    name="channel_evidence",
    grain="what one source says that one channel brought, for everybody or one segment",
    purpose="measurement",
    people="customers",
    note="All rows are about the same days, but for the experiment: what it measured is brought to these days by the revenue that attribution credits. Contributions of a mix model are split between segments by that credit, or by revenue where a channel has none, to the cent; nothing but the credit tells the segments apart. A channel without spend of which attribution alone speaks is left out. Without rows where neither a mix model nor touches are there.",
    columns=(
        Column(name="channel", type="string", meaning="Which channel, by its one name.", key=True),
        Column(name="source", type="string", meaning="Who says so: a marketing-mix model; `attribution`, the credit of the settings' model; `calibrated`, the same corrected by lift tests; `experiment`, the lift tests alone.", key=True, values=SOURCES),
        Column(name="model", type="string", meaning="Which mix model, rule of attribution, or experiments.", key=True),
        Column(name="segmentation", type="string", meaning="`all`; `customer` (new: the customer's first order, or repeat); or one of `memberships` on the run's day.", key=True),
        Column(name="segment", type="string", meaning="The segment; `all` for everybody.", key=True),
        Column(name="from_day", type="date", meaning="First day."),
        Column(name="to_day", type="date", meaning="Last day."),
        Column(name="customers", type="int64", meaning="Customers who ordered in these days; of segments, those in it.", unit="customers"),
        Column(name="spend", type=MONEY, meaning="What was spent on the channel; none where nothing is known, and for segments.", unit="money", nullable=True),
        Column(name="contribution", type=MONEY, meaning="Revenue that the channel brought, as the source has it.", unit="money"),
        Column(name="low", type=MONEY, meaning="Lower end of its 95 % interval; none where the source has none.", unit="money", nullable=True),
        Column(name="high", type=MONEY, meaning="Upper end.", unit="money", nullable=True),
        Column(name="roas", type="float64", meaning="contribution / spend.", unit="ratio", nullable=True),
        Column(name="roi", type="float64", meaning="(contribution x the shop's margin rate - spend) / spend.", unit="ratio", nullable=True),
        Column(name="roi_low", type="float64", meaning="Lower end of its 95 % interval.", unit="ratio", nullable=True),
        Column(name="roi_high", type="float64", meaning="Upper end.", unit="ratio", nullable=True),
        Column(name="pays", type="string", meaning="Whether the contribution's margin is above the spend; `cannot_tell` where the interval holds both.", values=PAYS, nullable=True),
        Column(name="evidence", type="string", meaning="How it is known: `measured` by lot, `modelled`, or `assumed`: as if all credit were caused.", values=EVIDENCE),
        Column(name="agrees", type="string", meaning="Whether it agrees with the `reference`: the first of experiment, mix model and attribution that tells anything. A source tells nothing where half its interval is wider than the largest claim that is surely not nothing. `no`: the gap is not chance (q-value at most .05). `yes`: at 95 % the gap is less than half of the larger of the two. Of everybody alone.", values=AGREES, nullable=True),
        Column(name="gap", type=MONEY, meaning="contribution - that of the reference.", unit="money", nullable=True),
        Column(name="gap_low", type=MONEY, meaning="Lower end of its 95 % interval, as if the two erred apart from each other.", unit="money", nullable=True),
        Column(name="gap_high", type=MONEY, meaning="Upper end.", unit="money", nullable=True),
        Column(name="q_value", type="float64", meaning="Least false discovery rate, over all gaps of the table, at which the gap is a finding.", unit="share", nullable=True),
    ),
)

CHANNEL_VERDICTS = Contract(
    name="channel_verdicts",
    grain="one channel of which a mix model, attribution or an experiment speaks",
    purpose="measurement",
    people="customers",
    note="The test is one of two equal halves, of which one is kept from the channel, and is to tell the furthest two of the sources apart four times in five; where only one speaks, its contribution from none.",
    columns=(
        Column(name="channel", type="string", meaning="Which channel, by its one name.", key=True),
        Column(name="from_day", type="date", meaning="First day that is compared."),
        Column(name="to_day", type="date", meaning="Last day."),
        Column(name="sources", type="int64", meaning="How many speak of it.", unit="sources"),
        Column(name="verdict", type="string", meaning="`settled`: a lift test tells of each other source whether it agrees. `agree`: all do. `disagree`: one does not. `cannot_tell`: the intervals are too wide. `one_source`: nobody to compare with.", values=VERDICTS),
        Column(name="reference", type="string", meaning="The source that the others are held against.", values=SOURCES),
        Column(name="least", type=MONEY, meaning="The smallest contribution that a source says, of those that tell anything.", unit="money"),
        Column(name="most", type=MONEY, meaning="The largest.", unit="money"),
        Column(name="at_stake", type="float64", meaning="(most - least) x the shop's margin rate: how far apart the sources are, in margin. A claim below nothing counts as nothing.", unit="money"),
        Column(name="pays", type="string", meaning="Whether the channel pays by the reference.", values=PAYS, nullable=True),
        Column(name="unit", type="string", meaning="What the test should draw: customers, or regions where most of what the channel brings are first orders; regions are more alike inside, so that the number of customers is then the least that they must hold.", values=UNITS),
        Column(name="difference", type="float64", meaning="What the test must tell apart, in revenue per customer over its weeks.", unit="money", nullable=True),
        Column(name="spread", type="float64", meaning="Standard deviation of a customer's revenue over so many weeks, less what that of the year before explains.", unit="money", nullable=True),
        Column(name="weeks", type="int64", meaning="How long the test must run; none where none is needed.", unit="weeks", nullable=True),
        Column(name="customers_needed", type="int64", meaning="How many customers it needs, both halves together.", unit="customers", nullable=True),
        Column(name="customers", type="int64", meaning="Customers there are: those who ordered within the last 365 days.", unit="customers"),
        Column(name="test_status", type="string", meaning="Whether there are `enough` customers, or `too_few` even for half a year.", values=TEST_STATUSES),
        Column(name="sentence", type="string", meaning="The same in words."),
    ),
)

CONTRACTS = (CHANNEL_EVIDENCE, CHANNEL_VERDICTS)
