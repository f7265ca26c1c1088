"""How much of the discounts went to those who would have bought anyway?

In   what `profile.price_totals` adds up, contracts.price.ELASTICITIES; contracts.effect.EFFECTS, `assignments` and
     contracts.customer.TAKINGS
Out  contracts.price_offer.DISCOUNTS

Of an experiment that gave discounts, control tells how many orders would have come: those of the arm less those that
the offer brought. It is taken that the offer keeps nobody from ordering. Of a promotion, which everybody was
offered, the elasticity e tells it: of what was sold at r times the price, the share r^-e would have been sold at the
full one. Of vouchers, which single customers were given, only an experiment tells.

Ref  van Heerde, Leeflang & Wittink (2004), Decomposing the sales promotion bump with store data, Marketing Science
     23(3), 317-334: what of a promotion is not won
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.price_offer import DISCOUNTS
from patron.models.estimator import NORMAL_95
from patron.profile.known import day_of, known_by
from patron.profile.price_totals import DEPTH, PROMOTED, VOUCHERS, YEAR_DAYS
from patron.profile.price_weeks import ALL

Row = dict[str, Any]
Floats = NDArray[np.float64]

MEASURED = ("orders", "margin")
ENDS = ("", "_low", "_high")


def modelled_discounts(totals: pa.Table, elasticities: Iterable[Mapping[str, Any]], *, as_of: date) -> list[Row]:
    """Return what the promotions of the last year gave away, by category and in all, and what vouchers cost.

    Parameters
    ----------
    totals : pyarrow Table
        What `price_totals` returns.
    elasticities : iterable of mapping
        Rows of contracts.price.ELASTICITIES.
    as_of : date
        The run's day.
    """
    answers = {
        row["category"]: row for row in elasticities
        if row["level"] in (ALL, "category") and row["segmentation"] == ALL
    }  # fmt: skip
    told = totals.to_pylist()
    cells = [row for row in told if row["part"] == PROMOTED and row["category"] in answers]
    deep: dict[str, list[Row]] = {}
    for row in told:
        if row["part"] == DEPTH:
            for item in (row["category"], ALL):
                deep.setdefault(item, []).append(row)
    days = {"from_day": as_of - timedelta(days=YEAR_DAYS - 1), "to_day": as_of}
    found = [_modelled(row, deep[row["category"]], answers[row["category"]]) for row in cells]
    found += [_about(row, "vouchers", "assumed") | {"status": "not_measured"} for row in told if _given_singly(row)]
    return [row | days for row in found]


def measured_discounts(effects: ir.Table, assignments: ir.Table, takings: ir.Table, *, as_of: date) -> list[Row]:
    """Return what each arm that was surely given more discount than its control gave away.

    Parameters
    ----------
    effects : Table
        contracts.effect.EFFECTS.
    assignments : Table
        The run's.
    takings : Table
        contracts.customer.TAKINGS.
    as_of : date
        The last day that counts.
    """
    everybody = (effects.segmentation == ALL) & (effects.status == "read") & effects.metric.isin(list(MEASURED))
    read = effects.filter(everybody).to_pyarrow().to_pylist()
    if not read:
        return []
    by_arm: dict[tuple[str, str], dict[str, Row]] = {}
    for row in read:
        by_arm.setdefault((row["experiment"], row["arm"]), {})[row["metric"]] = row
    given = {(row["experiment"], row["arm"]): row for row in _given(assignments, takings, as_of=as_of)}
    rows = []
    for (experiment, arm), metrics in sorted(by_arm.items()):
        if len(metrics) == len(MEASURED):
            rows += _measured(
                metrics, given.get((experiment, arm)), given.get((experiment, metrics["orders"]["control"]))
            )
    return rows


def discounts(rows: Sequence[Row]) -> pa.Table:
    """Return the rows as DISCOUNTS, those that were measured first."""
    schema = DISCOUNTS.schema.to_pyarrow()
    ordered = sorted(rows, key=lambda row: (row["evidence"] != "measured", -row["discount"], row["item"]))
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in ordered], schema=schema)


def _given_singly(row: Row) -> bool:
    return bool(row["part"] == VOUCHERS)


def _about(row: Row, source: str, evidence: str) -> Row:
    return {
        "source": source, "item": row["category"], "evidence": evidence, "customers": row["customers"],
        "least": row["customers"], "revenue": float(row["listed"]), "discount": float(row["discount"]),
    }  # fmt: skip


def _modelled(row: Row, deep: Sequence[Row], answer: Mapping[str, Any]) -> Row:
    about = _about(row, "elasticity", "modelled")
    if answer["status"] != "learned":
        return about | {"status": answer["status"]}
    listed, off, cost = (np.array([float(one[name] or 0) for one in deep]) for name in ("listed", "discount", "cost"))
    return about | _split(listed, off, cost if row["costed"] == row["lines"] else None, answer)


def _split(listed: Floats, off: Floats, cost: Floats | None, answer: Mapping[str, Any]) -> Row:
    """Return what would have been sold anyway, at the elasticity and at the ends of its interval."""
    found: dict[str, list[float]] = {"anyway": [], "given_away": [], "net": []}
    for name in ("elasticity", "low", "high"):
        anyway = np.minimum((1 - off / listed) ** -answer[name], 1.0)
        found["anyway"].append(float((anyway * listed).sum() / listed.sum()))
        found["given_away"].append(float((anyway * off).sum()))
        if cost is not None:
            found["net"].append(float(((listed - off - cost) - anyway * (listed - cost)).sum()))
    row: Row = {"status": "read" if cost is not None else "no_cost"}
    for name, values in found.items():
        if values:
            row |= dict(zip((f"{name}{end}" for end in ENDS), (values[0], *sorted(values[1:])), strict=True))
    return row | ({"won": row["net"] + row["given_away"]} if cost is not None else {})


def _given(assignments: ir.Table, takings: ir.Table, *, as_of: date) -> list[Row]:
    """Add up by arm what customers were given in discounts since they were assigned, and the squares of it."""
    dated = assignments.select("experiment", "customer_id", "arm", since=day_of(assignments.assigned_on))
    first = dated.group_by("experiment", "customer_id", "arm").aggregate(since=dated.since.min())
    bought = known_by(takings, as_of=as_of, column="day").filter(takings.discount > 0)
    both = first.inner_join(bought, ["customer_id", bought.day >= first.since])
    sums = both.group_by("experiment", "customer_id", "arm").aggregate(
        off=both.discount.sum().cast("decimal(38, 2)"), revenue=both.revenue.sum().cast("decimal(38, 2)")
    )
    each = first.left_join(sums, ["experiment", "customer_id", "arm"])
    off = each.off.cast("float64").fill_null(0.0)
    found = each.mutate(off_float=off, square=(off * off).round(4).cast("decimal(38, 4)"))
    rows: list[Row] = found.group_by("experiment", "arm").aggregate(
        n=found.count(), from_day=found.since.min(), off=found.off.sum(), revenue=found.revenue.sum(),
        square=found.square.sum(),
    ).to_pyarrow().to_pylist()  # fmt: skip
    return rows


def _measured(metrics: Mapping[str, Row], arm: Row | None, control: Row | None) -> list[Row]:
    orders, margin = (metrics[name] for name in MEASURED)
    if arm is None or control is None or arm["off"] is None or not orders["mean"]:
        return []
    mean, error = _difference(arm, control)
    if mean <= NORMAL_95 * error:
        return []
    off = mean * arm["n"]
    ends = [orders[f"relative{end}"] for end in ENDS]
    shares = [None if end is None or end <= -1 else min(1 / (1 + end), 1.0) for end in ends]
    row: Row = {
        "source": "experiment", "item": f"{orders['experiment']}: {orders['arm']}", "evidence": "measured",
        "from_day": orders["from_day"], "to_day": orders["to_day"], "customers": orders["n"],
        "least": min(orders["n"], orders["n_control"]), "revenue": float(arm["revenue"] or 0), "discount": off,
        "status": "read", **{f"net{end}": margin[f"total{end}"] for end in ENDS},
    }  # fmt: skip
    if any(share is None for share in shares):
        return [row | {"status": "too_few"}]
    for end, share in zip(ENDS, (shares[0], shares[2], shares[1]), strict=True):
        row |= {f"anyway{end}": share, f"given_away{end}": share * off}
    return [row | {"won": row["net"] + row["given_away"]}]


def _difference(arm: Row, control: Row) -> tuple[float, float]:
    """Return how much more discount a customer of the arm was given, and its standard error."""
    means, errors = [], []
    for side in (arm, control):
        mean = float(side["off"] or 0) / side["n"]
        spread = max(float(side["square"]) / side["n"] - mean * mean, 0.0)
        means.append(mean)
        errors.append(spread / side["n"])
    return means[0] - means[1], float(np.sqrt(sum(errors)))
