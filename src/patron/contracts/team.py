"""Teams: their goals, what they brought, how fast they learn, and who waits for whom."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract
from patron.contracts.outcome import EVIDENCE
from patron.contracts.segment import STAGE_NAMES

STANDINGS = ("reached", "on_way", "behind", "no_data", "no_goal")
APPROVAL_STATES = ("waiting", "approved", "refused", "outdated")

TEAMS = Contract(
    name="teams",
    grain="one team of the settings",
    purpose="operations",
    people="least",
    note="The goal is a figure of the shop, and says where things stand, not why. What the team brought is `effect`: the sum over its triggers of what each was measured to bring against its own hold-out.",
    columns=(
        Column(name="team", type="string", meaning="Its name.", key=True),
        Column(name="title", type="string", meaning="What it is called."),
        Column(name="metric", type="string", meaning="What its goal is about; none without a goal.", nullable=True),
        Column(
            name="segmentation",
            type="string",
            meaning="Of whom: which way of dividing; `all` for everybody.",
            nullable=True,
        ),
        Column(name="segment", type="string", meaning="The segment; `all` for everybody.", nullable=True),
        Column(name="since", type="date", meaning="The day on which the goal was set.", nullable=True),
        Column(name="until", type="date", meaning="The day by which it is to be reached.", nullable=True),
        Column(name="began_at", type="float64", meaning="Where the metric stood before that day.", nullable=True),
        Column(name="stands_at", type="float64", meaning="Where it stands.", nullable=True),
        Column(name="target", type="float64", meaning="Where it should stand.", nullable=True),
        Column(
            name="progress",
            type="float64",
            meaning="(stands_at - began_at) / (target - began_at).",
            unit="share",
            nullable=True,
        ),
        Column(
            name="time_passed",
            type="float64",
            meaning="Share of the time from since to until that is over.",
            unit="share",
            nullable=True,
        ),
        Column(
            name="standing",
            type="string",
            meaning="`reached`; `on_way`: as much of the way is behind it as of the time; `behind`; `no_data` where the metric is not known then or now.",
            values=STANDINGS,
        ),
        Column(name="triggers", type="int64", meaning="Its triggers, campaigns and sequences that are not retired."),
        Column(name="live", type="int64", meaning="Those that fire: piloted or scaled."),
        Column(
            name="customers",
            type="int64",
            meaning="Customers whom its triggers treated, counted once a trigger, as far as they are read.",
            unit="customers",
        ),
        Column(
            name="effect",
            type="float64",
            meaning="Margin that its triggers brought in all, before cost; none while no hold-out can be read.",
            unit="money",
            nullable=True,
        ),
        Column(
            name="effect_low", type="float64", meaning="Lower end of the 95 % interval.", unit="money", nullable=True
        ),
        Column(name="effect_high", type="float64", meaning="Upper end.", unit="money", nullable=True),
        Column(
            name="cost",
            type="float64",
            meaning="What those messages cost; none where it is not known.",
            unit="money",
            nullable=True,
        ),
        Column(name="evidence", type="string", meaning="How the effect is known.", values=EVIDENCE, nullable=True),
        Column(
            name="unread",
            type="int64",
            meaning="Live triggers whose hold-out cannot be read yet: what they bring is not in `effect`.",
        ),
        Column(
            name="expected",
            type="float64",
            meaning="Margin less cost that today's messages of the team are expected to bring.",
            unit="money",
            nullable=True,
        ),
        Column(
            name="weeks",
            type="float64",
            meaning="Since the team's first iteration began, 12 at most; the time that `shipped_per_week` is about.",
            unit="weeks",
            nullable=True,
        ),
        Column(
            name="shipped_per_week",
            type="float64",
            meaning="Iterations that it began in these weeks, by week.",
            nullable=True,
        ),
        Column(name="iterations_per_trigger", type="float64", meaning="Iterations so far by trigger.", nullable=True),
        Column(
            name="hours_to_send",
            type="float64",
            meaning="Median time from the day on which a signal fired to the message, of what is sent today.",
            unit="hours",
            nullable=True,
        ),
        Column(name="waiting", type="int64", meaning="Approvals that wait."),
        Column(
            name="least",
            type="int64",
            meaning="The fewest customers behind one of these figures; 0 where there are none.",
            unit="customers",
        ),
    ),
)

TEAM_STAGES = Contract(
    name="team_stages",
    grain="one stage of the customers' way",
    purpose="operations",
    people="customers",
    note="A play speaks to a stage where a live trigger fired for somebody in it. Transactional and legal messages are no plays.",
    columns=(
        Column(name="stage", type="string", meaning="The stage.", key=True, values=STAGE_NAMES),
        Column(name="customers", type="int64", meaning="Customers in it.", unit="customers"),
        Column(
            name="value",
            type="float64",
            meaning="What they are predicted to be worth within the horizon.",
            unit="money",
        ),
        Column(name="triggers", type="int64", meaning="Triggers that fired for some of them on the run's day."),
        Column(name="fired", type="int64", meaning="Customers of the stage for whom one fired.", unit="customers"),
        Column(name="sent", type="int64", meaning="Customers of the stage to whom a message goes.", unit="customers"),
        Column(name="spoken_to", type="boolean", meaning="Whether any play speaks to it."),
    ),
)

APPROVALS = Contract(
    name="approvals",
    grain="one approval that was asked for up to the run's day",
    purpose="operations",
    note="As it stood on the run's day. An approval is of the trigger and its message as they stood then: when either is changed it is outdated.",
    columns=(
        Column(name="number", type="int64", meaning="Running number.", key=True),
        Column(name="team", type="string", meaning="Whose trigger it is.", nullable=True),
        Column(name="trigger", type="string", meaning="What was to be approved."),
        Column(name="asked_by", type="string", meaning="Who waits."),
        Column(name="asked_on", type="date", meaning="Since when."),
        Column(name="waits_for", type="string", meaning="For whom: who may approve, parted by commas."),
        Column(name="state", type="string", meaning="How it stands.", values=APPROVAL_STATES),
        Column(name="decided_by", type="string", meaning="Who approved or refused.", nullable=True),
        Column(name="decided_on", type="date", meaning="When.", nullable=True),
        Column(name="note", type="string", meaning="What was said about it.", nullable=True),
        Column(name="days", type="int64", meaning="How long it waited, or has waited.", unit="days"),
    ),
)

CONTRACTS = (TEAMS, TEAM_STAGES, APPROVALS)
