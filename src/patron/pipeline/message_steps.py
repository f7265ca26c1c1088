"""The step `messages`: the variants of every message, and how each fits those for whom its trigger fires."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.message import MESSAGE_CHECKS, VARIANTS
from patron.decisions.messages.content import Finding
from patron.decisions.messages.facts import NEEDS, message_facts
from patron.decisions.messages.fit import Audience, fit
from patron.decisions.messages.message import Message
from patron.decisions.messages.variants import variants
from patron.decisions.messages.words_of_checks import advice, said
from patron.pipeline.check_messages import STEP as OF_SEQUENCE
from patron.pipeline.check_messages import all_findings, messages_of, sender_of
from patron.pipeline.chosen import chosen, chosen_print
from patron.pipeline.guarding import guard_of
from patron.pipeline.step import Context, Step
from patron.privacy import permitted

FIRED, SIGNAL, EVERYBODY = "fired", "signal", "everybody"
PEOPLE = ("trigger", "customer_id", "subject_kind", "subject")

Tables = Mapping[str, ir.Table]


def _messages(context: Context) -> Tables:
    messages = messages_of(context.settings)
    if not messages:
        return {"variants": VARIANTS.empty(), "message_checks": MESSAGE_CHECKS.empty()}
    made = variants(messages.values(), language=context.settings.sender.language)
    sender = sender_of(context.settings)
    warned = _warned(all_findings(context.settings))
    unfit = fit(list(messages.values()), sender, _audience(context, messages))
    return {
        "variants": ibis.memtable(made),
        "message_checks": ibis.memtable(pa.concat_tables([warned, unfit])),
    }


def _warned(findings: list[Finding]) -> pa.Table:
    """Return the warnings about the words themselves; a run with errors has not begun."""
    rows = [
        {
            "trigger": one.trigger, "place": one.place, "check": one.check, "detail": one.detail,
            "severity": one.severity, "finding": said(one), "advice": advice(one),
        }
        for one in findings
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=MESSAGE_CHECKS.schema.to_pyarrow())


def _audience(context: Context, messages: Mapping[str, Message]) -> Audience:
    people, basis = _people(context, messages)
    tables = {name: context[name] for name in NEEDS}
    facts = context.keep("message_facts", message_facts(people, tables, said=chosen(context)))
    products = {option.product for one in messages.values() for part in one.parts.values() for option in part.values()}
    categories = {
        option.category for one in messages.values() for part in one.parts.values() for option in part.values()
    }
    return Audience(
        facts=facts, basis=basis, open_to=_open_to(context, messages, facts),
        bought=_bought(context, categories - {None}), stock=_stock(context, products - {None}),
    )  # fmt: skip


def _people(context: Context, messages: Mapping[str, Message]) -> tuple[ir.Table, Mapping[str, str]]:
    """Return whom each message is for today, and who that is.

    Columns `PEOPLE`. Those for whom the trigger fired; where it did for nobody, those for whom its signal did; else
    everybody.
    """
    candidates, signals = context["candidates"], context["signals"]
    launched = {name: context.settings.launched[name.partition(OF_SEQUENCE)[0]] for name in messages}
    watched = {name: getattr(one, "signal", None) for name, one in launched.items()}
    ready = candidates.select("customer_id", "trigger", "step", "subject_kind", "subject")
    fired = _found(ready, "trigger", (name.partition(OF_SEQUENCE)[0] for name in messages))
    firing = _found(signals, "signal", filter(None, watched.values()))
    basis, parts = {}, []
    for message in messages:
        name, _, step = message.partition(OF_SEQUENCE)
        if name in fired:
            own = ready.filter(ready.trigger == name)
            basis[message], who = FIRED, own.filter(own.step == step) if step else own
        elif watched[message] in firing:
            basis[message], who = SIGNAL, _once(signals.filter(signals.signal == watched[message]))
        else:
            everybody = context["profiles"].select("customer_id")
            basis[message] = EVERYBODY
            who = everybody.mutate(subject_kind=ibis.literal("none"), subject=ibis.literal(""))
        parts.append(who.mutate(trigger=ibis.literal(message)).select(PEOPLE))
    return ibis.union(*parts) if len(parts) > 1 else parts[0], basis


def _found(table: ir.Table, column: str, wanted: object) -> set[str]:
    """Return which of the wanted names stand in a column."""
    names = list(wanted)  # type: ignore[call-overload]
    if not names:
        return set()
    return set(table.filter(table[column].isin(names)).select(column).distinct().to_pyarrow()[column].to_pylist())


def _once(fired: ir.Table) -> ir.Table:
    """Return each customer once, with the first subject by name."""
    order = ibis.window(group_by="customer_id", order_by=[fired.subject_kind, fired.subject])
    numbered = fired.mutate(number=ibis.row_number().over(order))
    return numbered.filter(numbered.number == 0).select("customer_id", "subject_kind", "subject")


def _open_to(context: Context, messages: Mapping[str, Message], facts: ir.Table) -> dict[tuple[str, str], int]:
    """Return how many of each audience may be written to by each channel of its message."""
    made, _ = guard_of(context["consents"], context["raw_consents"], context.kept.statements, settings=context.settings)
    ways: dict[tuple[str, str], list[str]] = {}
    for name, message in messages.items():
        for channel in message.channels():
            ways.setdefault((message.purpose, channel), []).append(name)
    found: dict[tuple[str, str], int] = {}
    for (purpose, channel), names in ways.items():
        asked = facts.filter(facts.trigger.isin(names)).select("trigger", "customer_id")
        allowed = permitted(asked, purpose=purpose, stage="export", guard=made, channel=channel)
        rows = allowed.group_by("trigger").aggregate(people=lambda t: t.count()).to_pyarrow().to_pylist()
        counted = {row["trigger"]: row["people"] for row in rows}
        found |= {(name, channel): counted.get(name, 0) for name in names}
    return found


def _bought(context: Context, categories: set[str | None]) -> ir.Table:
    if not categories:
        return ibis.memtable(pa.table({"customer_id": pa.array([], "string"), "category": pa.array([], "string")}))
    lines = context.of_customers("order_lines")
    return lines.filter(lines.category.isin(sorted(map(str, categories)))).select("customer_id", "category").distinct()


def _stock(context: Context, products: set[str | None]) -> dict[str, float]:
    if not products:
        return {}
    kept = context["raw_products"]
    told = kept.filter(kept.product_id.isin(sorted(map(str, products))) & kept.stock.notnull())
    return {row["product_id"]: row["stock"] for row in told.select("product_id", "stock").to_pyarrow().to_pylist()}


MESSAGE_STEP = Step(
    "messages",
    ("raw_order_lines", "raw_products", "raw_consents", "links", "consents", "profiles", "golden_records", "traits",
     "next_products", "product_cycles", "signals", "candidates"),
    ("variants", "message_checks"), _messages,
    ("messages", "sender", "triggers", "sequences", "campaigns", "name", "currency", "privacy"),
    state=chosen_print,
)  # fmt: skip
