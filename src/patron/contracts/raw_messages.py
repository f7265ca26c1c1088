"""What a source may deliver about messages: what was sent to whom, and what came of it."""

from __future__ import annotations

from patron.contracts.contract import MOMENT, PRICE, Column, Contract

MOMENTS = ("sent_at", "delivered_at", "opened_at", "clicked_at", "unsubscribed_at", "bounced_at")
"""The moments of a message, in the order in which they can come."""

FIELDS: dict[str, tuple[Column, ...]] = {
    "messages": (
        Column(name="message_id", type="string", meaning="This message to this customer, by the sender's own id; rows with one id are put together.", nullable=True),
        Column(name="customer_id", type="string", meaning="To whom, by the source's own id."),
        Column(name="sent_at", type=MOMENT, meaning="When it was sent, in the project's time zone; or the two fields event and occurred_at.", nullable=True),
        Column(name="channel", type="string", meaning="By what: email, sms, push, post, phone.", nullable=True),
        Column(name="campaign", type="string", meaning="Which campaign or flow it belongs to.", nullable=True),
        Column(name="message", type="string", meaning="Which message it is: its template or name.", nullable=True),
        Column(name="variant", type="string", meaning="Which variant of it.", nullable=True),
        Column(name="delivered_at", type=MOMENT, meaning="When it arrived.", nullable=True),
        Column(name="opened_at", type=MOMENT, meaning="When it was first opened.", nullable=True),
        Column(name="clicked_at", type=MOMENT, meaning="When something in it was first clicked.", nullable=True),
        Column(name="unsubscribed_at", type=MOMENT, meaning="When the customer unsubscribed by it, or called it spam.", nullable=True),
        Column(name="bounced_at", type=MOMENT, meaning="When it came back.", nullable=True),
        Column(name="cost", type=PRICE, meaning="What sending it cost, in the project's currency.", unit="money", nullable=True),
        Column(name="event", type="string", meaning="What happened, where each row is one event: sent, delivered, opened, clicked, unsubscribed or bounced.", nullable=True),
        Column(name="occurred_at", type=MOMENT, meaning="When that happened, in the project's time zone.", nullable=True),
    ),
}  # fmt: skip

RAW_MESSAGES = Contract(
    name="raw_messages",
    grain="one message to one customer, sent up to and including the run's day",
    purpose="analytics",
    note="As it stood on the run's day: what was opened later is not opened here. Each moment is the first of its kind; where a source tells no sending, the first moment that it tells stands for it.",
    columns=(
        Column(name="message_id", type="string", meaning="The message to this customer; file and row where it has no id of its own.", key=True),
        Column(name="customer_id", type="string", meaning="To whom, by the source's own id; `links` leads to the customer.", key=True),
        Column(name="sent_at", type=MOMENT, meaning="When it was sent, in the project's time zone."),
        Column(name="channel", type="string", meaning="By what.", nullable=True),
        Column(name="campaign", type="string", meaning="Which campaign or flow it belongs to.", nullable=True),
        Column(name="message", type="string", meaning="Which message it is.", nullable=True),
        Column(name="variant", type="string", meaning="Which variant of it.", nullable=True),
        Column(name="delivered_at", type=MOMENT, meaning="When it arrived.", nullable=True),
        Column(name="opened_at", type=MOMENT, meaning="When it was first opened. Some mail programs open every message by themselves.", nullable=True),
        Column(name="clicked_at", type=MOMENT, meaning="When something in it was first clicked.", nullable=True),
        Column(name="unsubscribed_at", type=MOMENT, meaning="When the customer unsubscribed by it, or called it spam.", nullable=True),
        Column(name="bounced_at", type=MOMENT, meaning="When it came back.", nullable=True),
        Column(name="cost", type=PRICE, meaning="What sending it cost.", unit="money", nullable=True),
    ),
)

CONTRACTS = (RAW_MESSAGES,)
