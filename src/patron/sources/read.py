"""Read a source's files into one table of our fields, every row with its file and row number.

Text stays text here: what cannot be converted must still be there to be counted and shown.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import add
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from patron.contracts import Column
from patron.engines.exact_path import exact_path
from patron.errors import SettingsError
from patron.language import did_you_mean, failure, listing, say
from patron.sources.files import SourceFile, blaming
from patron.sources.formats.format import Format
from patron.sources.spec import FormatSpec
from patron.sources.staging.stage import Staged, stage
from patron.sources.staging.transcode import WHITESPACE

UNDECODED = pa.schema([("file", pa.string()), ("row", pa.int64()), ("content", pa.string())])


@dataclass(frozen=True)
class Read:
    """A source as it came.

    `table` has ``file_number, file, row, broken`` (the line had too few or too many columns), ``breaks`` (how many
    line breaks its fields hold) and every field, null where it is not mapped. `files` are the files as they were
    read, in the order of ``file_number``.
    """

    table: ir.Table
    mapped: tuple[str, ...]
    files: tuple[Staged, ...]


def read_files(
    files: Sequence[SourceFile],
    *,
    columns: Mapping[str, str],
    fields: Sequence[Column],
    source: str,
    connection: BaseBackend,
    told: FormatSpec | None = None,
    staging: Path | None = None,
) -> Read:
    """Build the table of a source's rows.

    Parameters
    ----------
    files : sequence of SourceFile
        In the order in which they count: of a row that stands in two, the earlier file's stays.
    columns : mapping of str to str
        Our field -> the file's column. When empty, columns called like our fields are taken.
    fields : sequence of Column
        The fields that the source may deliver.
    source : str
        The source's name, for errors.
    connection : BaseBackend
        The engine; DuckDB reads the files.
    told : FormatSpec, optional
        What the settings say of how the files are written; the rest is found.
    staging : Path, optional
        A folder for what must be brought into another form to be read; it must stay as long as the table is used.

    Raises
    ------
    SettingsError
        A field or a column is unknown, or a required field is not mapped.
    SourceError
        A file cannot be read as what it says it is.
    """
    _forget(connection)
    staged = tuple(
        staged_file(file, source=source, told=told, staging=staging, number=number) for number, file in enumerate(files)
    )
    tables = [opened(file, source=source, connection=connection) for file in staged]
    mapping = _mapping(columns, fields, staged[0].format.columns, source)
    parts = [
        _part(number, file, table, mapping, fields, source)
        for number, (file, table) in enumerate(zip(staged, tables, strict=True))
    ]
    return Read(ibis.union(*parts) if len(parts) > 1 else parts[0], tuple(mapping), staged)


def staged_file(
    file: SourceFile, *, source: str, told: FormatSpec | None = None, staging: Path | None = None, number: int = 0
) -> Staged:
    """Return a file as the engine reads it; see `stage`."""
    folder = staging or _aside()
    folder.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(dir=folder)) / f"{source}_{number:04}"
    return stage(file, told=told or FormatSpec(), target=place)


@cache
def _aside() -> Path:
    """Return a folder that goes with the process, for those who have none of their own."""
    folder = Path(tempfile.mkdtemp(prefix="patron-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def undecoded_rows(connection: BaseBackend, files: Sequence[Staged]) -> pa.Table:
    """Return what could not be read at all, each line once: file, row, content.

    That is the lines that the CSV reader refused (not UTF-8, or endless), to be asked for after the rows have been
    read, for the reader notes them while it reads; and the records that were refused before.
    """
    by_path = {str(file.path): file for file in files if not file.is_parquet}
    noted = _query(connection, _NOTED) if _has_noted(connection) else pa.table({})
    seen = {(file.name, row): content for file in files for row, content in file.refused}
    for record in noted.to_pylist():
        file = by_path.get(record["path"])
        if file is not None:
            row = int(record["line"]) - int(file.format.header)
            seen.setdefault((file.name, row), record["content"] or "")
    rows = [{"file": name, "row": row, "content": content} for (name, row), content in seen.items()]
    return pa.Table.from_pylist(rows, schema=UNDECODED)


_REJECTS, _SCANS = "patron_csv_rejects", "patron_csv_scans"
_HAS_NOTED = f"SELECT 1 FROM duckdb_tables() WHERE table_name = '{_REJECTS}'"
_NOTED = f"""
    SELECT DISTINCT scans.file_path AS path, rejects.line, rejects.csv_line AS content
    FROM {_REJECTS} AS rejects JOIN {_SCANS} AS scans USING (scan_id, file_id)
    ORDER BY ALL
"""


def _query(connection: BaseBackend, sql: str) -> pa.Table:
    return connection.con.sql(sql).to_arrow_table()


def _has_noted(connection: BaseBackend) -> bool:
    return bool(_query(connection, _HAS_NOTED).num_rows)


def _forget(connection: BaseBackend) -> None:
    """Forget the lines that earlier reads refused; the connection would remember them as long as it lives."""
    if _has_noted(connection):
        for table in (_REJECTS, _SCANS):
            connection.con.execute(f"DELETE FROM {table}")


def opened(file: SourceFile | Staged, *, source: str, connection: BaseBackend) -> ir.Table:
    """Return a file as the engine sees it: every column, of CSV as text, with the surplus column at the end.

    Raises
    ------
    SourceError
        It cannot be read as what it says it is.
    """
    if isinstance(file, SourceFile):
        file = staged_file(file, source=source)
    with blaming(file.file):
        if file.is_parquet:
            return connection.read_parquet(exact_path(file.path))
        names = [*file.format.columns, _SURPLUS]
        # Said, not guessed: DuckDB takes a question mark for the end of the name, and its ending with it.
        compression = "gzip" if file.is_gzipped else "none"
        return connection.read_csv(
            exact_path(file.path), columns=dict.fromkeys(names, "VARCHAR"), compression=compression,
            **_written_as(file.format), **_CSV,
        )  # fmt: skip


def _written_as(form: Format) -> dict[str, Any]:
    separator = "," if form.separator == WHITESPACE else form.separator
    quote = '"' if form.separator == WHITESPACE else form.quote
    # The header of a file between blanks is written between commas, too.
    return {"header": form.header, "delim": separator, "quote": quote, "escape": quote}


# A line that is too long fills one column more than the header has; one that is too short leaves null, which an
# empty field never is here. So both are seen, and both are kept to be shown.
_SURPLUS = "patron surplus"
_NO_TEXT_IS_NULL = "\x01"
_CSV: dict[str, Any] = {
    "auto_detect": False,
    "hive_partitioning": False,  # a folder called year=2024 is no column
    "strict_mode": False,
    "null_padding": True,
    "nullstr": _NO_TEXT_IS_NULL,
    "parallel": False,  # DuckDB pads and reads quoted line breaks only in one thread
    "store_rejects": True,
    "rejects_table": _REJECTS,
    "rejects_scan": _SCANS,
    "rejects_limit": 0,
}


def _mapping(columns: Mapping[str, str], fields: Sequence[Column], came: Sequence[str], source: str) -> dict[str, str]:
    """Check the mapping against our fields and the first file's columns."""
    known = {field.name for field in fields}
    mapping = dict(columns) or {name: name for name in came if name in known}
    for name in mapping:
        if name not in known:
            raise failure(
                SettingsError, "sources.unknown_field", source=source, field=name, hint=did_you_mean(name, known),
                key=f"sources.{source}.columns.{name}",
            )  # fmt: skip
    for field in fields:
        if not field.nullable and field.name not in mapping:
            raise failure(
                SettingsError, "sources.field_not_mapped", source=source, field=field.name, meaning=field.meaning,
                came=listing(came), key=f"sources.{source}.columns",
                hint=_separator(came, source) or say("sources.map_it", source=source, field=field.name),
            )  # fmt: skip
    return mapping


def _separator(came: Sequence[str], source: str) -> str:
    """Say that a file is separated by something else, when its header is one name that holds a separator."""
    held = len(came) == 1 and any(mark in came[0] for mark in ",;\t|")
    return say("sources.other_separator", source=source) if held else ""


def _part(
    number: int, file: Staged, table: ir.Table, mapping: Mapping[str, str], fields: Sequence[Column], source: str
) -> ir.Table:
    held = [column for column in table.columns if column != _SURPLUS]
    for field, column in mapping.items():
        if column not in held:
            raise failure(
                SettingsError, "sources.column_missing", source=source, field=field, column=column, file=file.name,
                hint=_separator(held, source) or did_you_mean(column, held), key=f"sources.{source}.columns.{field}",
            )  # fmt: skip
    broken, breaks = ibis.literal(value=False), ibis.literal(0, "int64")
    if not file.is_parquet:
        broken = table[held[-1]].isnull() | table[_SURPLUS].notnull()
        # Of the columns that are read anyway: to read more would refuse lines for what nobody asked for.
        breaks = line_breaks(table, sorted({*mapping.values(), held[-1], _SURPLUS}))
    return table.select(
        file_number=ibis.literal(number, "int64"),
        file=ibis.literal(file.name),
        row=_numbered(file, table).cast("int64") + 1,
        broken=broken,
        breaks=breaks,
        **{field.name: _value(field, table, mapping) for field in fields},
    )


def _numbered(file: Staged, table: ir.Table) -> ir.IntegerValue:
    """Return the number of each row as they stand; those of a database stand in no order, and are put in one."""
    if file.format.kind != "database":
        return ibis.row_number()
    return ibis.row_number().over(ibis.window(order_by=[table[name] for name in table.columns]))


def line_breaks(table: ir.Table, columns: Sequence[str]) -> ir.IntegerValue:
    """Count the line breaks that a row's fields hold."""
    counts = [
        ibis.ifelse(table[name].contains("\n"), table[name].length() - table[name].replace("\n", "").length(), 0)
        for name in columns
    ]
    return reduce(add, (count.fill_null(0).cast("int64") for count in counts))


def _value(field: Column, table: ir.Table, mapping: Mapping[str, str]) -> ir.Value:
    if field.name not in mapping:
        return ibis.null("string")
    value = table[mapping[field.name]]
    if value.type().is_string():
        return value
    text = value.cast("string")
    return _without_fraction(value, text) if field.type == "string" and value.type().is_floating() else text


def _without_fraction(value: ir.NumericValue, text: ir.StringValue) -> ir.StringValue:
    """Write a whole number as one: pandas keeps ids with gaps as floats, and 12345.0 meets no 12345 elsewhere."""
    whole = value.try_cast("int64")
    return ibis.ifelse(whole.cast("float64") == value.cast("float64"), whole.cast("string"), text)
