"""What is a table: order lines, orders, customers, tickets, messages, consents, another source, or none?

Judged by which fields its header and values allow, and by which column names a row.
"""

from __future__ import annotations

from collections.abc import Mapping

from patron.sources.recognition.columns import by_words
from patron.sources.recognition.looked import Looked
from patron.sources.recognition.proposal import Mapped
from patron.sources.recognition.words import CONSENT, PEOPLE, RETURNS
from patron.sources.systems import plain

_Fields = Mapping[str, Mapped]


def kind_of(table: Looked) -> str | None:
    """Return the source that a table is, ``returns``, or nothing.

    Of an order list that names both order and goods, the lines are meant; one row an order, without goods, is orders.
    """
    if {plain(name) for name in table.header} & set(RETURNS):
        return "returns"
    tests = (("tickets", _is_tickets), ("subscriptions", _is_subscriptions), ("prospects", _is_prospects),
             ("surveys", _is_surveys), ("invitations", _is_invitations), ("reviews", _is_reviews),
             ("referrals", _is_referrals), ("market", _is_market), ("mix_model", _is_mix_model),
             ("loyalty", _is_loyalty), ("assignments", _is_assignments), ("messages", _is_messages),
             ("consents", _is_consents), ("traits", _is_traits), ("orders", _is_orders), ("order_lines", _is_lines),
             ("spend", _is_spend), ("events", _is_events), ("identifiers", _is_identifiers),
             ("households", _is_households), ("customers", _is_customers), ("products", _is_products))  # fmt: skip
    return next((kind for kind, test in tests if test(table, by_words(table, kind))), None)


def _unique(table: Looked, fields: _Fields, name: str) -> bool:
    return name in fields and table.columns[fields[name].column].is_unique


def _is_orders(table: Looked, fields: _Fields) -> bool:
    goods = {"product_id", "product_name", "quantity"} & set(by_words(table, "order_lines"))
    return _unique(table, fields, "order_id") and {"customer_id", "ordered_at"} <= set(fields) and not goods


def _is_lines(_table: Looked, fields: _Fields) -> bool:
    held = set(fields)
    paid = bool({"amount", "unit_price"} & held)
    goods = bool({"product_id", "product_name", "quantity"} & held)
    return paid and ((goods and bool({"customer_id", "order_id"} & held)) or {"customer_id", "ordered_at"} <= held)


def _is_spend(table: Looked, fields: _Fields) -> bool:
    about_orders = {"order_id", "customer_id", "product_id"} & set(by_words(table, "order_lines"))
    return {"day", "channel", "amount"} <= set(fields) and not about_orders


def _is_consents(table: Looked, fields: _Fields) -> bool:
    """Tell a log of consents, with a row for each statement; columns beside customers are no log."""
    told = _named(table, *CONSENT) or _called(table, "consent", "optin", "opt-in", "subscription")
    return {"customer_id", "status", "given_at"} <= set(fields) and told and not _sold(table)


def _is_tickets(table: Looked, fields: _Fields) -> bool:
    """Tell tickets of a help desk from those that a till prints."""
    return {"ticket_id", "customer_id", "opened_at"} <= set(fields) and not _sold(table)


def _is_subscriptions(table: Looked, fields: _Fields) -> bool:
    """Tell a list of subscriptions from orders that name theirs, and from a log of who wants the newsletter."""
    paid = bool({"amount", "plan", "period_days"} & set(fields))
    orders = {"order_id", "quantity"} & set(by_words(table, "order_lines"))
    return {"subscription_id", "customer_id", "started_on"} <= set(fields) and paid and not orders


def _is_prospects(table: Looked, fields: _Fields) -> bool:
    return {"prospect_id", "first_seen_on"} <= set(fields) and not _sold(table) and not _says_traits(table)


def _is_surveys(table: Looked, fields: _Fields) -> bool:
    told = {"question", "answered_at"} <= set(fields) and bool({"customer_id", "invitation_id"} & set(fields))
    return told and bool({"score", "choice"} & set(fields)) and not _sold(table)


def _is_invitations(table: Looked, fields: _Fields) -> bool:
    """Tell invitations to a survey from those that customers send to friends."""
    asked = {"invitation_id", "customer_id", "asked_at"} <= set(fields) and "survey" in fields
    return asked and not _sold(table)


def _is_reviews(table: Looked, fields: _Fields) -> bool:
    """Tell reviews from lists of anything that has a score: they say so, or say what is reviewed."""
    told = _named(table, "review", "stars", "rating") or _called(table, "review", "rating")
    return (
        {"rating", "reviewed_at"} <= set(fields)
        and bool({"customer_id", "order_id"} & set(fields))
        and (told and not _sold(table))
    )


def _is_referrals(table: Looked, fields: _Fields) -> bool:
    told = _named(table, "referr", "referee", "invite", "advocate", "friend")
    return {"customer_id", "referred_on"} <= set(fields) and told and not _sold(table) and len(fields) > 2


def _is_market(table: Looked, fields: _Fields) -> bool:
    """Tell what competitors ask, and indices of categories; neither is about a person."""
    held = set(fields)
    told = {"competitor", "product_id", "price"} <= held or {"category", "category_index"} <= held
    return "day" in held and told and not {"customer_id", "order_id"} & set(by_words(table, "order_lines"))


def _is_mix_model(table: Looked, fields: _Fields) -> bool:
    """Tell what a mix model puts down to channels from what was spent on them, and from anything about people."""
    of_people = {"customer_id", "order_id"} & set(by_words(table, "order_lines"))
    return {"channel", "period_start", "contribution"} <= set(fields) and not of_people


def _is_loyalty(table: Looked, fields: _Fields) -> bool:
    """Tell states of a loyalty programme; a list of customers that names the tier, too, says more."""
    return (
        {"customer_id", "dated"} <= set(fields)
        and bool({"tier", "points"} & set(fields))
        and len(table.header) <= len(fields) + 1
        and not _sold(table)
    )


def _is_assignments(table: Looked, fields: _Fields) -> bool:
    """Tell who was put into which arm from a log of messages with variants, and from lists of a campaign's members.

    A variant or a group is an arm only where a column says that it is of an experiment, and no message was sent.
    """
    drawn = bool({"customer_id", "anonymous_id"} & set(fields)) and {"experiment", "arm", "assigned_at"} <= set(fields)
    told = _named(
        table,
        "experiment",
        "abtest",
        "treatment",
        "testgroup",
        "controlgroup",
        "holdout",
        "assigned",
        "exposed",
        "exposure",
        "randomi",
        "enrolled",
        "variation",
    ) or {"arm"} & {plain(name) for name in table.header}
    sent = {"sent_at", "opened_at", "clicked_at"} & set(by_words(table, "messages"))
    return drawn and bool(told) and not sent and not _sold(table)


def _is_messages(table: Looked, fields: _Fields) -> bool:
    """Tell a log of messages from one of visits: it tells when one was sent, or a message's id and that it was opened.

    Web events have ids of messages, too (Segment's `messageId`), and a day of dispatch is no message.
    """
    held = set(fields)
    if "customer_id" not in held or _sold(table):
        return False
    of_a_message = bool({"message", "campaign", "opened_at", "clicked_at"} & held)
    if "sent_at" in held:
        return of_a_message and ("opened_at" in held or "clicked_at" in held or "message_id" in held)
    log = {"message_id", "event", "occurred_at"} <= held and bool({"message", "campaign"} & held)
    return log and not {"session_id", "anonymous_id"} & set(by_words(table, "events"))


def _is_events(_table: Looked, fields: _Fields) -> bool:
    known = bool({"customer_id", "anonymous_id"} & set(fields))
    return {"occurred_at", "event"} <= set(fields) and known


def _is_identifiers(table: Looked, fields: _Fields) -> bool:
    several = {"kind", "value"} <= set(fields) and table.columns[fields["kind"].column].distinct <= _MOST_KINDS
    return "customer_id" in fields and (several or (len(fields) > 1 and _called(table, "identif", "identit")))


_MOST_KINDS = 50


def _is_traits(table: Looked, fields: _Fields) -> bool:
    """Tell a list of traits; lines of orders may have an attribute and a value, too, and name goods."""
    goods = {"order_id", "product_id", "quantity"} & set(by_words(table, "order_lines"))
    return {"trait", "value"} <= set(fields) and bool({"customer_id", "prospect_id"} & set(fields)) and not goods


def _says_traits(table: Looked) -> bool:
    return {"trait", "value"} <= set(by_words(table, "traits"))


def _is_households(table: Looked, fields: _Fields) -> bool:
    """Tell a list of who belongs to which household; a list of customers that names it, too, says more."""
    return {"customer_id", "household_id"} <= set(fields) and len(table.header) <= len(fields) + 1


def _sold(table: Looked) -> bool:
    return bool({"amount", "unit_price", "quantity"} & set(by_words(table, "order_lines")))


def _is_products(table: Looked, fields: _Fields) -> bool:
    told = {"category", "brand", "unit_cost"} & set(fields) or _called(table, "product", "article", "item", "sku")
    of_people = {"customer_id", "order_id"} & set(by_words(table, "order_lines")) or _people(table)
    return _unique(table, fields, "product_id") and len(fields) > 1 and bool(told) and not of_people


def _is_customers(table: Looked, fields: _Fields) -> bool:
    told = _people(table) or _called(table, "customer", "client", "member", "user", "contact", "buyer", "household")
    if "customer_id" in fields and plain(fields["customer_id"].column) != "id":
        told = told or len(fields) > 1
    return _unique(table, fields, "customer_id") and told


def _named(table: Looked, *parts: str) -> bool:
    """Tell whether a column's name holds one of these."""
    return any(part in plain(name) for name in table.header for part in parts)


def _people(table: Looked) -> bool:
    return bool({plain(name) for name in table.header} & set(PEOPLE))


def _called(table: Looked, *words: str) -> bool:
    """Tell whether a list with columns named id is about these, going by the name of its file."""
    file = table.files[0].path.name.lower()
    return any(word in file for word in words)
