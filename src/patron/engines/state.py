"""The operational database: what must outlive a run.

A run can be made again; who was held out of which list cannot. That is kept here, in SQLite by default
(``<project>/.patron/state.db``) and in PostgreSQL by URL. The schema is made and upgraded by the migrations beside
this file whenever the database is opened; a new table is a new migration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

import patron.engines.every_table  # noqa: F401 - METADATA is whole with it
from patron.engines.database import described, open_engine, writing
from patron.engines.state_tables import ASSIGNMENTS, AUDIENCE_EVENTS, AUDIENCES
from patron.engines.upgrade import upgrade
from patron.errors import ArgumentError, RunError
from patron.language import failure

STATE_FILE = Path(".patron") / "state.db"
"""Where the database lies in a project's folder."""

BATCH = 10_000  # rows sent or fetched at a time

ASSIGNMENT_SCHEMA = pa.schema(
    [
        pa.field(column.name, pa.int64() if column.name == "unit" else pa.string(), nullable=column.name == "unit")
        for column in ASSIGNMENTS.columns
    ]
)

EVENT_SCHEMA = pa.schema(
    [
        pa.field(column.name, pa.date32() if column.name == "day" else pa.string(), nullable=False)
        for column in AUDIENCE_EVENTS.columns
    ]
)

EVENT_KEY = tuple(column.name for column in AUDIENCE_EVENTS.primary_key.columns)


@dataclass(frozen=True, kw_only=True)
class FrozenAudience:
    """One audience as the database remembers it."""

    name: str
    segmentation: str
    segment: str
    purpose: str
    assigned_on: date
    run_id: str
    salt: str
    holdout: float  # planned share of control
    unit: str = "customer"  # or household: drawn as a whole
    treated: int = 0
    control: int = 0
    published: bool = False  # the list stands where it was asked for
    file: str | None = None  # where that is
    programme: str | None = None

    def same_draw(self, other: FrozenAudience) -> bool:
        """Tell whether `other` holds the same customers in the same arms."""
        ours, theirs = (replace(one, treated=0, control=0, published=False, file=None) for one in (self, other))
        return ours == theirs


@dataclass(frozen=True)
class State:
    """The open database.

    Examples
    --------
    >>> with State.open(":memory:") as state:
    ...     state.audiences()
    []
    """

    engine: Engine

    @classmethod
    def open(cls, target: str | Path) -> State:
        """Open the database, and make or upgrade its schema.

        Parameters
        ----------
        target : str or Path
            A file for SQLite, or a SQLAlchemy URL such as ``postgresql+psycopg://host/name``.

        Raises
        ------
        RunError
            It cannot be opened, or a newer Patron made it.
        """
        engine = open_engine(target)
        try:
            upgrade(engine)
        except BaseException as error:
            engine.dispose()
            if isinstance(error, SQLAlchemyError):
                raise failure(
                    RunError, "state.unopenable", target=described(target), reason=driver_reason(error)
                ) from error
            raise
        return cls(engine)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def remember_audience(self, audience: FrozenAudience, members: Iterable[pa.RecordBatch]) -> FrozenAudience:
        """Remember who is in which arm: all of it or, when anything fails, nothing.

        An audience is remembered first and published after (`publish_audience`). One that was remembered but never
        published, because the process was killed in between, is replaced by the same draw made again.

        Parameters
        ----------
        audience : FrozenAudience
            Its counts are ignored and made anew.
        members : batches with ``customer_id`` and ``arm``, and ``unit`` where households were drawn
            Read once, inside the transaction: an error they raise undoes everything and comes through as it is.

        Returns
        -------
        FrozenAudience
            With the counts.

        Raises
        ------
        ArgumentError
            The name is already used.
        RunError
            The database refused, for example because the disk is full or a customer came twice.
        """
        counts = {"treated": 0, "control": 0}
        try:
            with writing(self.engine) as connection:
                self._make_room(connection, audience)
                connection.execute(insert(AUDIENCES), asdict(replace(audience, treated=0, control=0, published=False)))
                for batch in members:
                    for arm in _insert_members(connection, audience.name, batch):
                        counts[arm] += 1
                connection.execute(update(AUDIENCES).where(AUDIENCES.c.name == audience.name).values(**counts))
        except SQLAlchemyError as error:
            raise failure(
                RunError, "state.not_remembered", audience=audience.name, reason=driver_reason(error)
            ) from error
        return replace(audience, treated=counts["treated"], control=counts["control"], published=False)

    def publish_audience(self, name: str) -> None:
        """Note that the list of `name` stands where it was asked for.

        Raises
        ------
        RunError
            The database refused; the audience counts as unfinished.
        """
        try:
            with writing(self.engine) as connection:
                connection.execute(update(AUDIENCES).where(AUDIENCES.c.name == name).values(published=True))
        except SQLAlchemyError as error:
            raise failure(RunError, "state.not_published", audience=name, reason=driver_reason(error)) from error

    def audiences(self) -> list[FrozenAudience]:
        """Return every remembered audience, the published and the unfinished, in the order of day and name."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(AUDIENCES).order_by(AUDIENCES.c.assigned_on, AUDIENCES.c.name))
            return [FrozenAudience(**row._mapping) for row in rows]

    def audience(self, name: str) -> FrozenAudience | None:
        """Return the audience `name`, or none."""
        with self.engine.connect() as connection:
            return _find(connection, name)

    def assignments(self, audience: str | None = None) -> pa.Table:
        """Return who is in which arm: ``audience, customer_id, arm, unit``, of one or of all published audiences."""
        query = select(ASSIGNMENTS).order_by(ASSIGNMENTS.c.audience, ASSIGNMENTS.c.customer_id)
        if audience is None:
            query = query.join(AUDIENCES).where(AUDIENCES.c.published)
        else:
            query = query.where(ASSIGNMENTS.c.audience == audience)
        with self.engine.connect() as connection:
            rows = connection.execution_options(yield_per=BATCH).execute(query)
            batches = [_batch(partition) for partition in rows.partitions()]
        return pa.Table.from_batches(batches, schema=ASSIGNMENT_SCHEMA)

    def remember_audience_events(self, rows: Iterable[Mapping[str, Any]]) -> int:
        """Remember what has to be changed in frozen lists: all of it or nothing; return how many rows are new.

        Parameters
        ----------
        rows : mappings with the columns of `EVENT_SCHEMA`
            What is remembered already (the same customer, event, audience and run) stays as it is, once.

        Raises
        ------
        RunError
            The database refused, for example because there is no such audience; nothing was remembered.
        """
        wanted = {tuple(row[name] for name in EVENT_KEY): dict(row) for row in rows}
        try:
            with writing(self.engine) as connection:
                for run_id in {row["run_id"] for row in wanted.values()}:
                    known = select(*(AUDIENCE_EVENTS.c[name] for name in EVENT_KEY))
                    for row in connection.execute(known.where(AUDIENCE_EVENTS.c.run_id == run_id)):
                        wanted.pop(tuple(row), None)
                new = list(wanted.values())
                for start in range(0, len(new), BATCH):
                    connection.execute(insert(AUDIENCE_EVENTS), new[start : start + BATCH])
        except SQLAlchemyError as error:
            raise failure(RunError, "state.events_not_remembered", reason=driver_reason(error)) from error
        return len(new)

    def audience_events(self) -> pa.Table:
        """Return what had to be changed in frozen lists (`EVENT_SCHEMA`), in the order in which runs were made."""
        with self.engine.connect() as connection:
            rows = [dict(row._mapping) for row in connection.execute(select(AUDIENCE_EVENTS))]
        rows.sort(key=lambda row: (_number(row["run_id"]), *(row[name] for name in EVENT_KEY)))
        return pa.Table.from_pylist(rows, schema=EVENT_SCHEMA)

    def _make_room(self, connection: Connection, audience: FrozenAudience) -> None:
        """Refuse a used name; clear what an unfinished attempt at the same draw left."""
        known = _find(connection, audience.name)
        if known is None:
            return
        if known.published:
            raise failure(ArgumentError, "state.name_used", came=audience.name, day=known.assigned_on.isoformat())
        if not known.same_draw(audience):
            raise failure(
                ArgumentError, "state.name_unfinished", came=audience.name, run=known.run_id,
                segment=f"{known.segmentation}.{known.segment}", holdout=known.holdout,
            )  # fmt: skip
        connection.execute(delete(ASSIGNMENTS).where(ASSIGNMENTS.c.audience == audience.name))
        connection.execute(delete(AUDIENCES).where(AUDIENCES.c.name == audience.name))


def _insert_members(connection: Connection, audience: str, batch: pa.RecordBatch) -> list[str]:
    """Insert one batch and return its arms."""
    ids: list[str] = batch.column("customer_id").to_pylist()
    arms: list[str] = batch.column("arm").to_pylist()
    units = batch.column("unit").to_pylist() if "unit" in batch.schema.names else [None] * len(ids)
    rows = [
        {"audience": audience, "customer_id": customer_id, "arm": arm, "unit": unit}
        for customer_id, arm, unit in zip(ids, arms, units, strict=True)
    ]
    for start in range(0, len(rows), BATCH):
        connection.execute(insert(ASSIGNMENTS), rows[start : start + BATCH])
    return arms


def _number(run_id: str) -> int:
    """Return a run's running number: days may come in any order, as when an old day is run again."""
    digits = run_id.rpartition("-")[2]
    return int(digits) if digits.isdigit() else 0


def _find(connection: Connection, name: str) -> FrozenAudience | None:
    row = connection.execute(select(AUDIENCES).where(AUDIENCES.c.name == name)).one_or_none()
    return FrozenAudience(**row._mapping) if row else None


def _batch(rows: Iterable[Any]) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    made = [pa.array(column, field.type) for column, field in zip(columns, ASSIGNMENT_SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(made, schema=ASSIGNMENT_SCHEMA)


def driver_reason(error: SQLAlchemyError) -> str:
    """Return the driver's own first line, without the statement and its customers."""
    return str(getattr(error, "orig", None) or error).partition("\n")[0]
