"""Who moved between any two runs, or any two days: contracts.customer.MOVEMENTS."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from patron.contracts.customer import MOVEMENTS
from patron.engines.connect import connected
from patron.engines.run_folder import Run
from patron.errors import ArgumentError
from patron.identity import with_customer
from patron.language import day, failure
from patron.pipeline.look_back import beside, lesson
from patron.pipeline.settings import Settings
from patron.pipeline.stood import Keep, People, stood
from patron.profile import known_by, orders
from patron.segments import movements

DAYS = "days"
"""What a comparison of two days says in `compared_with`."""


def moved_between_runs(before: Run, after: Run, *, connection: BaseBackend) -> ir.Table:
    """Return who went from which segment to which other between two runs.

    Raises
    ------
    ArgumentError
        The first is not about an earlier day, or value does not mean the same in both (currency, horizon, discount
        rate or costs differ).
    MissingTable
        One of them lacks a table that is needed.
    """
    if before.manifest.terms != after.manifest.terms:
        raise failure(ArgumentError, "runs.other_terms", before=before.manifest.run_id, after=after.manifest.run_id)
    return movements(
        before.table("memberships", connection), after.table("memberships", connection),
        forecasts_before=before.table("forecasts", connection), forecasts_after=after.table("forecasts", connection),
        takings=after.table("takings", connection), compared_with=before.manifest.run_id,
        from_day=before.manifest.as_of, to_day=after.manifest.as_of,
    )  # fmt: skip


def moved_between_days(run: Run, *, from_day: date, to_day: date, settings: Settings) -> ir.Table:
    """Return who went from which segment to which other between two days, both computed again from a run's tables.

    Both days are seen with the same eyes: the model of the value is chosen and recalibrated as of `to_day`, and only
    customers who may be profiled by the run count. Own segments that ask of more than profiles and forecasts are left
    out.

    Returns
    -------
    Table
        `MOVEMENTS`, in memory; empty where nobody had bought by `from_day`.

    Raises
    ------
    ArgumentError
        The days are not in order, or the run does not know the later one.
    """
    if to_day > run.manifest.as_of:
        raise failure(ArgumentError, "runs.day_unknown", came=day(to_day), known=day(run.manifest.as_of))
    with (
        tempfile.TemporaryDirectory() as aside,
        connected(settings.engine, spill=Path(aside) / "spill", memory=settings.memory) as connection,
    ):
        flows = _between(
            run, connection, from_day=from_day, to_day=to_day, settings=settings, keep=_keep(connection, aside)
        )
        return ibis.memtable(flows.to_pyarrow())


def _keep(connection: BaseBackend, aside: str) -> Keep:
    def keep(name: str, table: ir.Table) -> ir.Table:
        path = str(Path(aside) / f"{name}.parquet")
        connection.to_parquet(table, path)
        return connection.read_parquet(path)

    return keep


def _between(
    run: Run, connection: BaseBackend, *, from_day: date, to_day: date, settings: Settings, keep: Keep
) -> ir.Table:
    people = _people(run, connection)
    if not known_by(people.lines, as_of=from_day).count().to_pyarrow().as_py():
        return MOVEMENTS.empty()
    bought = keep("bought", orders(people.lines, as_of=to_day))
    lookback = lesson(
        people.lines, bought, as_of=to_day, horizon_days=settings.horizon, keep=keep,
        covariates=people.covariates,
    )  # fmt: skip
    then, now = (
        stood(people, as_of=on, settings=settings, lookback=lookback, keep=beside(keep, name))
        for on, name in ((from_day, "then"), (to_day, "now"))
    )
    return movements(
        then.memberships, now.memberships, forecasts_before=then.forecasts, forecasts_after=now.forecasts,
        takings=run.table("takings", connection), compared_with=DAYS, from_day=from_day, to_day=to_day,
    )  # fmt: skip


def _people(run: Run, connection: BaseBackend) -> People:
    """Return what the run knows of those who have a profile or a stage: who allows no profiling has neither."""
    links = run.table("links", connection)
    placed = [name for name in ("profiles", "stages") if run.holds((name,))]
    known = ibis.union(*(run.table(name, connection).select("customer_id") for name in placed), distinct=True)

    def of(source: str) -> ir.Table:
        rows = with_customer(run.table(f"raw_{source}", connection), links, source=source)
        return rows.semi_join(known, [("customer_id", "customer_id")])

    return People(
        lines=of("order_lines"), customers=of("customers"), subscriptions=of("subscriptions"),
        households=run.table("households", connection), covariates=run.table("covariates", connection),
    )  # fmt: skip
