"""Who could take part in an experiment: the members of its segment, those who meet its condition, or everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from patron.activation import Members, members
from patron.contracts.customer import MEMBERSHIPS
from patron.engines.run_folder import Run
from patron.pipeline.experiment_settings import ExperimentSettings
from patron.pipeline.own_segments import ASKED, meeting
from patron.pipeline.settings import Settings
from patron.voice.surveys import TOTAL

CONDITION = "condition"

EVERYBODY = f"{TOTAL}.{TOTAL}"


def eligible(
    run: Run, connection: BaseBackend, *, name: str, experiment: ExperimentSettings, settings: Settings
) -> Members:
    """Return who could take part, as of the run's day, without a guard.

    Parameters
    ----------
    run : Run
        The published run.
    connection : BaseBackend
        The engine.
    name : str
        The experiment's name.
    experiment, settings
        What they say of it, and the project's.

    Raises
    ------
    ArgumentError
        There is no such segment.
    ConditionError
        The condition does not parse, or names a column that is not there.
    """
    tables = {table: run.table(table, connection) for table in ("memberships", "profiles", "forecasts")}
    segment = experiment.segment or EVERYBODY
    if experiment.condition is not None:
        tables["memberships"], segment = (
            _meeting(run, connection, name, experiment, settings),
            f"{CONDITION}.{CONDITION}",
        )
    elif segment in (TOTAL, EVERYBODY):
        tables["memberships"], segment = with_everyone(tables["memberships"], tables["profiles"]), EVERYBODY
    found = members(
        tables["memberships"], tables["profiles"], tables["forecasts"], segment=segment, as_of=run.manifest.as_of,
        run_id=run.manifest.run_id,
    )  # fmt: skip
    return replace(
        found, channel=experiment.channel, unit="household" if experiment.unit == "household" else "customer"
    )


def with_everyone(memberships: ir.Table, profiles: ir.Table) -> ir.Table:
    """Add the segment ``all`` of the segmentation ``all``, in which everybody is, to contracts.customer.MEMBERSHIPS."""
    every = {"segmentation": TOTAL, "segment": TOTAL}
    missing = {column.name: ibis.null(column.type) for column in MEMBERSHIPS.columns if column.name != "customer_id"}
    told = {name: ibis.literal(every[name]) if name in every else value for name, value in missing.items()}
    return ibis.union(MEMBERSHIPS.shape(memberships), MEMBERSHIPS.shape(profiles.select("customer_id", **told)))


def strata_of(memberships: ir.Table, segmentations: list[str]) -> ir.Table | None:
    """Return ``customer_id, stratum``: the segments of each customer in all of the segmentations; none of no one.

    Whoever is in no segment of a segmentation has a dash in its place.
    """
    if not segmentations:
        return None
    parts = []
    for place, name in enumerate(segmentations):
        chosen = memberships.filter(memberships.segmentation == name)
        parts.append(chosen.select("customer_id", **{f"part{place}": "segment"}))
    everybody = memberships.select("customer_id").distinct()
    joined = reduce(lambda left, right: left.left_join(right, "customer_id", rname="{name}_right"), parts, everybody)
    words = [joined[f"part{place}"].fill_null("-") for place in range(len(parts))]
    return joined.select("customer_id", stratum=reduce(lambda left, right: left.concat("|", right), words))


def _meeting(
    run: Run, connection: BaseBackend, name: str, experiment: ExperimentSettings, settings: Settings
) -> ir.Table:
    names = (*ASKED, "propensities", "answers", "memberships")
    tables: Mapping[str, ir.Table] = {table: run.table(table, connection) for table in names}
    condition = {CONDITION: str(experiment.condition)}
    return meeting(tables, condition, settings=settings, where=f"experiments.{name}")
