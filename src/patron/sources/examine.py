"""Add to what loading counted what the checks find over all lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import ibis.expr.types as ir

from patron.sources.checks import order_findings
from patron.sources.load import Loaded


def examine(
    loaded: Loaded,
    *,
    keep: Callable[[str, ir.Table], ir.Table],
    before: ir.Table | None = None,
    today: date | None = None,
    zone: str = "UTC",
) -> Loaded:
    """Return what was loaded with the findings of all checks in its table `quality`.

    Parameters are those of `checks.order_findings`; without any order there is nothing to look at.
    """
    counted = {finding.source for finding in loaded.findings}
    found = order_findings(
        loaded.tables["raw_order_lines"],
        as_of=loaded.as_of,
        keep=keep,
        before=before,
        sold_to=loaded.sold_to,
        today=today,
        zone=zone,
        source="orders" if "order_lines" not in counted else "order_lines",
    )
    return loaded.with_quality(*found)
