"""The step `journeys`: where customers and visitors go, where they stop, and what it costs, by segment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.journey import JOURNEY_EDGES, JOURNEY_PATHS
from patron.contracts.visit import ALL
from patron.errors import NotEnoughData
from patron.identity import events_with_customer
from patron.journeys.map import drawn, told_by
from patron.journeys.moves import moves, step_names
from patron.journeys.paths import complete, paths_of
from patron.journeys.steps import CUSTOMER, journey_steps
from patron.pipeline.micro_steps import without_cells
from patron.pipeline.step import Context, Step, has_rows

WITHIN_DAYS = (90, 30)
"""How long the next step is waited for: the longest that the data hold three times."""

EVENTS = "raw_events"
OF_CUSTOMERS = ("messages", "tickets", "surveys", "reviews")

Tables = Mapping[str, ir.Table]


def days_of(first: date, as_of: date) -> int | None:
    """Return how long the next step is waited for; none where the data are too short for the shortest.

    Examples
    --------
    >>> days_of(date(2024, 1, 1), date(2024, 12, 31)), days_of(date(2024, 1, 1), date(2024, 2, 1))
    (90, None)
    """
    span = (as_of - first).days
    return next((days for days in WITHIN_DAYS if 3 * days <= span), None)


def _journeys(context: Context) -> Tables:
    # Of a sample of the orders nobody can tell what came next.
    if context.settings.sampled or not context.settings.sells:
        return _none()
    wanted = context.settings.journeys
    steps = context.keep(
        "journey_steps",
        journey_steps(_sources(context), as_of=context.as_of, names=wanted.steps, leave_out=wanted.leave_out),
    )
    first = steps["at"].min().to_pyarrow().as_py()
    within = None if first is None else wanted.within or days_of(first.date(), context.as_of)
    if within is None:
        return _none()
    return _told(context, steps, within)


def _told(context: Context, steps: ir.Table, within: int) -> Tables:
    names = step_names(steps)
    rows = context.keep("journey_moves", moves(steps, names=names, within_days=within, whole=True).rows)
    try:
        found = drawn(
            _divided(context, told_by(rows, as_of=context.as_of, within_days=within)), names, valued=True,
            as_of=context.as_of, left_out={}, within_days=within,
        )  # fmt: skip
    except NotEnoughData:  # no step is old enough: nothing to tell, and no failure of the run
        return _none()
    whole = complete(rows, names, as_of=context.as_of, within_days=within, groups=("person",))
    ways = context.keep("journeys_whole", whole)
    paths = paths_of(_divided(context, ways), names)
    return {"journey_edges": ibis.memtable(found.edges), "journey_paths": ibis.memtable(paths)}


def _none() -> Tables:
    return {"journey_edges": JOURNEY_EDGES.empty(), "journey_paths": JOURNEY_PATHS.empty()}


def _sources(context: Context) -> dict[str, ir.Table]:
    found = {"orders": context["orders"], "order_lines": context.of_customers("order_lines")}
    if has_rows(context[EVENTS]):
        found["events"] = events_with_customer(context[EVENTS], context["links"])
    return found | {name: context.of_customers(name) for name in OF_CUSTOMERS if has_rows(context[f"raw_{name}"])}


def _divided(context: Context, rows: ir.Table) -> ir.Table:
    """Return the rows once for everybody, and once for each segment of the customer."""
    members = without_cells(context["memberships"])
    placed = members.select("segmentation", "segment", owner=ibis.literal(CUSTOMER).concat(members.customer_id))
    everybody = rows.mutate(segmentation=ibis.literal(ALL), segment=ibis.literal(ALL)).drop("person")
    own = rows.inner_join(placed, rows.person == placed.owner)
    return ibis.union(everybody, own.select(*everybody.columns))


JOURNEY_STEP = Step(
    "journeys",
    ("raw_order_lines", EVENTS, *(f"raw_{name}" for name in OF_CUSTOMERS), "links", "orders", "memberships"),
    ("journey_edges", "journey_paths"), _journeys, ("journeys", "sampled"),
)  # fmt: skip
"""What customers do after what, by segment."""
