"""Load a shop's files as a run does, into plain Python rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts import TABLES
from patron.engines.connect import connect
from patron.sources.currency import NONE, Exchange
from patron.sources.erased import Erased
from patron.sources.load import Loaded, Loader
from patron.sources.spec import SourceSpec

TODAY = date(2024, 6, 30)


@dataclass(frozen=True)
class Shop:
    """What loading made of a shop's files."""

    loaded: Loaded
    rows: dict[str, list[dict[str, Any]]]

    @property
    def lines(self) -> list[dict[str, Any]]:
        return self.rows["raw_order_lines"]

    def counts(self, source: str = "order_lines") -> dict[str, int]:
        """Every check that met a row."""
        found = [finding for finding in self.loaded.findings if finding.source == source]
        return {finding.check: finding.rows for finding in found if finding.rows}


def load(
    folder: Path,
    sources: Mapping[str, Mapping[str, Any]],
    *,
    today: date = TODAY,
    as_of: date | None = None,
    threads: int = 2,
    zone: str = "UTC",
    exchange: Exchange = NONE,
    erased: Erased | None = None,
) -> Shop:
    connection = connect(threads=threads)
    aside = folder / ".aside"
    aside.mkdir(exist_ok=True)

    def keep(name: str, table: ir.Table) -> ir.Table:
        path = aside / f"{name}.parquet"
        connection.to_parquet(table, str(path))
        return connection.read_parquet(str(path))

    specs = {name: SourceSpec.model_validate(spec) for name, spec in sources.items()}
    loader = Loader(
        connection, keep, folder, today, as_of, exchange=exchange, zone=zone, staging=aside, erased=erased
    )  # fmt: skip
    loaded = loader.load(specs)
    given = {"raw_order_lines", "rejected", "quality", *(f"raw_{name}" for name in sources)}
    held = {name: _held(connection, table) for name, table in loaded.tables.items() if name in given}
    for name, table in held.items():
        TABLES[name].check(ibis.memtable(table))
    shop = Shop(loaded, {name: held[name].to_pylist() if name in held else [] for name in loaded.tables})
    connection.disconnect()
    hold_the_law(shop)
    return shop


def _held(connection: ibis.BaseBackend, table: ir.Table) -> pa.Table:
    return connection.to_pyarrow(table.order_by(table.columns[:4]))


def hold_the_law(shop: Shop) -> None:
    """Nothing is lost: rows read = kept + rejected + later + removed, for every source; what is counted is there."""
    for source in {finding.source for finding in shop.loaded.findings}:
        outcomes: Counter[str] = Counter()
        for finding in shop.loaded.findings:
            if finding.source == source:
                outcomes[finding.outcome] += finding.rows
        parts = ("kept", "rejected", "later", "removed")
        assert outcomes["read"] == sum(outcomes[part] for part in parts), (source, outcomes)
        refused = [row for row in shop.rows["rejected"] if row["source"] == source]
        assert len(refused) == outcomes["rejected"], source
        kept = shop.rows[f"raw_{source}"]
        if source == "consents":  # one row may speak of several channels
            assert len({(row["file"], row["row"]) for row in kept}) == outcomes["kept"]
        elif source == "identifiers":  # and name several identifiers
            assert bool(kept) == bool(outcomes["kept"])
        else:
            assert len(kept) == outcomes["kept"] or (source == "spend" and len(kept) <= outcomes["kept"])
    ids = [line["line_id"] for line in shop.lines]
    assert len(set(ids)) == len(ids)
    sales = {line["line_id"] for line in shop.lines if line["kind"] == "sale"}
    assert {line["reverses"] for line in shop.lines if line["reverses"] is not None} <= sales
