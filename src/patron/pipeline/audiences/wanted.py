"""Who should be in an audience, as the published run knows her: a part of the customers at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ibis.expr.types as ir

from patron.activation import members
from patron.decisions.holdouts import Holdout, held_out
from patron.engines.condition import columns_of, condition
from patron.pipeline.destinations.ads_section import AdAudience
from patron.pipeline.own_segments import MAIN, customer_columns, one_row_each
from patron.pipeline.serving import Published
from patron.privacy import Guard, permitted

ATTRIBUTES = (
    "email", "phone", "given_name", "family_name", "city", "region", "postal_code", "country", "birth_date",
)  # fmt: skip
"""Kinds of `golden_records` of which keys are made."""

TOGETHER = 10_000  # customers


def wanted(
    run: Published, audience: AdAudience, *, where: str, guard: Guard, holdouts: tuple[Holdout, ...]
) -> Iterator[list[Mapping[str, Any]]]:
    """Yield customers of an audience with what is known of them, in order.

    Parameters
    ----------
    run : Published
        The published run.
    audience : AdAudience
        What the settings say of it.
    where : str
        Where they say it, for error messages.
    guard : Guard
        What the run knows of who allows what. What was said since is for `Allowed` to ask.
    holdouts : tuple of Holdout
        Those that hold for it.

    Yields
    ------
    list of mapping
        ``customer_id, predicted_value`` and `ATTRIBUTES`, as they were written.
    """
    chosen = permitted(
        _chosen(run, audience, where=where), purpose="advertising", stage="export", guard=guard, channel="ads"
    )
    free = held_out(chosen, holdouts)
    free = free.filter(free.held_by.isnull()).select("customer_id", "predicted_value")
    # By the whole at once: Ibis 12.0's own to_pyarrow_batches fails on DuckDB 2.0.
    rows = _known(free, run.table("golden_records")).order_by("customer_id").to_pyarrow()
    for batch in rows.to_batches(max_chunksize=TOGETHER):
        yield batch.to_pylist()


def _chosen(run: Published, audience: AdAudience, *, where: str) -> ir.Table:
    """Return the customers of the segment or the condition, with their predicted value."""
    forecasts = run.table("forecasts").select("customer_id", "predicted_value")
    if audience.condition is None:
        assert audience.segment is not None  # one of them, by the settings
        return _of_segment(run, audience.segment).select("customer_id", "predicted_value")
    columns, text = customer_columns(run.settings), audience.condition
    names = columns_of(text, where=where)
    asked = {table for name in names for table in (columns.home(name, where=where)[0],)}
    tables = {name: run.table(name) for name in (MAIN, *asked)}
    table = columns.table(names, one_row_each(tables, settings=run.settings), where=where)
    meets = table.filter(condition(text, table, where=where).compile(table)).select("customer_id")
    return meets.left_join(forecasts, "customer_id").select("customer_id", "predicted_value")


def _of_segment(run: Published, segment: str) -> ir.Table:
    """Return the members of a segment; nobody where the run has none who is in it."""
    tables = (run.table(name) for name in ("memberships", "profiles", "forecasts"))
    return members(*tables, segment=segment, as_of=run.as_of, run_id=run.run_id).table


def _known(customers: ir.Table, golden: ir.Table) -> ir.Table:
    """Return what is known of some customers, one row each."""
    hers = golden.filter(golden.attribute.isin(ATTRIBUTES)).semi_join(customers, "customer_id")
    wide = hers.group_by("customer_id").aggregate(
        **{name: hers.value.max(where=hers.attribute == name) for name in ATTRIBUTES}
    )
    return customers.left_join(wide, "customer_id").select("customer_id", "predicted_value", *ATTRIBUTES)
