"""What a run knows of each customer, as one row, for systems that work with her.

In   a published run's profiles, forecasts, memberships, stages, propensities, next_products, next_actions, consents
Out  one row per customer, in the order of ids
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq
from ibis.backends import BaseBackend

from patron.engines.connect import connected
from patron.engines.run_folder import Run
from patron.pipeline.project import Project

BATCH = 5000  # customers that are looked at together

Row = dict[str, Any]

_SEGMENTATIONS = ("tier", "past_tier", "rfm", "value_map", "behaviour")
_CHANCES = {"lapse_chance": "lapses", "buy_chance": "buys"}
NEXT = "next__"
"""Before the columns of `next_actions`."""

CUSTOMER = "customer_id"


def profile_rows(project: Project, run: Run, *, only: Collection[str] | None = None) -> Iterator[list[Row]]:
    """Yield what is known of customers, some thousands at a time.

    Parameters
    ----------
    project : Project
        Whose.
    run : Run
        The published run.
    only : collection of str, optional
        Of whom; without it of everybody with a profile.
    """
    with (
        TemporaryDirectory(dir=project.own, prefix="profiles-") as aside,
        connected("duckdb://", spill=Path(aside) / "spill", memory=project.settings.memory) as engine,
    ):
        file = Path(aside) / "rows.parquet"
        table = _table(run, engine)
        if only is not None:
            table = table.filter(table[CUSTOMER].isin(sorted(only)))
        engine.to_parquet(table.order_by(CUSTOMER), str(file))
        with pq.ParquetFile(file) as read:
            for batch in read.iter_batches(batch_size=BATCH):
                yield batch.to_pylist()


def shared_emails(project: Project, run: Run) -> frozenset[str]:
    """Return the customers whose e-mail address is another customer's as well: it names neither of them."""
    with connected("duckdb://", spill=project.own / "spill", memory=project.settings.memory) as engine:
        if "golden_records" not in run.manifest.tables:
            return frozenset()
        golden = run.table("golden_records", engine)
        emails = golden.filter(golden.attribute == "email").select(CUSTOMER, email=golden.value.strip().lower())
        counted = emails.group_by("email").aggregate(people=emails[CUSTOMER].nunique())
        both = emails.semi_join(counted.filter(counted.people > 1), "email")
        return frozenset(both.select(CUSTOMER).distinct().to_pyarrow()[CUSTOMER].to_pylist())


def _table(run: Run, engine: BaseBackend) -> ir.Table:
    people = run.table("profiles", engine)
    made = people.select(
        CUSTOMER, "orders", "days_since_last", "last_order_on", past_value=people.margin.cast("float64")
    )
    for one in _parts(run, engine):
        made = made.left_join(one, CUSTOMER).drop(f"{CUSTOMER}_right")
    return made


def _parts(run: Run, engine: BaseBackend) -> Iterator[ir.Table]:
    """Yield one row a customer of each table that the run has."""
    for name, part in _PARTS.items():
        if name in run.manifest.tables:
            yield part(run.table(name, engine))


def _forecasts(table: ir.Table) -> ir.Table:
    return table.select(
        CUSTOMER, "predicted_value", "expected_orders", predicted_value_low=table.value_low,
        predicted_value_high=table.value_high,
    )  # fmt: skip


def _memberships(table: ir.Table) -> ir.Table:
    own = {
        name: ibis.ifelse(table.segmentation == name, table.segment, ibis.null("string")).max()
        for name in _SEGMENTATIONS
    }
    return table.group_by(CUSTOMER).aggregate(**own)


def _stages(table: ir.Table) -> ir.Table:
    return table.select(CUSTOMER, "stage")


def _propensities(table: ir.Table) -> ir.Table:
    """Take the shortest horizon that each chance is foretold for."""
    shortest = table.group_by("target").aggregate(horizon_days=table.horizon_days.min())
    near = table.semi_join(shortest, ["target", "horizon_days"])
    own = {
        name: ibis.ifelse(near.target == target, near.probability, ibis.null("float64")).max()
        for name, target in _CHANCES.items()
    }
    return near.group_by(CUSTOMER).aggregate(**own)


def _next_products(table: ir.Table) -> ir.Table:
    first = table.filter(table["rank"] == 1)
    return first.select(CUSTOMER, next_product=first.product_id, next_product_name=first.product_name)


def _next_actions(table: ir.Table) -> ir.Table:
    return table.select(CUSTOMER, **{f"{NEXT}{name}": table[name] for name in table.columns if name != CUSTOMER})


def _consents(table: ir.Table) -> ir.Table:
    return table.select(CUSTOMER, has_said=ibis.literal(True)).distinct()


_PARTS = {
    "forecasts": _forecasts, "memberships": _memberships, "stages": _stages, "propensities": _propensities,
    "next_products": _next_products, "next_actions": _next_actions, "consents": _consents,
}  # fmt: skip

__all__ = ["BATCH", "CUSTOMER", "NEXT", "Row", "profile_rows", "shared_emails"]
