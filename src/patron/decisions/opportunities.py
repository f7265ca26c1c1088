"""On whom to spend next, and why: the largest gaps between customers and their peers, in money.

In   contracts.customer.MEMBERSHIPS     which past-value tier and which RFM segment
     contracts.customer.PROFILES        margin to date
     contracts.customer.FORECASTS       predicted value
Out  contracts.outcome.OPPORTUNITIES    one row per next step, best first
Ref  DerSimonian & Laird (1986), Controlled Clinical Trials 7, 177-188: variance between groups by moments
     Morris (1983), JASA 78, 47-55: empirical Bayes estimates and intervals that allow for the estimated variance
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.outcome import OPPORTUNITIES
from patron.errors import ArgumentError
from patron.language import failure, has, money, number, say

NORMAL_95 = 1.959963984540054  # half width of a 95 % interval in standard deviations

CENT = 0.005  # a smaller gap is rounding noise, not money

ACTIONS: dict[str, str] = {
    "champions": "reward",
    "loyal": "cross_sell",
    "potential_loyalists": "build_habit",
    "new_customers": "second_order",
    "promising": "second_order",
    "need_attention": "remind",
    "about_to_sleep": "remind",
    "at_risk": "win_back",
    "cannot_lose": "protect",
    "hibernating": "reactivate",
    "lost": "reactivate",
}
"""What to do with an RFM segment; `examine` where nothing is known of it."""


def opportunities(
    memberships: ir.Table,
    profiles: ir.Table,
    forecasts: ir.Table,
    *,
    currency: str,
    horizon_days: int,
    top: int = 10,
    minimum: int = 30,
) -> ir.Table:
    """Return the most valuable next steps, each with what to do and why.

    A step is a cell: the customers of one past-value tier and one RFM segment whose predicted value lies below that
    of the other customers of their tier (see `gaps`). Its value at stake is what would come if they rose to the level
    of those peers. That is a ceiling and no forecast of an effect, so its evidence is ``assumed``; a trigger with a
    hold-out measures which share of it can be reached.

    Sentences hold written numbers, which engines cannot write. So this function, unlike its siblings, executes: the
    final aggregate of at most `top` rows, and nothing larger.

    Parameters
    ----------
    memberships : Table, one row per customer and segmentation
        `MEMBERSHIPS` with the segmentations ``past_tier`` and ``rfm``.
    profiles : Table, one row per customer
        `PROFILES`.
    forecasts : Table, one row per customer with a purchase
        `FORECASTS`.
    currency : str
        ISO 4217, to write money with.
    horizon_days : int
        How far ahead `forecasts` look.
    top : int
        How many steps at most.
    minimum : int
        Customers that a cell, and its peers, need.

    Returns
    -------
    Table, one row per step
        `OPPORTUNITIES`, fewer than `top` rows where fewer cells have a gap, none where none has.

    Raises
    ------
    ArgumentError
        `top` or `minimum` is below one, or `forecasts` look `horizon_days` ahead in name only.
    """
    for name, came in (("top", top), ("minimum", minimum)):
        if came < 1:
            raise failure(ArgumentError, "opportunities.positive", name=name, came=came)
    steps = gaps(memberships, profiles, forecasts, minimum=minimum).order_by("rank").limit(top).to_pyarrow().to_pylist()
    for step in steps:
        if step["horizon_days"] != horizon_days:
            raise failure(ArgumentError, "opportunities.horizon", came=horizon_days, found=step["horizon_days"])
        step.update(_sentences(step, currency=currency))
    rows = [{name: step[name] for name in OPPORTUNITIES.names} for step in steps]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=OPPORTUNITIES.schema.to_pyarrow()))


def gaps(memberships: ir.Table, profiles: ir.Table, forecasts: ir.Table, *, minimum: int = 30) -> ir.Table:
    """Compare each cell of tier and segment with its peers: the same tier, all other segments.

    The gap d of a cell is its peers' mean predicted value less its own, with sampling variance v = s²/n + s²/m from
    the spread within the cell (n customers) and among the peers (m). The true gaps of a tier vary about zero with
    variance tau², the n-weighted mean of d² - v, not below zero. Then w = tau² / (tau² + v) is how much of a gap is
    believed, the shrunk gap is w d, and its variance over the k cells of the tier is w v + 2 (1 - w)² d² / (k - 2):
    the second part is there because tau² itself is estimated.

    The interval holds what chance among customers does to the gap, given the forecasts. It does not hold the
    forecasts' own error, nor how much of the gap anyone can close.

    Parameters
    ----------
    memberships, profiles, forecasts : Table
        As for `opportunities`.
    minimum : int
        Customers that a cell, and its peers, need.

    Returns
    -------
    Table, one row per cell with a gap of a cent or more
        The figures of `OPPORTUNITIES`, and ``past_value`` and ``peer_past`` (mean margin to date), ``weight`` (w) and
        ``horizon_days``.
    """
    cells = _compared(_cells(memberships, profiles, forecasts))
    cells = cells.filter((cells.customers >= minimum) & (cells.peers >= minimum))
    weight = cells.customers.cast("float64")
    tier = ibis.window(group_by="tier")
    spread = (weight * (cells.shortfall**2 - cells.noise)).sum().over(tier) / weight.sum().over(tier)
    cells = cells.mutate(spread=ibis.greatest(spread, 0.0), companions=ibis.greatest(cells.count().over(tier) - 2, 1))
    cells = cells.mutate(weight=(cells.spread / (cells.spread + cells.noise).nullif(0.0)).fill_null(0.0))
    doubt = 2.0 * ((1.0 - cells.weight) * cells.shortfall) ** 2 / cells.companions.cast("float64")
    cells = cells.mutate(gap=cells.weight * cells.shortfall, deviation=(cells.weight * cells.noise + doubt).sqrt())
    return _ranked(cells.filter(cells.gap >= CENT))


def _cells(memberships: ir.Table, profiles: ir.Table, forecasts: ir.Table) -> ir.Table:
    """Take the moments of each cell."""
    tier = memberships.filter(memberships.segmentation == "past_tier").select("customer_id", tier="segment")
    segment = memberships.filter(memberships.segmentation == "rfm").select("customer_id", "segment")
    ahead = forecasts.select("customer_id", "predicted_value", "basis", "horizon_days")
    past = profiles.select("customer_id", past=profiles.margin.cast("float64"))
    people = tier.inner_join(segment, "customer_id").inner_join(ahead, "customer_id").inner_join(past, "customer_id")
    return people.group_by("tier", "segment").aggregate(
        customers=people.count(),
        predicted_value=people.predicted_value.mean(),
        variance=people.predicted_value.var(how="pop"),
        past_value=people.past.mean(),
        basis=people.basis.max(),  # `revenue` as soon as one customer's costs are unknown
        horizon_days=people.horizon_days.max(),
    )


def _compared(cells: ir.Table) -> ir.Table:
    """Add the peers' moments: those of the tier less the cell's own."""
    n = cells.customers.cast("float64")
    tier = ibis.window(group_by="tier")

    def of_peers(sums: ir.Value) -> ir.Value:
        return (sums.sum().over(tier) - sums) / (n.sum().over(tier) - n).nullif(0.0)

    peer_value = of_peers(n * cells.predicted_value)
    peer_square = of_peers(n * (cells.variance + cells.predicted_value**2))
    cells = cells.mutate(
        peers=cells.customers.sum().over(tier) - cells.customers,
        peer_value=peer_value,
        peer_variance=ibis.greatest(peer_square - peer_value**2, 0.0),
        peer_past=of_peers(n * cells.past_value),
    )
    return cells.mutate(
        shortfall=cells.peer_value - cells.predicted_value,
        noise=cells.variance / cells.customers.cast("float64")
        + cells.peer_variance / cells.peers.cast("float64").nullif(0.0),
    )


def _ranked(cells: ir.Table) -> ir.Table:
    """Turn gaps per customer into money for the cell, largest first."""
    n = cells.customers.cast("float64")
    half = cells.deviation * ibis.literal(NORMAL_95, type="float64")
    cells = cells.select(
        "tier", "segment", "customers", "predicted_value", "peer_value", "gap", "basis",
        "past_value", "peer_past", "weight", "horizon_days",
        opportunity=cells.tier + "_" + cells.segment,
        value_at_stake=n * cells.gap,
        value_low=n * ibis.greatest(cells.gap - half, 0.0),
        value_high=n * (cells.gap + half),
        evidence=ibis.literal("assumed"),
    )  # fmt: skip
    return cells.mutate(
        rank=1 + ibis.row_number().over(order_by=[cells.value_at_stake.desc(), cells.tier, cells.segment])
    )


def _sentences(step: dict[str, Any], *, currency: str) -> dict[str, str]:
    """Write what to do, and why."""
    action = ACTIONS.get(step["segment"], "examine")
    count = int(step["customers"])
    amounts = ("predicted_value", "peer_value", "gap", "value_at_stake", "value_low", "value_high")
    facts: dict[str, object] = {name: money(step[name], currency) for name in (*amounts, "past_value", "peer_past")}
    facts |= {
        "count": count,
        "customers": number(count),
        "tier": _title("past_tier", step["tier"]),
        "segment": _title("rfm", step["segment"]),
        "basis": say(f"opportunities.basis.{step['basis']}"),
        "horizon_days": number(step["horizon_days"]),
    }
    reason = (f"opportunities.{action}.do", "opportunities.gap", "opportunities.worth", "opportunities.test")
    return {
        "action": action,
        "title": say(f"opportunities.{action}.title", **facts),
        "reason": " ".join(say(key, **facts) for key in reason),
    }


def _title(segmentation: str, segment: str) -> str:
    """Return a segment's name for people."""
    key = f"segments.{segmentation}.{segment}.title"
    return say(key) if has(key) else segment
