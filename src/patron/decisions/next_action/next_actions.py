"""What is the one thing to do next for each customer?

In   contracts.decision.DECISIONS         what the auction decided
     budget.possible                      what could be done where no trigger answers
     contracts.wants.NEXT_PRODUCTS        what she may want
     contracts.price_offer.PRICE_OFFERS   what it may cost her
Out  contracts.next_action.NEXT_ACTIONS   one row per customer

A pure function from tables to a table: with the rows of one customer it is her next action alone.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts.next_action import NEXT_ACTIONS

ALL = "all"

_DOES = {"sent": "send", "queued": "wait", "held_out": "held_out", "refused": "refused"}
"""What a decision's outcome means for the customer, the first of them first; what is over is nothing."""

_CHOSEN = (
    "does", "trigger", "signal", "action", "channel", "send_on", "send_at", "until", "variant", "subject_id", "offer",
    "gain", "evidence", "reason", "held_by",
)  # fmt: skip


def next_actions(
    people: ir.Table,
    *,
    decisions: ir.Table,
    options: ir.Table,
    wanted: ir.Table,
    offers: ir.Table,
    memberships: ir.Table,
    plan: ir.Table | None = None,
) -> ir.Table:
    """Return the next action of each customer.

    A message that was decided on stands before a suggestion. Of several the one that is sent is taken, then the one
    that waits, each the best by its bid; then why nothing is sent. Who has no decision gets the play that is expected
    to gain most, marked as a suggestion, for nobody has launched it.

    Parameters
    ----------
    people : Table
        ``customer_id``: everybody who shall have a row.
    decisions : Table
        `DECISIONS`.
    options : Table
        What `possible` returns.
    wanted : Table
        `NEXT_PRODUCTS`.
    offers : Table
        `PRICE_OFFERS`.
    memberships : Table
        `MEMBERSHIPS`.
    plan : Table, optional
        `BUDGET_PLAN`, where there is a budget.

    Returns
    -------
    Table, one row per customer
        `NEXT_ACTIONS`.
    """
    chosen = _decided(decisions).union(_suggested(options))
    first = ibis.window(
        group_by="customer_id", order_by=[chosen.place, chosen.gain.desc(), chosen.signal, chosen.action]
    )
    chosen = chosen.mutate(_row=ibis.row_number().over(first)).filter(lambda t: t._row == 0)
    acted = chosen.select("customer_id", *_CHOSEN)
    rows = people.select("customer_id").left_join(acted, "customer_id").drop("customer_id_right")
    rows = rows.mutate(does=rows.does.fill_null("nothing"), gain=rows.gain.fill_null(0.0))
    rows = _priced(_with_product(rows, wanted), offers, memberships)
    return NEXT_ACTIONS.shape(_in_budget(rows, plan))


def _decided(decisions: ir.Table) -> ir.Table:
    rows = decisions.filter(decisions.outcome.isin(tuple(_DOES)))
    does = ibis.cases(*((rows.outcome == outcome, does) for outcome, does in _DOES.items()))
    place = ibis.cases(*((rows.outcome == outcome, place) for place, outcome in enumerate(_DOES)))
    acts = rows.outcome.isin(("sent", "queued"))
    return rows.select(
        "customer_id", place=place.cast("int64"), does=does, trigger="trigger", signal="signal", action="action",
        channel="channel", send_on="send_on", send_at="send_at", until="expires_on", variant="variant",
        subject_id=_product(rows), offer="offer",
        gain=ibis.ifelse(acts, ibis.coalesce(rows.bid, rows.value - rows.cost), 0.0).cast("float64"),
        evidence="evidence", reason="reason", held_by="held_by",
    )  # fmt: skip


def _suggested(options: ir.Table) -> ir.Table:
    rows = options.filter(options.source == "play")
    none = ibis.null("string")
    return rows.select(
        "customer_id", place=ibis.literal(len(_DOES), "int64"), does=ibis.literal("suggested"), trigger=none,
        signal="signal", action="action", channel="channel", send_on=ibis.null("date"),
        send_at=ibis.null("timestamp(6)"), until=ibis.null("date"), variant=none, subject_id="product", offer=none,
        gain="value", evidence="evidence", reason=none, held_by=none,
    )  # fmt: skip


def _product(rows: ir.Table) -> ir.StringValue:
    return ibis.ifelse(rows.subject_kind == "product", rows.subject, ibis.null("string"))


def _with_product(rows: ir.Table, wanted: ir.Table) -> ir.Table:
    """Add the product that it is about, else the one that she is likeliest to want, and its usual price."""
    first = wanted.filter(wanted["rank"] == 1)
    best = first.select("customer_id", likely="product_id", likely_price=first.price.cast("float64"))
    joined = rows.left_join(best, "customer_id").drop("customer_id_right")
    product = ibis.coalesce(joined.subject_id, joined.likely)
    usual = ibis.ifelse(product == joined.likely, joined.likely_price, ibis.null("float64"))
    return joined.mutate(product=product, usual=usual).drop("likely", "likely_price", "subject_id")


def _priced(rows: ir.Table, offers: ir.Table, memberships: ir.Table) -> ir.Table:
    """Add what the product costs her: everybody's price, less the discount that surely pays for her segment."""
    everybody = offers.filter(offers.level == "product", offers.segmentation == ALL)
    prices = everybody.select(product="product_id", told=everybody.price, category="category")
    rows = rows.left_join(prices, "product").drop("product_right")
    pays = offers.filter(offers.level == "category", offers.segmentation != ALL, offers.status == "lower")
    cuts = pays.select("category", "segmentation", "segment", cut=-pays.change)
    mine = memberships.select("customer_id", "segmentation", "segment")
    hers = mine.inner_join(cuts, ["segmentation", "segment"])
    hers = hers.group_by("customer_id", "category").aggregate(discount=hers.cut.max())
    joined = rows.left_join(hers, ["customer_id", "category"]).drop("customer_id_right", "category_right", "category")
    price = ibis.coalesce(joined.told, joined.usual) * (1.0 - ibis.coalesce(joined.discount, 0.0))
    return joined.mutate(price=price.cast("float64")).drop("told", "usual")


def _in_budget(rows: ir.Table, plan: ir.Table | None) -> ir.Table:
    if plan is None:
        return rows.mutate(in_budget=ibis.null("boolean"))
    planned = plan.select("customer_id", planned=ibis.literal(True))
    joined = rows.left_join(planned, "customer_id").drop("customer_id_right")
    return joined.mutate(in_budget=joined.planned.fill_null(False)).drop("planned")
