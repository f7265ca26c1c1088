"""Look at files: how they are written, which have the same columns, and what their rows hold.

Nothing is guessed from a few rows where all can be had: a table of up to `MOST_CELLS` cells is read whole; of a larger
one the first rows are, and what is said of it names how many.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from patron.contracts import MONEY
from patron.errors import PatronError
from patron.sources.convert import moment, number
from patron.sources.files import SourceFile
from patron.sources.formats.find_format import find_format
from patron.sources.formats.format import Format
from patron.sources.lines import NOTHING
from patron.sources.read import opened, staged_file
from patron.sources.recognition.looked import ColumnFacts, Looked

MOST_CELLS = 20_000_000
MOST_TYPED = 50_000
"""So many rows at least, spread evenly, tell what a column's values are."""
MOST_COLUMNS = 200
"""Of a wider table, the columns behind these are not looked at."""


@dataclass(frozen=True)
class Unread:
    """A file that could not be looked at, and why."""

    file: SourceFile
    error: PatronError


@dataclass(frozen=True)
class _Held:
    """A file as it was opened."""

    file: SourceFile
    form: Format
    table: ir.Table


def look(files: Sequence[SourceFile], *, connection: BaseBackend, staging: Path) -> tuple[list[Looked], list[Unread]]:
    """Group files by equal header and count what each column holds.

    Parameters
    ----------
    files : sequence of SourceFile
        All files that may be sources.
    connection : BaseBackend
        DuckDB; the rows looked at stay in it as temporary tables of text.
    staging : Path
        A folder for what must be brought into another form to be read.

    Returns
    -------
    list of Looked, list of Unread
        The tables by the name of their first file, and the files that could not be read.
    """
    held: list[_Held] = []
    unread: list[Unread] = []
    for place, file in enumerate(files):
        try:
            staged = staged_file(file, source=file.source, staging=staging, number=place)
            table = opened(staged, source=file.source, connection=connection)
            held.append(_Held(file, find_format(file), table))
        except PatronError as error:
            unread.append(Unread(file, error))
    held.sort(key=lambda one: (one.table.columns, one.file.name))
    groups = [list(group) for _, group in groupby(held, key=lambda one: one.table.columns)]
    tables = [_looked(f"patron_looked_{place}", group, connection) for place, group in enumerate(groups)]
    return sorted(tables, key=lambda table: table.files[0].name), unread


_SURPLUS = "patron surplus"


def _looked(name: str, group: Sequence[_Held], connection: BaseBackend) -> Looked:
    header = [column for column in group[0].table.columns if column != _SURPLUS][:MOST_COLUMNS]
    most = max(MOST_CELLS // len(header), 1) // len(group)
    parts = [_texts(one.table, header, most) for one in group]
    texts = ibis.union(*parts) if len(parts) > 1 else parts[0]
    places = list(texts.columns)
    kept = connection.create_table(name, texts.select(**{place: _trimmed(texts[place]) for place in places}), temp=True)
    rows = int(kept.count().to_pyarrow().as_py())
    every = kept.mutate(nth=ibis.row_number() % (rows // MOST_TYPED + 1)).filter(lambda t: t.nth == 0).drop("nth")
    form = group[0].form
    styles = {f"c{place}": form.dates.get(column, ()) for place, column in enumerate(header)}
    counts = _row(kept, _counted(kept)) | _row(every, _typed(every, styles, form))
    facts = {column: _facts(column, place, counts, form) for place, column in enumerate(header)}
    return Looked(
        files=tuple(one.file for one in group),
        columns=facts,
        rows=rows,
        whole=rows < most,
        table=name,
        form=form,
        alike=all(_facets(one.form) == _facets(form) for one in group),
    )


def _facets(form: Format) -> tuple[object, ...]:
    return form.separator, form.encoding, form.decimal, form.thousands, form.header, form.sheet, form.dates


def _texts(table: ir.Table, header: Sequence[str], most: int) -> ir.Table:
    return table.select(**{f"c{place}": _text(table[column]) for place, column in enumerate(header)}).limit(most)


def _text(value: ir.Value) -> ir.StringValue:
    """Write a value as the reader of sources does; a whole number has no fraction."""
    if not value.type().is_floating():
        return value.cast("string")
    whole = value.try_cast("int64")
    return ibis.ifelse(whole.cast("float64") == value.cast("float64"), whole.cast("string"), value.cast("string"))


_NO_VALUE = f"^({'|'.join(map(re.escape, NOTHING))})$"


def _trimmed(text: ir.StringValue) -> ir.StringValue:
    """Trim a value as cleaning does, and make what means nothing null."""
    stripped = text.strip()
    return ibis.ifelse(stripped.re_search(_NO_VALUE), ibis.null("string"), stripped)


def _row(table: ir.Table, values: dict[str, ir.Value]) -> dict[str, Any]:
    found: dict[str, Any] = table.aggregate(**values).to_pyarrow().to_pylist()[0]
    return found


_EARLIEST, _LATEST = 1900, 2100


def _counted(table: ir.Table) -> dict[str, ir.Value]:
    """Return what is counted over all rows."""
    counted: dict[str, ir.Value] = {}
    for column in table.columns:
        text = table[column]
        counted[f"{column} filled"] = text.count()
        counted[f"{column} distinct"] = text.nunique()
    return counted


def _typed(table: ir.Table, styles: dict[str, tuple[str, ...]], form: Format) -> dict[str, ir.Value]:
    """Return what is counted over rows spread evenly: converting every value of a large table tells no more."""
    counted: dict[str, ir.Value] = {}
    for column in table.columns:
        text = table[column]
        style = styles[column][:1] or ("iso",)
        read = moment(text) if style == ("iso",) else moment(text, dates=style, zone="UTC")
        amount = number(text, MONEY)
        if (form.decimal, form.thousands) != (".", ""):
            amount = ibis.coalesce(amount, number(text, MONEY, decimal=form.decimal, thousands=form.thousands))
        counted[f"{column} tried"] = text.count()
        counted[f"{column} dates"] = read.year().between(_EARLIEST, _LATEST).sum()
        counted[f"{column} numbers"] = amount.notnull().sum()
        counted[f"{column} shortest"] = text.length().min()
        counted[f"{column} longest"] = text.length().max()
    return counted


def _facts(column: str, place: int, counts: dict[str, Any], form: Format) -> ColumnFacts:
    names = ("filled", "distinct", "tried", "dates", "numbers", "shortest", "longest")
    facts = {name: int(counts[f"c{place} {name}"] or 0) for name in names}
    return ColumnFacts(column, place, styles=tuple(form.dates.get(column, ())), **facts)
