"""The ways of customers: what they do after what, where they stop, and what it costs."""

from __future__ import annotations

from patron.contracts.contract import MOMENT, MONEY, Column, Contract

START, DROP_OFF, OTHER = "start", "drop_off", "other"
"""Where every journey begins, where it ends, and the steps that are too rare for a name of their own."""

JOURNEY_STEPS = Contract(
    name="journey_steps",
    grain="one thing that a person did",
    purpose="analytics",
    note="Not kept by a run: what `journey_map` reads, whatever its columns were called.",
    columns=(
        Column(name="person", type="string", meaning="Who: a customer or a visitor."),
        Column(name="session_id", type="string", meaning="The visit, where journeys are visits.", nullable=True),
        Column(name="step", type="string", meaning="What."),
        Column(name="at", type=MOMENT, meaning="When."),
        Column(name="value", type=MONEY, meaning="What it brought; none where nobody says.", unit="money", nullable=True),
        Column(name="position", type="int64", meaning="Which of several of one moment came first.", nullable=True),
    ),
)

_DIVISION = (
    Column(name="segmentation", type="string", meaning="Which way of dividing; `all` for the total.", key=True),
    Column(name="segment", type="string", meaning="The segment; `all` for the total.", key=True),
)

JOURNEY_EDGES = Contract(
    name="journey_edges",
    grain="one way from a step to the next one, by segment",
    purpose="analytics",
    people="people",
    note="Only steps of which it is known what came after them: those older than the days that one waits for the next. Intervals hold 95 % and allow for several steps of one person. `value_at_stake` is assumed, not measured: it takes for granted that people at one step who came from the same step, were there for the first time or again, and had bought as often before would else have brought the same. `drop_off` ends a journey, `start` begins it; `other` are the steps too rare for a name of their own. Segments are those of the run's day: a segment that is cut by what people did later explains less than it seems.",
    columns=(
        *_DIVISION,
        Column(name="from_step", type="string", meaning="Where people were; `start` before the first step.", key=True),
        Column(name="to_step", type="string", meaning="What they did next; `drop_off` where nothing came.", key=True),
        Column(name="people", type="int64", meaning="People who went this way, each once.", unit="people"),
        Column(name="times", type="int64", meaning="How often it was gone.", unit="times"),
        Column(name="share", type="float64", meaning="Of all times that people were at from_step; of `drop_off` it is the drop-off.", unit="share"),
        Column(name="share_low", type="float64", meaning="Lower end of its interval.", unit="share"),
        Column(name="share_high", type="float64", meaning="Upper end.", unit="share"),
        Column(name="conversion", type="float64", meaning="Of the journeys that came to from_step: in which to_step came after it, at once or with others between; of `drop_off` those that never went on from it.", unit="share"),
        Column(name="conversion_low", type="float64", meaning="Lower end of its interval.", unit="share"),
        Column(name="conversion_high", type="float64", meaning="Upper end.", unit="share"),
        Column(name="median_hours", type="float64", meaning="Median time from the one step to the other; none from `start` and to `drop_off`.", unit="hours", nullable=True),
        Column(name="value_at_stake", type=MONEY, meaning="What those who went this way would have brought if they had been like comparable ones at the step who went another way, less what they brought. Above 0 money is lost here; of `drop_off` it is what the drop-off costs. None where no money is told, or nobody is comparable.", unit="money", nullable=True),
        Column(name="stake_low", type=MONEY, meaning="Lower end of its interval; none where fewer than ten people went this way, who say too little of their own spread.", unit="money", nullable=True),
        Column(name="stake_high", type=MONEY, meaning="Upper end.", unit="money", nullable=True),
        Column(name="comparable", type="float64", meaning="Of the times: to which somebody in the same situation who went another way is compared; the rest is compared with all others at the step.", unit="share", nullable=True),
        Column(name="evidence", type="string", meaning="What the money rests on.", values=("assumed",)),
    ),
)

JOURNEY_PATHS = Contract(
    name="journey_paths",
    grain="one of the most frequent complete journeys of a segment",
    purpose="analytics",
    people="people",
    note="Complete are journeys whose end is known. A journey of more steps than are read is counted among all, and has no path. Intervals hold 95 % and allow for several journeys of one person.",
    columns=(
        *_DIVISION,
        Column(name="rank", type="int64", meaning="1 for the most frequent one.", key=True),
        Column(name="path", type="string", meaning="Its steps, in order, with ` > ` between."),
        Column(name="steps", type="int64", meaning="How many.", unit="steps"),
        Column(name="people", type="int64", meaning="People who went it, each once.", unit="people"),
        Column(name="times", type="int64", meaning="How often it was gone.", unit="journeys"),
        Column(name="share", type="float64", meaning="Of all complete journeys.", unit="share"),
        Column(name="share_low", type="float64", meaning="Lower end of its interval.", unit="share"),
        Column(name="share_high", type="float64", meaning="Upper end.", unit="share"),
        Column(name="median_hours", type="float64", meaning="Median time from the first step to the last.", unit="hours"),
        Column(name="value", type=MONEY, meaning="What these journeys brought; none where no money is told.", unit="money", nullable=True),
    ),
)

CONTRACTS = (JOURNEY_EDGES, JOURNEY_PATHS)
