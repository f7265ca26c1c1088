"""Point reads of a table: one row, or the rows of one key, of millions, in some tens of microseconds.

A table lies in one Arrow file, sorted by the bytes of its key and mapped into memory. A key is found by halving; what
is read stays in the page cache, which all processes of a machine share, and nothing else is held. Columns that are
sealed (`engines.cipher`) stay sealed in the file, and are opened in the rows that are asked for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from patron.engines.atomic import aside
from patron.engines.cipher import SealedColumn
from patron.engines.column_reader import Reader, reader_of
from patron.errors import ArgumentError
from patron.language import failure, listing

ROWS = 65_536  # of one batch: what is held in memory while a file is written


class UnsortedError(ValueError):
    """The rows did not come in the order of their key, or one has none."""


class LookupTable:
    """A table that is asked for the rows of one key.

    Parameters
    ----------
    file : Path
        From `write_lookup`.
    key : str
        The column by which it is sorted.

    Raises
    ------
    OSError
        The file is not there, or is no whole Arrow file.
    ArgumentError
        It has no such column.
    """

    def __init__(self, file: Path, key: str) -> None:
        try:
            reader = pa.ipc.open_file(pa.memory_map(str(file)))
        except pa.ArrowException as error:
            raise OSError(str(file)) from error
        self._key = key
        self._shape = Shape.of(reader.schema.names)
        if key not in self._shape.places:
            raise failure(ArgumentError, "live.lookup_key", came=key, allowed=listing(self._shape.places))
        batches = [batch for n in range(reader.num_record_batches) if (batch := reader.get_batch(n)).num_rows]
        self._readers = [tuple(map(reader_of, batch.columns)) for batch in batches]
        self._texts = [_Texts(batch.column(self._shape.places[key])) for batch in batches]
        self._last = [texts[len(texts) - 1] for texts in self._texts]

    def __len__(self) -> int:
        return sum(map(len, self._texts))

    def __contains__(self, key: str) -> bool:
        return self.find(key) is not None

    def find(self, key: str) -> LookupRow | None:
        """Return the first row of a key, whose columns are read when they are asked for; none where there is none."""
        return next(self._found(key), None)

    def row(self, key: str) -> dict[str, Any] | None:
        """Return the first row of a key, or none."""
        found = self.find(key)
        return None if found is None else found.whole()

    def rows(self, key: str) -> list[dict[str, Any]]:
        """Return all rows of a key, in their order."""
        return [found.whole() for found in self._found(key)]

    def _found(self, key: str) -> Iterator[LookupRow]:
        sealed = self._shape.sealed.get(self._key)
        wanted = (key if sealed is None else sealed.seal(key)).encode()
        for place in range(bisect_left(self._last, wanted), len(self._texts)):
            texts = self._texts[place]
            for at in range(texts.first(wanted), len(texts)):
                if texts[at] != wanted:
                    return
                yield LookupRow(self._readers[place], at, self._shape)


@dataclass(frozen=True)
class Shape:
    """Where the columns of a file stand, and which of them are sealed."""

    places: Mapping[str, int]
    sealed: Mapping[str, SealedColumn]

    @classmethod
    def of(cls, stored: Sequence[str]) -> Shape:
        """Read it off the names of the columns."""
        sealed = [SealedColumn.of(name) for name in stored]
        names = [name if one is None else one.name for name, one in zip(stored, sealed, strict=True)]
        return cls({name: n for n, name in enumerate(names)}, {one.name: one for one in sealed if one is not None})


class LookupRow(Mapping[str, Any]):
    """One row of a table: a mapping of column to value, each read when it is asked for."""

    __slots__ = ("_at", "_readers", "_shape")

    def __init__(self, readers: Sequence[Reader], at: int, shape: Shape) -> None:
        self._readers, self._at, self._shape = readers, at, shape

    def whole(self) -> dict[str, Any]:
        """Return all its columns, read now."""
        if self._shape.sealed:
            return dict(self)
        at = self._at
        return {name: read(at) for name, read in zip(self._shape.places, self._readers, strict=True)}

    def __getitem__(self, name: str) -> Any:
        value = self._readers[self._shape.places[name]](self._at)
        sealed = self._shape.sealed.get(name)
        return value if sealed is None or value is None else sealed.open(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._shape.places)

    def __len__(self) -> int:
        return len(self._shape.places)


class _Texts:
    """A column of texts as their bytes, read where they lie."""

    __slots__ = ("_bytes", "_from", "_offsets", "_rows")

    def __init__(self, column: pa.Array) -> None:
        _, offsets, texts = column.buffers()
        self._offsets = memoryview(offsets).cast("q" if pa.types.is_large_string(column.type) else "i")
        self._bytes = memoryview(texts) if texts is not None else memoryview(b"")
        self._from: int = column.offset
        self._rows = len(column)

    def __len__(self) -> int:
        return self._rows

    def first(self, wanted: bytes) -> int:
        """Return the first row whose text is not before another: `bisect_left`, written out since it is asked often."""
        ends, letters, low = self._offsets, self._bytes, self._from
        high: int = low + self._rows
        while low < high:
            middle = (low + high) >> 1
            if bytes(letters[ends[middle] : ends[middle + 1]]) < wanted:
                low = middle + 1
            else:
                high = middle
        return low - self._from

    def __getitem__(self, at: int) -> bytes:
        at += self._from
        return bytes(self._bytes[self._offsets[at] : self._offsets[at + 1]])


def write_lookup(file: Path, batches: Iterable[pa.RecordBatch], schema: pa.Schema, *, key: str) -> int:
    """Write a table that `LookupTable` reads, whole or not at all, and return the number of its rows.

    Parameters
    ----------
    file : Path
        Where; only its owner may read it.
    batches : iterable of RecordBatch
        The rows, in the order of the bytes of their key.
    schema : Schema
        Of the batches.
    key : str
        The column, as it is called in the batches: a text that is never missing.

    Raises
    ------
    UnsortedError
        The rows came in another order, or a key is missing.
    OSError
        The disk is full, or the folder is gone.
    """
    rows, last = 0, b""
    with aside(file, owned=True) as beside, pa.OSFile(str(beside), "wb") as sink, pa.ipc.new_file(sink, schema) as out:
        for batch in batches:
            if batch.num_rows:
                last = _in_order(batch.column(key), last)
                out.write_batch(batch)
                rows += batch.num_rows
    return rows


def _in_order(column: pa.Array, last: bytes) -> bytes:
    """Return a batch's last key where its keys follow each other, and the last one of the batch before."""
    texts = column.cast(pa.large_binary())
    ordered = not column.null_count and last <= texts[0].as_py()
    if not ordered or pc.all(pc.less_equal(texts[:-1], texts[1:])).as_py() is False:
        raise UnsortedError
    return bytes(texts[len(texts) - 1].as_py())
