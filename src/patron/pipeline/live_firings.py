"""What live triggers fired since the beginning, as a run reads it from what was decided between two runs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from patron.decisions.holdouts import Holdout
from patron.decisions.triggers.firing import fired_live
from patron.decisions.triggers.trigger import Trigger
from patron.engines.send_state import LEAVING
from patron.identity.record_owners import by_todays_ids
from patron.pipeline.step import Context


def live_firings(context: Context, triggers: Sequence[Trigger], holdouts: Sequence[Holdout]) -> ir.Table | None:
    """Return the firings of live triggers up to the run's day: contracts.trigger.FIRINGS; None where nothing fired."""
    live = [one for one in triggers if one.rule is not None]
    if not live or not context.kept.sends.num_rows:
        return None
    decided = _decided(context.kept.sends, context.settings.timezone)
    return fired_live(by_todays_ids(ibis.memtable(decided), context["links"]), live, holdouts, as_of=context.as_of)


def of_the_same_day(firings: ir.Table, triggers: Sequence[Trigger]) -> ir.Table:
    """Let the day on which a live trigger fired count among the days of its goal.

    A message that leaves within minutes may bring an order on the same day. What she did on it before counts, too: in
    both arms alike, for the arm is drawn from her id.
    """
    live = [one.name for one in triggers if one.rule is not None]
    if not live:
        return firings
    before = (firings.fired_on.cast("timestamp") - ibis.interval(days=1)).cast("date")
    return firings.mutate(fired_on=ibis.ifelse(firings.trigger.isin(live), before, firings.fired_on))


def sends_print(sends: pa.Table) -> str:
    """Return a fingerprint of what was decided: a run's step is made again when it changes."""
    found = hashlib.sha256()
    for name in ("send_id", "customer_id", "outcome"):
        for value in sends[name].to_pylist():
            found.update(f"{value}\x1f".encode())
    return found.hexdigest()


def _decided(sends: pa.Table, timezone: str) -> pa.Table:
    moments = pc.assume_timezone(sends["decided_at"], "UTC").cast(pa.timestamp("us", timezone))
    return pa.table(
        {
            **{name: sends[name] for name in ("customer_id", "trigger", "iteration", "step")},
            "decided_on": pc.local_timestamp(moments).cast(pa.date32()),
            "left": pc.is_in(sends["outcome"], value_set=pa.array(LEAVING)),
        }
    )


__all__ = ["live_firings", "of_the_same_day", "sends_print"]
