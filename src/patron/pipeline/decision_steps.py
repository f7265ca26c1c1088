"""The step `decisions`: what is sent to whom tomorrow, what waits, what is refused and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.contracts.decision import CONTRACTS
from patron.decisions.attention import auction, fatigue
from patron.decisions.eligibility import Circumstances, contacts, eligible
from patron.decisions.eligibility.rules import UNHELD
from patron.decisions.holdouts import Holdout
from patron.decisions.learning import with_variants
from patron.identity.record_owners import record_owners
from patron.pipeline.chosen import chosen, chosen_print
from patron.pipeline.guarding import guard_of
from patron.pipeline.learning_steps import learning_segments
from patron.pipeline.own_segments import meeting
from patron.pipeline.step import Context, Step, has_rows
from patron.pipeline.trigger_states import as_found_before, shop_holdouts, standing_triggers
from patron.pipeline.trigger_steps import CONDITIONED
from patron.privacy import Guard, Purpose, permitted

Tables = Mapping[str, ir.Table]

SOURCES = ("messages", "tickets")
SALT = "variants"
"""Names the draw of variants."""

MADE = tuple(contract.name for contract in CONTRACTS)


def _decisions(context: Context) -> Tables:
    sent = context.keep("contacts", _contacts(context))
    if not has_rows(context["candidates"]):
        return {contract.name: contract.empty() for contract in CONTRACTS} | {"contacts": sent}
    wanted = context.settings.contact
    known = _known(context, sent)
    judged = eligible(
        context["candidates"], as_of=context.as_of, rules=wanted.rules(timezone=context.settings.timezone),
        known=known, keep=context.keep,
    )  # fmt: skip
    tired = fatigue(
        _told(context, "messages"), as_of=context.as_of, window_days=wanted.window, prior=wanted.prior(),
        keep=context.keep,
    )  # fmt: skip
    found = auction(
        _with_most(context, judged), contact_budget=wanted.budget(), as_of=context.as_of,
        contacts=_counted(context, sent), fatigue=tired,
        levels=_levels(context, known.guard), reserve=wanted.reserve, keep=context.keep,
    )  # fmt: skip
    return {
        "decisions": _with_variants(context, found.decisions), "contacts": sent, "attention": found.attention,
        "decision_reasons": found.reasons, "attention_prices": found.shadow_prices, "fatigue": found.fatigue,
        "attention_worths": found.worths,
    }  # fmt: skip


def _with_variants(context: Context, decided: ir.Table) -> ir.Table:
    """Draw the variant of what is sent; what waits is drawn on the day on which it is sent, by the plan of that day."""
    if not has_rows(context["variant_plan"]):
        return decided
    drawn = with_variants(decided, context["variant_plan"], salt=SALT, segments=learning_segments(context))
    sent = drawn.outcome == "sent"
    drawn = drawn.mutate(
        variant=ibis.ifelse(sent, drawn.variant, ibis.null("string")),
        variant_propensity=ibis.ifelse(sent, drawn.variant_propensity, ibis.null("float64")),
    )
    return drawn.select(decided.columns)


def _counted(context: Context, sent: ir.Table) -> ir.Table:
    """Return the contacts that use up the budget: what is owed does not."""
    owed = [name for name, one in context.settings.launched.items() if one.kind in UNHELD]
    return sent.filter(sent.campaign.notin(owed)) if owed else sent


def _told(context: Context, source: str) -> ir.Table | None:
    return context.of_customers(source) if has_rows(context[f"raw_{source}"]) else None


def _contacts(context: Context) -> ir.Table:
    """Return what was sent, and what the run before decided, by today's ids."""
    handed = context.handed
    owners = record_owners(context["links"])

    def now(table: ir.Table | None) -> ir.Table | None:
        if table is None:
            return None
        ids = owners.select(_record="record_id", _owner="customer_id")
        joined = table.left_join(ids, [("customer_id", "_record")])
        return joined.mutate(customer_id=ibis.coalesce(joined["_owner"], joined.customer_id)).select(table.columns)

    return contacts(
        _told(context, "messages"), now(handed.decisions) if handed else None, now(handed.contacts) if handed else None,
        as_of=context.as_of,
    )  # fmt: skip


def _known(context: Context, sent: ir.Table) -> Circumstances:
    made, _ = guard_of(context["consents"], context["raw_consents"], context.kept.statements, settings=context.settings)
    return Circumstances(
        guard=made, holdouts=_holdouts(context), messages=_told(context, "messages"), contacts=sent,
        tickets=_told(context, "tickets"),
        products=context["raw_products"] if has_rows(context["raw_products"]) else None,
        sensitive=_sensitive(context), paused=_paused(context),
        people=context["profiles"].select("customer_id", "country"),
        groups={name: one.exclusive for name, one in context.settings.launched.items() if one.exclusive is not None},
    )  # fmt: skip


def _holdouts(context: Context) -> tuple[Holdout, ...]:
    triggers = standing_triggers(context.settings, context.kept.triggers, as_of=context.as_of)
    if context.handed is not None:
        triggers = as_found_before(triggers, context.handed.triggers.to_pyarrow().to_pylist())
    return shop_holdouts(context.settings, triggers)


def _sensitive(context: Context) -> ir.Table | None:
    """Return who is in a situation that silences promotion."""
    asked = context.settings.contact.sensitive
    if not asked:
        return None
    tables = {name: context[name] for name in CONDITIONED}
    found = meeting(tables, asked, settings=context.settings, where="contact.sensitive")
    return context.keep("sensitive", found.select("customer_id").distinct())


def _paused(context: Context) -> ir.Table | None:
    """Return who wants no messages on the day on which they would leave."""
    said = chosen(context)
    if said is None:
        return None
    return said.filter(said.paused_until >= ibis.literal(context.as_of + timedelta(days=1))).select("customer_id")


def _with_most(context: Context, judged: ir.Table) -> ir.Table:
    """Add how many messages in the window the customer wants at most, where anybody said so."""
    said = chosen(context)
    if said is None:
        return judged
    return judged.left_join(said.select("customer_id", "most"), "customer_id").drop("customer_id_right")


def _levels(context: Context, guard: Guard | None) -> ir.Table | None:
    """Return by predicted value on which level each customer is who may be written to; equals are on one level."""
    wanted = context.settings.contact.levels
    known = context["forecasts"].select("customer_id", "predicted_value")
    open_to = permitted(known, purpose=Purpose.MARKETING, stage="decision", guard=guard).select(known.columns)
    forecasts = context.keep("levels_of", open_to)  # Ibis mixes up the relations of a window over this join
    if not has_rows(forecasts):
        return None
    below = ibis.rank().over(ibis.window(order_by=forecasts.predicted_value)).cast("int64")
    every = forecasts.count().over(ibis.window()).cast("int64")
    level = (below * wanted).cast("int64") // every + 1
    return context.keep("levels", forecasts.select("customer_id", "predicted_value", level=level))


def _state(context: Context) -> Any:
    handed = context.handed
    return [str(one) for one in context.kept.triggers], chosen_print(context), handed and handed.run_id


DECISION_STEP = Step(
    "decisions",
    tuple(dict.fromkeys((
        "candidates", "variant_plan", "links", "consents", "raw_consents", *(f"raw_{name}" for name in SOURCES),
        "raw_products", *CONDITIONED,
    ))),
    MADE, _decisions, ("contact", "learning", "triggers", "sequences", "campaigns", "holdouts", "timezone"),
    state=_state,
)  # fmt: skip
