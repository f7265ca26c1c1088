"""What left for whom, by what, and what came of it."""

from __future__ import annotations

from patron.contracts.contract import MOMENT, MONEY, PRICE, Column, Contract
from patron.contracts.raw_people import CHANNELS

KINDS = ("message", "profile", "member", "removal")
SOURCES = ("live", "decision", "audience", "profile", "ad_audience")
STATES = ("waiting", "handing", "delivered", "rejected", "dead", "unknown", "expired", "cancelled")
TOLD_BY = ("own", "source", "both")
"""Who knows of a message: we delivered it, a source tells of it, or both."""

DELIVERIES = Contract(
    name="deliveries",
    grain="one delivery: a message, what is known of a customer, or her place on a list, to one destination",
    purpose="operations",
    note="As it stood at the end of the run's day. Neither what was said nor the address is kept here. What is `unknown` may have been taken: the connection ended before the destination answered.",
    columns=(
        Column(name="delivery_id", type="string", meaning="The delivery: by this name a destination knows it again, and a click tells it.", key=True),
        Column(name="customer_id", type="string", meaning="For whom."),
        Column(name="destination", type="string", meaning="Where to, as the settings call it."),
        Column(name="kind", type="string", meaning="A `message`; a `profile`, which is what is known of her; her place on a list (`member`), and its end (`removal`).", values=KINDS),
        Column(name="source", type="string", meaning="What it comes from: a `live` trigger, a `decision` of a run, a frozen `audience`, a `profile`, an audience of an ad platform.", values=SOURCES),
        Column(name="channel", type="string", meaning="By what.", nullable=True, values=CHANNELS[1:]),
        Column(name="purpose", type="string", meaning="For which purpose."),
        Column(name="trigger", type="string", meaning="Which trigger decided it.", nullable=True),
        Column(name="iteration", type="int64", meaning="Which iteration of it.", nullable=True),
        Column(name="step", type="string", meaning="Which step of a sequence.", nullable=True),
        Column(name="variant", type="string", meaning="Which variant of the message.", nullable=True),
        Column(name="audience", type="string", meaning="Which list.", nullable=True),
        Column(name="state", type="string", meaning="Where it stands. `dead`: tried as often as the settings say; `rejected`: the destination will never take it; `cancelled`: she, a hold-out or a person forbade it in the last moment; `expired`: it had lost its sense.", values=STATES),
        Column(name="reason", type="string", meaning="Why, in a word.", nullable=True),
        Column(name="attempts", type="int64", meaning="How often it was tried.", unit="times"),
        Column(name="made_at", type=MOMENT, meaning="When it was put into the outbox, in the project's time zone."),
        Column(name="due_at", type=MOMENT, meaning="From when on it may leave; of one that is tried again the next time."),
        Column(name="handed_at", type=MOMENT, meaning="When it was last tried.", nullable=True),
        Column(name="done_at", type=MOMENT, meaning="When it was over.", nullable=True),
        Column(name="cost", type=PRICE, meaning="What it cost; none where the settings do not say what this destination costs, and of what was not taken.", unit="money", nullable=True),
    ),
)

MESSAGES = Contract(
    name="messages",
    grain="one message that reached out to one customer",
    purpose="analytics",
    note="What Patron delivered and what sources tell, each once, with what came back and what followed. An order after a message need not be because of it: what messages bring stands in `triggers` and `ledger`, against those who got none.",
    columns=(
        Column(name="message_id", type="string", meaning="The message; of one that Patron delivered its delivery_id.", key=True),
        Column(name="customer_id", type="string", meaning="To whom.", key=True),
        Column(name="told_by", type="string", meaning="Whether Patron delivered it (`own`), a source tells of it, or both.", values=TOLD_BY),
        Column(name="sent_at", type=MOMENT, meaning="When it was sent, in the project's time zone."),
        Column(name="channel", type="string", meaning="By what.", nullable=True),
        Column(name="campaign", type="string", meaning="As what: the trigger, the list, or the source's campaign.", nullable=True),
        Column(name="message", type="string", meaning="Which message it is: the step of a sequence, or the source's name for it.", nullable=True),
        Column(name="variant", type="string", meaning="Which variant of it.", nullable=True),
        Column(name="destination", type="string", meaning="By which destination it left; none of what only a source tells.", nullable=True),
        Column(name="cost", type=PRICE, meaning="What it cost, where that is known.", unit="money", nullable=True),
        Column(name="delivered_at", type=MOMENT, meaning="When it arrived.", nullable=True),
        Column(name="opened_at", type=MOMENT, meaning="When it was first opened.", nullable=True),
        Column(name="clicked_at", type=MOMENT, meaning="When something in it was first clicked, or a page visited by a link in it.", nullable=True),
        Column(name="unsubscribed_at", type=MOMENT, meaning="When she unsubscribed by it, or called it spam.", nullable=True),
        Column(name="bounced_at", type=MOMENT, meaning="When it came back.", nullable=True),
        Column(name="ordered_at", type=MOMENT, meaning="Her first order within seven days after it; none where there is none yet.", nullable=True),
        Column(name="amount", type=MONEY, meaning="Net revenue of her orders in these seven days; none where there are none yet.", unit="money", nullable=True),
    ),
)

CONTRACTS = (DELIVERIES, MESSAGES)
