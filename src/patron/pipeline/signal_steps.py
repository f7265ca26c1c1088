"""The step `signals`: what happened to whom that asks for an answer today."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from patron.decisions.signals import READS, SOURCES, Wanted, signals
from patron.identity import events_with_customer
from patron.identity.record_owners import with_referred
from patron.pipeline.own_signals import READS as ASKED
from patron.pipeline.own_signals import own_signals
from patron.pipeline.step import Context, Step

OF_CUSTOMERS = ("order_lines", "subscriptions", "loyalty", "referrals", "reviews", "tickets", "messages")
"""Sources whose rows belong to customers, beside events."""


def _signals(context: Context) -> Mapping[str, ir.Table]:
    settings = context.settings.signals
    events = events_with_customer(context["raw_events"], context["links"])
    sources = {name: context.of_customers(name) for name in OF_CUSTOMERS}
    sources["referrals"] = with_referred(sources["referrals"], context["links"])
    told = {name: context[name] for name in READS} | sources
    told |= {"events": events, "products": context["raw_products"], "market": context["raw_market"]}
    wanted = Wanted(
        own=own_signals(context, events), off=[name for name, one in settings.items() if not one.enabled],
        fresh_days={name: one.fresh for name, one in settings.items() if one.fresh and one.condition is None},
    )  # fmt: skip
    found = signals(
        told, as_of=context.as_of, tiers=context.settings.tiers, wanted=wanted,
        event_names=context["raw_events"].select("event").distinct().to_pyarrow()["event"].to_pylist(),
        keep=context.keep,
    )  # fmt: skip
    return {"signals": found.signals, "signal_states": found.states}


SIGNAL_STEP = Step(
    "signals",
    (*dict.fromkeys((*READS, *ASKED)), *(f"raw_{name}" for name in SOURCES), "links"),
    ("signals", "signal_states"), _signals, ("signals", "tiers", "propensities", "voice", "segments"),
)  # fmt: skip
