"""The steps `traits` and `experience`: the whole view of a customer, dated and sourced."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from patron.contracts import PURPOSES
from patron.identity import events_with_customer
from patron.identity.record_owners import with_referred
from patron.pipeline.guarding import guard_of
from patron.pipeline.step import Context, Step, has_rows
from patron.privacy import Purpose, permitted, trait_names, trait_values, traits
from patron.profile import OPENED, READ, SHARED, actionability, experience, of_kinds, with_own_traits

Tables = Mapping[str, ir.Table]

TOLD = ("reviews", "surveys", "tickets", "referrals", "loyalty")


def _traits(context: Context) -> Tables:
    raw, people = context["raw_traits"], context["profiles"]
    policy, names = context.settings.privacy.policy(), trait_names(raw)
    told = traits(
        raw, context["links"], context["consents"], as_of=context.as_of, policy=policy, names=names, people=people,
    )  # fmt: skip
    own = context.keep(
        "own", actionability(context["orders"], as_of=context.as_of, events=_telling(context, (*OPENED, *READ)))
    )
    every = context.keep("every", with_own_traits(context.keep("told", told), own, people=people))
    values = trait_values(raw, context["links"], context["consents"], as_of=context.as_of, policy=policy, names=names)
    return {
        "traits": _each_for_its_purpose(context, every),
        "trait_values": _each_for_its_purpose(context, context.keep("values", values)),
    }


def _each_for_its_purpose(context: Context, every: ir.Table) -> ir.Table:
    """Leave out each attribute whose customer does not allow what it was given for: it is of no other use."""
    made, _ = guard_of(context["consents"], context["raw_consents"], context.kept.statements, settings=context.settings)
    kept_out = [purpose for purpose in PURPOSES if made.keeps_out(Purpose(purpose))]
    if not kept_out:
        return every
    parts = [
        permitted(every.filter(every.purpose == purpose), purpose=purpose, stage="evaluation", guard=made)
        for purpose in kept_out
    ]
    return ibis.union(every.filter(every.purpose.notin(kept_out)), *parts)


def _telling(context: Context, kinds: tuple[str, ...]) -> ir.Table | None:
    """Return the events of some kinds, with customers; none where there are none: then nobody tells of such things."""
    events = of_kinds(context["raw_events"], kinds)
    return events_with_customer(events, context["links"]) if has_rows(events) else None


def _experience(context: Context) -> Tables:
    told = {name: context.of_customers(name) for name in TOLD if has_rows(context[f"raw_{name}"])}
    if "referrals" in told:
        told["referrals"] = with_referred(told["referrals"], context["links"])
    events = _telling(context, SHARED)
    return {"experience": experience(context["profiles"], as_of=context.as_of, events=events, **told)}


EXPERIENCE_STEPS = (
    Step(
        "traits", ("raw_traits", "raw_events", "raw_consents", "links", "consents", "orders", "profiles"),
        ("traits", "trait_values"), _traits, ("privacy",),
    ),
    Step(
        "experience", (*(f"raw_{name}" for name in TOLD), "raw_events", "links", "profiles"), ("experience",),
        _experience,
    ),
)  # fmt: skip
"""Both, in the order in which they run: after the profiles, whose people are those of whom it can be known."""
