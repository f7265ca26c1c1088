"""What an action brings when a signal fires, and which opportunities follow from it."""

from __future__ import annotations

from dataclasses import replace

from patron.contracts.contract import Column, Contract
from patron.contracts.customer import BASIS
from patron.contracts.outcome import EVIDENCE

EVERYBODY = "all"
"""The segmentation, and its segment, that hold everybody for whom a signal fires."""

CAN_BE_LEARNED = ("yes", "slow", "never", "nothing_to_learn")

_CELL = (
    Column(name="signal", type="string", meaning="Which signal, as in `signals`.", key=True),
    Column(name="action", type="string", meaning="What is done, as in docs/opportunities.md.", key=True),
    Column(name="channel", type="string", meaning="By what.", key=True),
    Column(
        name="segmentation",
        type="string",
        meaning="Which way of dividing; `all` for everybody for whom the signal fires.",
        key=True,
    ),
    Column(name="segment", type="string", meaning="The segment; `all` for everybody.", key=True),
    Column(name="family", type="string", meaning="The signal's family."),
    Column(name="customers", type="int64", meaning="For whom the signal is fresh.", unit="customers"),
    Column(name="reachable", type="int64", meaning="Those of them who are open to the channel.", unit="customers"),
    Column(
        name="window_days", type="int64", meaning="Within how many days after the action outcomes count.", unit="days"
    ),
    Column(
        name="probability",
        type="float64",
        meaning="Chance that one of them orders within the window without the action.",
        unit="share",
    ),
    Column(name="probability_evidence", type="string", meaning="How it is known.", values=EVIDENCE),
    Column(name="probability_source", type="string", meaning="By what: an experiment's name, or the table."),
    Column(
        name="effect",
        type="float64",
        meaning="What the action adds to that chance, as a share of it: .1 makes 5 % to 5.5 %.",
        unit="share",
    ),
    Column(name="effect_low", type="float64", meaning="Lower end of its 95 % interval.", unit="share"),
    Column(name="effect_high", type="float64", meaning="Upper end.", unit="share"),
    Column(
        name="effect_evidence",
        type="string",
        meaning="How it is known. `measured`: this action was tried for this signal by this channel, and experiments took away at least half of the prior's variance. `modelled`: experiments took away at least a tenth, or responses foretold person by person tell it. Else `assumed`: the catalogue's prior.",
        values=EVIDENCE,
    ),
    Column(name="effect_source", type="string", meaning="By what: the experiment that tells most, or `prior`."),
    Column(
        name="weight",
        type="float64",
        meaning="How much of the prior's variance experiments took away: 0 where none tells anything.",
        unit="share",
    ),
    Column(name="value", type="float64", meaning="What an order of theirs brings, in terms of basis.", unit="money"),
    Column(name="value_evidence", type="string", meaning="How it is known.", values=EVIDENCE),
    Column(name="value_source", type="string", meaning="By what."),
    Column(
        name="stake",
        type="float64",
        meaning="Money that the signal is about, per customer: strength x value of `signals`; none where it tells no money.",
        unit="money",
        nullable=True,
    ),
    Column(
        name="reach",
        type="float64",
        meaning="Share of the stake that the action brings before its cost: probability x effect x value / stake; none without a stake.",
        unit="share",
        nullable=True,
    ),
    Column(
        name="cost",
        type="float64",
        meaning="For one customer who gets it: the message, and what the offer gives away on her expected orders.",
        unit="money",
    ),
    Column(
        name="cost_evidence",
        type="string",
        meaning="How it is known: `measured` where an experiment or the settings say it.",
        values=EVIDENCE,
    ),
    Column(name="cost_source", type="string", meaning="By what."),
    Column(
        name="gain",
        type="float64",
        meaning="For one customer who gets it: probability x effect x value - cost.",
        unit="money",
    ),
    Column(
        name="gain_low",
        type="float64",
        meaning="Lower end of its 95 % interval: the doubt about the effect, and about what orders bring.",
        unit="money",
    ),
    Column(name="gain_high", type="float64", meaning="Upper end.", unit="money"),
    Column(name="chance_pays", type="float64", meaning="The chance that it brings more than it costs.", unit="share"),
    Column(name="basis", type="string", meaning="Whether the money is margin or revenue.", values=BASIS),
    Column(
        name="evidence",
        type="string",
        meaning="How the gain is known: as the least known of probability, effect and value.",
        values=EVIDENCE,
    ),
)

ACTION_EFFECTS = Contract(
    name="action_effects",
    grain="one action by one channel, for the customers of one segment for whom one signal is fresh",
    purpose="marketing",
    people="customers",
    note="Means over the customers who are open to the channel; where nobody is, over all. A signal without somebody for whom it is fresh has no rows.",
    columns=_CELL,
)

OPPORTUNITIES = Contract(
    name="opportunities",
    grain="one action by one channel, for the customers of one segment for whom one signal is fresh",
    purpose="marketing",
    people="customers",
    note="Ranked by expected incremental margin: reachable customers x (probability x effect x value - cost). A signal is divided by segments where each of them is large enough, else taken whole, so that no customer is in two rows of one signal and action. Signals overlap: gains of several do not add up.",
    columns=(
        Column(name="rank", type="int64", meaning="Its place by total_gain, from 1.", key=True),
        Column(name="opportunity", type="string", meaning="Its stable name: signal, segmentation, segment, action and channel."),
        *(replace(column, key=False) for column in _CELL),
        Column(name="best", type="boolean", meaning="Whether it gains most of the actions for this signal and segment, and gains anything."),
        Column(name="value_at_stake", type="float64", meaning="customers x stake; none without a stake.", unit="money", nullable=True),
        Column(name="total_cost", type="float64", meaning="reachable x cost, before anybody is held out.", unit="money"),
        Column(name="total_gain", type="float64", meaning="reachable x gain: the expected incremental margin, after cost.", unit="money"),
        Column(name="total_low", type="float64", meaning="Lower end of its 95 % interval.", unit="money"),
        Column(name="total_high", type="float64", meaning="Upper end.", unit="money"),
        Column(name="break_even", type="float64", meaning="The effect from which on it pays; none where that is more than a hundred times the chance.", unit="share", nullable=True),
        Column(name="holdout", type="float64", meaning="Share to hold out: the smallest of 10, 20, 30 and 50 % that shows the expected effect within half a year; 50 % where it takes that to show it within two years, and 10 % where nothing does.", unit="share"),
        Column(name="needed", type="int64", meaning="Customers, treated and held out, that show the expected effect on who orders (power 80 %, level 5 %); none where no effect above nought is expected.", unit="customers", nullable=True),
        Column(name="weekly", type="float64", meaning="Customers a week for whom it fires anew, by those of today and how long it is fresh.", unit="customers"),
        Column(name="weeks", type="int64", meaning="Until so many are there and their window is over; none where it would take more than two years.", unit="weeks", nullable=True),
        Column(name="visible", type="float64", meaning="The smallest effect, as a share of the chance, that 8 weeks of it show with that hold-out; none where that is more than a hundred times it.", unit="share", nullable=True),
        Column(name="can_be_learned", type="string", meaning="`yes`: within half a year. `slow`: within two years. `never`: not even then. `nothing_to_learn`: no effect above nought is expected.", values=CAN_BE_LEARNED),
    ),
)  # fmt: skip

CONTRACTS = (ACTION_EFFECTS, OPPORTUNITIES)
