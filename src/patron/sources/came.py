"""The rows of one source as they came: read, held against the files, trimmed, in plain days and numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from patron.contracts import Column
from patron.contracts.raw import REJECTED
from patron.sources import lines
from patron.sources.check_complete import check_complete
from patron.sources.copies import marks
from patron.sources.customer_ids import with_customer_id
from patron.sources.erased import Erased, emptied, without_undecoded
from patron.sources.files import SourceFile
from patron.sources.formats.find_styles import find_styles
from patron.sources.formats.format_findings import Written, written
from patron.sources.formats.plain import plain
from patron.sources.read import UNDECODED, read_files, undecoded_rows
from patron.sources.spec import SourceSpec

Keep = Callable[[str, ir.Table], ir.Table]
"""Write an intermediate table aside and return it as written."""


@dataclass(frozen=True)
class Came:
    """The rows of a source, as text: trimmed, days and numbers plain; in `told`, as the source wrote them.

    Ids that are e-mail addresses are spelt one way in `table`. `marks` are what `copies.marks` says of the rows,
    `mapped` the fields that have a column, `undecoded` the lines that could not even be decoded
    (contracts.raw.REJECTED), `forms` how each file is written. `erased` counts the rows of erased people, which are
    nowhere in here; `gone` are the ids of their orders, where rows have any.
    """

    table: ir.Table
    told: ir.Table
    marks: ir.Table
    mapped: tuple[str, ...]
    undecoded: ir.Table
    forms: tuple[Written, ...]
    erased: int = 0
    gone: ir.Table | None = None


@dataclass(frozen=True)
class Reader:
    """What reading needs besides the files."""

    connection: BaseBackend
    keep: Keep
    zone: str = "UTC"
    staging: Path | None = None
    erased: Erased | None = None

    def rows(
        self, source: str, spec: SourceSpec, files: Sequence[SourceFile], fields: Sequence[Column], *,
        gone: ir.Table | None = None,
    ) -> Came:  # fmt: skip
        """Read the files of a source.

        `gone` are the ids of orders of erased people, whose lines are theirs.

        Raises
        ------
        SettingsError, SourceError
            The files are not as the settings say, or cannot be read whole.
        """
        read = read_files(
            files, columns=spec.columns, fields=fields, source=source, connection=self.connection, told=spec.format,
            staging=self.staging,
        )  # fmt: skip
        # Written aside before anything is computed on it: files are read in one thread, the rest in all of them.
        came = self.keep(f"{source}_read", self._emptied(read.table, read.mapped, gone))
        undecoded = undecoded_rows(self.connection, read.files)
        check_complete(came, undecoded, files=read.files, source=source, connection=self.connection)
        noted = ibis.memtable(undecoded, schema=ibis.schema(UNDECODED))
        left_out, theirs, noted = self._without_erased(came, noted)
        came = came if self.erased is None else came.filter(~came.erased).drop("erased")
        told = self.keep(f"{source}_trimmed", lines.trimmed(came, read.mapped))
        rows = told
        styles = find_styles(
            rows, files=read.files, fields=fields, mapped=read.mapped, told=spec.format, source=source, zone=self.zone
        )
        if styles.readings:
            rows = self.keep(f"{source}_plain", plain(rows, styles, zone=self.zone))
        rows = with_customer_id(rows)
        refused = noted.mutate(source=ibis.literal(source), rule=ibis.literal("undecoded"))
        return Came(
            rows,
            told,
            self.keep(f"{source}_marks", marks(rows, read.mapped)),
            read.mapped,
            self.keep(f"{source}_undecoded", REJECTED.shape(refused)),
            tuple(written(files=read.files, styles=styles)),
            left_out,
            theirs,
        )

    def _emptied(self, rows: ir.Table, mapped: Sequence[str], gone: ir.Table | None) -> ir.Table:
        return rows if self.erased is None else emptied(rows, self.erased, mapped=mapped, orders=gone)

    def _without_erased(self, came: ir.Table, noted: ir.Table) -> tuple[int, ir.Table | None, ir.Table]:
        """Count the rows of erased people, and return the ids of their orders and the undecoded lines of the others."""
        if self.erased is None:
            return 0, None, noted
        rest = without_undecoded(noted, self.erased)
        theirs = came.filter(came.erased)
        every = (theirs.count(), noted.count(), rest.count())
        rows, lines_, kept = (int(count.to_pyarrow().as_py()) for count in every)
        orders = theirs.select("order_id").distinct() if "order_id" in theirs.columns else None
        return rows + lines_ - kept, orders, rest
