"""A simulated shop as the steps of the market see it, without the run before them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from patron.contracts import TABLES
from patron.pipeline.market_steps import MARKET_STEPS
from patron.pipeline.settings import Settings
from patron.pipeline.step import Context
from patron.privacy import Policy, trait_names, traits
from patron.simulate import Shop

LAST = date(2024, 12, 31)


def context(made: Shop, *, market: Mapping[str, Any] | None = None, as_of: date = LAST, **changes: Any) -> Context:
    """Return what the steps may know; keyword arguments put lists of rows in the place of tables."""
    settings = Settings.model_validate({
        "name": "Shop", "currency": "EUR", "sources": {"order_lines": {"path": "x.csv"}}, "market": market or {},
    })  # fmt: skip
    raw = {
        "raw_traits": raw_traits(made.traits, as_of),
        "raw_prospects": raw_prospects(made.prospects, as_of),
        "consents": TABLES["consents"].empty(),
        "memberships": TABLES["memberships"].empty(),
        "acquisition_value": TABLES["acquisition_value"].empty(),
    }
    raw |= {name: rows(name, value) for name, value in changes.items()}
    given = traits(
        raw["raw_traits"], TABLES["links"].empty(), raw["consents"], as_of=as_of, policy=Policy(),
        names=trait_names(raw["raw_traits"]),
    )  # fmt: skip
    tables = {**worth(made), "traits": given, **raw}
    return Context(
        settings=settings, as_of=as_of, tables=tables, keep=lambda _name, table: table, earlier=None,
        kept=None,  # type: ignore[arg-type]
    )  # fmt: skip


def made_of(asked: Context) -> dict[str, pa.Table]:
    """Run the steps, and hold their tables to the contracts."""
    made = {name: table for step in MARKET_STEPS for name, table in dict(step.function(asked)).items()}  # type: ignore[arg-type]
    return {name: TABLES[name].check(table).to_pyarrow() for name, table in made.items()}


def with_settings(asked: Context, **market: Any) -> Context:
    """Return the same tables under other settings of the market."""
    whole = asked.settings.model_dump(mode="json", exclude_unset=True) | {"market": market}
    return replace(asked, settings=Settings.model_validate(whole))


def raw_traits(told: pa.Table, as_of: date) -> ir.Table:
    """Return traits as loading leaves them: nothing dated later than the run's day."""
    numbered = told.append_column("row", pa.array(np.arange(told.num_rows))).append_column(
        "file", pa.array(["t"] * told.num_rows)
    )
    known = numbered.filter(pc.less_equal(numbered["dated"], pa.scalar(as_of, pa.date32())))
    return TABLES["raw_traits"].shape(ibis.memtable(known))


def raw_prospects(seen: pa.Table, as_of: date) -> ir.Table:
    """Return prospects as loading leaves them: as they stood on the run's day."""
    day = pa.scalar(as_of, pa.date32())
    known = seen.filter(pc.less_equal(seen["first_seen_on"], day))
    later = pc.fill_null(pc.greater(known["converted_on"], day), fill_value=False)
    for name in ("customer_id", "converted_on"):
        place = known.column_names.index(name)
        known = known.set_column(place, name, pc.if_else(later, pa.scalar(None, known[name].type), known[name]))
    return TABLES["raw_prospects"].shape(ibis.memtable(known))


def worth(made: Shop) -> dict[str, ir.Table]:
    """Return profiles and forecasts, as far as the steps read them: the ideal are those of most value."""
    truth = made.truth["market"].filter(pc.is_valid(made.truth["market"]["customer_id"]))
    noise = np.random.default_rng(1).random(truth.num_rows)
    value = 1_000.0 * truth["ideal"].to_numpy() + 100 * noise
    customers = made.customers.select(["customer_id", "acquisition_channel", "country"])
    return {
        "forecasts": ibis.memtable(pa.table({"customer_id": truth["customer_id"], "predicted_value": value})),
        "profiles": ibis.memtable(customers),
    }


def rows(name: str, given: Any) -> ir.Table:
    """Return rows, or an Arrow table, in the shape of a contract."""
    if isinstance(given, pa.Table):
        return TABLES[name].shape(ibis.memtable(given))
    return ibis.memtable(pa.Table.from_pylist(given, schema=TABLES[name].schema.to_pyarrow()))
