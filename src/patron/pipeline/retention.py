"""Cut what is older than the settings allow to be kept, before anything is written.

The runs that were made before keep what they had; `patron runs prune --older-than` is their window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import ibis.expr.types as ir

from patron.privacy import outlived, retained
from patron.privacy.retention import INBOX
from patron.sources import Loaded
from patron.sources.quality import Finding


def cut(loaded: Loaded, windows: Mapping[str, int]) -> Loaded:
    """Return what was loaded without the rows that are older than their table's window, and count them.

    Parameters
    ----------
    loaded : Loaded
        All raw tables; none of their parts is taken over from an earlier run where its table has a window.
    windows : mapping of str to int
        Days by the name of a raw table.
    """
    for name, days in windows.items():
        if name == INBOX:
            continue  # no table of a run: see `expired_parts`
        loaded = _cut(loaded, name, days)
    return loaded


def _cut(loaded: Loaded, name: str, days: int) -> Loaded:
    def kept(table: ir.Table) -> ir.Table:
        return retained(table, name=name, as_of=loaded.as_of, days=days)

    table = loaded.tables[name]
    gone = int(outlived(table, name=name, as_of=loaded.as_of, days=days).to_pyarrow().as_py() or 0)
    parts = {part: kept(rows) for part, rows in loaded.parts.get(name, {}).items()}
    every = {**loaded.parts, name: parts} if name in loaded.parts else loaded.parts
    less = replace(loaded.with_tables({name: kept(table)}), parts=every)
    return less.with_quality(Finding(name.removeprefix("raw_"), "outlived", "flagged", gone))
