"""Visits of a shop, how engaged its visitors are, and what came of its messages."""

from __future__ import annotations

from patron.contracts.contract import MOMENT, Column, Contract

DEPTHS = ("browsed", "looked", "carted", "checkout", "ordered")
"""How far a visit came, the farthest last."""

ALL = "all"
"""Stands for every channel, message, variant or customer."""

SESSIONS = Contract(
    name="sessions",
    grain="one visit, begun up to and including the run's day",
    purpose="profiling",
    note="Made of `raw_events`: by the source's own visits where it tells them, else what one visitor did in one channel without 30 minutes of silence. A visit whose visitor became known later belongs to the customer where `links` says so. Events that are equal in all they say count once.",
    columns=(
        Column(name="session_id", type="string", meaning="The visit; a hash of who and when, not the source's own id.", key=True),
        Column(name="customer_id", type="string", meaning="Who; none where nobody is known to have been the visitor.", nullable=True),
        Column(name="own", type="boolean", meaning="Whether it is a visit of the source's own; else it was cut by silence."),
        Column(name="started_at", type=MOMENT, meaning="Its first event, in the project's time zone."),
        Column(name="ended_at", type=MOMENT, meaning="Its last event up to the run's day."),
        Column(name="seconds", type="int64", meaning="From the first event to the last; 0 for a visit of one.", unit="seconds"),
        Column(name="channel", type="string", meaning="Where: web, app, store, phone, catalogue, or the source's own word; that of most events.", nullable=True),
        Column(name="events", type="int64", meaning="How many.", unit="events"),
        Column(name="product_views", type="int64", meaning="Looks at the page of a product.", unit="events"),
        Column(name="products", type="int64", meaning="Different products looked at, or put into the cart.", unit="products"),
        Column(name="searches", type="int64", meaning="Searches.", unit="events"),
        Column(name="carts", type="int64", meaning="Times that something was put into the cart.", unit="events"),
        Column(name="ordered", type="boolean", meaning="Whether it has an order: an event says so, or the customer ordered in that channel during it or within 30 minutes after it. None where nothing in the data could tell.", nullable=True),
        Column(name="order_id", type="string", meaning="The first order of it that is known by its id.", nullable=True),
        Column(name="depth", type="string", meaning="How far it came.", values=DEPTHS),
        Column(name="engagement", type="float64", meaning="Share of the shop's visits up to the run's day that did not go as deep, equals by half: by depth, then by products, then by events.", unit="share"),
    ),
)

ENGAGEMENT = Contract(
    name="engagement",
    grain="one customer with a visit",
    purpose="profiling",
    note="A customer without a row was not seen; whether there was no visit, or none that is known, nobody can tell.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="visits", type="int64", meaning="Visits up to the run's day.", unit="visits"),
        Column(name="visits_365", type="int64", meaning="Those of the last 365 days.", unit="visits"),
        Column(name="last_visit_on", type="date", meaning="Day of the last visit."),
        Column(name="half_life_days", type="int64", meaning="After how many days a visit counts half: the median time between two visits of one customer of the shop, at least 7 and at most 90; 30 where nobody came twice.", unit="days"),
        Column(name="attention", type="float64", meaning="The sum of the visits' engagement, each halved by its half-lives of age.", unit="visits"),
        Column(name="engagement", type="float64", meaning="Share of the customers with a visit whose attention is less, equals by half.", unit="share"),
    ),
)

MESSAGE_RESPONSES = Contract(
    name="message_responses",
    grain="one segment's responses to one channel, message or variant",
    purpose="analytics",
    people="customers",
    note="Segments are those of the run's day. What a source never tells of a channel is missing, not 0. An order after a message is an association: `ordered_before` says how often the same customers ordered in as many days before it, and only a hold-out tells what it brought. Intervals hold 95 % and allow for several messages to one customer.",
    columns=(
        Column(name="segmentation", type="string", meaning="Which way of dividing; `all` for the total.", key=True),
        Column(name="segment", type="string", meaning="The segment; `all` for the total.", key=True),
        Column(name="channel", type="string", meaning="By what; `all` for every channel.", key=True),
        Column(name="message", type="string", meaning="Which message; `all` for every message of the channel. The campaign where a message has no name.", key=True),
        Column(name="variant", type="string", meaning="Which variant; `all` for every variant. Only in total.", key=True),
        Column(name="customers", type="int64", meaning="Customers to whom one was sent.", unit="customers"),
        Column(name="sent", type="int64", meaning="Messages sent up to the run's day.", unit="messages"),
        Column(name="delivered", type="int64", meaning="Those that arrived; all that did not bounce where the channel tells no arrivals.", unit="messages"),
        Column(name="bounced", type="int64", meaning="Those that came back.", unit="messages"),
        Column(name="opened", type="float64", meaning="Of those delivered in channels that tell it: opened or clicked.", unit="share", nullable=True),
        Column(name="opened_low", type="float64", meaning="Lower end of its interval.", unit="share", nullable=True),
        Column(name="opened_high", type="float64", meaning="Upper end of it.", unit="share", nullable=True),
        Column(name="clicked", type="float64", meaning="Of those delivered in channels that tell it: clicked.", unit="share", nullable=True),
        Column(name="clicked_low", type="float64", meaning="Lower end of its interval.", unit="share", nullable=True),
        Column(name="clicked_high", type="float64", meaning="Upper end of it.", unit="share", nullable=True),
        Column(name="unsubscribed", type="float64", meaning="Of those delivered in channels that tell it: unsubscribed by it.", unit="share", nullable=True),
        Column(name="unsubscribed_low", type="float64", meaning="Lower end of its interval.", unit="share", nullable=True),
        Column(name="unsubscribed_high", type="float64", meaning="Upper end of it.", unit="share", nullable=True),
        Column(name="watched", type="int64", meaning="Delivered messages whose `within_days` are over.", unit="messages"),
        Column(name="within_days", type="int64", meaning="How many days after the sending an order counts.", unit="days"),
        Column(name="ordered", type="float64", meaning="Of those watched: followed by an order within these days.", unit="share", nullable=True),
        Column(name="ordered_low", type="float64", meaning="Lower end of its interval.", unit="share", nullable=True),
        Column(name="ordered_high", type="float64", meaning="Upper end of it.", unit="share", nullable=True),
        Column(name="ordered_before", type="float64", meaning="Of the same messages: with an order in as many days before the sending.", unit="share", nullable=True),
    ),
)

CONTRACTS = (SESSIONS, ENGAGEMENT, MESSAGE_RESPONSES)
