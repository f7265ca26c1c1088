"""Start an experiment: draw the arms, remember what was promised and who is in which arm, write the lists.

The order of the steps is what holds when the process is killed between any two of them:

1. One list per treatment is written aside while everything that was promised, and who is in which arm, is remembered
   in one transaction of the project's database.
2. The transaction commits when all files aside are complete. Killed before: nothing is remembered, no list stands.
3. Each file takes its place in one rename. Killed before or between: the experiment is remembered as unfinished, with
   the control group of every list that stands; the same command finishes it.
4. The experiment is marked as published, and is read from then on.

So no list ever stands whose control group, hypothesis and stop rule are not known.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.csv import CSVWriter

from patron.activation.audience import WRITERS, check_file, hiding, refuse_formulas
from patron.activation.free import free_of
from patron.activation.members import Members
from patron.activation.reachable import reachable
from patron.decisions.arms import arms
from patron.decisions.holdouts import Holdout
from patron.decisions.strata import stratified_arms
from patron.engines.atomic import aside
from patron.engines.experiment_state import (
    Registered,
    RegisteredArm,
    experiments,
    publish_experiment,
    remember_experiment,
)
from patron.engines.state import BATCH, State
from patron.errors import NotEnoughData, RunError
from patron.experiments.browsers import taking_part
from patron.experiments.exclusion import check_apart
from patron.language import failure

UNIT_COLUMN = {"customer": "customer_id", "household": "household_id"}


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Who takes part, before anything is remembered."""

    table: ir.Table  # the members' columns, arm, unit, stratum; one row per customer
    columns: tuple[str, ...]


def start(
    members: Members | None,
    experiment: Registered,
    *,
    state: State,
    folder: Path | None = None,
    ending: str = ".csv",
    holdouts: Sequence[Holdout] = (),
    strata: ir.Table | None = None,
    force: bool = False,
) -> Registered:
    """Draw, remember and write; return the experiment with its counts and files.

    Parameters
    ----------
    members : Members, optional
        Who is eligible, and what they allow; none where visitors are drawn, for their arms are found as they come.
    experiment : Registered
        What is promised, with the arms' shares; counts and files are made here.
    state : State
        The project's database.
    folder : Path, optional
        Where the lists go, one for each arm but the control: ``NAME-ARM.csv``. Needed with members.
    ending : str
        ``.csv`` or ``.parquet``.
    holdouts : sequence of Holdout
        Those that hold for it, the widest first.
    strata : Table, optional
        ``customer_id, stratum``: the arms are balanced within strata.
    force : bool
        Replace lists that are there.

    Raises
    ------
    ArgumentError
        The name is used, another experiment of its group has the same part of the customers, or the ending is unknown.
    SettingsError
        The purpose is unknown.
    NotEnoughData
        Nobody is left to be drawn.
    RunError
        A list is there already, or a list or the database cannot be written.
    """

    def check(others: list[Registered]) -> None:
        check_apart(experiment, others)

    if members is None or folder is None:
        remember_experiment(state, experiment, (), check=check)
        publish_experiment(state, experiment.name)
        return replace(experiment, published=True)
    begun = {one.name for one in experiments(state) if not one.published}
    files = {arm: folder / f"{experiment.name}-{arm}{ending}" for arm in list(experiment.shares)[1:]}
    for file in files.values():  # those that a killed start of the same experiment left are its own
        check_file(file, force=force or experiment.name in begun)
    named = replace(
        experiment,
        arms=tuple(replace(one, file=str(files[one.arm]) if one.arm in files else None) for one in experiment.arms),
    )
    return _publish(named, _drawn(members, named, holdouts, strata), files, members, state, check)


def _drawn(members: Members, experiment: Registered, holdouts: Sequence[Holdout], strata: ir.Table | None) -> Drawn:
    """Return who takes part, in which arm."""
    allowed = free_of(reachable(members, purpose=str(experiment.promised["purpose"])), holdouts, segment=members.source)
    by = UNIT_COLUMN[experiment.unit]
    there = taking_part(allowed, experiment, by=by)
    if not there.count().to_pyarrow().as_py():
        raise failure(NotEnoughData, "experiments.nobody", experiment=experiment.name, segment=members.source)
    if strata is not None:
        there = there.left_join(strata.select("customer_id", "stratum"), "customer_id", rname="{name}_strata")
        there = there.drop("customer_id_strata") if "customer_id_strata" in there.columns else there
    else:
        there = there.mutate(stratum=ibis.null("string"))
    drawn = _armed(there, experiment, by, balanced=strata is not None)
    unit = ibis.null("int64") if by == "customer_id" else ibis.dense_rank().over(order_by=drawn[by]).cast("int64")
    return Drawn(table=drawn.mutate(unit=unit).order_by("customer_id"), columns=members.columns)


def _armed(there: ir.Table, experiment: Registered, by: str, *, balanced: bool) -> ir.Table:
    """Add the arm; within strata whole units are drawn, a household by the first of its members' strata."""
    given: dict[str, Any] = {"salt": experiment.salt, "shares": experiment.shares, "by": by}
    if not balanced:
        return arms(there, **given)
    units = there.group_by(by).aggregate(stratum=there.stratum.min())
    placed = stratified_arms(units, **given).select(drawn_unit=by, drawn_stratum="stratum", arm="arm")
    joined = there.inner_join(placed, there[by] == placed.drawn_unit)
    return joined.mutate(stratum=joined.drawn_stratum).drop("drawn_unit", "drawn_stratum")


def _publish(
    experiment: Registered, drawn: Drawn, files: Mapping[str, Path], members: Members, state: State,
    check: Callable[[list[Registered]], None],
) -> Registered:  # fmt: skip
    """Write aside and remember, then rename, then mark: steps 1 to 4."""
    try:
        with ExitStack() as stack:
            beside = {arm: stack.enter_context(aside(file)) for arm, file in files.items()}
            # Not on the stack: the lists are complete, and all is remembered, before the first takes its place.
            with closing(_written(drawn, beside, files, experiment, members)) as rows:
                remembered = remember_experiment(state, experiment, rows, check=check)
    except OSError as error:
        raise failure(
            RunError, "experiments.lists_not_written", experiment=experiment.name, reason=error.strerror or error,
            folder=str(next(iter(files.values())).parent),
        ) from error  # fmt: skip
    publish_experiment(state, experiment.name)
    return replace(remembered, published=True)


def _written(
    drawn: Drawn, beside: Mapping[str, Path], files: Mapping[str, Path], experiment: Registered, members: Members
) -> Generator[pa.RecordBatch, None, None]:
    """Yield the rows while each list is written; the files are complete when the last row is out."""
    columns = pa.schema([drawn.table.schema().to_pyarrow().field(name) for name in drawn.columns])
    hide = {arm: hiding(members, f"{experiment.name}-{arm}") for arm in beside}
    with ExitStack() as stack:
        sinks: dict[str, Any] = {}
        for arm, file in beside.items():
            file.touch(mode=0o600)
            sinks[arm] = stack.enter_context(WRITERS[files[arm].suffix.lower()](file, columns))
        for batch in drawn.table.to_pyarrow().to_batches(max_chunksize=BATCH):
            for arm, sink in sinks.items():
                listed = hide[arm](batch.filter(pc.equal(batch.column("arm"), arm)).select(drawn.columns))
                if isinstance(sink, CSVWriter):
                    refuse_formulas(listed.column("customer_id"))
                sink.write_batch(listed)
            yield batch


__all__ = ["Registered", "RegisteredArm", "start"]
