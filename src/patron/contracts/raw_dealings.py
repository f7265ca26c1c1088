"""What people have to do with a shop beside their orders: tickets, subscriptions, and being seen before they buy.

Each row has a beginning and, mostly, an end. What ends after the run's day is told as it stood on that day: open,
running, not converted.
"""

from __future__ import annotations

from patron.contracts.contract import MOMENT, MONEY, Column, Contract

SATISFACTION = (1.0, 5.0)
"""The least and the most that a person may say of how a ticket was answered."""

PROSPECT = "prospect:"
"""Opens the name of a prospect, whose ids are no ids of customers, wherever one of either is meant."""

FIELDS: dict[str, tuple[Column, ...]] = {
    "tickets": (
        Column(name="ticket_id", type="string", meaning="The ticket, by the help desk's own id; of several rows the last one counts."),
        Column(name="customer_id", type="string", meaning="Who asked, by the source's own id."),
        Column(name="opened_at", type=MOMENT, meaning="When it was opened, in the project's time zone."),
        Column(name="closed_at", type=MOMENT, meaning="When it was closed; none while it is open.", nullable=True),
        Column(name="topic", type="string", meaning="What it is about, in the help desk's words.", nullable=True),
        Column(name="channel", type="string", meaning="How it came: email, phone, chat.", nullable=True),
        Column(name="order_id", type="string", meaning="Which order it is about.", nullable=True),
        Column(name="satisfaction", type="float64", meaning="How content the customer was with the answer, from 1 to 5.", nullable=True),
        Column(name="text", type="string", meaning="What the customer wrote when it was opened: personal data, for it may name people.", nullable=True, direct=True),
    ),
    "subscriptions": (
        Column(name="subscription_id", type="string", meaning="The subscription, by the source's own id; of several rows the last one counts."),
        Column(name="customer_id", type="string", meaning="Who pays, by the source's own id."),
        Column(name="started_on", type="date", meaning="First day paid for."),
        Column(name="ended_on", type="date", meaning="Last day paid for; none while it runs.", nullable=True),
        Column(name="plan", type="string", meaning="What is subscribed to.", nullable=True),
        Column(name="period_days", type="int64", meaning="How many days one payment covers, for example 30 or 365; or a word for it, such as month or year.", unit="days"),
        Column(name="amount", type=MONEY, meaning="What is paid for one period.", unit="money"),
    ),
    "prospects": (
        Column(name="prospect_id", type="string", meaning="Somebody who was seen, by the source's own id; of several rows the last one counts."),
        Column(name="first_seen_on", type="date", meaning="The first day on which somebody of that id was seen."),
        Column(name="channel", type="string", meaning="What brought them.", nullable=True),
        Column(name="customer_id", type="string", meaning="The customer that it became, by the source's own id; none before.", nullable=True),
        Column(name="converted_on", type="date", meaning="The day on which it became a customer; none before.", nullable=True),
    ),
}  # fmt: skip

RAW_TICKETS = Contract(
    name="raw_tickets",
    grain="one ticket of the help desk, opened up to and including the run's day",
    purpose="analytics",
    note="As it stood on the run's day: a ticket that was closed later is open here, and what was said of its answer is not known yet.",
    columns=(
        Column(name="ticket_id", type="string", meaning="The ticket.", key=True),
        Column(name="customer_id", type="string", meaning="Who asked, by the source's own id; `links` leads to the customer."),
        Column(name="opened_at", type=MOMENT, meaning="When it was opened, in the project's time zone."),
        Column(name="closed_at", type=MOMENT, meaning="When it was closed; none while it is open.", nullable=True),
        Column(name="topic", type="string", meaning="What it is about, in the help desk's words.", nullable=True),
        Column(name="channel", type="string", meaning="How it came.", nullable=True),
        Column(name="order_id", type="string", meaning="Which order it is about.", nullable=True),
        Column(name="satisfaction", type="float64", meaning="How content the customer was with the answer, from 1 to 5.", nullable=True),
        Column(name="text", type="string", meaning="What the customer wrote when it was opened.", nullable=True, direct=True),
    ),
)

RAW_SUBSCRIPTIONS = Contract(
    name="raw_subscriptions",
    grain="one subscription, begun up to and including the run's day",
    purpose="analytics",
    note="As it stood on the run's day: one that ends later runs here. Its money is not in `raw_order_lines`, nor in anything made of them, such as `orders`, `takings` and `contribution`.",
    columns=(
        Column(name="subscription_id", type="string", meaning="The subscription.", key=True),
        Column(name="customer_id", type="string", meaning="Who pays, by the source's own id; `links` leads to the customer."),
        Column(name="started_on", type="date", meaning="First day paid for."),
        Column(name="ended_on", type="date", meaning="Last day paid for; none while it runs.", nullable=True),
        Column(name="plan", type="string", meaning="What is subscribed to.", nullable=True),
        Column(name="period_days", type="int64", meaning="How many days one payment covers.", unit="days"),
        Column(name="amount", type=MONEY, meaning="What is paid for one period.", unit="money"),
    ),
)

RAW_PROSPECTS = Contract(
    name="raw_prospects",
    grain="one person who was seen before becoming a customer, up to and including the run's day",
    purpose="analytics",
    note="As it stood on the run's day: of one who became a customer later neither the customer nor the day is known. A customer without a day is one whose source does not say when; then it cannot be told what was known earlier.",
    columns=(
        Column(name="prospect_id", type="string", meaning="Somebody who was seen; requests about this person's data name it as `prospect:` and this id.", key=True),
        Column(name="first_seen_on", type="date", meaning="The first day on which somebody of that id was seen."),
        Column(name="channel", type="string", meaning="What brought them.", nullable=True),
        Column(name="customer_id", type="string", meaning="The customer that it became, by the source's own id; `links` leads to the customer. None before.", nullable=True),
        Column(name="converted_on", type="date", meaning="The day on which it became a customer; none before.", nullable=True),
    ),
)

CONTRACTS = (RAW_TICKETS, RAW_SUBSCRIPTIONS, RAW_PROSPECTS)
