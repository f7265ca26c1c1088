"""What an experiment brought: each arm beside its control."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract

EFFECTS = Contract(
    name="effects",
    grain="one metric of one experiment: an arm against control",
    purpose="measurement",
    people="n_control",
    columns=(
        Column(name="experiment", type="string", meaning="The experiment; of a frozen list the audience's name.", key=True),
        Column(name="metric", type="string", meaning="Per customer since the assignment.", key=True, values=("orders", "margin")),
        Column(name="arm", type="string", meaning="The arm compared with control.", key=True),
        Column(name="from_day", type="date", meaning="First day that counts."),
        Column(name="to_day", type="date", meaning="Last day that counts."),
        Column(name="unit", type="string", meaning="What was drawn: each customer, or whole households. Intervals allow for members of a household who act alike.", values=("customer", "household")),
        Column(name="n", type="int64", meaning="Customers in the arm.", unit="customers"),
        Column(name="units", type="int64", meaning="How many units were drawn into it.", unit="units"),
        Column(name="mean", type="float64", meaning="Their mean.", nullable=True),
        Column(name="n_control", type="int64", meaning="Customers in control.", unit="customers"),
        Column(name="units_control", type="int64", meaning="How many units were drawn into it.", unit="units"),
        Column(name="mean_control", type="float64", meaning="Their mean.", nullable=True),
        Column(name="effect", type="float64", meaning="mean - mean_control.", nullable=True),
        Column(name="effect_low", type="float64", meaning="Lower end of the 95 % interval.", nullable=True),
        Column(name="effect_high", type="float64", meaning="Upper end of the 95 % interval.", nullable=True),
        Column(name="relative", type="float64", meaning="effect / mean_control.", unit="share", nullable=True),
        Column(name="relative_low", type="float64", meaning="Lower end of the 95 % interval (delta method).", unit="share", nullable=True),
        Column(name="relative_high", type="float64", meaning="Upper end of the 95 % interval (delta method).", unit="share", nullable=True),
        Column(name="p_value", type="float64", meaning="Two-sided, Welch.", unit="share", nullable=True),
        Column(name="total", type="float64", meaning="effect x n: what the list brought in all.", nullable=True),
        Column(name="total_low", type="float64", meaning="Lower end of the 95 % interval.", nullable=True),
        Column(name="total_high", type="float64", meaning="Upper end of the 95 % interval.", nullable=True),
        Column(name="contaminated", type="int64", meaning="Customers of both arms who also were in the other one, by records that were merged later.", unit="customers"),
        Column(name="sample_ratio_p", type="float64", meaning="Chance of arms so unequal by luck; under .001 the reading is refused.", unit="share", nullable=True),
        Column(name="status", type="string", meaning="Whether it can be read.", values=("read", "too_early", "too_few", "sample_ratio")),
    ),
)

CONTRACTS = (EFFECTS,)
