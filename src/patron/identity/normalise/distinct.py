"""From the engine to Python and back: every distinct value once, a batch at a time.

Values are few beside the rows that hold them, or at least no more. They leave the engine in batches and return as a
table to join with, so that memory stays bounded however many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.identity.keep import Keep

BATCH = 200_000  # values; some 100 MB on their way through Python

_PARTS = 256  # the first two digits of a hash: into so many equal parts a table can be cut


@dataclass(frozen=True)
class Asker:
    """Asks Python about distinct values.

    Parameters
    ----------
    keep : callable
        Writes a table aside and returns it as written.
    rows : int
        At most so many distinct values there may be of a kind. Those of one batch are not written aside.
    """

    keep: Keep
    rows: int

    def ask(
        self, asked: ir.Table, answer: Callable[..., tuple[str, ...]], *, makes: tuple[str, ...], name: str
    ) -> ir.Table:
        """Ask a function about every distinct row of a table.

        Parameters
        ----------
        asked : Table
            Text columns without missing values; they are the function's arguments, in order.
        answer : callable
            Returns one text for each name in `makes`.
        makes : tuple of str
            Names of the columns that the answers become.
        name : str
            What tables that are written aside are called.

        Returns
        -------
        Table, one row per distinct row of `asked`
            Its columns and those of `makes`.
        """
        known = asked.distinct()
        schema = pa.schema([(column, pa.string()) for column in (*known.columns, *makes)])
        if self.rows <= BATCH:
            return ibis.memtable(_answers(known.to_pyarrow(), answer, schema))
        parts = [
            self.keep(f"{name}_{number}", ibis.memtable(_answers(batch, answer, schema)))
            for number, batch in enumerate(_batches(self.keep(f"{name}_asked", known)))
        ]
        return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _batches(known: ir.Table) -> Iterator[pa.Table]:
    """Return the rows of a table, cut by a hash of the first column: every engine can do that in one pass a batch."""
    count = int(known.count().to_pyarrow().as_py())
    pieces = min(-(-count // BATCH), _PARTS)
    if pieces <= 1:
        yield known.to_pyarrow()
        return
    part = known[known.columns[0]].hexdigest("md5").substr(0, 2)
    cuts = [f"{_PARTS * piece // pieces:02x}" for piece in range(pieces)]
    for piece, low in enumerate(cuts):
        wanted = part >= low
        yield known.filter(wanted if piece == pieces - 1 else wanted & (part < cuts[piece + 1])).to_pyarrow()


def _answers(batch: pa.Table, answer: Callable[..., tuple[str, ...]], schema: pa.Schema) -> pa.Table:
    columns: list[list[Any]] = [column.to_pylist() for column in batch.columns]
    answers = [answer(*values) for values in zip(*columns, strict=True)]
    made: list[Any] = list(zip(*answers, strict=True)) if answers else [()] * (len(schema) - len(columns))
    return pa.table([*columns, *map(list, made)], schema=schema)
