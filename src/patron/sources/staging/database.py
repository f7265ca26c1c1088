"""Tables and queries of databases that Ibis reads, by URL: every value becomes text, in batches.

Nothing is guessed about types: the database writes its own values as text, so that a decimal stays exact.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.errors import PatronError, SettingsError, SourceError
from patron.language import did_you_mean, failure, listing
from patron.sources.staging.url_secrets import opened_url, shown, without_secrets

SCHEMES = (
    "athena", "bigquery", "clickhouse", "databricks", "duckdb", "mssql", "mysql", "oracle", "postgres", "postgresql",
    "snowflake", "sqlite", "trino",
)  # fmt: skip
_EXTRAS = {"postgresql": "postgres"}
_IN_FILES = ("duckdb", "sqlite")
_BATCH = 20_000  # rows
_EXACT = 2**62  # beyond it a fraction is no whole number of 64 bits


def is_database(url: str) -> bool:
    """Tell whether a URL is one of a database."""
    return urlsplit(url).scheme.lower() in SCHEMES if "://" in url else False


@dataclass(frozen=True)
class Relation:
    """What is read of a database: a table or a query."""

    url: str
    source: str
    table: str = ""
    query: str = ""

    @property
    def scheme(self) -> str:
        """Which database."""
        return urlsplit(self.url).scheme.lower()

    @property
    def in_file(self) -> bool:
        """Whether the database lives in one file."""
        return self.scheme in _IN_FILES

    @property
    def file(self) -> Path:
        """The file of a database that lives in one."""
        return file_of(opened_url(self.url, source=self.source), base=Path("/"))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Read it: every column as text, null where it is null, in no order.

        Raises
        ------
        SettingsError
            There is no such table, or it must be said which one.
        SourceError
            The database cannot be opened or read.
        """
        with _telling(self):
            yield from _READERS.get(self.scheme, _ibis)(self)

    def digest(self) -> str:
        """Return a digest of all its rows, in whatever order they come.

        Raises
        ------
        SettingsError, SourceError
            As `batches`.
        """
        told = RowDigest()
        for batch in self.batches():
            told.add(batch)
        return told.value()


@dataclass
class RowDigest:
    """A digest of rows that does not depend on their order: the sum of the digests of each."""

    total: int = 0
    names: str = ""

    def add(self, batch: pa.RecordBatch) -> None:
        """Take more rows into account."""
        self.names = repr(batch.schema.names)
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            self.total += int.from_bytes(hashlib.sha256(repr(row).encode()).digest())

    def value(self) -> str:
        """Return the digest of all rows so far."""
        return hashlib.sha256(f"{self.names} {self.total}".encode()).hexdigest()


def file_of(url: str, *, base: Path) -> Path:
    """Return the file that ``sqlite:///shop.db`` means; a relative one starts at `base`, as ``sqlite:////`` does not.

    Examples
    --------
    >>> [file_of(url, base=Path("/project")).as_posix() for url in ("sqlite:///a.db", "sqlite:////data/a.db")]
    ['/project/a.db', '/data/a.db']
    """
    rest = url.partition("://")[2].partition("?")[0]
    return base / (rest[1:] if rest.startswith("/") else rest)


def located(url: str, *, base: Path) -> str:
    """Return the URL of a database in a file with the file's whole path; another URL as it is."""
    if urlsplit(url).scheme.lower() not in _IN_FILES:
        return url
    return f"{urlsplit(url).scheme.lower()}:///{file_of(url, base=base.absolute())}"


@contextmanager
def _telling(relation: Relation) -> Iterator[None]:
    """Turn what a driver says into our error, without the password."""
    try:
        yield
    except PatronError:
        raise
    except ImportError as error:
        raise failure(
            SourceError,
            "sources.database_package",
            source=relation.source,
            path=shown(relation.url),
            came=str(error).partition("\n")[0].rstrip("."),
            extra=_EXTRAS.get(relation.scheme, relation.scheme),
        ) from error
    except Exception as error:  # noqa: BLE001 - every driver raises kinds of its own
        came = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
        raise failure(
            SourceError,
            "sources.database",
            source=relation.source,
            path=shown(relation.url),
            came=without_secrets(came, opened_url(relation.url, source=relation.source)),
        ) from None  # the cause may show the password


def _chosen(relation: Relation, tables: Sequence[str]) -> str:
    """Return the table to read: the one that is told, or the only one."""
    if relation.table in tables or (not relation.table and len(tables) == 1):
        return relation.table or tables[0]
    key, facts = f"sources.{relation.source}.format.table", {"source": relation.source, "path": shown(relation.url)}
    if relation.table:
        hint = did_you_mean(relation.table, tables)
        raise failure(SettingsError, "sources.no_such_table", **facts, table=relation.table, hint=hint, key=key)
    raise failure(SettingsError, "sources.which_table", **facts, tables=listing(sorted(tables)), key=key)


def _sqlite(relation: Relation) -> Iterator[pa.RecordBatch]:
    """Read SQLite by itself: each of its values has a type of its own, whatever its column is called."""
    with closing(sqlite3.connect(f"file:{quote(str(relation.file))}?mode=ro", uri=True)) as connection:
        query = relation.query
        if not query:
            listed = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
            names = [name for (name,) in listed if not name.startswith("sqlite_")]
            query = f"SELECT * FROM {_quoted(_chosen(relation, names))}"
        cursor = connection.execute(query)
        schema = pa.schema([(about[0], pa.string()) for about in cursor.description])
        yield _batch([], schema)
        while rows := cursor.fetchmany(_BATCH):
            yield _batch([tuple(map(_text, row)) for row in rows], schema)


def _batch(rows: Sequence[tuple[str | None, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pa.RecordBatch.from_arrays([pa.array(column, pa.string()) for column in columns], schema=schema)


def _text(value: Any) -> str | None:
    """Write one of SQLite's values; a whole number that is kept as a fraction is whole again."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else repr(value)


def _ibis(relation: Relation) -> Iterator[pa.RecordBatch]:
    with _connected(relation) as connection:
        if relation.query:
            table = connection.sql(relation.query)
        else:
            table = connection.table(_chosen(relation, connection.list_tables()))
        schema = pa.schema([(name, pa.string()) for name in table.columns])
        yield _batch([], schema)
        texts = table.select(**{name: in_text(table[name]) for name in table.columns})
        for batch in connection.to_pyarrow_batches(texts, chunk_size=_BATCH):
            yield batch.cast(schema)


@contextmanager
def _connected(relation: Relation) -> Iterator[Any]:
    connection = ibis.connect(opened_url(relation.url, source=relation.source))
    try:
        yield connection
    finally:
        connection.disconnect()


def _duckdb(relation: Relation) -> Iterator[pa.RecordBatch]:
    with closing(duckdb.connect(str(relation.file), read_only=True)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        query = relation.query
        if not query:
            listed = connection.sql("SELECT table_name FROM information_schema.tables").fetchall()
            query = f"SELECT * FROM {_quoted(_chosen(relation, [name for (name,) in listed]))}"
        found = connection.sql(query)
        about = list(zip(found.columns, map(str, found.types), strict=True))
        schema = pa.schema([(name, pa.string()) for name, _ in about])
        yield _batch([], schema)
        texts = ", ".join(_duckdb_text(_quoted(name), kind) for name, kind in about)
        for batch in connection.sql(f"SELECT {texts} FROM ({query.strip().rstrip(';')})").to_arrow_reader(_BATCH):
            yield batch.cast(schema)


def _duckdb_text(name: str, kind: str) -> str:
    text = f"CAST({name} AS VARCHAR)"
    if kind in ("DOUBLE", "FLOAT"):
        whole = f"TRY_CAST({name} AS BIGINT)"
        text = f"CASE WHEN {name} = {whole} THEN CAST({whole} AS VARCHAR) ELSE {text} END"
    return f"{text} AS {name}"


def _postgres(relation: Relation) -> Iterator[pa.RecordBatch]:
    """Read PostgreSQL through a cursor that stays on the server, so that only a batch is held here."""
    import psycopg  # of the extra [postgres]

    with psycopg.connect(opened_url(relation.url, source=relation.source)) as connection:
        connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET DateStyle = 'ISO'")
        query = relation.query.strip().rstrip(";")
        if not query:
            listed = connection.execute(_POSTGRES_TABLES).fetchall()
            query = f"SELECT * FROM {_quoted(_chosen(relation, [name for (name,) in listed]))}"
        about = connection.execute(f"SELECT * FROM ({query}) AS q LIMIT 0").description or []
        schema = pa.schema([(column.name, pa.string()) for column in about])
        yield _batch([], schema)
        texts = ", ".join(f"{_quoted(column.name)}::text" for column in about)
        with connection.cursor(name="patron") as cursor:
            cursor.execute(f"SELECT {texts} FROM ({query}) AS q")
            while rows := cursor.fetchmany(_BATCH):
                yield _batch(rows, schema)


_POSTGRES_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = ANY(current_schemas(false))"


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


_READERS: dict[str, Callable[[Relation], Iterator[pa.RecordBatch]]] = {
    "sqlite": _sqlite, "duckdb": _duckdb, "postgres": _postgres, "postgresql": _postgres,
}  # fmt: skip
"""These are read by their own drivers, in batches; all others by Ibis."""


def in_text(value: ir.Value) -> ir.StringValue:
    """Write a value as text; a whole number that is kept as a fraction is whole again.

    Programs keep ids with gaps as fractions, and 12345.0 meets no 12345 elsewhere.
    """
    text = value if value.type().is_string() else value.cast("string")
    if not value.type().is_floating():
        return text
    small = value.abs() < _EXACT
    whole = ibis.ifelse(small, value, 0).floor().cast("int64")
    return ibis.ifelse(small & (whole.cast("float64") == value.cast("float64")), whole.cast("string"), text)
