"""The shop's rule of cost and its money, in plain Python, to hold the engine's against."""

from __future__ import annotations

import math
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from lines_of import CENT

ZERO = Decimal(0)


def cents(value):
    return value.quantize(CENT, ROUND_HALF_UP)


def paid(sold):
    return sold["amount"] - sold["discount"]


def plain_costs(made):
    """Return the basis, and each line's cost by its id, of lines that are all known."""
    sales = [sold for sold in made if sold["kind"] == "sale"]
    with_cost = [sold for sold in sales if sold["cost"] is not None]
    total, covered = float(sum(map(paid, sales))), float(sum(map(paid, with_cost)))
    if not (covered > 0 and covered >= total * 0.95):
        return "revenue", dict.fromkeys((sold["line_id"] for sold in made), None)
    average = min(float(sum(sold["cost"] for sold in with_cost)) / covered, 1000.0)
    rate = Decimal(str(round(average, 6)))
    costs, by_id = {}, {sold["line_id"]: sold for sold in sales}
    for sold in sorted(made, key=lambda sold: sold["kind"] != "sale"):
        taken_back = by_id.get(sold["reverses"])
        if sold["kind"] == "adjustment":
            cost = None
        elif sold["cost"] is not None:
            cost = sold["cost"]
        elif taken_back is not None:
            given = float(costs[sold["reverses"]]) * (sold["quantity"] / taken_back["quantity"]) * 100
            cost = Decimal(int(math.copysign(math.floor(abs(given) + 0.5), given))).scaleb(-2)
        else:
            cost = cents(paid(sold) * rate)
        costs[sold["line_id"]] = cost
    return "margin", costs


def plain_takings(made, service):
    """Return the takings of lines that are all known, by customer and day."""
    basis, costs = plain_costs(made)
    sold_on = {sold["line_id"]: sold["ordered_at"].date() for sold in made if sold["kind"] == "sale"}
    days = defaultdict(lambda: defaultdict(Decimal))
    first = {}
    for sold in made:
        who, day = sold["customer_id"], sold["ordered_at"].date()
        if sold["kind"] == "adjustment":
            continue
        row = days[who, sold_on.get(sold["reverses"], day)]
        row["revenue" if sold["kind"] == "sale" else "returns"] += abs(sold["amount"])
        row["discount"] += sold["discount"]
        row["cost"] += costs[sold["line_id"]] or 0
        if sold["kind"] == "sale":
            row["service"] += Decimal(str(service.per_line or 0))
            order = who, sold["order_id"]
            first[order] = min(first.get(order, day), day)
        elif service.per_return is not None:
            days[who, day]["service"] += Decimal(str(service.per_return))
    for (who, _), day in first.items():
        days[who, day]["service"] += Decimal(str(service.per_order or 0))
    return [_row(who, day, row, basis, service) for (who, day), row in sorted(days.items())]


def _row(who, day, row, basis, service):
    cost = row["cost"] if basis == "margin" else None
    serving = cents(row["service"]) if service.known else None
    net = row["revenue"] - row["discount"] - row["returns"]
    return {
        "customer_id": who, "day": day, "revenue": row["revenue"], "discount": row["discount"],
        "returns": row["returns"], "net_revenue": net, "cost": cost, "cost_to_serve": serving,
        "margin": net - (cost or ZERO) - (serving or ZERO), "basis": basis,
    }  # fmt: skip


def plain_contribution(made, service):
    """Return the contribution of lines that are all known, by customer."""
    days, basis = plain_takings(made, service), plain_costs(made)[0]
    told = []
    for who in sorted({sold["customer_id"] for sold in made}):
        own = [row for row in days if row["customer_id"] == who]
        lines = [sold for sold in made if sold["customer_id"] == who]
        sums = {
            name: sum((row[name] or ZERO for row in own), ZERO)
            for name in ("revenue", "discount", "returns", "net_revenue", "cost", "cost_to_serve", "margin")
        }
        told.append({
            "customer_id": who, **sums,
            "cost": sums["cost"] if basis == "margin" else None,
            "cost_to_serve": sums["cost_to_serve"] if service.known and days else None,
            "unmatched_returns": -sum(
                (sold["amount"] for sold in lines if sold["kind"] == "return" and sold["reverses"] is None), ZERO
            ),
            "basis": basis,
            "adjustments": sum((sold["amount"] for sold in lines if sold["kind"] == "adjustment"), ZERO),
        })  # fmt: skip
    return told
