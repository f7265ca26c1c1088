"""The step `demand`: what will be sold in the next weeks, and what rises and falls."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from patron.contracts.demand import CONTRACTS
from patron.models import product_demand
from patron.pipeline.step import Context, Step

Tables = Mapping[str, ir.Table]


def _demand(context: Context) -> Tables:
    if context.settings.sampled or not context.settings.sells:  # a sample of the orders is no demand
        return {contract.name: contract.empty() for contract in CONTRACTS}
    lines = context.of_customers("order_lines")
    return product_demand(lines, as_of=context.as_of, keep=context.keep)


DEMAND_STEPS: tuple[Step, ...] = (
    Step("demand", ("raw_order_lines", "links"), tuple(one.name for one in CONTRACTS), _demand, ("sampled",)),
)
"""All of them, in the order in which they run."""
