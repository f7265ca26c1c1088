"""Write records of text to Parquet in batches, with whatever columns come up on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from patron.language import say

_BATCH = 20_000  # records
MOST_COLUMNS = 20_000
"""More of them are values that stand where names should."""


class TextTable:
    """A Parquet file of text columns in the making; used as a context.

    Records of one batch and the next may have different columns: what a record does not have is null.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._names: dict[str, str] = {}  # as engines compare them -> as written
        self._records: list[Mapping[str, str | None]] = []
        self._parts: list[Path] = []

    def add(self, record: Mapping[str, str | None]) -> None:
        """Add a record.

        Raises
        ------
        ValueError
            Two of its columns differ only by case, or there are too many columns.
        """
        self.columns(record)
        self._records.append(record)
        if len(self._records) >= _BATCH:
            self._write()

    def columns(self, names: Iterable[str]) -> None:
        """Make sure that there are these columns."""
        for name in names:
            if self._names.setdefault(name.lower(), name) != name:
                raise ValueError(say("sources.header_twice", columns=f"{self._names[name.lower()]}, {name}"))
        if len(self._names) > MOST_COLUMNS:
            raise ValueError(say("sources.too_many_columns", allowed=MOST_COLUMNS))

    def _write(self) -> None:
        part = self.path.with_name(f"{self.path.name}.{len(self._parts)}")
        pq.write_table(_table(self._records, list(self._names.values())), part)
        self._parts.append(part)
        self._records = []

    def finish(self) -> tuple[str, ...]:
        """Write what is left, all parts as one file, and return its columns."""
        if self._records or not self._parts:
            self._write()
        names = list(self._names.values())
        schema = pa.schema([(name, pa.string()) for name in names])
        with pq.ParquetWriter(self.path, schema) as writer:
            for batch in self._batches():
                writer.write_table(_widened(batch, names))
        for part in self._parts:
            part.unlink()
        return tuple(names)

    def _batches(self) -> Iterator[pa.Table]:
        for part in self._parts:
            yield pq.read_table(part)


def _table(records: list[Mapping[str, str | None]], names: list[str]) -> pa.Table:
    arrays = [pa.array([record.get(name) for record in records], pa.string()) for name in names]
    return pa.table(arrays, schema=pa.schema([(name, pa.string()) for name in names]))


def _widened(table: pa.Table, names: list[str]) -> pa.Table:
    held = set(table.column_names)
    nothing = pa.nulls(table.num_rows, pa.string())
    return pa.table({name: table.column(name) if name in held else nothing for name in names})
