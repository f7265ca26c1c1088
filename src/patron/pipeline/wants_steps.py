"""The steps that say what each customer wants next: when a product is used up."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from patron.models import customer_replenishments
from patron.pipeline.step import Context, Step

Tables = Mapping[str, ir.Table]


def _replenishments(context: Context) -> Tables:
    lines = context.of_customers("order_lines")
    return customer_replenishments(lines, as_of=context.as_of, keep=context.keep)


WANTS_STEPS: tuple[Step, ...] = (
    Step("replenishments", ("raw_order_lines", "links"), ("replenishments", "product_cycles"), _replenishments),
)
"""All of them, in the order in which they run."""
