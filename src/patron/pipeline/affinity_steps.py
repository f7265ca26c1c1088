"""The step `affinity`: what each customer prefers, which products belong together, and what completes what she has."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from patron.contracts.affinity import AFFINITY, BUNDLES, COMPLETIONS
from patron.models import bundles
from patron.pipeline.step import Context, Step
from patron.profile import affinity, kept_sales

Tables = Mapping[str, ir.Table]


def _affinity(context: Context) -> Tables:
    if not context.settings.sells:
        return {contract.name: contract.empty() for contract in (AFFINITY, BUNDLES, COMPLETIONS)}
    kept = context.keep("kept_sales", kept_sales(context.of_customers("order_lines"), as_of=context.as_of))
    own_labels = context.settings.own_labels
    preferred = affinity(kept, context["raw_products"], own_labels=own_labels, keep=context.keep)
    return {"affinity": preferred, **bundles(kept)}


AFFINITY_STEPS: tuple[Step, ...] = (
    Step(
        "affinity", ("raw_order_lines", "raw_products", "links"), ("affinity", "bundles", "completions"), _affinity,
        ("own_labels",),
    ),
)  # fmt: skip
"""All of them, in the order in which they run."""
