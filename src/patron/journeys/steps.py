"""Which steps did each person take, from the first look to the repeat purchase?

In   cleaned tables with the customer's id: orders, order lines, events, messages, tickets, surveys, reviews
Out  contracts.journey.JOURNEY_STEPS   one row per person, step and day

People are customers, and visitors of whom nobody knows who they are. A visit before the first order belongs to the
customer where identity says whose it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.contract import MOMENT, MONEY
from patron.contracts.journey import DROP_OFF, START
from patron.profile.event_words import AT_HOME, ORDER, event_kind, visit_channel
from patron.profile.known import known_by
from patron.profile.newcomers import newcomers
from patron.sources.people.words import plain

FIRST_ORDER, REPEAT_ORDER = "first_order", "repeat_order"
RETURN, MESSAGE, TICKET, CALL, SURVEY, REVIEW = "return", "message_click", "ticket", "call", "survey", "review"
STORE_VISIT = "store_visit"

CUSTOMER, VISITOR = "customer:", "visitor:"
"""How the names of people begin, by what is known of them."""

_PLACES = {"store": STORE_VISIT, "phone": CALL}


def journey_steps(
    sources: Mapping[str, ir.Table], *, as_of: date, names: Mapping[str, Sequence[str]] | None = None,
    leave_out: Sequence[str] = (),
) -> ir.Table:  # fmt: skip
    """Return the steps that people took up to `as_of`.

    Parameters
    ----------
    sources : dict of tables
        Those that there are, with the customer's id: ``orders`` (contracts.customer.ORDERS), ``order_lines``,
        ``events`` (as `identity.events_with_customer` returns them), ``messages``, ``tickets``, ``surveys``,
        ``reviews``. What is absent makes no steps.
    as_of : date
        The last day we may know about.
    names : dict, optional
        What steps are called: a name and the events, or steps, that it stands for, such as
        ``{"support": ["ticket", "call", "support_chat"]}``. Compared in small letters and digits only.
    leave_out : sequence of str
        Events, or steps, that are none.

    Returns
    -------
    Table, one row per person, step and day
        ``person``, ``step``, ``at`` (the first of the day) and ``value``, the margin of orders. By default steps are
        first_order (where the first order in the data is likely the first of all) and repeat_order; return, ticket,
        call, survey, review; message_click; store_visit; page, product, search, cart, checkout, setup and use for the
        many names that systems have for these; and other events by their own names, but those that tell of an order.
    """
    makers = {
        "orders": _ordered, "order_lines": _returned, "events": _events, "messages": _clicked, "tickets": _asked,
        "surveys": _answered, "reviews": _reviewed,
    }  # fmt: skip
    parts = [make(sources[name], as_of) for name, make in makers.items() if name in sources]
    told = ibis.union(*(part.filter(part.person.notnull()) for part in parts))
    known = _renamed(told, names or {}, leave_out)
    ends = known.step.isin([START, DROP_OFF])  # names that are kept for the two ends of a journey
    return _once(known.mutate(step=ibis.ifelse(ends, ibis.literal("event_").concat(known.step), known.step)))


def _once(told: ir.Table) -> ir.Table:
    """Return each step of a person once a day: who looks at ten pages looks."""
    dated = told.mutate(day=told["at"].date())
    return dated.group_by("person", "step", "day").aggregate(
        at=dated["at"].min(), value=dated["value"].sum().cast("decimal(38, 2)").cast(MONEY),
        session_id=ibis.literal(""), position=ibis.literal(0, "int64"),
    )  # fmt: skip


def _renamed(told: ir.Table, names: Mapping[str, Sequence[str]], leave_out: Sequence[str]) -> ir.Table:
    """Return the steps under the names that the settings give them."""
    kept = told
    if leave_out:
        gone = [_word(one) for one in leave_out]
        kept = told.filter(~(told.word.isin(gone) | plain(told.step).isin(gone)))
    if not names:
        return kept
    by_word = [(name, [_word(one) for one in words]) for name, words in names.items()]
    branches = [((kept.word.isin(words) | plain(kept.step).isin(words)), name) for name, words in by_word]
    return kept.mutate(step=ibis.cases(*branches, else_=kept.step))


def _word(text: str) -> str:
    """Write a name as `plain` writes a column's."""
    return "".join(letter for letter in text.lower() if letter.isascii() and letter.isalnum())


def _rows(
    table: ir.Table, at: ir.Value, step: ir.Value, value: ir.Value | None = None, word: ir.Value | None = None
) -> ir.Table:
    who = table.person if "person" in table.columns else ibis.literal(CUSTOMER).concat(table.customer_id)
    nothing = ibis.null(MONEY)
    return table.select(
        person=who, step=step, at=at.cast(MOMENT), value=nothing if value is None else value.cast(MONEY),
        word=plain(step) if word is None else word,
    )  # fmt: skip


def _ordered(orders: ir.Table, as_of: date) -> ir.Table:
    known = known_by(orders, as_of=as_of)
    new = newcomers(known, as_of=as_of)
    numbered = known.mutate(
        number=ibis.row_number().over(ibis.window(group_by="customer_id", order_by=["ordered_at", "order_id"]))
    )
    began = new.select(who="customer_id")
    joined = numbered.left_join(began, numbered.customer_id == began.who)
    first = (joined.number == 0) & joined.who.notnull()
    return _rows(joined, _late(joined.ordered_at), ibis.ifelse(first, FIRST_ORDER, REPEAT_ORDER), joined.margin)


def _late(moment: ir.TimestampValue) -> ir.TimestampValue:
    """Put an order whose time of day is not known at the end of its day: after what led to it."""
    midnight = moment == moment.truncate("D")
    return ibis.ifelse(midnight, moment + ibis.interval(seconds=86_399), moment)


def _returned(lines: ir.Table, as_of: date) -> ir.Table:
    known = known_by(lines, as_of=as_of)
    back = known.filter(known.reverses.notnull())
    return _rows(back, _late(back.ordered_at), ibis.literal(RETURN))


def _events(events: ir.Table, as_of: date) -> ir.Table:
    known = known_by(events, as_of=as_of, column="occurred_at")
    kinds = known.mutate(
        kind=event_kind(known.event), where=visit_channel(known.channel),
        person=ibis.coalesce(
            ibis.literal(CUSTOMER).concat(known.customer_id), ibis.literal(VISITOR).concat(known.anonymous_id)
        ),
    )  # fmt: skip
    kinds = kinds.filter((kinds.kind.fill_null("") != ORDER) & kinds.order_id.isnull())  # the order itself is the step
    at_home = kinds.kind.isin(AT_HOME).fill_null(False)
    places = [((kinds["where"] == place) & ~at_home, step) for place, step in _PLACES.items()]
    step = ibis.cases(*places, else_=ibis.coalesce(kinds.kind, kinds.event))
    return _rows(kinds, kinds.occurred_at, step, word=plain(kinds.event))


def _clicked(messages: ir.Table, as_of: date) -> ir.Table:
    """Return the messages that somebody clicked: sending is the shop's deed, and mail programs open by themselves."""
    clicked = messages.filter(messages.clicked_at.notnull())
    clicked = known_by(clicked, as_of=as_of, column="clicked_at")
    return _rows(clicked, clicked.clicked_at, ibis.literal(MESSAGE))


def _asked(tickets: ir.Table, as_of: date) -> ir.Table:
    opened = known_by(tickets, as_of=as_of, column="opened_at")
    by_phone = (visit_channel(opened.channel) == "phone").fill_null(False)
    return _rows(opened, opened.opened_at, ibis.ifelse(by_phone, CALL, TICKET))


def _answered(surveys: ir.Table, as_of: date) -> ir.Table:
    known = known_by(surveys, as_of=as_of, column="answered_at")
    return _rows(known, known.answered_at, ibis.literal(SURVEY))


def _reviewed(reviews: ir.Table, as_of: date) -> ir.Table:
    known = known_by(reviews, as_of=as_of, column="reviewed_at")
    return _rows(known, known.reviewed_at, ibis.literal(REVIEW))
