"""What was decided about every message that was possible on a day, and what a place in a customer's attention is worth."""

from __future__ import annotations

from patron.contracts.contract import MOMENT, Column, Contract
from patron.contracts.outcome import EVIDENCE
from patron.contracts.trigger import CANDIDATES

OUTCOMES = ("sent", "queued", "refused", "held_out", "expired")
REFUSALS = (
    "restricted", "said_no", "no_consent", "unsubscribed", "bounced", "paused", "sensitive", "open_case",
    "cool_down", "out_of_stock", "margin_floor", "already_sent", "yields", "capped", "group_lately",
)  # fmt: skip
"""Why a message is not sent to a customer at all, the gravest first: where several hold, this one is named."""

WAITS = ("contact_budget", "channel_budget", "group_today", "outbid", "price")
"""Why a message waits: her contacts, or those by the channel, are used up; another of its group, or a better one, is sent; it
brings less than a place in her attention is worth."""

ENDS = ("stale", "quiet")
"""Why a message is over: its day has passed, or passes before it may be sent."""

REASONS = (*REFUSALS, "holdout", *WAITS, *ENDS)

PARTS = ("trigger", "sent_before")

_GIVEN = tuple(column for column in CANDIDATES.columns if column.name not in ("yields_to", "capped"))

DECISIONS = Contract(
    name="decisions",
    grain="one customer and one trigger that fired for her",
    purpose="operations",
    note="For which purpose each customer may be written to is judged message by message, so that a refusal can be told. Every message that was possible on the run's day, with what became of it. The held out are those who would have been allowed the message. What waits comes again in the next run, as long as it is fresh.",
    columns=(
        *_GIVEN,
        Column(name="outcome", type="string", meaning="What was decided.", values=OUTCOMES),
        Column(name="reason", type="string", meaning="Why it is not sent; none of what is.", nullable=True, values=REASONS),
        Column(name="held_by", type="string", meaning="The hold-out that holds her: `global`, `programme:NAME` or `trigger:NAME`.", nullable=True),
        Column(name="used", type="int64", meaning="Contacts that she had in the window before, of those that count; none of what does not bid.", unit="messages", nullable=True),
        Column(name="fatigue_cost", type="float64", meaning="What the message takes away from later ones: they are heeded less, and she may unsubscribe.", unit="money", nullable=True),
        Column(name="bid", type="float64", meaning="value - cost - fatigue_cost; none of what does not bid.", unit="money", nullable=True),
        Column(name="price", type="float64", meaning="The shadow price that it had to reach: what the place in her attention is worth kept free.", unit="money", nullable=True),
        Column(name="rank", type="int64", meaning="Its place among the bids for the same customer, from 1.", nullable=True),
        Column(name="variant", type="string", meaning="Which variant of the message.", nullable=True),
        Column(name="variant_propensity", type="float64", meaning="With which probability that variant was drawn.", unit="share", nullable=True),
        Column(name="send_on", type="date", meaning="The day on which it is sent, as it is where she lives.", nullable=True),
        Column(name="send_at", type=MOMENT, meaning="From when on it may be sent, outside her quiet hours, in the project's time zone.", nullable=True),
    ),
)

ATTENTION = Contract(
    name="attention",
    grain="one trigger of the day, or one campaign whose messages of the days before used contacts up",
    purpose="measurement",
    people="customers",
    note="What the attention was spent on. What a message displaced is the best that would have been sent in its place: the difference that its absence would make to the others.",
    columns=(
        Column(name="part", type="string", meaning="A trigger of the day; or what was sent before.", key=True, values=PARTS),
        Column(name="name", type="string", meaning="The trigger, or the campaign of the messages sent before.", key=True),
        Column(name="customers", type="int64", meaning="Customers for whom it was possible, or to whom it was sent before.", unit="customers"),
        Column(name="sent", type="int64", meaning="Messages sent.", unit="messages"),
        Column(name="queued", type="int64", meaning="Messages that wait.", unit="messages"),
        Column(name="refused", type="int64", meaning="Messages that are not allowed, or are over.", unit="messages"),
        Column(name="held_out", type="int64", meaning="Messages that a hold-out keeps.", unit="messages"),
        Column(name="bids", type="float64", meaning="What the messages sent are expected to bring, net of cost and fatigue.", unit="money", nullable=True),
        Column(name="fatigue_cost", type="float64", meaning="What they take away from later messages.", unit="money", nullable=True),
        Column(name="displaced", type="int64", meaning="Messages that were not sent because of it.", unit="messages"),
        Column(name="displaced_value", type="float64", meaning="What those bid.", unit="money"),
    ),
)

ATTENTION_PRICES = Contract(
    name="attention_prices",
    grain="one level of customers and number of contacts that are used up",
    purpose="measurement",
    people="customers",
    note="The shadow price of attention: what a message has to bring, net, before it is worth one of the contacts left. It rises with the contacts that are used up.",
    columns=(
        Column(name="level", type="int64", meaning="Level of the customers by what they are foretold to bring; 1 is the lowest.", key=True),
        Column(name="used", type="int64", meaning="Contacts of the window that are used up.", unit="messages", key=True),
        Column(name="customers", type="int64", meaning="Customers of the level.", unit="customers"),
        Column(name="contacts", type="int64", meaning="Contacts allowed in the window.", unit="messages"),
        Column(name="window_days", type="int64", meaning="Length of the window.", unit="days"),
        Column(name="arrivals", type="float64", meaning="Messages a day that become possible for one customer.", unit="messages"),
        Column(name="mean_bid", type="float64", meaning="What they bid on average.", unit="money", nullable=True),
        Column(name="price", type="float64", meaning="The shadow price.", unit="money"),
        Column(name="daily_worth", type="float64", meaning="What a customer's attention brings a day, under these prices.", unit="money"),
    ),
)

ATTENTION_WORTHS = Contract(
    name="attention_worths",
    grain="one level of customers and channel",
    purpose="measurement",
    people="customers",
    note="What the worth of attention makes fatigue cost, so that the auction of one customer can be held again between two runs, at the same prices.",
    columns=(
        Column(name="level", type="int64", meaning="Level of the customers by what they are foretold to bring; 1 is the lowest.", key=True),
        Column(name="channel", type="string", meaning="By what messages are sent.", key=True),
        Column(name="customers", type="int64", meaning="Customers of the level.", unit="customers"),
        Column(name="value_from", type="float64", meaning="From which predicted value on a customer is on the level; none where customers have no levels.", unit="money", nullable=True),
        Column(name="leaving", type="float64", meaning="What is lost when one of them leaves the channel.", unit="money"),
        Column(name="heeding", type="float64", meaning="What the messages of one window bring by one of them.", unit="money"),
    ),
)

FATIGUE = Contract(
    name="fatigue",
    grain="one channel",
    purpose="measurement",
    people="customers",
    note="What messages cost those that come after them. Estimated from `raw_messages` and drawn towards a stated prior; without messages it is the prior.",
    columns=(
        Column(name="channel", type="string", meaning="Which channel.", key=True),
        Column(name="messages", type="int64", meaning="Messages that arrived.", unit="messages"),
        Column(name="customers", type="int64", meaning="Customers who got them.", unit="customers"),
        Column(name="unsubscribe_rate", type="float64", meaning="Chance that a message makes a customer unsubscribe who had none in the window before.", unit="share"),
        Column(name="unsubscribe_low", type="float64", meaning="Lower end of its 95 % interval.", unit="share"),
        Column(name="unsubscribe_high", type="float64", meaning="Upper end.", unit="share"),
        Column(name="unsubscribe_growth", type="float64", meaning="By which factor that chance grows with each earlier message in the window.", unit="ratio"),
        Column(name="habituation", type="float64", meaning="By which share each earlier message in the window lowers the chance of a click.", unit="share"),
        Column(name="habituation_low", type="float64", meaning="Lower end of its 95 % interval.", unit="share"),
        Column(name="habituation_high", type="float64", meaning="Upper end.", unit="share"),
        Column(name="mean_used", type="float64", meaning="Messages in the window before, on average: what effects were measured at.", unit="messages"),
        Column(name="evidence", type="string", meaning="`modelled` where messages say more than the prior does, else `assumed`.", values=EVIDENCE),
        Column(name="prior_weight", type="float64", meaning="Share of the unsubscribe rate's weight that is the prior's.", unit="share"),
    ),
)

CONTACTS = Contract(
    name="contacts",
    grain="what one customer was sent on one day, by one channel and for one campaign",
    purpose="operations",
    note="Of the last 90 days, and of days to come for which it is decided. Handed on from run to run, so that what was decided counts also where no source tells that it was sent.",
    columns=(
        Column(name="customer_id", type="string", meaning="To whom.", key=True),
        Column(name="channel", type="string", meaning="By what.", key=True),
        Column(name="campaign", type="string", meaning="As what: the campaign, or the trigger.", key=True),
        Column(name="sent_on", type="date", meaning="On which day.", key=True),
        Column(name="messages", type="int64", meaning="How many.", unit="messages"),
        Column(name="source", type="string", meaning="Whether a source `told` of it, or it was only `decided`.", values=("told", "decided")),
    ),
)

DECISION_REASONS = Contract(
    name="decision_reasons",
    grain="one outcome and reason of the day's messages",
    purpose="measurement",
    people="customers",
    columns=(
        Column(name="outcome", type="string", meaning="What was decided.", key=True, values=OUTCOMES),
        Column(name="reason", type="string", meaning="Why; `none` of what is sent.", key=True, values=("none", *REASONS)),
        Column(name="messages", type="int64", meaning="How many messages.", unit="messages"),
        Column(name="customers", type="int64", meaning="For how many customers.", unit="customers"),
        Column(name="gain", type="float64", meaning="What they are expected to bring after their cost, fatigue not counted.", unit="money"),
    ),
)

CONTRACTS = (DECISIONS, CONTACTS, DECISION_REASONS, ATTENTION, ATTENTION_PRICES, ATTENTION_WORTHS, FATIGUE)
