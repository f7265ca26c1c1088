"""What did joining the loyalty programme change? A model's answer: nobody drew who joins.

In   the state of each member on some days, contracts.customer.TAKINGS
Out  the members' change in margin less that of comparable customers who did not join; what each customer moves it by

Customers are compared within cells: the month in which the member was first on record, how long they had been
customers, on how many days they bought in that month and in the three months before. Of each cell the change of the
members, from these three months to the three months after, is set against that of customers who were no members until
the end of these. What it cannot tell: whoever joins may have been about to buy more for a reason that no cell holds.
The same difference in the months before, when nobody had joined, shows some of that.

Ref  Heckman, Ichimura & Todd (1997), Review of Economic Studies 64, 605-654: matched difference in differences
     Abadie & Imbens (2006), Econometrica 74, 235-267: the effect on the treated, by matching
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.profile.known import known_by

MONTHS = 3
"""Months before and after the month of joining that are compared."""

OLDEST, MOST_NOW, MOST_BEFORE = 6, 2, 3
"""Ages in months and days with a purchase are told apart up to these."""

LEAST_PEERS = 2
"""Comparable customers that a cell needs: with one, nothing is known of how far they differ."""

CELL = ("joined", "age", "now", "before")
WIDE = "decimal(38, 2)"
CELLS = ibis.schema({f"cell_{name}": "int64" for name in CELL} | {
    "side": "int64", "weight": "float64", "mean": "float64", "weight_earlier": "float64", "mean_earlier": "float64",
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Joined:
    """The change that joining stands for, in money over `MONTHS` months after the month of joining."""

    members: int  # who were compared
    peers: int  # comparable customers, counted once a month
    unmatched: int  # members without comparable customers
    effect: float
    earlier: (
        float  # the same difference three months before anybody had joined: 0 where the cells hold all that matters
    )
    cells: ir.Table  # what the customers of each cell weigh


def joined_panel(loyalty: ir.Table, takings: ir.Table, *, as_of: date) -> ir.Table:
    """Return members and comparable customers around each month in which somebody joined.

    Parameters
    ----------
    loyalty : Table, one row per customer and state
        Columns ``customer_id, dated``. Whose first state is of the first day on record had joined before: nobody knows
        when, and they are left out.
    takings : Table, one row per customer and day
        Columns ``customer_id, day, revenue, margin``.
    as_of : date
        The last day we may know about; only whole months up to it count.

    Returns
    -------
    Table, one row per customer and month of joining
        ``customer_id, member`` (1 or 0), the cell (`CELL`), ``change`` (margin of the months after less that of the
        months before) and ``earlier`` (margin of the three months before those).
    """
    firsts, months, last = _firsts(loyalty, as_of), _months(takings, as_of), as_of.year * 12 + as_of.month - 1
    began = months.group_by("customer_id").aggregate(began=months.month.min())
    whole = firsts.joined + MONTHS < last
    wanted = firsts.filter(firsts.known & whole).select("joined").distinct()
    near = months.cross_join(wanted)
    near = near.filter(near.month >= near.joined - 2 * MONTHS, near.month <= near.joined + MONTHS)
    away = near.month - near.joined
    parts = near.group_by("customer_id", "joined").aggregate(
        after=_margin(near, away > 0), before_margin=_margin(near, (away < 0) & (away >= -MONTHS)),
        earlier=_margin(near, away < -MONTHS), now=_days(near, away == 0),
        before=_days(near, (away < 0) & (away >= -MONTHS)),
    )  # fmt: skip
    active = parts.filter(parts.now + parts.before > 0)
    dated = active.inner_join(began, "customer_id")
    known = firsts.select("customer_id", first="joined", first_known="known")
    judged = dated.left_join(known, "customer_id")
    member = judged.first_known & (judged["first"] == judged.joined)
    other = judged["first"].isnull() | (judged.first_known & (judged["first"] > judged.joined + MONTHS))
    kept = judged.filter(member.fill_null(False) | other.fill_null(False))
    return kept.select(
        "customer_id", "joined", member=ibis.ifelse(kept["first"] == kept.joined, 1, 0).fill_null(0).cast("int64"),
        age=ibis.least(kept.joined - kept.began, OLDEST).cast("int64"),
        now=ibis.least(kept.now, MOST_NOW).cast("int64"),
        before=ibis.least(kept.before, MOST_BEFORE).cast("int64"),
        change=(kept.after - kept.before_margin).cast(WIDE), earlier=kept.earlier.cast(WIDE),
    )  # fmt: skip


def _firsts(loyalty: ir.Table, as_of: date) -> ir.Table:
    """Return the month in which each member was first on record, and whether that says when she joined."""
    states = known_by(loyalty, as_of=as_of, column="dated")
    firsts = states.group_by("customer_id").aggregate(first=states.dated.min())
    began = firsts["first"].min().over(ibis.window())
    return firsts.select("customer_id", joined=_month(firsts["first"]), known=firsts["first"] > began)


def _months(takings: ir.Table, as_of: date) -> ir.Table:
    known = known_by(takings, as_of=as_of, column="day")
    dated = known.mutate(month=_month(known.day))
    return dated.group_by("customer_id", "month").aggregate(
        margin=dated.margin.sum().cast(WIDE), days=(dated.revenue > 0).sum().cast("int64")
    )


def _month(day: ir.DateValue) -> ir.IntegerValue:
    return (day.year() * 12 + day.month() - 1).cast("int64")


def _margin(near: ir.Table, where: ir.BooleanValue) -> ir.Value:
    return ibis.coalesce(near.margin.sum(where=where), ibis.literal(0).cast(WIDE))


def _days(near: ir.Table, where: ir.BooleanValue) -> ir.Value:
    return near["days"].sum(where=where).fill_null(0).cast("int64")


def joined(panel: ir.Table) -> Joined | None:
    """Compare the members of `joined_panel` with the comparable customers; none where nobody can be compared."""
    sums = panel.group_by(*CELL, "member").aggregate(
        n=panel.count(), change=panel.change.sum().cast("float64"), earlier=panel.earlier.sum().cast("float64")
    )
    cells: dict[tuple[int, ...], dict[int, dict[str, Any]]] = {}
    for row in sums.order_by(*CELL, "member").to_pyarrow().to_pylist():
        cells.setdefault(tuple(row[name] for name in CELL), {})[row["member"]] = row
    able = {cell: sides for cell, sides in cells.items() if set(sides) == {0, 1} and sides[0]["n"] >= LEAST_PEERS}
    members = sum(sides[1]["n"] for sides in able.values())
    unmatched = sum(sides[1]["n"] for sides in cells.values() if 1 in sides) - members
    if members < 2:
        return None
    effect, earlier = (
        math.fsum(
            sides[1][name] - sides[1]["n"] * sides[0][name] / sides[0]["n"] for sides in able.values()
        )
        for name in ("change", "earlier")
    )  # fmt: skip
    peers = sum(sides[0]["n"] for sides in able.values())
    return Joined(
        members=members, peers=peers, unmatched=unmatched, effect=effect, earlier=earlier,
        cells=_weights(able, effect / members, earlier / members, members),
    )  # fmt: skip


def _weights(
    cells: dict[tuple[int, ...], dict[int, dict[str, Any]]], effect: float, earlier: float, members: int
) -> ir.Table:
    """Return what a customer of each cell and side weighs, and the change that was to be expected of her.

    A member's is the mean of her peers and the mean effect: that the effect differs between members is part of the
    uncertainty.
    """
    rows = []
    for cell, sides in cells.items():
        treated, peers = sides[1]["n"], sides[0]["n"]
        base, base_earlier = (sides[0][name] / peers for name in ("change", "earlier"))
        place = {f"cell_{name}": value for name, value in zip(CELL, cell, strict=True)}
        weight = math.sqrt(members / (members - 1))
        rows.append(place | {
            "side": 1, "weight": weight, "mean": base + effect, "weight_earlier": weight,
            "mean_earlier": base_earlier + earlier,
        })  # fmt: skip
        weight = -treated / peers * math.sqrt(peers / (peers - 1))
        rows.append(place | {
            "side": 0, "weight": weight, "mean": base, "weight_earlier": weight, "mean_earlier": base_earlier,
        })  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(rows, schema=CELLS.to_pyarrow()))


def joined_influence(panel: ir.Table, found: Joined, *, entry: str) -> ir.Table:
    """Return by how much each customer moves the effect and the earlier difference (`earlier_of`).

    Returns
    -------
    Table, one row per customer, month of joining and figure
        ``entry, customer_id, moved``
    """
    cells = found.cells
    same = [panel[name] == cells[f"cell_{name}"] for name in CELL]
    both = panel.inner_join(cells, [*same, panel.member == cells.side])
    moves = (
        both.select(
            "customer_id", entry=ibis.literal(name), moved=both[weight] * (both[value].cast("float64") - both[mean])
        )
        for name, value, weight, mean in (
            (entry, "change", "weight", "mean"),
            (earlier_of(entry), "earlier", "weight_earlier", "mean_earlier"),
        )
    )
    return ibis.union(*moves).select("entry", "customer_id", "moved")


def earlier_of(entry: str) -> str:
    """Return the name under which `joined_influence` keeps the difference before anybody had joined."""
    return f"{entry} earlier"
