"""The steps that come before everything else: which records are one person, and what she allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.errors import NotEnoughData
from patron.identity import (
    Resolution,
    golden_records,
    households,
    identifiers,
    identifiers_again,
    links,
    resolve,
    visitors,
)
from patron.identity.identifiers import SOURCES
from patron.identity.linkage import linkage
from patron.pipeline.guarding import consents_on
from patron.pipeline.step import Context, Step
from patron.profile import known_by

Tables = Mapping[str, ir.Table]

RECORDS = {
    "customers": "raw_customers",
    "order_lines": "raw_order_lines",
    "identifiers": "raw_identifiers",
    "events": "raw_events",
    "households": "raw_households",
    "consents": "raw_consents",
    "traits": "raw_traits",
    "tickets": "raw_tickets",
    "subscriptions": "raw_subscriptions",
    "prospects": "raw_prospects",
    "reviews": "raw_reviews",
    "surveys": "raw_surveys",
    "referrals": "raw_referrals",
    "loyalty": "raw_loyalty",
    "messages": "raw_messages",
    "invitations": "raw_invitations",
    "assignments": "raw_assignments",
}
"""The sources whose rows are about somebody, and their raw tables."""

IDENTIFYING = tuple(RECORDS[name] for name in SOURCES)
"""The raw tables that say who a record is."""

_SEEN = {
    "customers": "acquired_on", "order_lines": "ordered_at", "identifiers": "seen_on", "events": "occurred_at",
    "tickets": "opened_at", "subscriptions": "started_on", "prospects": "converted_on",
    "reviews": "reviewed_at", "surveys": "answered_at", "referrals": "referred_on", "loyalty": "dated",
    "messages": "sent_at", "invitations": "asked_at", "assignments": "assigned_at",
}  # fmt: skip
"""The columns that say on which day a record was first seen; a prospect is no customer's record before."""


def _identifiers(context: Context) -> Tables:
    raw = {name: context[name] for name in IDENTIFYING}
    country, before = context.settings.identity.country, context.identified_before
    if before is None:
        return {"identifiers": identifiers(raw, country=country, keep=context.keep)}
    return {"identifiers": identifiers_again(raw, before=before, country=country, keep=context.keep)}


def _links(context: Context) -> Tables:
    sources = {source: context[raw] for source, raw in RECORDS.items()}
    known = context.keep("known", records_seen({raw: context[raw] for raw in RECORDS.values()}))
    made = _resolved(context, known)
    linked = links(sources, resolved=context.keep("resolved", made.links))
    visits = visitors(context["raw_events"], context.keep("linked", linked), as_of=context.as_of)
    return {"match_keys": made.match_keys, "links": ibis.union(linked, visits)}


def _resolved(context: Context, known: ir.Table) -> Resolution:
    """Resolve by the rules, and where it is wanted once more with what is probable."""
    wanted = context.settings.identity
    records = context["identifiers"]

    given = {"rules": wanted.chosen(), "decisions": context.kept.decisions, "known": known, "keep": context.keep}
    made = resolve(records, before=context.resolved_before, **given)
    if wanted.probable is None:
        return made
    try:
        found = linkage(records, context.keep("by_rules", made.links), wanted_precision=wanted.probable)
    except NotEnoughData:  # a shop too small to learn from: what the rules say stands
        return made
    nothing = known.select("record_id").limit(0)
    return resolve(records, pairs=context.keep("pairs", found.pairs), before=made, changed=nothing, **given)


def records_seen(tables: Mapping[str, ir.Table]) -> ir.Table:
    """Return every record of every source once: ``source, record_id``, and ``seen_on``, the first day it was seen.

    `tables` are the raw tables of `RECORDS`, by their names.
    """
    return ibis.union(*(_seen(source, tables[raw]) for source, raw in RECORDS.items()))


def _seen(source: str, table: ir.Table) -> ir.Table:
    """Return each record of a source once, with the first day on which it was seen."""
    records = table.filter(table.customer_id.notnull())
    column = _SEEN.get(source)
    day = records[column].cast("date") if column else ibis.null("date")
    dated = records.select(record_id="customer_id", seen_on=day)
    once = dated.group_by("record_id").aggregate(seen_on=dated.seen_on.min())
    return once.select("record_id", "seen_on", source=ibis.literal(source)).select("source", "record_id", "seen_on")


def _golden(context: Context) -> Tables:
    records, conflicts = golden_records(
        context["identifiers"], context["links"], trust=context.settings.identity.trust,
        corrections=known_by(context.kept.corrections, as_of=context.as_of, column="made_on"), keep=context.keep,
    )  # fmt: skip
    return {"golden_records": records, "golden_conflicts": conflicts}


def _households(context: Context) -> Tables:
    people = context["links"].filter(context["links"].source != "events")
    return {"households": households(context["identifiers"], people, context["raw_households"], keep=context.keep)}


def _consents(context: Context) -> Tables:
    raw, stated = context["raw_consents"], context.kept.statements
    holding = consents_on(
        raw, stated, context.kept.rights, context["links"], as_of=context.as_of, settings=context.settings
    )
    return {"consents": holding}


def _requests(context: Context) -> Tables:
    return {"requests": context.kept.requests(context.as_of)}


def _rows(*tables: ir.Table) -> list[list[dict[str, Any]]]:
    """Return small tables as what a fingerprint can be taken of, whatever the order of their rows."""
    return [sorted((row for row in table.to_pyarrow().to_pylist()), key=str) for table in tables]


PEOPLE_STEPS: tuple[Step, ...] = (
    Step("identifiers", IDENTIFYING, ("identifiers",), _identifiers, ("identity",)),
    Step(
        "links", ("identifiers", *RECORDS.values()), ("match_keys", "links"), _links, ("identity",),
        state=lambda context: [sorted(kind) for kind in vars(context.kept.decisions).values()],
    ),
    Step(
        "golden_records", ("identifiers", "links"), ("golden_records", "golden_conflicts"), _golden, ("identity",),
        state=lambda context: _rows(context.kept.corrections),
    ),
    Step("households", ("identifiers", "links", "raw_households"), ("households",), _households),
    Step(
        "consents", ("raw_consents", "links"), ("consents",), _consents, ("privacy",),
        state=lambda context: _rows(context.kept.statements, context.kept.rights),
    ),
    Step(
        "requests", (), ("requests",), _requests, state=lambda context: _rows(context.kept.requests(context.as_of)),
    ),
)  # fmt: skip
"""All of them, in the order in which they run. No purpose filter stands before `consents`, which it is made of."""
