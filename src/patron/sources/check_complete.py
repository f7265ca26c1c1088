"""Hold what was read against what the files hold: no line may be lost without a word.

A quote that is opened and never closed swallows all lines up to the next quote or to the end of the file: they become
one field of one row, and nothing else would tell. So the lines of each CSV file are counted apart from the engine, and
must be found again: as a row, as a line break inside a row, or as a line that could not be decoded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from patron.errors import SourceError
from patron.language import failure, number
from patron.sources.read import line_breaks, opened, undecoded_rows
from patron.sources.staging.stage import Staged

MOST_BREAKS = 100
"""Line breaks that one row may hold; more of them are lines that a quote swallowed."""


def check_complete(
    rows: ir.Table, undecoded: pa.Table, *, files: Sequence[Staged], source: str, connection: BaseBackend
) -> None:
    """Refuse a CSV file of which lines are missing in what was read.

    Parameters
    ----------
    rows : Table
        `read.Read.table`, as written aside: ``file_number, row, breaks``.
    undecoded : pyarrow.Table
        What `read.undecoded_rows` returned.
    files : sequence of Staged
        `read.Read.files`, in the order of ``file_number``.
    source : str
        The source's name, for errors.
    connection : BaseBackend
        The engine, to look at a file again.

    Raises
    ------
    SourceError
        A row holds more than `MOST_BREAKS` line breaks, or lines were lost.
    """
    noted = undecoded.to_pylist()
    for place, file in enumerate(files):
        if file.is_parquet:
            continue
        there = file.lines
        refused = _by_the_engine(noted, file)
        found = _found(rows.filter(rows.file_number == place), refused, there, file=file, source=source)
        if found < there:
            _look_again(file, there, source=source, connection=connection)


def _look_again(file: Staged, there: int, *, source: str, connection: BaseBackend) -> None:
    """Count in all columns: what is missing may be the line breaks of a column that is not mapped."""
    table = opened(file, source=source, connection=connection)
    rows = table.select(row=ibis.row_number().cast("int64") + 1, breaks=line_breaks(table, table.columns))
    # As two steps: the lines that this read refuses are noted while it reads.
    counted = ibis.memtable(connection.to_pyarrow(rows))
    refused = _by_the_engine(undecoded_rows(connection, [file]).to_pylist(), file)
    lost = there - _found(counted, refused, there, file=file, source=source)
    # A byte that is no text is noted as a question mark, and so is a line break that follows it.
    hidden = {record["row"]: record["content"].count("?") for record in refused}
    if lost > 0 and max(hidden.values(), default=0) > MOST_BREAKS:
        raise _open_quote(file, source, row=max(hidden, key=hidden.__getitem__), lines=lost)
    if lost > sum(hidden.values()):
        raise failure(
            SourceError, "sources.lines_lost", source=source, file=file.name, path=file.file.place,
            lines=number(there), lost=number(lost),
        )  # fmt: skip


def _found(rows: ir.Table, refused: Sequence[Mapping[str, Any]], there: int, *, file: Staged, source: str) -> int:
    """Return how many of the lines that are there were found again, the header among them.

    Raises
    ------
    SourceError
        A row, or a line that was refused, holds too many of them.
    """
    count = rows.aggregate(rows=rows.count(), breaks=rows.breaks.sum(), widest=rows.breaks.max())
    counted: dict[str, Any] = count.to_pyarrow().to_pylist()[0]
    if (counted["widest"] or 0) > MOST_BREAKS:
        first = rows.filter(rows.breaks == int(counted["widest"])).aggregate(row=rows.row.min())
        raise _open_quote(file, source, row=first.to_pyarrow()["row"][0].as_py(), lines=int(counted["widest"]))
    noted = sum(1 + record["content"].count("\n") for record in refused)
    found: int = int(file.format.header) + int(counted["rows"]) + int(counted["breaks"] or 0) + noted
    for record in refused:
        breaks = record["content"].count("\n")
        if breaks > MOST_BREAKS:  # the engine notes only how a long one begins
            raise _open_quote(file, source, row=record["row"], lines=breaks + max(there - found, 0))
    return found


def _open_quote(file: Staged, source: str, *, row: int, lines: int) -> SourceError:
    return failure(
        SourceError, "sources.open_quote", source=source, file=file.name, path=file.file.place,
        row=number(row), lines=number(lines), allowed=MOST_BREAKS,
    )  # fmt: skip


def _by_the_engine(noted: Sequence[Mapping[str, Any]], file: Staged) -> list[Mapping[str, Any]]:
    """Return the lines of a file that the engine refused; what was refused before is in no file that it reads."""
    before = {row for row, _ in file.refused}
    return [record for record in noted if record["file"] == file.name and record["row"] not in before]
