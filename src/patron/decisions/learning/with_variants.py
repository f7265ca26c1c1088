"""Which message does each customer get? Drawn from the plan by a salted hash of her id.

In   VARIANT_PLAN, and chosen candidates with `customer_id` and `trigger`
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
from patron.decisions.learning.variant_counts import EVERYBODY, OTHERS, STEP


def with_variants(chosen: ir.Table, plan: ir.Table, *, salt: str, segments: ir.Table | None = None) -> ir.Table:
    """Add ``variant`` and ``variant_propensity`` to chosen candidates; both none where a trigger has no plan.

    Parameters
    ----------
    chosen : Table
        With ``customer_id`` and ``trigger``, neither of them missing; ``step`` where triggers are sequences.
    plan : Table
        VARIANT_PLAN; only what stands is drawn from.
    salt : str
        The name of the draw, for example the project's.
    segments : Table, optional
        ``customer_id, segment``: in which of the plans' segments customers are; whoever is in none of them is among the
        others. Without it only triggers whose plan is of everybody get variants.

    Returns
    -------
    Table
        The rows of `chosen`, none lost and none doubled.

    Examples
    --------
    >>> chosen = ibis.memtable({"customer_id": ["ann", "bob"], "trigger": ["cart", "none"]})
    >>> plan = ibis.memtable({"trigger": ["cart", "cart"], "iteration": [1, 1], "segment": ["all", "all"],
    ...                       "variant": ["short", "long"], "standing": [True, True], "share": [0.5, 0.5],
    ...                       "low": ["0" * 16, "8" + "0" * 15], "high": ["8" + "0" * 15, "g"]})
    >>> drawn = with_variants(chosen, plan, salt="shop").order_by("customer_id").to_pyarrow()
    >>> drawn["variant"].to_pylist(), drawn["variant_propensity"].to_pylist()
    (['long', None], [0.5, None])
    """
    standing = plan.filter(plan.standing)
    placed = _placed(chosen, segments)
    named = _planned(placed, standing)
    named = named.mutate(
        plan_segment=ibis.ifelse(named.whole == 1, EVERYBODY, named.member_of),
        hashed_key=named.plan_trigger.concat(":", named.plan_iteration.cast("string"), ":", named.customer_id),
    )
    named = named.mutate(hash_place=places(named, salt=salt, by="hashed_key"))
    parts = standing.select(
        with_trigger="trigger", with_segment="segment", variant="variant", variant_propensity="share",
        part_low="low", part_high="high",
    )  # fmt: skip
    inside = [
        named.plan_trigger == parts.with_trigger,
        named.plan_segment == parts.with_segment,
        named.hash_place >= parts.part_low,
        named.hash_place < parts.part_high,
    ]
    kept = [name for name in placed.columns if name != "member_of"]
    return named.left_join(parts, inside).select(*kept, "variant", "variant_propensity")


def _planned(placed: ir.Table, standing: ir.Table) -> ir.Table:
    """Add which plan each row is drawn from: that of the step of a sequence where it has one, else of the trigger."""
    of_everybody = ibis.ifelse(standing.segment == EVERYBODY, 1, 0).max()
    now = standing.group_by(planned="trigger").aggregate(number=standing.iteration.max(), everybody=of_everybody)
    own = now.rename(own_trigger="planned", own_number="number", own_everybody="everybody")
    joined = placed.left_join(own, [("trigger", "own_trigger")])
    if "step" not in placed.columns:
        return joined.select(
            *placed.columns, plan_trigger="own_trigger", plan_iteration="own_number", whole="own_everybody"
        )
    joined = joined.mutate(of_step=joined.trigger.concat(STEP, joined.step)).left_join(now, [("of_step", "planned")])
    return joined.select(
        *placed.columns, plan_trigger=ibis.coalesce(joined.planned, joined.own_trigger),
        plan_iteration=ibis.coalesce(joined.number, joined.own_number),
        whole=ibis.coalesce(joined.everybody, joined.own_everybody),
    )  # fmt: skip


def _placed(chosen: ir.Table, segments: ir.Table | None) -> ir.Table:
    """Add in which segment each customer is."""
    kept = [name for name in chosen.columns if name not in ("variant", "variant_propensity")]
    if segments is None:
        return chosen.select(*kept, member_of=ibis.literal(OTHERS))
    members = segments.select(member_id="customer_id", member_of="segment")
    joined = chosen.select(*kept).left_join(members, [("customer_id", "member_id")])
    return joined.select(*kept, member_of=joined.member_of.fill_null(OTHERS))


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
