"""What is at stake, and why: what customers fall short of those one rung up, in money.

In   contracts.customer.MEMBERSHIPS     which past-value tier and which RFM segment
     contracts.customer.PROFILES        margin to date
     contracts.customer.FORECASTS       predicted value
Out  contracts.outcome.GAPS    one row per next step, best first
Ref  DerSimonian & Laird (1986), Controlled Clinical Trials 7, 177-188: variance between groups by moments
     Morris (1983), JASA 78, 47-55: empirical Bayes estimates and intervals that allow for the estimated variance
"""

from __future__ import annotations

from typing import Any, NamedTuple

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.outcome import GAPS
from patron.errors import ArgumentError
from patron.language import failure, has, money, number, say

NORMAL_95 = 1.959963984540054  # half width of a 95 % interval in standard deviations

CENT = 0.005  # a smaller gap is rounding noise, not money


class Rung(NamedTuple):
    """The RFM segment whose level is in reach, and what may lead there."""

    above: str
    action: str


LADDER: dict[str, Rung] = {
    # segment                    above                  action
    "new_customers":       Rung("potential_loyalists", "second_order"),
    "promising":           Rung("potential_loyalists", "second_order"),
    "potential_loyalists": Rung("loyal",               "build_habit"),
    "loyal":               Rung("champions",           "next_order"),
    "need_attention":      Rung("loyal",               "remind"),
    "about_to_sleep":      Rung("need_attention",      "remind"),
    "at_risk":             Rung("loyal",               "win_back"),
    "cannot_lose":         Rung("loyal",               "protect"),
}  # fmt: skip
"""Whom a segment can join next. Champions stand at the top. Hibernating and lost customers have no rung: nothing is
spent on them before a small test has paid.

Loyal customers of a tier have brought about as much as its champions, in baskets about as large: they lack orders,
so their step is the next one. About to sleep looks up to need attention, its neighbour by the scores: a little more
frequent, or more recent. Promising is out of reach for it: those bought once, and one more order makes it twice. Cannot
lose looks up to loyal, as at risk does: who has been away even longer is not measured against a higher mark.
"""


def gaps(
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
    of the customers of their tier who stand one rung up the `LADDER` (see `peer_gaps`). Its value at stake is what
    would come if they rose to the level of those peers. That is a ceiling and no forecast of an effect, so its
    evidence is ``assumed``; a trigger with a hold-out measures which share of it can be reached.

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
        `GAPS`; fewer than `top` rows where fewer cells have peers and a gap.

    Raises
    ------
    ArgumentError
        `top` or `minimum` is below one, or `forecasts` look `horizon_days` ahead in name only.
    """
    for name, came in (("top", top), ("minimum", minimum)):
        if came < 1:
            raise failure(ArgumentError, "gaps.positive", name=name, came=came)
    found = peer_gaps(memberships, profiles, forecasts, minimum=minimum)
    steps = found.order_by("rank").limit(top).to_pyarrow().to_pylist()
    for step in steps:
        if step["horizon_days"] != horizon_days:
            raise failure(ArgumentError, "gaps.horizon", came=horizon_days, found=step["horizon_days"])
        step.update(_sentences(step, currency=currency))
    rows = [{name: step[name] for name in GAPS.names} for step in steps]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=GAPS.schema.to_pyarrow()))


def peer_gaps(memberships: ir.Table, profiles: ir.Table, forecasts: ir.Table, *, minimum: int = 30) -> ir.Table:
    """Compare each cell of tier and segment with its peers: the same tier, one rung up the `LADDER`.

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
        As for `gaps`.
    minimum : int
        Customers that a cell, and its peers, need.

    Returns
    -------
    Table, one row per cell with a gap of a cent or more
        The figures of `GAPS`, and ``above`` (the peers' segment), ``past_value`` and ``peer_past`` (mean
        margin to date), ``weight`` (w) and ``horizon_days``.
    """
    cells = _cells(memberships, profiles, forecasts)
    cells = _compared(cells.filter(cells.customers >= minimum))
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
    """Join each cell to the one above it in its tier, where both are there."""
    above = cells.select(
        "tier", above="segment", peers="customers",
        peer_value="predicted_value", peer_variance="variance", peer_past="past_value",
    )  # fmt: skip
    rungs = ((segment, rung.above) for segment, rung in LADDER.items())
    pairs = cells.mutate(above=cells.segment.cases(*rungs)).inner_join(above, ["tier", "above"])
    return pairs.mutate(
        shortfall=pairs.peer_value - pairs.predicted_value,
        noise=pairs.variance / pairs.customers.cast("float64") + pairs.peer_variance / pairs.peers.cast("float64"),
    )


def _ranked(cells: ir.Table) -> ir.Table:
    """Turn gaps per customer into money for the cell, largest first."""
    n = cells.customers.cast("float64")
    half = cells.deviation * ibis.literal(NORMAL_95, type="float64")
    cells = cells.select(
        "tier", "segment", "above", "customers", "predicted_value", "peer_value", "gap", "basis",
        "past_value", "peer_past", "weight", "horizon_days",
        step=cells.tier + "_" + cells.segment,
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
    action = LADDER[step["segment"]].action
    count = int(step["customers"])
    amounts = ("predicted_value", "peer_value", "gap", "value_at_stake", "value_low", "value_high")
    facts: dict[str, object] = {name: money(step[name], currency) for name in (*amounts, "past_value", "peer_past")}
    facts |= {
        "count": count,
        "customers": number(count),
        "tier": _title("past_tier", step["tier"]),
        "segment": _title("rfm", step["segment"]),
        "segment_above": _title("rfm", step["above"]),
        "basis": say(f"gaps.basis.{step['basis']}"),
        "horizon_days": number(step["horizon_days"]),
    }
    reason = (f"gaps.{action}.do", "gaps.gap", "gaps.worth")
    return {
        "action": action,
        "title": say(f"gaps.{action}.title", **facts),
        "reason": " ".join(say(key, **facts) for key in reason),
    }


def _title(segmentation: str, segment: str) -> str:
    """Return a segment's name for people."""
    key = f"segments.{segmentation}.{segment}.title"
    return say(key) if has(key) else segment
