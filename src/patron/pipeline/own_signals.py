"""The project's own signals: what their conditions may name, and for whom they hold.

A condition may ask of a customer what segments may ask, and of one event what `EVENT_COLUMNS` are. One that asks of
events holds for a customer who has done such a thing while it is fresh, and fires on the day of the last one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts.raw_people import RAW_EVENTS
from patron.decisions.signals import OwnSignal, own_rows
from patron.engines.condition import columns_of, condition
from patron.pipeline.own_segments import ASKED, customer_columns, one_row_each
from patron.pipeline.settings import Settings
from patron.pipeline.signal_settings import OWN_DAYS, SignalSettings
from patron.pipeline.step import Context, has_rows
from patron.profile.known import day_of, known_by
from patron.segments.customer_columns import KEY, CustomerColumns

WHERE = "signals"
EVENTS = "events"
EVENT_COLUMNS = ("event", "channel", "product_id", "order_id", "amount", "marketing_channel", "campaign")
AT = "_at"

READS = (*ASKED, "propensities", "answers", "memberships")
"""Tables of a run that conditions may ask of."""


def own_settings(settings: Settings) -> dict[str, SignalSettings]:
    """Return the signals of the settings that are not of the library."""
    return {name: signal for name, signal in settings.signals.items() if signal.condition is not None}


def check_own_signals(settings: Settings) -> None:
    """Refuse a condition that cannot be asked, before anything is computed.

    Raises
    ------
    ConditionError
        Its place is ``signals.NAME``.
    """
    columns = signal_columns(settings)
    for name, signal in own_settings(settings).items():
        columns.check(signal.condition or "", where=f"{WHERE}.{name}")


def own_signals(context: Context, events: ir.Table) -> list[OwnSignal]:
    """Return the project's own signals with the rows for whom they fire.

    Parameters
    ----------
    context : Context
        With the tables of `READS`.
    events : Table
        contracts.raw_people.RAW_EVENTS with the customers' own ids.
    """
    return [_own(context, events, name, signal) for name, signal in own_settings(context.settings).items()]


def _own(context: Context, events: ir.Table, name: str, signal: SignalSettings) -> OwnSignal:
    where, text = f"{WHERE}.{name}", signal.condition or ""
    days = signal.fresh or OWN_DAYS
    made = OwnSignal(name=name, family=signal.family or "", fresh_days=days, rows=None)
    columns = signal_columns(context.settings)
    homes = {one: columns.home(one, where=where) for one in columns_of(text, where=where)}
    of_events = {one: column for one, (table, column) in homes.items() if table == EVENTS}
    tables = one_row_each({table: context[table] for table in READS}, settings=context.settings)
    rows = columns.table([one for one in homes if one not in of_events], tables, where=where)
    if not of_events:
        return replace(made, rows=own_rows(_meeting(rows, text, where), as_of=context.as_of))
    if not has_rows(context["raw_events"]):
        return replace(made, needs=(EVENTS,))
    told = known_by(events, as_of=context.as_of, column="occurred_at")
    told = told.filter(day_of(told.occurred_at) >= ibis.literal(context.as_of - timedelta(days=days)))
    told = told.select(_customer=KEY, _at="occurred_at", **of_events)
    rows = rows.inner_join(told, rows[KEY] == told["_customer"])
    return replace(made, rows=own_rows(_meeting(rows, text, where), as_of=context.as_of, at=AT))


def _meeting(rows: ir.Table, text: str, where: str) -> ir.Table:
    return rows.filter(condition(text, rows, where=where).compile(rows))


def signal_columns(settings: Settings) -> CustomerColumns:
    """Return the names that conditions of own signals may use: what segments may ask, and what one event says."""
    known = customer_columns(settings)
    schema = RAW_EVENTS.schema
    told = ibis.schema({KEY: "string"} | {name: schema[name] for name in EVENT_COLUMNS})
    return replace(known, schemas={**known.schemas, EVENTS: told})
