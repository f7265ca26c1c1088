"""The records and the sample, where Splink can see them: in a DuckDB connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.identity.linkage.fields import FIELDS

RECORDS = "patron_linkage_records"
DRAWN = "patron_linkage_sample"


@dataclass(frozen=True)
class Tables:
    """Names of the tables, and what is in them."""

    connection: Any
    records: str
    sample: str
    rows: int
    sample_rows: int
    present: frozenset[str]


@contextmanager
def drawn(wide: ir.Table, *, sample: int, seed: int) -> Iterator[Tables]:
    """Write the records, and a random sample of one record per customer, for as long as they are needed.

    On DuckDB they stay in the engine, with its limits of memory; from another engine they come over as Arrow columns.
    """
    engine = ibis.get_backend(wide)
    foreign = engine.name != "duckdb"
    if foreign:
        wide, engine = ibis.memtable(wide.to_pyarrow()), ibis.duckdb.connect()
    try:
        records = engine.create_table(RECORDS, obj=wide, temp=True)
        one_each = records.filter(records.customer_id.isnull() | (records.customer_id == records.unique_id))
        lot = one_each.unique_id.concat(f"\n{seed}").hexdigest("md5")
        engine.create_table(DRAWN, obj=one_each.order_by(lot).limit(sample), temp=True)
        counts = records.aggregate(rows=records.count(), **{name: records[name].count() for name in FIELDS})
        found = counts.to_pyarrow().to_pylist()[0]
        size = engine.table(DRAWN).count().to_pyarrow().as_py()
        present = frozenset(name for name in FIELDS if found[name])
        yield Tables(engine.con, RECORDS, DRAWN, int(found["rows"]), int(size), present)
    finally:
        for name in (RECORDS, DRAWN):
            engine.con.execute(f"DROP TABLE IF EXISTS {name}")
        if foreign:
            engine.disconnect()
