"""The operational database as files that either database reads back: one Parquet file a table.

A dump is what one reader saw in one transaction, so it is of one moment although others go on writing: in SQLite's
write-ahead log a reader keeps its snapshot, in PostgreSQL a transaction of the level REPEATABLE READ does. SQLite's own
backup begins again whenever another process has written, and writes a file that PostgreSQL cannot read.

A dump has the version of its schema. It is read back into tables made by the same migrations, and then upgraded.

Ref  https://www.sqlite.org/c3ref/backup_finish.html (restart of a backup), https://www.sqlite.org/isolation.html;
     PostgreSQL 17, 13.2.2 Repeatable Read Isolation Level
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    DateTime,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
)

from patron.engines.upgrade import VERSION_TABLE, version_of

ROWS, ROWS_WITH_BYTES = 10_000, 1_000  # fetched at a time; bytes are events of up to 32 KB each

_ARROW: Sequence[tuple[type, pa.DataType]] = (
    (Boolean, pa.bool_()),
    (LargeBinary, pa.binary()),
    (Integer, pa.int64()),
    (Float, pa.float64()),
    (DateTime, pa.timestamp("us")),
    (Date, pa.date32()),
)


@dataclass(frozen=True)
class Snapshot:
    """The database at one moment, as long as it is open."""

    connection: Connection
    version: str | None  # of the schema; none where nothing was ever made
    tables: tuple[Table, ...]  # in an order in which each comes after those that it points to

    def write(self, table: Table, file: IO[bytes]) -> int:
        """Write a table's rows as Parquet, a batch at a time, and return how many they are."""
        schema, rows = schema_of(table), 0
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for batch in self._batches(table, schema):
                writer.write_batch(batch)
                rows += batch.num_rows
        return rows

    def rows(self, table: Table) -> int:
        """Count a table's rows."""
        return int(self.connection.execute(select(func.count()).select_from(table)).scalar_one())

    def _batches(self, table: Table, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        size = ROWS_WITH_BYTES if pa.binary() in schema.types else ROWS
        found = self.connection.execution_options(yield_per=size).execute(select(table))
        for part in found.partitions():
            columns = zip(*part, strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Snapshot]:
    """Yield the database as it is at this moment, whatever is written meanwhile. Nothing is made or upgraded."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        version = version_of(connection)  # the first look: from here on everything is of one moment
        yield Snapshot(connection, version, _tables(connection) if version else ())


def schema_of(table: Table) -> pa.Schema:
    """Return how a table's columns stand in a file: text, unless they are of another kind."""
    return pa.schema([pa.field(column.name, _arrow(column.type)) for column in table.columns])


def load(connection: Connection, name: str, batches: Iterable[pa.RecordBatch]) -> int:
    """Put rows into a table of the schema that the database has now, and return how many they were."""
    table = Table(name, MetaData(), autoload_with=connection)
    rows = 0
    for batch in batches:
        if batch.num_rows:
            connection.execute(insert(table), batch.to_pylist())
            rows += batch.num_rows
    _count_on(connection, table)
    return rows


def order_of(connection: Connection) -> list[str]:
    """Return the names of all tables, each after those that it points to."""
    return [table.name for table in _tables(connection)]


def holds_rows(connection: Connection) -> bool:
    """Tell whether any table holds a row."""
    return any(
        connection.execute(select(text("1")).select_from(table).limit(1)).first() for table in _tables(connection)
    )


def drop_all(connection: Connection) -> None:
    """Remove all tables of ours and the version, so that a schema can be made anew."""
    for table in reversed(_tables(connection)):
        table.drop(connection)
    connection.execute(text(f"DROP TABLE IF EXISTS {VERSION_TABLE}"))


def empty(connection: Connection) -> None:
    """Delete the rows of all tables; a schema that was just made has some of its own."""
    for table in reversed(_tables(connection)):
        connection.execute(delete(table))


def _tables(connection: Connection) -> tuple[Table, ...]:
    """Return the tables that are there, whatever version made them; of a shared database only those with our names."""
    from patron.engines.every_table import PARTS  # noqa: F401 - METADATA is whole with it
    from patron.engines.state_tables import METADATA

    ours = [name for name in inspect(connection).get_table_names() if name in METADATA.tables]
    read = MetaData()
    read.reflect(connection, only=ours)
    return tuple(read.sorted_tables)


def _arrow(kind: object) -> pa.DataType:
    return next((arrow for of, arrow in _ARROW if isinstance(kind, of)), pa.string())


def _count_on(connection: Connection, table: Table) -> None:
    """Let PostgreSQL's own numbers go on after those that were put in."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        found = connection.execute(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
        ).scalar_one()
        if found is not None:
            last = connection.execute(select(func.max(column))).scalar_one()
            if last is not None:
                connection.execute(text("SELECT setval(:name, :last)"), {"name": found, "last": last})


__all__ = ["Snapshot", "drop_all", "empty", "holds_rows", "load", "order_of", "schema_of", "snapshot"]
