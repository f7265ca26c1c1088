"""The rows of the ledger, one kind after the other, and what is said of all of them together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir
from scipy.special import ndtr

from patron.decisions.holdouts import TRIGGER
from patron.experiments.assumed_claims import Assumed
from patron.experiments.claim_costs import Cost, Costs
from patron.experiments.claim_outcomes import Side
from patron.experiments.joined import Joined, earlier_of
from patron.experiments.measured_claims import Arm, Course, able, campaign_of, total_of
from patron.models.estimator import NORMAL_95
from patron.stats.difference import SMALLEST_ARM
from patron.stats.false_discovery import q_values
from patron.stats.shrinkage import shrink

Row = dict[str, Any]

LOYALTY, PRICES = "loyalty", "prices: "
ALARM = 0.05
"""Chance of a difference before anybody had joined, below which the model of the loyalty programme is not believed."""

LEAST_ENTRIES = 3
"""Measured entries below which nothing is known of how far their effects differ, so that none is shrunk."""

"""How the hold-out of a trigger is named: it is what measures the trigger."""

OF_KIND = {"trigger": "trigger", "price": "price_change", "price_change": "price_change"}
"""What an experiment is in the ledger, by its kind; every other is a campaign."""


@dataclass(frozen=True, kw_only=True)
class Loyalty:
    """The members' change, and by how much each customer moves it."""

    found: Joined
    moves: ir.Table
    entry: str = LOYALTY


def claim_rows(
    arms: Sequence[Arm], sides: Mapping[str, Mapping[bool, Side]], costs: Costs,
    courses: Mapping[str, Course],
    clicks: Mapping[str, Assumed], by_lot: set[str],
) -> list[Row]:  # fmt: skip
    """Return a row for each arm of an experiment, and one for discounts that an arm was given more than its control."""
    rows = []
    for arm in arms:
        row = _claim_row(arm, costs, by_lot, arms)
        found = sides.get(arm.claim.entry)
        row["counted"] = bool(arm.read and able(found))
        if arm.claim.entry in courses:
            row |= _went_on(courses[arm.claim.entry])
        if campaign_of(arm) in clicks and not arm.several:
            row["last_click"] = clicks[campaign_of(arm)].effect
        rows.append(row)
        if found is not None and row["counted"]:
            rows += _discounts(row, found)
    return rows


def _claim_row(arm: Arm, costs: Costs, by_lot: set[str], arms: Sequence[Arm]) -> Row:
    about, reading, claim = arm.experiment, arm.reading, arm.claim
    lot = about["kind"] != "elsewhere" or about["experiment"] in by_lot
    many = sum(1 for one in arms if one.experiment["experiment"] == about["experiment"])
    days = {"from_day": claim.from_day, "to_day": claim.to_day}
    cost = costs.of_arm(about, str(claim.arm), customers=reading["n"], arms=many, **days)
    figures = {end: reading[f"total{end}"] for end in ("", "_low", "_high")} if arm.read else {}
    status = reading["status"] if arm.read or reading["status"] != "read" else "too_few"
    return _row(
        claim.entry, _kind(about), "measured" if lot else "modelled",
        "random_arms" if lot else "arms_as_given", days, cost, figures,
    ) | {
        "experiment": claim.experiment, "arm": claim.arm, "programme": about.get("programme"),
        "customers": reading["n"], "control": reading["n_control"],
        "p_value": reading["p_value"] if arm.read else None,
        "status": status if status in ("read", "too_early", "too_few", "sample_ratio") else "not_read",
    }  # fmt: skip


def _kind(about: Mapping[str, Any]) -> str:
    return "trigger" if about["experiment"].startswith(TRIGGER) else OF_KIND.get(about["kind"], "campaign")


def _row(
    entry: str, kind: str, evidence: str, rests_on: str, days: Mapping[str, date], cost: Cost,
    effect: Mapping[str, float | None],
) -> Row:  # fmt: skip
    """Return what every row has: cost, effect, net and return on cost with their intervals."""
    row: Row = {
        "entry": entry, "kind": kind, "evidence": evidence, "rests_on": rests_on, "counted": True, **days,
        "cost": cost.amount, "cost_source": cost.source, "return_status": _return_status(cost, effect.get("")),
    }  # fmt: skip
    for end in ("", "_low", "_high"):
        value = effect.get(end)
        net = None if value is None or cost.amount is None else value - cost.amount
        row |= {f"effect{end}": value, f"net{end}": net}
        share = net / cost.amount if net is not None and cost.amount else None
        row[f"return{end}" if end else "return_on_cost"] = share
    return row


def _return_status(cost: Cost, effect: float | None) -> str:
    if effect is None:
        return "no_effect"
    if cost.amount is None:
        return "unknown_cost"
    return "known" if cost.amount > 0 else "no_cost"


def _went_on(course: Course) -> Row:
    found = course.decay
    early = {}
    if course.early is not None:
        middle, error = course.early
        early = {"early": middle, "early_low": middle - NORMAL_95 * error, "early_high": middle + NORMAL_95 * error}
    return early | {
        "decay": found.status, "half_life_days": found.half_life, "half_life_low": found.low,
        "half_life_high": found.high,
    }  # fmt: skip


def _discounts(row: Row, sides: Mapping[bool, Side]) -> list[Row]:
    """Return what an arm was given in discounts more than its control; a part of its margin, so it is not counted."""
    given, error = total_of(sides, "discount")
    if not error or abs(given) < NORMAL_95 * error:
        return []
    ends = {"": -given, "_low": -given - NORMAL_95 * error, "_high": -given + NORMAL_95 * error}
    days = {"from_day": row["from_day"], "to_day": row["to_day"]}
    nothing = Cost(amount=None, source="unknown")
    part = _row(f"discount: {row['entry']}", "price_change", row["evidence"], row["rests_on"], days, nothing, ends)
    return [part | {
        "counted": False, "status": "within", "p_value": None,
        **{name: row[name] for name in ("experiment", "arm", "programme", "customers", "control")},
    }]  # fmt: skip


def loyalty_row(
    member: Loyalty | None, variances: Mapping[str, float], costs: Costs, *, as_of: date, span: tuple[date, int]
) -> Row:
    """Return the row of the loyalty programme, which says so where nobody can be compared.

    Parameters
    ----------
    member : Loyalty, optional
        The comparison; none where there are no comparable customers.
    variances : mapping
        Those of the change, and of the difference before anybody had joined.
    costs : Costs
        Spend of a channel ``loyalty`` is its cost.
    as_of : date
        The last day that counts.
    span : tuple
        The first day on record, and how many members there are.
    """
    days = {"from_day": span[0], "to_day": as_of}
    cost = costs.of_channel(LOYALTY, **days)
    found = member.found if member is not None else None
    if found is None or min(found.members, found.peers) < SMALLEST_ARM:
        row = _row(LOYALTY, LOYALTY, "modelled", "matched_change", days, cost, {})
        return row | {"customers": span[1], "control": None, "status": "no_comparable", "counted": False}
    error, error_earlier = (math.sqrt(variances[name]) for name in (LOYALTY, earlier_of(LOYALTY)))
    ends = {"": found.effect, "_low": found.effect - NORMAL_95 * error, "_high": found.effect + NORMAL_95 * error}
    row = _row(LOYALTY, LOYALTY, "modelled", "matched_change", days, cost, ends)
    differ = _p_value(found.earlier, error_earlier) < ALARM
    status = "trends_differ" if differ else "read" if error_earlier else "unchecked"
    return row | {
        "customers": found.members, "control": found.peers, "p_value": _p_value(found.effect, error),
        "status": status, "counted": not differ,
    }  # fmt: skip


def _p_value(estimate: float, error: float) -> float:
    return 2 * float(ndtr(-abs(estimate) / error)) if error else 1.0


def price_entries(changes: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return a row for each category whose prices were changed: modelled, for everybody paid them.

    Parameters
    ----------
    changes : sequence of mapping
        Rows of contracts.price_offer.PRICE_CHANGES.
    """
    rows = []
    for change in changes:
        days = {"from_day": change["from_day"], "to_day": change["to_day"]}
        ends = {end: change[f"effect{end}"] for end in ("", "_low", "_high")}
        row = _row(
            f"{PRICES}{change['category']}", "price_change", "modelled", "price_response", days,
            Cost(amount=0.0, source="nothing"), ends,
        )  # fmt: skip
        p_value = 2 * min(change["chance"], 1 - change["chance"])
        rows.append(row | {"customers": change["customers"], "p_value": p_value, "status": "read"})
    return rows


def price_variance(rows: Sequence[Row]) -> float:
    """Return the variance of the sum of the effects of prices: they may all be wrong in the same direction."""
    widths = [row["effect_high"] - row["effect_low"] for row in rows]
    return (math.fsum(widths) / (2 * NORMAL_95)) ** 2


def assumed_row(entry: str, kind: str, rests_on: str, claim: Assumed, cost: Cost, *, as_of: date) -> Row:
    """Return the row of what is only claimed: without an interval, for no lot decided."""
    days = {"from_day": claim.from_day, "to_day": as_of}
    row = _row(entry, kind, "assumed", rests_on, days, cost, {"": claim.effect})
    return row | {"customers": claim.customers, "status": "claimed"}


def discovered(rows: Sequence[Row]) -> list[Row]:
    """Add q-values over all entries that were tested, and the effects of measured ones shrunk towards their mean."""
    tested = [row for row in rows if row["counted"] and row.get("p_value") is not None]
    q = q_values([row["p_value"] for row in tested], dependence="positive")
    by_entry: dict[str, Row] = {row["entry"]: {"q_value": float(value)} for row, value in zip(tested, q, strict=True)}
    measured = [row for row in rows if row["counted"] and row["evidence"] == "measured" and row["customers"]]
    if len(measured) >= LEAST_ENTRIES:
        for row, figures in zip(measured, _shrunk(measured), strict=True):
            by_entry[row["entry"]] = by_entry.get(row["entry"], {}) | figures
    return [row | by_entry.get(row["entry"], {}) for row in rows]


def _shrunk(rows: Sequence[Row]) -> list[Row]:
    """Shrink the effects per customer, so that large and small lists can be compared."""
    many = [row["customers"] for row in rows]
    each = [row["effect"] / count for row, count in zip(rows, many, strict=True)]
    errors = [
        (row["effect_high"] - row["effect_low"]) / (2 * NORMAL_95 * count)
        for row, count in zip(rows, many, strict=True)
    ]
    found = shrink(each, [error * error for error in errors])
    # The common mean is an estimate, too: what is drawn towards it takes over its error.
    of_mean = 1 / sum(1 / (found.between + error * error) for error in errors)
    figures = []
    for place, count in enumerate(many):
        away = 1 - float(found.weight[place])
        middle = float(found.estimate[place])
        reach = NORMAL_95 * math.sqrt(float(found.variance[place]) + away * away * of_mean)
        figures.append({
            "shrunk": middle * count, "shrunk_low": (middle - reach) * count, "shrunk_high": (middle + reach) * count,
        })  # fmt: skip
    return figures
