"""One source to which several parts of the shop add rows."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa


def beside(sources: Mapping[str, pa.Table], name: str, more: pa.Table) -> pa.Table:
    """Return the rows of a source that are there, and after them those of `more`; columns that one lacks are none."""
    parts = [table for table in (sources.get(name), more) if table is not None and table.num_columns]
    return pa.concat_tables(parts, promote_options="default") if parts else more
