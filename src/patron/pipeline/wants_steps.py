"""The steps that say what each customer wants next: when a product is used up, and which ones come next."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from patron.identity import events_with_customer
from patron.models import customer_next_products, customer_replenishments
from patron.pipeline.step import Context, Step, has_rows

Tables = Mapping[str, ir.Table]


def _replenishments(context: Context) -> Tables:
    lines = context.of_customers("order_lines")
    return customer_replenishments(lines, as_of=context.as_of, keep=context.keep)


def _next_products(context: Context) -> Tables:
    lines = context.of_customers("order_lines")
    events = context["raw_events"]
    found = customer_next_products(
        lines, context["raw_products"], as_of=context.as_of, keep=context.keep,
        offer=context.settings.next_products.offer(),
        events=events_with_customer(events, context["links"]) if has_rows(events) else None,
        segments=_popular_by(context),
    )  # fmt: skip
    return {"next_products": found}


def _popular_by(context: Context) -> ir.Table | None:
    """Return the segment of each customer whose popular products count; none where nobody is in one."""
    name = context.settings.next_products.popular_by
    if name == "none":
        return None
    profiles = context["profiles"]
    told = profiles.filter(profiles[name].notnull()).select("customer_id", segment=name)
    return told if has_rows(told) else None


WANTS_STEPS: tuple[Step, ...] = (
    Step("replenishments", ("raw_order_lines", "links"), ("replenishments", "product_cycles"), _replenishments),
    Step(
        "next_products",
        ("raw_order_lines", "raw_products", "raw_events", "links", "profiles"),
        ("next_products",),
        _next_products,
        ("next_products",),
    ),
)
"""All of them, in the order in which they run."""
