"""The step `micro_segments`, and what other steps do for it: place the customers, and keep where they were before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts.customer import MEMBERSHIPS
from patron.contracts.micro import MEMBERSHIPS_BEFORE, MICRO, MICRO_AXES, MICRO_SEGMENTS
from patron.pipeline.step import Context, Step
from patron.segments import Micro, Tables, micro_members, micro_segments

Rows = Mapping[str, ir.Table]

LEAST_DAYS = 28
"""How old memberships have to be before what came since is counted: four weeks, so that each weekday counts alike."""


def placed_in_cells(context: Context, memberships: ir.Table, profiles: ir.Table) -> Micro:
    """Return the memberships of the segmentation ``micro`` and the axes that cut it, for the step `segments`.

    Both are empty where nothing is sold: nothing is known there that a cell could be worth.
    """
    wanted = context.settings.micro_segments
    if not wanted.axes or not context.settings.sells:
        return Micro(MEMBERSHIPS.empty(), MICRO_AXES.empty())
    return micro_members(
        memberships, profiles, axes=wanted.axes, holdout=wanted.holdout, detectable=wanted.detectable,
        keep=context.keep,
    )  # fmt: skip


def without_cells(memberships: ir.Table) -> ir.Table:
    """Return memberships without those of micro-segments: thousands of cells have a table of their own."""
    return memberships.filter(memberships.segmentation != MICRO)


def as_before(memberships: ir.Table, *, day: date) -> ir.Table:
    """Return memberships of an earlier day as MEMBERSHIPS_BEFORE."""
    return MEMBERSHIPS_BEFORE.shape(without_cells(memberships).mutate(as_of=ibis.literal(day)))


def latest_before(as_of: date) -> date:
    """Return the latest day that is long enough ago.

    Examples
    --------
    >>> latest_before(date(2024, 1, 29))
    datetime.date(2024, 1, 1)
    """
    return as_of - timedelta(days=LEAST_DAYS)


def _micro_segments(context: Context) -> Rows:
    wanted = context.settings.micro_segments
    cut = context["micro_axes"]
    axes = cut.filter(cut.used).order_by("position").to_pyarrow()["axis"].to_pylist()
    if not axes:
        return {"micro_segments": MICRO_SEGMENTS.empty()}
    names = context["segments"].select("segmentation", "segment", "title").to_pyarrow().to_pylist()
    tables = Tables(
        **{name: context[name] for name in ("memberships", "profiles", "forecasts", "orders", "takings", "rhythm")},
        before=context["memberships_before"],
    )
    found = micro_segments(
        tables, axes=axes, as_of=context.as_of, horizon_days=context.settings.horizon, holdout=wanted.holdout,
        detectable=wanted.detectable, level=wanted.level,
        titles={(row["segmentation"], row["segment"]): row["title"] for row in names},
    )  # fmt: skip
    return {"micro_segments": found}


MICRO_STEPS: tuple[Step, ...] = (
    Step(
        "micro_segments",
        ("memberships", "memberships_before", "micro_axes", "segments", "profiles", "forecasts", "orders", "takings",
         "rhythm"),
        ("micro_segments",),
        _micro_segments, ("micro_segments", "horizon"),
    ),
)  # fmt: skip
"""All of them, in the order in which they run."""
