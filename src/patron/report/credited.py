"""What the report shows of `attribution`, and by which model."""

from __future__ import annotations

import ibis.expr.types as ir

from patron.contracts.touch import ALL, CALIBRATED, CUSTOMER, MODELS


def credited(attribution: ir.Table, *, model: str) -> ir.Table:
    """Return what every model gives of all orders, and one model, corrected or not, of first and repeat orders."""
    mine = attribution.model.isin([model, model + CALIBRATED]) & (attribution.segmentation == CUSTOMER)
    return attribution.filter((attribution.segmentation == ALL) | mine)


def credit_model(order_credits: ir.Table) -> str:
    """Return the model of the settings, as `order_credits` tells it; the first by name where it has no rows."""
    found = order_credits.limit(1).model.to_pyarrow().to_pylist()
    return str(found[0]) if found else MODELS[0]
