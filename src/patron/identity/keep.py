"""Where a table that is asked for more than once is written aside.

A `Keep` writes a table and returns it as written; the name is new at every call. In a run it is the draft's own; used
as a library, tables are kept in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import ibis
import ibis.expr.types as ir

Keep = Callable[[str, ir.Table], ir.Table]


def in_memory(_name: str, table: ir.Table) -> ir.Table:
    """Compute a table and keep it as Arrow columns."""
    return ibis.memtable(table.to_pyarrow())


_NUMBERS = count(1)


def numbered(keep: Keep, prefix: str) -> Keep:
    """Return a `keep` that never writes to one name twice in a process: what was written before may still be read.

    Examples
    --------
    >>> names = []
    >>> keep = numbered(lambda name, table: names.append(name) or table, "identity")
    >>> _ = keep("stars", None), keep("stars", None)
    >>> len(set(names)), names[0].startswith("identity_"), names[0].endswith("_stars")
    (2, True, True)
    """
    return lambda name, table: keep(f"{prefix}_{next(_NUMBERS)}_{name}", table)
