"""What deciding about one customer needs beside her own rows: read once a run, and kept by a server in memory.

In   the published run, the settings, and what commands changed of triggers
Out  `Deciding`: rules, hold-outs, stock, prices of attention and plans of variants; and `hers_of`, what is known of one
     customer as `decisions.eligibility.one.judged` asks it
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

import ibis.expr.types as ir
from sqlalchemy import Connection, func, select

from patron.contracts import TABLES
from patron.decisions.attention.bids import Terms
from patron.decisions.attention.read import level_of, read_terms
from patron.decisions.eligibility.facts import sold_out
from patron.decisions.eligibility.one import Hers, House
from patron.decisions.eligibility.rules import UNHELD
from patron.decisions.learning.one import VariantPlans
from patron.decisions.triggers.trigger import Trigger
from patron.engines.state import State
from patron.engines.state_tables import APPROVALS, TRIGGER_EVENTS
from patron.engines.trigger_state import trigger_events
from patron.errors import MissingTable
from patron.pipeline.decision_steps import SALT
from patron.pipeline.settings import Settings
from patron.pipeline.trigger_states import as_found_before, shop_holdouts, standing_triggers
from patron.privacy import Purpose
from patron.privacy.one import may_use
from patron.privacy.policy import Policy
from patron.privacy.statements import any_collected

Row = Mapping[str, Any]


class Tables(Protocol):
    """Whole tables of a run, by name."""

    def table(self, name: str) -> ir.Table:
        """Return one of them."""
        ...


class Rows(Protocol):
    """Rows of a run, by a customer's id; of raw tables by the id that a source has for her."""

    def find(self, table: str, customer_id: str) -> Mapping[str, Any] | None:
        """Return her row, whose columns are read when they are asked for, or none."""
        ...

    def rows(self, table: str, customer_id: str) -> list[dict[str, Any]]:
        """Return her rows."""
        ...

    def records_of(self, customer_id: str) -> list[str]:
        """Return the ids that sources have for her."""
        ...


@dataclass(frozen=True, kw_only=True)
class Deciding:
    """What holds for every customer until the next run is published, or somebody changes a trigger."""

    house: House
    policy: Policy
    terms: Terms
    worths: tuple[Row, ...]
    plans: VariantPlans
    triggers: Mapping[str, Trigger]  # as they stand
    owed: frozenset[str]  # triggers whose messages use up no contact
    segmentation: str | None  # by which plans of variants may differ

    def level(self, predicted_value: float | None, consents: Sequence[Row]) -> int:
        """Return the level of a customer, as the run's auction has it: who may not be written to is on the first."""
        open_to = may_use(consents, self.policy, Purpose.MARKETING, stage="decision")
        return level_of(predicted_value if open_to else None, self.worths)

    def counted(self, contacts: Iterable[Row], *, on: date) -> list[Row]:
        """Return the contacts that use up the budget of a message that is sent on a day."""
        since = on - timedelta(days=self.terms.budget.window_days)
        return [row for row in contacts if row["sent_on"] > since and row["campaign"] not in self.owed]

    def variant(
        self, customer_id: str, *, trigger: str, step: str | None, segment: str | None
    ) -> tuple[str, float] | None:
        """Return the message of a trigger that a customer gets, and its chance: the same that a run draws."""
        return self.plans.variant(customer_id, trigger=trigger, step=step, segment=segment, salt=SALT)


def deciding(run: Tables, settings: Settings, state: State, *, as_of: date) -> Deciding:
    """Read what deciding needs.

    Parameters
    ----------
    run : Tables
        The published run.
    settings : Settings
        The project's.
    state : State
        The operational database: what commands changed of triggers, and whether consents are kept.
    as_of : date
        The day on which it is decided.
    """
    triggers = as_found_before(
        standing_triggers(settings, trigger_events(state), as_of=as_of), all_rows(run, "triggers")
    )
    launched, wanted = settings.launched, settings.contact
    policy = settled_policy(run, settings, state)
    worths = tuple(all_rows(run, "attention_worths"))
    return Deciding(
        house=House(
            rules=wanted.rules(timezone=settings.timezone), policy=policy, holdouts=shop_holdouts(settings, triggers),
            sold_out=_sold_out(run),
            groups={name: one.exclusive for name, one in launched.items() if one.exclusive is not None},
        ),
        policy=policy, worths=worths,
        terms=read_terms(
            all_rows(run, "attention_prices"), all_rows(run, "fatigue"), worths, budget=wanted.budget(),
            reserve=wanted.reserve,
        ),
        plans=VariantPlans.of(all_rows(run, "variant_plan")), triggers={one.name: one for one in triggers},
        owed=frozenset(name for name, one in launched.items() if one.kind in UNHELD),
        segmentation=settings.learning.segmentation,
    )  # fmt: skip


def settled_policy(run: Tables | None, settings: Settings, state: State) -> Policy:
    """Return on what the shop's purposes stand, with nothing left open; without a run, by what was said here."""
    with state.engine.connect() as connection:
        said = any_collected(connection)
    said = said or (run is not None and _holds_any(run, "raw_consents"))
    return settings.privacy.policy().settled(statements_kept=said).policy


def changes(connection: Connection) -> tuple[int, int, int, bool]:
    """Return what changes when a trigger is changed, an approval asked for or answered, a first consent collected.

    Each of them only grows.
    """
    last = connection.execute(select(func.max(TRIGGER_EVENTS.c.id))).scalar_one_or_none()
    asked, answered = connection.execute(select(func.max(APPROVALS.c.number), func.count(APPROVALS.c.decided_on))).one()
    return last or 0, asked or 0, answered or 0, any_collected(connection)


def hers_of(
    run: Rows, customer_id: str, *, consents: Sequence[Row], contacts: Sequence[Row] = (), sensitive: bool = False,
    paused: bool = False,
) -> Hers:  # fmt: skip
    """Return what is known of one customer.

    Parameters
    ----------
    run : Rows
        The published run.
    customer_id : str
        Who.
    consents : sequence of mapping
        What holds for her now: `patron.privacy.one_since.since_run`.
    contacts : sequence of mapping
        What was sent to her since the run, or is to be: ``channel, campaign, sent_on, messages``.
    sensitive : bool
        Whether she is in a situation that silences promotion.
    paused : bool
        Whether she wants a break from it.
    """
    records = {customer_id: None} | dict.fromkeys(run.records_of(customer_id))
    profile = run.find("profiles", customer_id)
    return Hers(
        customer_id=customer_id, consents=consents, sensitive=sensitive, paused=paused,
        country=None if profile is None else profile["country"],
        messages=[row for record in records for row in rows_of(run, "raw_messages", record)],
        tickets=[row for record in records for row in rows_of(run, "raw_tickets", record)],
        contacts=[*rows_of(run, "contacts", customer_id), *contacts],
    )  # fmt: skip


def rows_of(run: Rows, table: str, customer_id: str) -> list[dict[str, Any]]:
    """Return a customer's rows of a table; none where the run has no such table."""
    try:
        return run.rows(table, customer_id)
    except MissingTable:
        return []


def table_of(run: Tables, name: str) -> ir.Table:
    """Return a whole table; one without rows where the run has no such table."""
    try:
        return run.table(name)
    except MissingTable:
        return TABLES[name].empty()


def all_rows(run: Tables, name: str) -> list[dict[str, Any]]:
    """Return all rows of a small table."""
    # Not by `table_of`: what stands in no run is computed on an engine that all threads share, and one at a time may.
    try:
        rows: list[dict[str, Any]] = run.table(name).to_pyarrow().to_pylist()
    except MissingTable:
        return []
    return rows


def _holds_any(run: Tables, name: str) -> bool:
    try:
        return bool(run.table(name).limit(1).count().to_pyarrow().as_py())
    except MissingTable:
        return False


def _sold_out(run: Tables) -> frozenset[str]:
    try:
        gone = sold_out(run.table("raw_products"))
    except MissingTable:
        return frozenset()
    return frozenset() if gone is None else frozenset(gone.to_pyarrow()["product_id"].to_pylist())
