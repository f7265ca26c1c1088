"""What to do next for each customer, and why."""

from __future__ import annotations

from patron.contracts.contract import MOMENT, Column, Contract
from patron.contracts.outcome import EVIDENCE

DOES = ("send", "wait", "held_out", "refused", "suggested", "nothing")
PRICED = ("product", "discount")

NEXT_ACTIONS = Contract(
    name="next_actions",
    grain="one customer",
    purpose="operations",
    note="For which purpose each customer may be written to is judged message by message, so that a refusal can be told. Everybody with a profile has one row. `send`: the message that won today. `wait`: the best that is queued. `held_out`, `refused`: why nothing is sent of what was possible. `suggested`: no trigger answers her signals; the play that is expected to gain most. `nothing`: no signal is fresh, or nothing pays. The sentence is written when it is read (`patron next CUSTOMER`).",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="does", type="string", meaning="What is to happen.", values=DOES),
        Column(name="trigger", type="string", meaning="The trigger; none of a suggestion.", nullable=True),
        Column(name="signal", type="string", meaning="What it answers.", nullable=True),
        Column(name="action", type="string", meaning="What is done.", nullable=True),
        Column(name="channel", type="string", meaning="By what.", nullable=True),
        Column(name="send_on", type="date", meaning="On which day.", nullable=True),
        Column(name="send_at", type=MOMENT, meaning="From when on it may be sent.", nullable=True),
        Column(name="until", type="date", meaning="The last day on which it makes sense.", nullable=True),
        Column(name="variant", type="string", meaning="Which variant of the message.", nullable=True),
        Column(name="product", type="string", meaning="What it is about, else the product that she is most likely to want next.", nullable=True),
        Column(name="offer", type="string", meaning="What it gives away, by the trigger.", nullable=True),
        Column(name="discount", type="float64", meaning="The discount for her segment on the product's category that surely earns more, by `price_offers` under its fences; none where there is none.", unit="share", nullable=True),
        Column(name="price", type="float64", meaning="What a unit of the product costs her: its mean price, less the discount.", unit="money", nullable=True),
        Column(name="gain", type="float64", meaning="Margin that it is expected to bring, less what it costs and what it takes of her attention; 0 of nothing.", unit="money"),
        Column(name="evidence", type="string", meaning="How the gain is known.", nullable=True, values=EVIDENCE),
        Column(name="in_budget", type="boolean", meaning="Whether the budget's plan holds something for her; none without a budget.", nullable=True),
        Column(name="reason", type="string", meaning="Why nothing is sent, by `decisions`; none of what is.", nullable=True),
        Column(name="held_by", type="string", meaning="The hold-out that holds her.", nullable=True),
    ),
)  # fmt: skip

CONTRACTS = (NEXT_ACTIONS,)
