"""What a marketing-mix model says that each channel brought, period by period, as its makers hand it over.

A mix model learns from weeks of spend and sales alone; no person is in it. What it says of a week it may have learned
from later weeks, so that a run needs to know when the model was made, too.
"""

from __future__ import annotations

from patron.contracts.contract import MONEY, Column, Contract

LEVEL = 0.95
"""What an interval holds where nobody says otherwise."""

BASELINE = "baseline"
"""The channel of what came without any: sales that the model puts down to season, trend, prices, the name of the shop."""

FIELDS: dict[str, tuple[Column, ...]] = {
    "mix_model": (
        Column(name="model", type="string", meaning="Which model, and which state of it; `mix_model` when absent.", nullable=True),
        Column(name="channel", type="string", meaning="Which channel; `baseline` for what came without any."),
        Column(name="period_start", type="date", meaning="First day of the period."),
        Column(name="period_days", type="int64", meaning="How many days it has, for example 7; or a word for it, such as week.", unit="days"),
        Column(name="contribution", type=MONEY, meaning="Revenue that the model puts down to the channel in the period; negative where the model says so.", unit="money"),
        Column(name="low", type=MONEY, meaning="Lower end of its interval.", unit="money", nullable=True),
        Column(name="high", type=MONEY, meaning="Upper end of its interval.", unit="money", nullable=True),
        Column(name="level", type="float64", meaning="What share of the model's belief the interval holds, above 0 and below 1; .95 when absent.", unit="share", nullable=True),
        Column(name="spend", type=MONEY, meaning="What was spent on the channel in the period; where absent, what the source `spend` says.", unit="money", nullable=True),
        Column(name="fitted_on", type="date", meaning="The day up to which the model knew the data; the last day of the period when absent.", nullable=True),
    ),
}  # fmt: skip

RAW_MIX_MODEL = Contract(
    name="raw_mix_model",
    grain="one channel in one period, as one marketing-mix model has it that knew no day after the run's",
    purpose="analytics",
    note="About the shop's channels; no person is in it. Periods of one model and channel should not overlap: `quality` counts those that do.",
    columns=(
        Column(name="model", type="string", meaning="Which model, and which state of it.", key=True),
        Column(name="channel", type="string", meaning="Which channel, in the model's words; `baseline` for what came without any.", key=True),
        Column(name="period_start", type="date", meaning="First day of the period.", key=True),
        Column(name="period_days", type="int64", meaning="How many days it has.", unit="days", key=True),
        Column(name="contribution", type=MONEY, meaning="Revenue that the model puts down to the channel in the period.", unit="money"),
        Column(name="low", type=MONEY, meaning="Lower end of its interval.", unit="money", nullable=True),
        Column(name="high", type=MONEY, meaning="Upper end of its interval.", unit="money", nullable=True),
        Column(name="level", type="float64", meaning="What share of the model's belief the interval holds.", unit="share"),
        Column(name="spend", type=MONEY, meaning="What was spent on the channel in the period.", unit="money", nullable=True),
        Column(name="fitted_on", type="date", meaning="The day up to which the model knew the data; the last day of the period where nobody says.", nullable=True),
    ),
)

CONTRACTS = (RAW_MIX_MODEL,)
