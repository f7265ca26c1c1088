"""Triggers, sequences and campaigns: where each stands in its life, whom it fired for, and whether it pays."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract
from patron.contracts.outcome import EVIDENCE

FORMS = ("trigger", "sequence", "campaign")
KINDS = ("promotion", "service", "transactional", "legal")
STATES = ("draft", "pilot", "scaled", "paused", "retired")
METRICS = ("margin", "revenue", "orders", "conversion")
"""By what a trigger is judged, per customer for whom it fired."""

FINDINGS = ("fires", "silent", "draft", "paused", "retired", "not_yet", "over", "no_data", "off", "unknown")
READINGS = ("read", "too_early", "too_few", "no_spread", "no_holdout", "not_fired", "not_sent")
VERDICTS = ("open", "pays", "does_not_pay")

_READ = (
    Column(name="customers", type="int64", meaning="Customers for whom it fired in this iteration and whose days for the goal are over: both arms.", unit="customers"),
    Column(name="treated", type="int64", meaning="Those of them who may get it, whether or not anything arrived.", unit="customers"),
    Column(name="control", type="int64", meaning="Those whom its hold-out holds.", unit="customers"),
    Column(name="mean_treated", type="float64", meaning="Their mean of the metric within the days of the goal after it first fired.", nullable=True),
    Column(name="mean_control", type="float64", meaning="The same of the held out.", nullable=True),
    Column(name="effect", type="float64", meaning="Difference for one customer, less what spend before it fired foretold.", nullable=True),
    Column(name="effect_low", type="float64", meaning="Lower end of its 95 % interval.", nullable=True),
    Column(name="effect_high", type="float64", meaning="Upper end.", nullable=True),
    Column(name="sent_each", type="float64", meaning="Messages to one treated customer whose days are over, on average.", unit="messages", nullable=True),
    Column(name="cost", type="float64", meaning="What it costs for one customer for whom it fires.", unit="money", nullable=True),
    Column(name="prior", type="float64", meaning="What one message of this iteration was believed to bring, before cost, when the iteration was first met; its own hold-out has no part in it.", unit="money", nullable=True),
    Column(name="prior_deviation", type="float64", meaning="How unsure that was: a standard deviation.", unit="money", nullable=True),
    Column(name="expected", type="float64", meaning="What it is believed to bring by one customer before cost: what was expected and what was seen, each weighted by how well it is known.", unit="money", nullable=True),
    Column(name="expected_low", type="float64", meaning="Lower end of its 95 % interval.", unit="money", nullable=True),
    Column(name="expected_high", type="float64", meaning="Upper end.", unit="money", nullable=True),
    Column(name="chance_pays", type="float64", meaning="The chance that it brings more than it costs.", unit="share", nullable=True),
    Column(name="reading", type="string", meaning="Whether the hold-out tells anything yet. `too_early`: nobody's days are over. `no_holdout`: nobody is held out, so nothing ever will. `not_fired`: for nobody yet. `not_sent`: nobody was sent anything, as far as decisions and messages tell.", values=READINGS),
)

TRIGGERS = Contract(
    name="triggers",
    grain="one trigger, sequence or campaign of the settings",
    purpose="measurement",
    people="customers",
    note="Read against its own hold-out among those for whom it fired: the draw goes by a hash of the customer's id, so both arms fired alike. Whom the shop's or a programme's hold-out holds is in neither arm.",
    columns=(
        Column(name="trigger", type="string", meaning="Its name.", key=True),
        Column(name="form", type="string", meaning="A `trigger` on a signal, a `sequence` of steps, or a dated `campaign`.", values=FORMS),
        Column(name="kind", type="string", meaning="What its messages are; transactional and legal ones go to everybody.", values=KINDS),
        Column(name="signal", type="string", meaning="On which signal it fires; none of campaigns.", nullable=True),
        Column(name="action", type="string", meaning="What is done."),
        Column(name="channels", type="string", meaning="By what, the preferred first, parted by commas."),
        Column(name="audience", type="string", meaning="For whom: a condition; none for everybody.", nullable=True),
        Column(name="programme", type="string", meaning="The programme whose hold-out it keeps.", nullable=True),
        Column(name="team", type="string", meaning="Whose it is.", nullable=True),
        Column(name="play", type="string", meaning="The ready play that it was made from.", nullable=True),
        Column(name="metric", type="string", meaning="By what it is judged.", values=METRICS),
        Column(name="goal_days", type="int64", meaning="Within how many days after it fired.", unit="days"),
        Column(name="holdout", type="float64", meaning="Share of the customers for whom it never fires; none where nobody is held out.", unit="share", nullable=True),
        Column(name="pilot", type="float64", meaning="Share of the customers among whom it fires as a pilot.", unit="share"),
        Column(name="state", type="string", meaning="Where it stands in its life; `retired` also where the run found that it does not pay.", values=STATES),
        Column(name="since", type="date", meaning="Since when; none where the settings alone say so.", nullable=True),
        Column(name="iteration", type="int64", meaning="Which iteration runs; 1 is the first."),
        Column(name="finding", type="string", meaning="What it did on the run's day. `silent`: its signal fired for nobody of its audience. `not_yet`, `over`: of a campaign. `no_data`: a source that its signal needs is missing. `off`, `unknown`: its signal is switched off, or not there.", values=FINDINGS),
        Column(name="fired", type="int64", meaning="Customers for whom it fired on the run's day.", unit="customers"),
        *_READ,
        Column(name="verdict", type="string", meaning="`pays`: the chance is at least what the settings ask for to scale it. `does_not_pay`: it is under what they ask for to keep it.", values=VERDICTS),
        Column(name="evidence", type="string", meaning="How `expected` is known: `measured` once the hold-out is read; else as what was expected of it was.", values=EVIDENCE),
        Column(name="sentence", type="string", meaning="How it stands, in words."),
    ),
)

TRIGGER_ITERATIONS = Contract(
    name="trigger_iterations",
    grain="one iteration of one trigger",
    purpose="measurement",
    people="customers",
    note="The line that a trigger leaves: what was believed, what was seen, what is kept. Iterations that were begun by `patron trigger iterate` are known by the day; before the first command there is one, since the settings say so.",
    columns=(
        Column(name="trigger", type="string", meaning="Which trigger.", key=True),
        Column(name="iteration", type="int64", meaning="Which iteration; 1 is the first.", key=True),
        Column(name="started_on", type="date", meaning="Its first day; none where no command began it and it never fired.", nullable=True),
        Column(name="ended_on", type="date", meaning="The day on which the next began, or it was retired; none of what goes on.", nullable=True),
        Column(name="change", type="string", meaning="What was changed against the iteration before.", nullable=True),
        *_READ,
        Column(name="believed", type="string", meaning="What was expected, before anybody was treated.", nullable=True),
        Column(name="saw", type="string", meaning="What the hold-out showed, in words."),
        Column(name="keep", type="string", meaning="What is kept of it: as it was written down when it ended, else what the figures allow to say.", nullable=True),
    ),
)

FIRINGS = Contract(
    name="firings",
    grain="one customer for whom one iteration of one trigger fired",
    purpose="measurement",
    note="Handed on from run to run: those of earlier days, and those of the run's day. The held out are among them, or nothing could be measured.",
    columns=(
        Column(name="trigger", type="string", meaning="Which trigger.", key=True),
        Column(name="iteration", type="int64", meaning="Which iteration of it.", key=True),
        Column(name="customer_id", type="string", meaning="For whom.", key=True),
        Column(name="arm", type="string", meaning="`control` where its own hold-out holds her.", values=("treated", "control")),
        Column(name="fired_on", type="date", meaning="When it first fired; her days for the goal begin the day after."),
        Column(name="last_on", type="date", meaning="When it last fired."),
        Column(name="sent", type="int64", meaning="Messages of it that she was sent by the day before.", unit="messages"),
        Column(name="sent_on", type="date", meaning="When the last was sent.", nullable=True),
        Column(name="step", type="string", meaning="Of a sequence: the last step that was sent.", nullable=True),
    ),
)

CANDIDATES = Contract(
    name="candidates",
    grain="one customer and one trigger that fired for her",
    purpose="operations",
    note="For which purpose each customer may be written to is judged message by message (column purpose). What eligibility and the auction choose from. The held out are in it, so that a decision about them is known, too.",
    columns=(
        Column(name="customer_id", type="string", meaning="For whom.", key=True),
        Column(name="trigger", type="string", meaning="Which trigger fired.", key=True),
        Column(name="form", type="string", meaning="A trigger, a sequence or a campaign.", values=FORMS),
        Column(name="kind", type="string", meaning="What its message is.", values=KINDS),
        Column(name="iteration", type="int64", meaning="Which iteration of the trigger."),
        Column(name="step", type="string", meaning="Of a sequence: the step that is due.", nullable=True),
        Column(name="programme", type="string", meaning="The programme whose hold-out it keeps.", nullable=True),
        Column(name="team", type="string", meaning="Whose trigger it is.", nullable=True),
        Column(name="signal", type="string", meaning="What fired; none of campaigns.", nullable=True),
        Column(name="subject_kind", type="string", meaning="What the signal is about: `none`, `product`, `category`, `order`, `cart`, `brand` or `person`."),
        Column(name="subject", type="string", meaning="Which one; empty where it is about none."),
        Column(name="action", type="string", meaning="What is to be done."),
        Column(name="channel", type="string", meaning="By what."),
        Column(name="offer", type="string", meaning="With which offer.", nullable=True),
        Column(name="purpose", type="string", meaning="For which purpose she has to be open."),
        Column(name="value", type="float64", meaning="Margin that it is expected to bring, before its cost.", unit="money"),
        Column(name="value_low", type="float64", meaning="Lower end of its 95 % interval.", unit="money"),
        Column(name="value_high", type="float64", meaning="Upper end.", unit="money"),
        Column(name="cost", type="float64", meaning="What the message costs, its offer included.", unit="money"),
        Column(name="evidence", type="string", meaning="How the value is known.", values=EVIDENCE),
        Column(name="fired_on", type="date", meaning="When the signal fired."),
        Column(name="expires_on", type="date", meaning="The last day on which the message still makes sense."),
        Column(name="exclusive", type="string", meaning="Of the triggers of one group a customer gets one message.", nullable=True),
        Column(name="yields_to", type="string", meaning="A trigger that fired for her, too, and to which this one gives way.", nullable=True),
        Column(name="capped", type="string", meaning="The cap of the trigger itself that speaks against it: `every`, `per_customer` or `per_day`.", nullable=True, values=("every", "per_customer", "per_day")),
    ),
)
CONTRACTS = (TRIGGERS, TRIGGER_ITERATIONS, FIRINGS, CANDIDATES)
