"""How does a message fit those whom it is for: what do they lack, which language, price, goods and consent?

Everything is counted in the engine, over the audiences of all messages at once; only counts come to Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.message import MESSAGE_CHECKS
from patron.decisions.messages.languages import language_name, language_of
from patron.decisions.messages.message import Message, Option, Sender
from patron.decisions.messages.render import known_variables
from patron.decisions.messages.template import Words, read_words
from patron.language import money, number, percent, say

WORTH_A_WARNING = 0.1
"""From this share of the audience on, what does not fit is a warning."""

LANGUAGES = 5
"""Languages that are named for one message, those of most customers first."""

OF_CUSTOMERS = (
    "given_name", "family_name", "city", "country", "days_since_last", "first_order_on", "last_order_on",
    "average_order_value", "product", "product_id", "category", "brand",
)  # fmt: skip
"""Variables that a customer may lack."""

Counts = Mapping[tuple[str, str], int]


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Whom messages are for, and what is known of it.

    Parameters
    ----------
    facts : Table, one row per trigger and customer
        As `message_facts` returns it, with the column ``trigger``.
    basis : mapping of trigger to str
        Who that is: `contracts.message.AUDIENCES`.
    open_to : mapping of (trigger, channel) to int
        Customers who may be written to so.
    bought : Table
        Columns ``customer_id, category``: who has bought in which category, at least of those that options show.
    stock : mapping of product to float
        How many are there to be sold, where that is known.
    """

    facts: ir.Table
    basis: Mapping[str, str]
    open_to: Counts
    bought: ir.Table
    stock: Mapping[str, float]


@dataclass(frozen=True)
class _Unfit:
    """One thing that does not fit, and whom it concerns."""

    place: str
    check: str
    detail: str
    customers: int
    grave: str = ""
    facts: Mapping[str, Any] | None = None


def fit(messages: Sequence[Message], sender: Sender, audience: Audience) -> pa.Table:
    """Return what does not fit: contracts.message.MESSAGE_CHECKS.

    Nothing is a fault here, but for goods that are sold out: who lacks a value, or speaks another language, is not
    written to or reads the sender's language. From a tenth of the audience on it is a warning.
    """
    counted = _Counted.of(messages, sender, audience)
    rows = [
        _row(message, one, counted, sender)
        for message in messages
        if counted.people.get(message.trigger)
        for one in _unfit(message, sender, audience, counted)
        if one.customers
    ]
    rows.sort(key=lambda row: (row["trigger"], -row["customers"], row["place"], row["check"], row["detail"]))
    return pa.Table.from_pylist(rows, schema=MESSAGE_CHECKS.schema.to_pyarrow())


@dataclass(frozen=True)
class _Counted:
    """What was counted of the audiences."""

    people: Mapping[str, int]
    lacking: Mapping[tuple[str, frozenset[str]], int]
    too_dear: Mapping[tuple[str, float], int]
    strangers: Mapping[tuple[str, str], int]  # by trigger and category: who never bought in it
    languages: Mapping[str, Mapping[str, int]]
    basis: Mapping[str, str]

    @classmethod
    def of(cls, messages: Sequence[Message], sender: Sender, audience: Audience) -> _Counted:
        """Count all that any of the messages asks, in three queries."""
        needs = (need for message in messages for found in _clauses(message, sender).values() for need in found)
        clauses: list[frozenset[str]] = sorted(set(needs), key=sorted)
        prices = sorted({option.price for _, option in _all_options(messages) if option.price is not None})
        facts = audience.facts
        sums: dict[str, ir.Value] = {"people": facts.count()}
        for place, names in enumerate(clauses):
            missing = [facts[name].isnull() for name in sorted(names)]
            sums[f"lacking_{place}"] = ibis.and_(*missing).sum()
        for place, price in enumerate(prices):
            sums[f"dear_{place}"] = (facts.average_order_value < price).sum()
        rows = facts.group_by("trigger").aggregate(**sums).to_pyarrow().to_pylist()
        return cls(
            people={row["trigger"]: row["people"] for row in rows},
            lacking={
                (row["trigger"], names): row[f"lacking_{place}"] or 0
                for row in rows
                for place, names in enumerate(clauses)
            },
            too_dear={
                (row["trigger"], price): row[f"dear_{place}"] or 0 for row in rows for place, price in enumerate(prices)
            },
            strangers=_strangers(messages, audience, {row["trigger"]: row["people"] for row in rows}),
            languages=_languages(facts, sender),
            basis=audience.basis,
        )


def _strangers(
    messages: Sequence[Message], audience: Audience, people: Mapping[str, int]
) -> dict[tuple[str, str], int]:
    shown = sorted({option.category for _, option in _all_options(messages) if option.category is not None})
    if not shown:
        return {}
    bought = audience.bought.filter(audience.bought.category.isin(shown)).select("customer_id", "category").distinct()
    joined = audience.facts.select("trigger", "customer_id").inner_join(
        bought.rename(shown_category="category"), "customer_id"
    )
    rows = joined.group_by("trigger", "shown_category").aggregate(known=lambda t: t.count()).to_pyarrow().to_pylist()
    known = {(row["trigger"], row["shown_category"]): row["known"] for row in rows}
    return {(name, one): many - known.get((name, one), 0) for name, many in people.items() for one in shown}


def _languages(facts: ir.Table, sender: Sender) -> dict[str, dict[str, int]]:
    """Return how many of each audience are written to in which language."""
    told = (
        facts.group_by("trigger", "language", "country").aggregate(people=lambda t: t.count()).to_pyarrow().to_pylist()
    )
    found: dict[str, dict[str, int]] = {}
    for row in told:
        language = language_of(sender, told=row["language"], country=row["country"])
        own = found.setdefault(row["trigger"], {})
        own[language] = own.get(language, 0) + row["people"]
    return found


def _unfit(message: Message, sender: Sender, audience: Audience, counted: _Counted) -> Iterator[_Unfit]:
    trigger = message.trigger
    many = counted.people[trigger]
    for place, clauses in _clauses(message, sender).items():
        for names in clauses:
            yield _Unfit(place, "value_missing", " / ".join(sorted(names)), counted.lacking[trigger, names])
    yield from _unread(message, counted.languages.get(trigger, {}))
    for place, option in _options(message):
        if option.price is not None:
            facts = {"price": money(option.price, sender.currency)}
            yield _Unfit(place, "price_band", f"{option.price:g}", counted.too_dear[trigger, option.price], facts=facts)
        if option.category is not None:
            yield _Unfit(place, "category", option.category, counted.strangers.get((trigger, option.category), 0))
        if option.product is not None and (left := audience.stock.get(option.product)) is not None:
            grave = "error" if left <= 0 else ""
            short = max(0, many - int(max(left, 0)))
            yield _Unfit(place, "stock", option.product, short, grave, {"left": number(max(left, 0))})
    for channel in message.channels():
        if (trigger, channel) in audience.open_to:
            yield _Unfit("", "consent", channel, many - audience.open_to[trigger, channel])


def _unread(message: Message, spoken: Mapping[str, int]) -> Iterator[_Unfit]:
    """Yield the languages of customers in which the message is not written."""
    texts = [set(option.texts) for _, option in _words(message)]
    shared = set.intersection(*texts) if texts else set()
    bases = {tag.lower().partition("-")[0].partition("_")[0] for tag in shared}
    strange = {tag: many for tag, many in spoken.items() if tag.lower().partition("-")[0] not in bases}
    for tag, many in sorted(strange.items(), key=lambda pair: (-pair[1], pair[0]))[:LANGUAGES]:
        yield _Unfit("", "language", tag, many, facts={"detail": language_name(tag)})


def _clauses(message: Message, sender: Sender) -> dict[str, list[frozenset[str]]]:
    """Return by place what its words need of a customer."""
    known = known_variables(message, sender)
    found: dict[str, set[frozenset[str]]] = {}
    for place, option in _words(message):
        for text in option.texts.values():
            words = read_words(text, known=known)
            needed = words.needed if isinstance(words, Words) else ()
            own = [names for names in needed if names <= set(OF_CUSTOMERS)]
            found.setdefault(place, set()).update(own)
    return {place: sorted(clauses, key=sorted) for place, clauses in found.items()}


def _words(message: Message) -> Iterator[tuple[str, Option]]:
    return (pair for pair in _options(message, ("headline", "copy", "offer")) if pair[1].texts)


def _options(message: Message, parts: Iterable[str] | None = None) -> Iterator[tuple[str, Option]]:
    for part in message.options() if parts is None else parts:
        for name, option in message.parts.get(part, {}).items():
            yield f"parts.{part}.{name}", option


def _all_options(messages: Iterable[Message]) -> Iterator[tuple[str, Option]]:
    return (pair for message in messages for pair in _options(message))


def _row(message: Message, one: _Unfit, counted: _Counted, sender: Sender) -> dict[str, Any]:
    many = counted.people[message.trigger]
    share = one.customers / many
    facts = {
        "detail": one.detail, "customers": number(one.customers), "audience": number(many), "share": percent(share),
        "language": language_name(sender.language), **(one.facts or {}),
    }  # fmt: skip
    return {
        "trigger": message.trigger, "place": one.place, "check": one.check, "detail": one.detail,
        "severity": one.grave or ("warning" if share >= WORTH_A_WARNING else "info"), "customers": one.customers,
        "audience": many, "audience_of": counted.basis[message.trigger], "share": share,
        "finding": say(f"message_checks.fit_{one.check}", **facts),
        "advice": say(f"message_checks.fit_{one.check}_advice", **facts),
    }  # fmt: skip
