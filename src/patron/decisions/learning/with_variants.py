"""Which message does each customer get? Drawn from the plan by a salted hash of her id.

In   VARIANT_PLAN, and chosen candidates with `customer_id` and `trigger` (and `segment`)
Out  the same with `variant` and `variant_propensity`

Nothing is remembered: the same customer, trigger and iteration give the same message on every engine and on the live
server, and the chance of it is the plan's.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from patron.decisions.arms import arm_among
from patron.decisions.hash_space import places

EVERYBODY = "all"


def with_variants(chosen: ir.Table, plan: ir.Table, *, salt: str) -> ir.Table:
    """Add ``variant`` and ``variant_propensity`` to chosen candidates; both none where a trigger has no plan.

    Parameters
    ----------
    chosen : Table
        With ``customer_id`` and ``trigger``; ``segment`` where plans differ by segment (what is not in the plan gets no
        variant, unless the plan is of everybody).
    plan : Table
        VARIANT_PLAN.
    salt : str
        The name of the draw, for example the run's project.

    Returns
    -------
    Table
        The rows of `chosen`, none lost and none doubled.
    """
    segment = chosen["segment"] if "segment" in chosen.columns else ibis.literal(EVERYBODY)
    of_everybody = ibis.ifelse(plan.segment == EVERYBODY, 1, 0).max()
    now = plan.group_by(plan_trigger="trigger").aggregate(plan_iteration=plan.iteration.max(), whole=of_everybody)
    placed = chosen.left_join(now, chosen.trigger == now.plan_trigger)
    placed = placed.mutate(
        plan_segment=ibis.ifelse(placed.whole == 1, EVERYBODY, segment),
        hashed_key=placed.trigger.concat(":", placed.plan_iteration.cast("string"), ":", placed.customer_id),
    )
    placed = placed.mutate(hash_place=places(placed, salt=salt, by="hashed_key"))
    parts = plan.select(
        with_trigger="trigger", with_segment="segment", variant="variant", variant_propensity="share",
        part_low="low", part_high="high",
    )  # fmt: skip
    joined = placed.left_join(
        parts,
        [
            placed.plan_trigger == parts.with_trigger,
            placed.plan_segment == parts.with_segment,
            placed.hash_place >= parts.part_low,
            placed.hash_place < parts.part_high,
        ],
    )
    return joined.select(*chosen.columns, "variant", "variant_propensity")


def variant_among(customer_id: str, *, trigger: str, iteration: int, shares: Mapping[str, float], salt: str) -> str:
    """Return one customer's message, as `with_variants` does for a table.

    Parameters
    ----------
    customer_id, trigger, iteration, salt
        As in the table.
    shares : mapping of variant to chance
        The plan of her segment, in the order of ``place``.

    Examples
    --------
    >>> variant_among("ann", trigger="cart", iteration=1, shares={"short": 0.5, "long": 0.5}, salt="shop")
    'long'
    """
    return arm_among(f"{trigger}:{iteration}:{customer_id}", salt=salt, shares=shares)
