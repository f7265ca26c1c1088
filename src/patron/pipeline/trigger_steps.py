"""The step `triggers`: whom they fire for, what each turned out to bring, and which messages are possible today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.contract import Contract
from patron.contracts.trigger import CANDIDATES, FIRINGS, TRIGGER_ITERATIONS, TRIGGERS
from patron.decisions.triggers.candidates import candidates_of
from patron.decisions.triggers.fired import EXIT, fired
from patron.decisions.triggers.firing import firing_once, firings_of, with_sent
from patron.decisions.triggers.known import Known
from patron.decisions.triggers.pays import Belief, believed
from patron.decisions.triggers.read import Seen
from patron.decisions.triggers.trigger import Trigger
from patron.decisions.triggers.valued import as_read
from patron.experiments.acts import Sources, acts
from patron.experiments.claim_costs import sent_costs
from patron.experiments.known_then import bought
from patron.experiments.trigger_reading import trigger_readings
from patron.identity.record_owners import by_todays_ids
from patron.pipeline.approved import as_approved, unapproved
from patron.pipeline.chosen import chosen, chosen_print
from patron.pipeline.live_firings import live_firings, of_the_same_day, sends_print
from patron.pipeline.own_segments import ASKED, OTHERS, meeting
from patron.pipeline.step import Context, Step, has_rows
from patron.pipeline.trigger_rows import Facts, iteration_rows, trigger_rows
from patron.pipeline.trigger_states import as_found_before, shop_holdouts, standing_triggers
from patron.profile.known import day_of

Tables = Mapping[str, ir.Table]
Row = dict[str, Any]
Key = tuple[str, int]

MADE = (TRIGGERS, TRIGGER_ITERATIONS, FIRINGS, CANDIDATES)
MESSAGES = "raw_messages"
EFFECTS = "action_effects"
CONDITIONED = tuple(dict.fromkeys((*ASKED, *OTHERS, "memberships")))


def _triggers(context: Context) -> Tables:
    if not context.settings.launched:
        return {contract.name: contract.empty() for contract in MADE}
    triggers = _standing(context)
    running = [one for one in triggers if one.fires_in_runs_on(context.as_of)]
    before = context.keep("before", _before(context, triggers))
    ours, possible, today = before, CANDIDATES.empty(), dict[str, int]()
    held = shop_holdouts(context.settings, triggers)
    if running:
        known = _known(context, running, before)
        found = context.keep("found", fired(context["signals"], running, as_of=context.as_of, known=known))
        ours = context.keep("firings", firings_of(found, before, running, held, as_of=context.as_of))
        possible = context.keep("possible", candidates_of(found, running, as_of=context.as_of, known=known))
        today = {row["trigger"]: row["n"] for row in _rows(found.group_by("trigger").aggregate(n=found.count()))}
    if (live := live_firings(context, triggers, held)) is not None:
        now = live.filter(live.last_on == ibis.literal(context.as_of))
        today |= {row["trigger"]: row["n"] for row in _rows(now.group_by("trigger").aggregate(n=now.count()))}
        ours = context.keep("all_firings", ours.union(live))
    facts = Facts(
        seen=_seen(context, triggers, ours, possible), first=_first_days(ours), today=today,
        states={row["signal"]: row for row in _rows(context["signal_states"])}, events=context.kept.triggers,
        as_of=context.as_of, currency=context.settings.currency,
    )  # fmt: skip
    rows = trigger_rows(triggers, facts)
    table = _table(rows, TRIGGERS)
    return {
        "triggers": table, "trigger_iterations": _table(iteration_rows(triggers, facts, rows), TRIGGER_ITERATIONS),
        "firings": ours, "candidates": _fit(possible, table, rows),
    }  # fmt: skip


def _fit(possible: ir.Table, table: ir.Table, rows: Sequence[Row]) -> ir.Table:
    """Leave out what was retired today, and value the others by what their hold-outs show."""
    over = sorted(row["trigger"] for row in rows if row["state"] == "retired")
    fit = possible.filter(possible.trigger.notin(over)) if over else possible
    return CANDIDATES.shape(as_read(fit, table)) if any(row["reading"] == "read" for row in rows) else fit


def _standing(context: Context) -> tuple[Trigger, ...]:
    triggers = standing_triggers(context.settings, context.kept.triggers, as_of=context.as_of)
    found = triggers if context.handed is None else as_found_before(triggers, _rows(context.handed.triggers))
    return as_approved(found, unapproved(context.settings, context.kept.approvals, as_of=context.as_of))


def _before(context: Context, triggers: Sequence[Trigger]) -> ir.Table:
    """Return the firings of earlier days by today's ids, with what was sent since."""
    if context.handed is None:
        return FIRINGS.empty()
    firings = firing_once(by_todays_ids(context.handed.firings, context["links"]))
    at_once = [one.name for one in triggers if one.rule is not None]
    firings = firings.filter(firings.trigger.notin(at_once)) if at_once else firings  # they are read off what was sent
    sent = _sent(context, [one.name for one in triggers])
    return FIRINGS.shape(firings if sent is None else with_sent(firings, sent))


def _sent(context: Context, names: Sequence[str]) -> ir.Table | None:
    """Return what went out, as the decisions of the run before and the sender tell."""
    parts = []
    if context.handed is not None and context.handed.decisions is not None:
        decided = by_todays_ids(context.handed.decisions, context["links"])
        decided = decided.filter((decided.outcome == "sent") & (decided.send_on <= ibis.literal(context.as_of)))
        parts.append(decided.select("customer_id", "trigger", sent_on="send_on", step="step"))
    if has_rows(context[MESSAGES]):
        messages = context.of_customers("messages")
        ours = messages.filter(messages.campaign.isin(list(names)))
        parts.append(ours.select("customer_id", trigger="campaign", sent_on=day_of(ours.sent_at), step=ours.message))
    return ibis.union(*parts) if len(parts) > 1 else parts[0] if parts else None


def _known(context: Context, running: Sequence[Trigger], before: ir.Table) -> Known:
    return Known(
        customers=context["profiles"].select("customer_id"), audiences=_audiences(context, running),
        members=context["memberships"], effects=context[EFFECTS], firings=before,
        responses=context["responses"] if any(one.experiment for one in running) else None,
        preferred=_preferred(context),
    )  # fmt: skip


def _preferred(context: Context) -> ir.Table | None:
    said = chosen(context)
    return None if said is None else said.filter(said.channel.notnull()).select("customer_id", "channel")


def _audiences(context: Context, running: Sequence[Trigger]) -> ir.Table | None:
    """Return who meets which audience, and who has left which sequence."""
    asked = {one.name: one.audience for one in running if one.audience is not None}
    asked |= {f"{one.name}{EXIT}": one.exits for one in running if one.exits is not None}
    if not asked:
        return None
    # Segments are named by words, which the names of triggers need not be.
    names = {f"asked_{place}": name for place, name in enumerate(asked)}
    conditions = {alias: asked[name] for alias, name in names.items()}
    tables = {name: context[name] for name in CONDITIONED}
    found = meeting(tables, conditions, settings=context.settings, where="triggers")
    named = found.segmentation.cases(*names.items())
    return context.keep("audiences", found.select("customer_id", segmentation=named, segment=named))


def _seen(context: Context, triggers: Sequence[Trigger], ours: ir.Table, possible: ir.Table) -> dict[Key, Seen]:
    """Return what is known of each iteration."""
    counts = {(row["trigger"], row["iteration"]): row for row in _rows(_counted(ours, triggers, as_of=context.as_of))}
    if not counts and not has_rows(possible):
        return {}
    expected = {row["trigger"]: row for row in _rows(_expected(possible))}
    read = _read(context, triggers, ours) if counts else {}
    before = _priors(context)
    keys = dict.fromkeys([*counts, *((one.name, one.iteration) for one in triggers)])
    by_name, paid = {one.name: one for one in triggers}, _paid(context)
    return {
        key: Seen(
            metrics={metric: row for (launch, metric), row in read.items() if launch == key},
            prior=before.get(key) or _prior(expected.get(key[0])),
            unit_cost=_cost(by_name.get(key[0]), expected.get(key[0]), paid.get(key[0])),
            **{name: counts[key][name] if key in counts else 0 for name in ("fired", "treated", "sent")},
        )
        for key in keys
    }  # fmt: skip


def _counted(firings: ir.Table, triggers: Sequence[Trigger], *, as_of: date) -> ir.Table:
    """Count for whom it fired; and of the treated whose days for the goal are over, what they were sent."""
    last = {one.name: as_of - timedelta(days=one.goal_days) for one in triggers}
    over = ibis.cases(
        *((firings.trigger == name, firings.fired_on <= ibis.literal(day)) for name, day in last.items()), else_=False
    )
    treated = (firings.arm == "treated") & over
    return firings.group_by("trigger", "iteration").aggregate(
        fired=firings.count(), treated=treated.sum().cast("int64"),
        sent=firings.sent.sum(where=treated).cast("decimal(38, 0)").cast("int64").fill_null(0),
    )  # fmt: skip


def _expected(possible: ir.Table) -> ir.Table:
    return possible.group_by("trigger").aggregate(
        value=possible.value.mean(), low=possible.value_low.mean(), high=possible.value_high.mean(),
        cost=possible.cost.mean(),
    )  # fmt: skip


def _priors(context: Context) -> dict[Key, Belief]:
    """Return what was believed of each iteration when it was first met.

    What is believed of an action today has learned from the trigger's own hold-out, which would else count twice.
    """
    if context.handed is None or context.handed.iterations is None:
        return {}
    rows = _rows(context.handed.iterations.filter(context.handed.iterations.prior_deviation.notnull()))
    return {
        (row["trigger"], row["iteration"]): Belief(mean=row["prior"], deviation=row["prior_deviation"]) for row in rows
    }


def _prior(expected: Row | None) -> Belief:
    return believed(*(None if expected is None else expected[name] for name in ("value", "low", "high")))


def _paid(context: Context) -> dict[str, float]:
    """Return by trigger what its messages cost that left, on average; of those alone of which all costs are known."""
    if not has_rows(context[MESSAGES]):
        return {}
    days = sent_costs(context[MESSAGES])
    known = {name: rows for name, rows in days.items() if not any(row["untold"] for row in rows)}
    return {name: sum(row["cost"] for row in rows) / sum(row["sent"] for row in rows) for name, rows in known.items()}


def _cost(trigger: Trigger | None, expected: Row | None, paid: float | None) -> float | None:
    """Return what a message costs: as the settings say, as was foreseen; else as those cost that left."""
    own = None if trigger is None else trigger.cost
    return own if own is not None else paid if expected is None else float(expected["cost"])


def _read(context: Context, triggers: Sequence[Trigger], ours: ir.Table) -> dict[tuple[Key, str], Row]:
    days = {one.name: one.goal_days for one in triggers if one.holdout is not None}
    if not days:
        return {}
    done = acts(Sources(orders=context["orders"], takings=context["takings"]), as_of=context.as_of)
    past = bought(context.of_customers("order_lines"))
    ours = of_the_same_day(ours, triggers)
    return trigger_readings(ours, done, past, days=days, as_of=context.as_of, keep=context.keep)


def _first_days(firings: ir.Table) -> dict[Key, Any]:
    first = firings.group_by("trigger", "iteration").aggregate(day=firings.fired_on.min())
    return {(row["trigger"], row["iteration"]): row["day"] for row in _rows(first)}


def _rows(table: ir.Table) -> list[Row]:
    return list(table.to_pyarrow().to_pylist())


def _table(rows: Sequence[Row], contract: Contract) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(list(rows), schema=contract.schema.to_pyarrow()))


def _state(context: Context) -> Any:
    handed = context.handed
    told = [str(one) for one in (*context.kept.triggers, *context.kept.approvals)]
    return told, sends_print(context.kept.sends), chosen_print(context), handed and handed.run_id


TRIGGER_STEP = Step(
    "triggers",
    ("signals", "signal_states", EFFECTS, "responses", "links", "raw_order_lines", MESSAGES, "orders", "takings",
     *CONDITIONED),
    tuple(contract.name for contract in MADE), _triggers,
    ("triggers", "sequences", "campaigns", "holdouts", "currency", "teams", "messages"),
    state=_state,
)  # fmt: skip
