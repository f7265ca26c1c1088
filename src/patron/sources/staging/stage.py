"""Bring a file to where and how the engine reads it: CSV in UTF-8 as it lies, everything else as a file aside.

Nothing is lost on the way: what cannot be read is kept with its row and its text.
"""

from __future__ import annotations

import shutil
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.parquet as pq

from patron.language import listing, say
from patron.sources.files import SourceFile, blaming
from patron.sources.formats.find_text_format import find_text_format
from patron.sources.formats.format import Format
from patron.sources.spec import FormatSpec
from patron.sources.staging.database import RowDigest
from patron.sources.staging.excel import excel_records
from patron.sources.staging.json_records import json_records
from patron.sources.staging.text_table import TextTable
from patron.sources.staging.transcode import WHITESPACE, transcode


@dataclass(frozen=True)
class Staged:
    """A file as the engine reads it.

    `path` is a CSV file in UTF-8 or a Parquet file; `lines` counts the lines of the CSV file that are not blank;
    `refused` are the rows that could not be read on the way, with their numbers.
    """

    file: SourceFile
    path: Path
    format: Format
    lines: int = 0
    refused: tuple[tuple[int, str], ...] = ()

    @property
    def name(self) -> str:
        """How the file is called in reports."""
        return self.file.name

    @property
    def is_parquet(self) -> bool:
        """Whether the engine reads Parquet; otherwise it reads CSV."""
        return self.format.kind != "csv"

    @property
    def is_gzipped(self) -> bool:
        """Whether the engine reads gzip."""
        return not self.is_parquet and self.path.name.lower().endswith(".gz")


def stage(file: SourceFile, *, told: FormatSpec, target: Path) -> Staged:
    """Make a file readable by the engine.

    Parameters
    ----------
    file : SourceFile
        Of any kind.
    told : FormatSpec
        What the settings say of it.
    target : Path
        Where to write what must be written, without an ending; its folder is made when it is not there.

    Raises
    ------
    SourceError
        It cannot be read as what it says it is.
    SettingsError
        It must be said which sheet or table is meant.
    """
    with blaming(file):
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.kind == "database":
            return _database(file, target.with_name(f"{target.name}.parquet"))
        here = _fetched(file, target) if file.url else file
        if file.kind == "csv":
            staged = _text(here, told, target)
        elif file.kind == "parquet":
            staged = _parquet(here, target)
        else:
            written = _json if file.kind == "json" else _excel
            staged = written(here, told, target.with_name(f"{target.name}.parquet"))
        return replace(staged, file=file)


def _fetched(file: SourceFile, target: Path) -> SourceFile:
    """Bring a file from elsewhere here, once."""
    path = target.with_name(f"{target.name}-{file.path.name}")
    with replace(file, member="").raw() as stream, path.open("wb") as written:
        shutil.copyfileobj(stream, written, 1 << 20)
    return SourceFile(path, file.name, file.source, member=file.member)


def _parquet(file: SourceFile, target: Path) -> Staged:
    path = file.path if file.is_local else _copied(file, target.with_name(f"{target.name}.parquet"))
    return Staged(file, path, Format(kind="parquet", columns=tuple(pq.read_schema(path).names)))


def _copied(file: SourceFile, path: Path) -> Path:
    with file.raw() as stream, path.open("wb") as written:
        shutil.copyfileobj(stream, written, 1 << 20)
    return path


def _text(file: SourceFile, told: FormatSpec, target: Path) -> Staged:
    seen = file.scan()
    form = find_text_format(seen, told=told)
    if form.encoding == "utf-8" and form.separator != WHITESPACE:
        path = file.path if file.is_local else _copied(file, target.with_name(f"{target.name}{_ending(file)}"))
        return Staged(file, path, form, seen.lines)
    path, refused = target.with_name(f"{target.name}.csv"), list[tuple[int, str]]()
    with file.open() as stream:
        transcode(
            stream, path, encoding=form.encoding, separator=form.separator, header=form.header,
            refuse=lambda row, text: refused.append((row, text)),
        )  # fmt: skip
    written = SourceFile(path, file.name).scan()
    return Staged(file, path, form, written.lines, tuple(refused))


def _ending(file: SourceFile) -> str:
    return ".csv.gz" if file.is_gzipped else ".csv"


def _json(file: SourceFile, told: FormatSpec, path: Path) -> Staged:
    refused: list[tuple[int, str]] = []
    table = TextTable(path)
    with file.open() as stream:
        encoding = told.encoding or "utf-8"
        for record in json_records(stream, refuse=lambda row, text: refused.append((row, text)), encoding=encoding):
            table.add(record)
    return Staged(file, path, Format(kind="json", columns=table.finish()), refused=tuple(refused))


def _excel(file: SourceFile, told: FormatSpec, path: Path) -> Staged:
    table, sheet = TextTable(path), ""
    with file.raw() as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # styles and filters that openpyxl leaves out
        for found, names, record in excel_records(stream, told=told, name=file.name, source=file.source):
            sheet = found
            table.columns(names)
            if record:
                table.add(record)
    found_sheet = () if told.sheet else ("sheet",)
    return Staged(file, path, Format(kind="excel", columns=table.finish(), sheet=sheet, found=found_sheet))


def _database(file: SourceFile, path: Path) -> Staged:
    batches = file.relation.batches()
    first, told = next(batches), RowDigest()
    if len(set(first.schema.names)) < len(first.schema.names):
        raise ValueError(say("sources.header_twice", columns=listing(first.schema.names)))
    with pq.ParquetWriter(path, first.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            told.add(batch)
    file.was_read(told.value())
    return Staged(file, path, Format(kind="database", columns=tuple(first.schema.names), table=file.table))
