"""To which stages of the customers' way does no play speak?"""

from __future__ import annotations

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.segment import STAGE_NAMES
from patron.contracts.team import TEAM_STAGES

NO_PLAYS = ("transactional", "legal")


def spoken_to(stages: ir.Table, forecasts: ir.Table, decisions: ir.Table) -> pa.Table:
    """Return, for each stage, who is in it and who of them is spoken to: contracts.team.TEAM_STAGES.

    Parameters
    ----------
    stages, forecasts : Table
        contracts.segment.STAGES and contracts.customer.FORECASTS.
    decisions : Table
        contracts.decision.DECISIONS of the day: every trigger that fired, whatever was decided.
    """
    plays = decisions.filter(decisions.kind.notin(NO_PLAYS))
    joined = plays.inner_join(stages.select("customer_id", "stage"), "customer_id")
    fired = joined.group_by("stage").aggregate(
        triggers=joined.trigger.nunique(), fired=joined.customer_id.nunique(),
        sent=joined.customer_id.nunique(where=joined.outcome == "sent"),
    )  # fmt: skip
    worth = forecasts.select("customer_id", "predicted_value")
    people = stages.select("customer_id", "stage").left_join(worth, "customer_id")
    held = people.group_by("stage").aggregate(
        customers=people.count(),
        value=people.predicted_value.fill_null(0.0).cast("decimal(18, 2)").sum().cast("float64"),
    )
    return _rows(_by_stage(held), _by_stage(fired))


def _by_stage(table: ir.Table) -> dict[str, dict[str, object]]:
    return {row["stage"]: row for row in table.to_pyarrow().to_pylist()}


def _rows(held: dict[str, dict[str, object]], fired: dict[str, dict[str, object]]) -> pa.Table:
    none: dict[str, object] = {"customers": 0, "value": 0.0, "triggers": 0, "fired": 0, "sent": 0}
    rows = [{"stage": stage, **none, **held.get(stage, {}), **fired.get(stage, {})} for stage in STAGE_NAMES]
    told = [{**row, "spoken_to": bool(row["fired"])} for row in rows]
    return pa.Table.from_pylist(told, schema=TEAM_STAGES.schema.to_pyarrow())


def of_teams(decisions: ir.Table, teams: Iterable[tuple[str, str]]) -> list[dict[str, object]]:
    """Return what each team's messages of the day are expected to bring, and how long they took.

    Parameters
    ----------
    decisions : Table
        contracts.decision.DECISIONS of the day.
    teams : iterable of (trigger, team)
        Whose each trigger is.

    Returns
    -------
    list of mapping
        ``team, expected`` (margin less cost), ``customers`` and ``hours``, the median from the day on which the
        signal fired.
    """
    whose = list(teams)
    if not whose:
        return []
    sent = decisions.filter(decisions.outcome == "sent")
    at = ibis.coalesce(sent.send_at, sent.send_on.cast("timestamp(6)"))
    hours = (at.epoch_seconds() - sent.fired_on.cast("timestamp(6)").epoch_seconds()).cast("float64") / 3600.0
    told = sent.mutate(its_team=sent.trigger.cases(*whose, else_=None), hours=hours)
    own = told.filter(told.its_team.notnull())
    net = (own.value - own.cost).cast("decimal(18, 4)").sum().cast("float64")
    rows = own.group_by("its_team").aggregate(
        expected=net, hours=own.hours.median(), customers=own.customer_id.nunique()
    )
    return [{"team": row["its_team"], **row} for row in rows.to_pyarrow().to_pylist()]
