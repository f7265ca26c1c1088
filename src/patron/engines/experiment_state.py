"""Experiments in the operational database: what was promised, who is in which arm, and how each ended.

Everything is written in one transaction before any list stands; nothing of it is changed afterwards but that it was
published, and that it was stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from patron.engines.database import writing
from patron.engines.state import BATCH, State, driver_reason
from patron.engines.state_tables import AUDIENCES, EXPERIMENT_ARMS, EXPERIMENT_MEMBERS, EXPERIMENTS
from patron.errors import ArgumentError, RunError
from patron.language import failure

MEMBER_SCHEMA = pa.schema(
    [
        pa.field("experiment", pa.string(), nullable=False),
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("arm", pa.string(), nullable=False),
        pa.field("unit", pa.int64()),
        pa.field("stratum", pa.string()),
    ]
)
"""Who is in which arm of which experiment."""


@dataclass(frozen=True, kw_only=True)
class RegisteredArm:
    """One arm as the database remembers it; the control comes first."""

    arm: str
    share: float
    customers: int = 0
    file: str | None = None  # where its list was written; the control has none


@dataclass(frozen=True, kw_only=True)
class Registered:
    """One experiment as the database remembers it."""

    name: str
    run_id: str
    segment: str
    unit: str
    salt: str
    started_on: date
    ends_on: date
    promised: Mapping[str, Any]  # the settings as they stood, and what was said to be needed
    arms: tuple[RegisteredArm, ...]
    exclusive_group: str | None = None
    space_low: float = 0.0
    space_high: float = 1.0
    published: bool = False
    stopped_on: date | None = None
    stop_reason: str | None = None

    @property
    def control(self) -> str:
        """The arm that the others are compared with."""
        return self.arms[0].arm

    @property
    def shares(self) -> dict[str, float]:
        """The planned share of each arm, the control first."""
        return {one.arm: one.share for one in self.arms}

    def same_draw(self, other: Registered) -> bool:
        """Tell whether `other` promises the same and puts the same customers into the same arms."""

        def drawn(one: Registered) -> Registered:
            arms = tuple(replace(arm, customers=0, file=None) for arm in one.arms)
            return replace(one, arms=arms, published=False)

        return drawn(self) == drawn(other)


def remember_experiment(
    state: State,
    experiment: Registered,
    members: Iterable[pa.RecordBatch],
    *,
    check: Callable[[list[Registered]], None] = lambda _others: None,
) -> Registered:
    """Remember an experiment and who is in which arm: all of it or, when anything fails, nothing.

    Parameters
    ----------
    state : State
        The open database.
    experiment : Registered
        The arms' counts are ignored and made anew.
    members : batches with ``customer_id``, ``arm``, and ``unit`` and ``stratum`` where there are such
        Read once, inside the transaction: an error they raise undoes everything and comes through as it is.
    check : callable, optional
        Called inside the transaction with all other experiments; what it raises undoes everything.

    Returns
    -------
    Registered
        With the counts.

    Raises
    ------
    ArgumentError
        The name is already used by an experiment or a frozen audience.
    RunError
        The database refused, for example because the disk is full.
    """
    counts = {one.arm: 0 for one in experiment.arms}
    try:
        with writing(state.engine) as connection:
            _make_room(connection, experiment)
            check(_all(connection))
            _insert(connection, experiment)
            for batch in members:
                for arm in _insert_members(connection, experiment.name, batch):
                    counts[arm] += 1
            for arm, many in counts.items():
                where = (EXPERIMENT_ARMS.c.experiment == experiment.name) & (EXPERIMENT_ARMS.c.arm == arm)
                connection.execute(update(EXPERIMENT_ARMS).where(where).values(customers=many))
    except SQLAlchemyError as error:
        raise failure(
            RunError, "experiments.not_remembered", experiment=experiment.name, reason=driver_reason(error)
        ) from error
    arms = tuple(replace(one, customers=counts[one.arm]) for one in experiment.arms)
    return replace(experiment, arms=arms, published=False)


def publish_experiment(state: State, name: str) -> None:
    """Note that the lists of `name` stand where they were asked for.

    Raises
    ------
    RunError
        The database refused; the experiment counts as unfinished.
    """
    _update(state, name, published=True)


def stop_experiment(state: State, name: str, *, on: date, reason: str) -> None:
    """Note that an experiment was stopped, on which day and why.

    Raises
    ------
    RunError
        The database refused; the experiment goes on.
    """
    _update(state, name, stopped_on=on, stop_reason=reason)


def experiments(state: State) -> list[Registered]:
    """Return every remembered experiment, the published and the unfinished, in the order of day and name."""
    with state.engine.connect() as connection:
        return _all(connection)


def experiment_members(state: State, names: Iterable[str]) -> pa.Table:
    """Return who is in which arm of the experiments `names` (`MEMBER_SCHEMA`)."""
    columns = [EXPERIMENT_MEMBERS.c[name] for name in MEMBER_SCHEMA.names]
    query = select(*columns).where(EXPERIMENT_MEMBERS.c.experiment.in_(list(names)))
    query = query.order_by(EXPERIMENT_MEMBERS.c.experiment, EXPERIMENT_MEMBERS.c.customer_id)
    with state.engine.connect() as connection:
        rows = connection.execution_options(yield_per=BATCH).execute(query)
        batches = [_batch(partition) for partition in rows.partitions()]
    return pa.Table.from_batches(batches, schema=MEMBER_SCHEMA)


def _all(connection: Connection) -> list[Registered]:
    arms: dict[str, list[RegisteredArm]] = {}
    for row in connection.execute(select(EXPERIMENT_ARMS).order_by(EXPERIMENT_ARMS.c.place)):
        facts = {name: value for name, value in row._mapping.items() if name not in {"experiment", "place"}}
        arms.setdefault(row.experiment, []).append(RegisteredArm(**facts))
    rows = connection.execute(select(EXPERIMENTS).order_by(EXPERIMENTS.c.started_on, EXPERIMENTS.c.name))
    return [
        Registered(**{**row._mapping, "promised": json.loads(row.promised)}, arms=tuple(arms[row.name])) for row in rows
    ]


def _make_room(connection: Connection, experiment: Registered) -> None:
    """Refuse a used name; clear what an unfinished attempt at the same draw left."""
    if connection.execute(select(AUDIENCES.c.name).where(AUDIENCES.c.name == experiment.name)).first():
        raise failure(ArgumentError, "experiments.name_of_audience", came=experiment.name)
    known = next((one for one in _all(connection) if one.name == experiment.name), None)
    if known is None:
        return
    if known.published:
        raise failure(ArgumentError, "experiments.name_used", came=experiment.name, day=known.started_on.isoformat())
    if not known.same_draw(experiment):
        raise failure(ArgumentError, "experiments.name_unfinished", came=experiment.name, run=known.run_id)
    for table in (EXPERIMENT_MEMBERS, EXPERIMENT_ARMS):
        connection.execute(delete(table).where(table.c.experiment == experiment.name))
    connection.execute(delete(EXPERIMENTS).where(EXPERIMENTS.c.name == experiment.name))


def _insert(connection: Connection, experiment: Registered) -> None:
    facts = {name: value for name, value in asdict(experiment).items() if name in EXPERIMENTS.c}
    promised = json.dumps(experiment.promised, sort_keys=True, ensure_ascii=False)
    connection.execute(insert(EXPERIMENTS), {**facts, "promised": promised, "published": False})
    rows = [
        {**asdict(one), "customers": 0, "experiment": experiment.name, "place": place}
        for place, one in enumerate(experiment.arms)
    ]
    connection.execute(insert(EXPERIMENT_ARMS), rows)


def _insert_members(connection: Connection, experiment: str, batch: pa.RecordBatch) -> list[str]:
    """Insert one batch and return its arms."""
    blank = [None] * batch.num_rows
    columns = {
        name: batch.column(name).to_pylist() if name in batch.schema.names else blank
        for name in MEMBER_SCHEMA.names[1:]
    }
    rows = [
        dict(zip(MEMBER_SCHEMA.names, (experiment, *row), strict=True)) for row in zip(*columns.values(), strict=True)
    ]
    for start in range(0, len(rows), BATCH):
        connection.execute(insert(EXPERIMENT_MEMBERS), rows[start : start + BATCH])
    return list(columns["arm"])


def _update(state: State, name: str, **values: object) -> None:
    try:
        with writing(state.engine) as connection:
            connection.execute(update(EXPERIMENTS).where(EXPERIMENTS.c.name == name).values(**values))
    except SQLAlchemyError as error:
        raise failure(RunError, "experiments.not_noted", experiment=name, reason=driver_reason(error)) from error


def _batch(rows: Iterable[Any]) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    made = [pa.array(column, field.type) for column, field in zip(columns, MEMBER_SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(made, schema=MEMBER_SCHEMA)
