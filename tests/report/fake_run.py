# ruff: noqa: E501 - invented rows read best one to a line
"""A believable small run, without the pipeline: every table of a run, made from a few hundred invented customers."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.contracts import TABLES
from patron.contracts.portrait import DEPARTMENTS, PARTS
from patron.contracts.signal import LIBRARY
from patron.journeys import frequent_paths, journey_map
from patron.simulate import planted_journeys
from patron.stats.wilson import wilson

HOSTILE = '</script><script>alert("1")</script><img src=x onerror=alert(2)>'
AS_OF = date(2025, 11, 17)
NOON = time(12)
FIRST = date(2023, 9, 1)
RFM = ("champions", "loyal", "potential_loyalists", "new_customers", "promising", "need_attention", "about_to_sleep",
       "at_risk", "cannot_lose", "hibernating", "lost")  # fmt: skip
QUARTERS = ("stars", "rising", "fading", "small")
TIERS = {"platinum": 0.01, "gold": 0.05, "silver": 0.2, "bronze": 0.5, "basic": 1.0}
BEHAVIOUR = {
    "b1": "Discount hunters, by app",
    "b2": "All-rounders",
    "b3": f"Gift givers {HOSTILE}",
    "b4": "Weekend buyers",
}
STAGES = {
    "loyal": "Loyal",
    "developing": "Developing",
    "first_time": "First-time",
    "at_risk": "At risk",
    "lapsed": "Lapsed",
}
Row = dict[str, Any]


def cents(amount: float) -> Decimal:
    return Decimal(str(round(float(amount), 2)))


def fake_run(*, customers: int = 600, seed: int = 7) -> dict[str, ir.Table]:
    """Return every table of `TABLES`, filled where a report reads it, else empty."""
    rng, rng_of_visits = np.random.default_rng(seed), np.random.default_rng(seed + 1)
    people = [_person(number, rng) for number in range(customers)]
    _rank(people)
    rows: dict[str, list[Row]] = {
        "orders": [order for person in people for order in person["orders_"]],
        "takings": [taken(order) for person in people for order in person["orders_"]],
        "profiles": [_profile(person) for person in people],
        "forecasts": [_forecast(person) for person in people],
        "segments": _segments(people),
        "movements": _movements(people, rng),
        "cohorts": _cohorts(people),
        "growth": _growth(),
        "gaps": _gaps(rng),
        "opportunities": _opportunities(),
        "backtest": [*_backtest(rng), *_chances()],
        "effects": _effects(),
        "channel_evidence": _channel_evidence(),
        "channel_verdicts": _channel_verdicts(),
        "signal_states": _signal_states(),
        "ledger": _ledger(),
        "ledger_totals": _ledger_totals(),
        "triggers": _triggers(),
        "trigger_iterations": _trigger_iterations(),
        "quality": _quality(),
        "revenue_forecast": _revenue_forecast(),
        "equity": _equity(),
        "acquisition_value": _acquisition_value(),
        "channels": _channels(),
        "acquisition": _acquisition(),
        "payback": _payback(),
        "comebacks": _comebacks(),
        "habits": _habits(),
        "critical_days": _critical_days(),
        "gateways": _gateways(),
        "attribution": _attribution(),
        "channel_lifts": _channel_lifts(),
        "order_credits": _order_credits(),
        "micro_axes": _micro_axes(),
        "micro_segments": _micro_segments(),
        "stuck_points": _stuck_points(),
        "lookalike_card": _lookalike_card(),
        "budget_frontier": _budget_frontier(),
        "budget_prices": _budget_prices(),
        "budget_trials": _budget_trials(),
        "season_plan": _season_plan(),
        "market_size": _market_size(),
        "themes": _themes(),
        "theme_texts": _theme_texts(),
        "personas": _personas(),
        "department_cards": _department_cards(),
        "experience": _experience([_forecast(person) for person in people]),
        "memberships": _memberships(people),
        "sessions": _sessions(people, rng_of_visits),
        "message_responses": _responses(people),
        "journey_edges": _journeys()[0],
        "journey_paths": _journeys()[1],
    }
    rows["kpis"] = _kpis(people)
    rows["targets"] = _targets(rng)
    return {name: table(name, rows.get(name, [])) for name in TABLES}


def taken(order: Row) -> Row:
    money = {name: order[name] for name in ("customer_id", "revenue", "discount", "returns", "cost", "margin")}
    return money | {
        "day": order["ordered_at"].date(), "net_revenue": order["amount"], "cost_to_serve": None, "basis": "margin",
    }  # fmt: skip


def empty_run() -> dict[str, ir.Table]:
    return {name: table(name, []) for name in TABLES}


def table(name: str, rows: list[Row]) -> ir.Table:
    schema = TABLES[name].schema.to_pyarrow()
    return ibis.memtable(pa.Table.from_pylist(rows, schema=schema))


def _person(number: int, rng: np.random.Generator) -> Row:
    start = FIRST + timedelta(days=int(rng.integers(0, (AS_OF - FIRST).days - 5)))
    interval, spend = rng.gamma(2.0, 45.0) + 8, rng.gamma(2.2, 30.0) + 8
    leaves = start + timedelta(days=int(rng.exponential(260)))
    days, day = [start], start
    while (day := day + timedelta(days=int(rng.exponential(interval)) + 1)) <= min(AS_OF, leaves):
        days.append(day)
    who = f"customer-{number:05d}"
    orders = []
    for place, day in enumerate(days):
        amount = cents(rng.gamma(4, spend / 4))
        orders.append({
            "order_id": f"{who}-{place}", "customer_id": who, "ordered_at": datetime.combine(day, NOON),
            "lines": 2, "units": 3.0, "revenue": amount, "discount": Decimal("0.00"), "returns": Decimal("0.00"),
            "amount": amount, "cost": cents(float(amount) * 0.55), "margin": cents(float(amount) * 0.45),
            "channel": "web", "country": "GB",
        })  # fmt: skip
    since = (AS_OF - days[-1]).days
    alive = float(np.exp(-since / (interval * 3)))
    margin = sum((order["margin"] for order in orders), Decimal("0.00"))
    return {
        "customer_id": who, "orders_": orders, "days": days, "since": since, "interval": interval, "alive": alive,
        "margin": margin, "revenue": sum((order["amount"] for order in orders), Decimal("0.00")),
        "predicted": alive * 365 / interval * spend * 0.45 * 0.8 + 1.0, "expected_orders": alive * 365 / interval * 0.8,
    }  # fmt: skip


def _rank(people: list[Row]) -> None:
    total = len(people)
    for measure in ("margin", "predicted"):
        for place, person in enumerate(sorted(people, key=lambda one: one[measure], reverse=True)):
            person[f"{measure}_rank"] = (place + 1) / total
    for person in people:
        high, ahead = person["margin_rank"] <= 0.2, person["predicted_rank"] <= 0.2
        person["value_map"] = {(1, 1): "stars", (0, 1): "rising", (1, 0): "fading", (0, 0): "small"}[high, ahead]
        person["tier"] = next(name for name, end in TIERS.items() if person["predicted_rank"] <= end)
        often, late = len(person["days"]), person["since"] / person["interval"]
        group = 0 if late < 1 else 1 if late < 3 else 2
        person["rfm"] = (
            ("new_customers" if person["since"] < 40 else "promising", "about_to_sleep", "lost"),
            ("potential_loyalists", "need_attention", "hibernating"),
            ("champions" if high else "loyal", "at_risk", "cannot_lose" if high else "at_risk"),
        )[0 if often == 1 else 1 if often < 5 else 2][group]


def _profile(person: Row) -> Row:
    return {
        "customer_id": person["customer_id"], "as_of": AS_OF, "first_order_on": person["days"][0],
        "last_order_on": person["days"][-1], "days_since_last": person["since"],
        "tenure_days": (AS_OF - person["days"][0]).days, "orders": len(person["days"]),
        "purchase_days": len(person["days"]), "units": 3.0 * len(person["days"]), "net_revenue": person["revenue"],
        "margin": person["margin"], "basis": "margin",
        "average_order_value": float(person["revenue"]) / len(person["days"]), "return_rate": 0.0, "discount_rate": 0.0,
        "products": 3, "categories": 1, "channels": 1, "main_channel": "web", "country": "GB",
        "acquisition_channel": None, "expected_interval_days": person["interval"],
        "lateness": person["since"] / person["interval"], "lapsed": person["since"] > 3 * person["interval"],
    }  # fmt: skip


def _forecast(person: Row) -> Row:
    repeats = len(person["days"]) - 1
    return {
        "customer_id": person["customer_id"], "horizon_days": 365, "expected_orders": person["expected_orders"],
        "orders_low": 0.0, "orders_high": 3 * person["expected_orders"], "probability_alive": person["alive"],
        "expected_spend": 60.0, "predicted_value": person["predicted"], "value_low": 0.0,
        "value_high": 3 * person["predicted"], "basis": "margin",
        "grade": "A" if repeats >= 4 else "B" if repeats else "C", "model": "mbg_nbd",
    }  # fmt: skip


def _segments(people: list[Row]) -> list[Row]:
    margin, predicted = sum(float(one["margin"]) for one in people), sum(one["predicted"] for one in people)
    rows = []
    for segmentation, order in (("rfm", RFM), ("value_map", QUARTERS), ("tier", tuple(TIERS))):
        for position, segment in enumerate(order, start=1):
            members = [one for one in people if one[segmentation] == segment]
            orders = sum(len(one["days"]) for one in members)
            revenue = sum((one["revenue"] for one in members), Decimal("0.00"))
            own = sum((one["margin"] for one in members), Decimal("0.00"))
            ahead = sum(one["predicted"] for one in members)
            rows.append({
                "segmentation": segmentation, "segment": segment, "title": segment.replace("_", " ").capitalize(),
                "meaning": f"Customers who are {segment.replace('_', ' ')} by what they did.",
                "advice": "Keep them close: early access, a personal contact, no discount.", "purpose": "marketing",
                "position": position, "customers": len(members), "customer_share": len(members) / len(people),
                "orders": orders, "net_revenue": revenue, "margin": own, "margin_share": float(own) / margin,
                "predicted_value": ahead, "predicted_share": ahead / predicted,
                "average_order_value": float(revenue) / orders if orders else None,
                "days_since_last": float(np.mean([one["since"] for one in members])) if members else None,
                "probability_alive": float(np.mean([one["alive"] for one in members])) if members else None,
            })  # fmt: skip
    return [*rows, *_copied(rows, "value_map", "behaviour", BEHAVIOUR), *_copied(rows, "rfm", "stage", STAGES)]


def _copied(rows: list[Row], origin: str, segmentation: str, names: dict[str, str]) -> list[Row]:
    """Return other names for the first groups of a segmentation: their figures hang together as they should."""
    some = [row for row in rows if row["segmentation"] == origin and row["customers"] >= 5]
    ruled = {"rule": "price taken off at least 30%", "precision": 0.91, "recall": 0.84, "stability": 0.8}
    more: Row = ruled if segmentation == "behaviour" else {}
    return [
        row | {"segmentation": segmentation, "segment": segment, "title": title, "position": place} | more
        for place, (row, (segment, title)) in enumerate(zip(some, names.items(), strict=False), start=1)
    ]


def _stuck_points() -> list[Row]:
    shares = ((900, 300, 0.33, 0.19), (500, 70, 0.14, 0.15), (380, 40, 0.11, 0.12), (300, 27, 0.09, 0.1))
    return [
        {
            "orders": place, "customers": customers, "stopped": stopped, "waiting": 60, "share": share,
            "low": share - 0.03, "high": share + 0.03, "expected": expected, "extra": customers * (share - expected),
            "p_value": 0.0001 if share > 0.3 else 0.6, "q_value": 0.001 if share > 0.3 else 1.0, "found": share > 0.3,
            "worth": 40 * customers * (share - expected),
        }
        for place, (customers, stopped, share, expected) in enumerate(shares, start=1)
    ]  # fmt: skip


def _movements(people: list[Row], rng: np.random.Generator) -> list[Row]:
    rows = []
    for segmentation, order in (("rfm", RFM), ("value_map", QUARTERS), ("tier", tuple(TIERS))):
        flows: Counter[tuple[str, str]] = Counter()
        for person in people:
            now = person[segmentation]
            moved = rng.random() < 0.12
            before = order[int(rng.integers(len(order)))] if moved else now
            flows["new" if person["days"][0] > AS_OF - timedelta(days=30) else before, now] += 1
        sizes: Counter[str] = Counter()
        for (start, _), count in flows.items():
            sizes[start] += count
        for (start, end), count in sorted(flows.items()):
            gain = 0.0 if start == end else (0 if start == "new" else order.index(start) - order.index(end)) * 14.0
            rows.append({
                "segmentation": segmentation, "from_segment": start, "to_segment": end, "compared_with": "month",
                "from_day": AS_OF - timedelta(days=30), "to_day": AS_OF, "customers": count,
                "share": count / sizes[start], "from_customers": sizes[start],
                **dict(zip(("share_low", "share_high"), wilson(count, sizes[start]), strict=True)),
                "few": sizes[start] < 30, "margin_between": cents(count * 4.2), "predicted_before": count * 40.0,
                "predicted_after": count * (40.0 + gain), "worth": count * gain + (25.0 * count if start == "new" else 0),
            })  # fmt: skip
    return rows


def _months() -> list[date]:
    return [date(2023 + (8 + place) // 12, (8 + place) % 12 + 1, 1) for place in range(27)]


def _cohorts(people: list[Row]) -> list[Row]:
    months = _months()
    cohorts: dict[date, list[Row]] = defaultdict(list)
    for person in people:
        cohorts[person["days"][0].replace(day=1)].append(person)
    rows = []
    for start, members in sorted(cohorts.items()):
        total = Decimal("0.00")
        for age, month in enumerate(months[months.index(start) :]):
            bought = [
                order
                for one in members
                for order in one["orders_"]
                if order["ordered_at"].date().replace(day=1) == month
            ]
            active = len({order["customer_id"] for order in bought})
            margin = sum((order["margin"] for order in bought), Decimal("0.00"))
            total += margin
            rows.append({
                "cohort": start, "age_months": age, "customers": len(members), "active": active,
                "retention": active / len(members), "net_revenue": cents(float(margin) / 0.45), "margin": margin,
                "cumulative_margin_per_customer": float(total) / len(members), "complete": month != months[-1],
            })  # fmt: skip
    return rows


def _kpis(people: list[Row]) -> list[Row]:
    rows = []
    for place, month in enumerate(_months()):
        bought = [o for one in people for o in one["orders_"] if o["ordered_at"].date().replace(day=1) == month]
        active, revenue = {o["customer_id"] for o in bought}, float(sum(o["amount"] for o in bought))
        known = sum(one["days"][0].replace(day=1) <= month for one in people)
        values = {
            "customers": known, "new": sum(one["days"][0].replace(day=1) == month for one in people),
            "active": len(active), "returning": len(active) * 0.6, "retention_rate": 0.31 + 0.004 * place if place else None,
            "orders": len(bought), "purchase_frequency": len(bought) / max(1, len(active)), "revenue": revenue,
            "margin": revenue * 0.45, "average_order_value": revenue / max(1, len(bought)), "margin_rate": 0.45,
            "return_rate": 0.04, "lapsed": 11, "won_back": 4, "ltv_to_date": revenue * 3 / known,
        }  # fmt: skip
        if month == _months()[-1]:
            values["ltv_predicted"] = 61.2
        rows += [
            {"month": month, "segmentation": "all", "segment": "all", "metric": metric, "complete": place < 26,
             "value": None if value is None else float(value)}
            for metric, value in values.items()
        ]  # fmt: skip
    return rows


def _targets(rng: np.random.Generator) -> list[Row]:
    rows = []
    for segmentation, segment in (("all", "all"), *(("rfm", name) for name in RFM)):
        for metric, target in (("average_order_value", 64.0), ("purchase_frequency", 1.2), ("return_rate", 0.04)):
            value = target * float(rng.normal(1, 0.12))
            status = "on_track" if abs(value / target - 1) < 0.08 else "ahead" if (value > target) == (metric != "return_rate") else "behind"  # fmt: skip
            rows.append({
                "segmentation": segmentation, "segment": segment, "metric": metric, "month": date(2025, 10, 1),
                "value": None if segment == "lost" else value, "target": target, "low": target * 0.92,
                "high": target * 1.08, "source": "history", "status": "unknown" if segment == "lost" else status,
            })  # fmt: skip
    return rows


def _growth() -> list[Row]:
    days = {"before_from": date(2023, 11, 18), "before_to": date(2024, 11, 17), "after_from": date(2024, 11, 18), "after_to": AS_OF}  # fmt: skip
    customers = [
        ("customers", 310.0, 352.0, "1420.10", None), ("frequency", 2.4, 2.6, "990.00", None),
        ("order_value", 64.0, 61.0, "-610.40", None), ("margin_rate", 0.46, 0.45, "-220.00", None),
        ("acquisition_cost", None, None, None, "spend"), ("total", 10500.0, 12079.7, "1579.70", None),
    ]  # fmt: skip
    lifetime = [
        ("customers", 310.0, 352.0, "2140.00", None), ("lifetime_margin", 58.0, 61.2, "1110.00", None),
        ("acquisition_cost", None, None, None, "spend"), ("total", 17980.0, 21230.0, "3250.00", None),
    ]  # fmt: skip
    traffic = [
        ("traffic", None, None, None, "events"), ("conversion", None, None, None, "events"),
        ("order_value", 64.0, 61.0, None, None), ("total", None, None, None, "events"),
    ]  # fmt: skip
    return [
        {"formula": formula, "driver": driver, "position": position, **days, "before": before, "after": after,
         "effect": None if effect is None else Decimal(effect), "needs": needs}
        for formula, drivers in (("customers", customers), ("traffic", traffic), ("lifetime", lifetime))
        for position, (driver, before, after, effect, needs) in enumerate(drivers, start=1)
    ]  # fmt: skip


def _gaps(rng: np.random.Generator) -> list[Row]:
    rows = []
    for rank in range(1, 13):
        segment, tier = RFM[(rank * 3) % 11], list(TIERS)[rank % 5]
        count, gap = int(rng.integers(8, 160)), 90.0 / rank
        words = segment.replace("_", " ")
        rows.append({
            "rank": rank, "step": f"{tier}.{segment}", "tier": tier, "segment": segment, "action": "win_back",
            "title": f"Win back {tier} customers who are {words}",
            "reason": f"They buy {gap:.0f} less than other {tier} customers, and most of them can still be reached.",
            "customers": count, "predicted_value": 40.0, "peer_value": 40.0 + gap, "gap": gap,
            "value_at_stake": count * gap, "value_low": count * gap * 0.45, "value_high": count * gap * 1.6,
            "basis": "margin", "evidence": "assumed",
        })  # fmt: skip
    return sorted(({**row, "rank": place} for place, row in enumerate(sorted(rows, key=lambda one: -one["value_at_stake"]), 1)), key=lambda one: one["rank"])  # fmt: skip


def _opportunities() -> list[Row]:
    tried = (("cart_abandoned", "remind"), ("win_back", "discount"), ("birthday", "congratulate"))
    known = ("measured", "modelled", "assumed")
    return [
        {
            "rank": rank, "opportunity": f"{signal}:tier.top:{action}:email", "signal": signal, "family": "retention",
            "segmentation": "tier", "segment": "top", "action": action, "channel": "email", "customers": 400,
            "reachable": 300 - 20 * rank, "window_days": 30, "probability": 0.2, "probability_evidence": "modelled",
            "probability_source": "forecasts", "effect": 0.12, "effect_low": -0.02, "effect_high": 0.26,
            "effect_evidence": evidence, "effect_source": "prior" if evidence == "assumed" else "spring",
            "weight": 0.3, "value": 40.0, "value_evidence": "modelled", "value_source": "forecasts", "stake": 30.0,
            "reach": 0.03, "cost": 0.01, "cost_evidence": "assumed", "cost_source": "guess", "gain": 0.95 / rank,
            "gain_low": -0.1, "gain_high": 2.0, "chance_pays": 0.95, "basis": "margin", "evidence": evidence,
            "best": True, "value_at_stake": 12000.0, "total_cost": 3.0, "total_gain": 266.0 / rank,
            "total_low": -28.0, "total_high": 560.0, "break_even": 0.00125, "holdout": 0.2, "needed": 9000,
            "weekly": 400.0, "weeks": 24 if rank == 1 else None, "visible": 0.3,
            "can_be_learned": "yes" if rank == 1 else "never",
        }
        for rank, ((signal, action), evidence) in enumerate(zip(tried, known, strict=True), start=1)
    ]  # fmt: skip


def _backtest(rng: np.random.Generator) -> list[Row]:
    tests = [(date(2024, 11, 17), 365), (date(2025, 8, 18), 91), (date(2025, 5, 19), 91)]
    return [row for origin, days in tests for row in _test(rng, {"origin": origin, "horizon_days": days})]


def _test(rng: np.random.Generator, key: Row) -> list[Row]:
    rows: list[Row] = []
    for model, skill in (("mbg_nbd", 1.0), ("naive", 0.55)):
        for target, scale in (("value", 80.0), ("orders", 2.0)):
            for tenth in range(1, 11):
                actual = scale * float(np.exp(-0.42 * skill * tenth)) * 2.4 + 2 * scale / 100
                predicted = (
                    actual * float(rng.normal(1.02, 0.07)) if model != "naive" else (actual * 1.5 if tenth < 5 else 0.0)
                )
                rows.append({**key, "model": model, "target": target, "metric": "calibration", "decile": tenth,
                             "customers": 40, "predicted": predicted, "actual": actual, "value": None,
                             "low": actual * 0.8, "high": actual * 1.25})  # fmt: skip
                rows.append({**key, "model": model, "target": target, "metric": "decile_lift", "decile": tenth,
                             "customers": 40, "predicted": None, "actual": actual,
                             "value": 5.2 * float(np.exp(-0.42 * skill * (tenth - 1))), "low": None, "high": None})  # fmt: skip
            figures = {"gini": 0.41 + 0.2 * skill, "bias": 0.03 / skill - 0.01, "mae": scale * (0.9 - 0.3 * skill),
                       "rmse": scale * (1.4 - 0.3 * skill)}  # fmt: skip
            if model != "naive":
                figures |= {"gini_gain": 0.09, "mae_gain": -0.18}
            rows += [
                {**key, "model": model, "target": target, "metric": metric, "decile": 0, "customers": 400,
                 "predicted": None, "actual": None, "value": value, "low": None if metric == "rmse" else value - 0.03,
                 "high": None if metric == "rmse" else value + 0.03}
                for metric, value in figures.items()
            ]  # fmt: skip
    return rows


def _revenue_forecast() -> list[Row]:
    starts = [date(2025 + (10 + place) // 12, (10 + place) % 12 + 1, 1) for place in range(13)]
    common = {"basis": "margin", "customers": 600, "season_months": 26}
    rows = []
    for place, start in enumerate(starts):
        end = starts[place + 1] - timedelta(days=1) if place < 12 else date(2026, 11, 17)
        for part, revenue in (
            ("present", 3000.0 - 100 * place),
            ("new", 150.0 * place),
            ("total", 3000.0 + 50 * place),
        ):
            rows.append({
                **common, "origin": AS_OF, "span": "month", "from_day": start if place else AS_OF + timedelta(days=1),
                "part": part, "to_day": end, "newcomers": 20.0, "season_factor": 1.0, **_ends(revenue),
            })  # fmt: skip
    for part in ("present", "new", "total"):
        total = float(sum(row["revenue"] for row in rows if row["part"] == part))
        rows.append({**common, "origin": AS_OF, "span": "horizon", "from_day": AS_OF + timedelta(days=1), "part": part,
                     "to_day": date(2026, 11, 17), "newcomers": 260.0, **_ends(total)})  # fmt: skip
    for month in (8, 9, 10):
        rows.append({**common, "origin": date(2025, 7, 31), "span": "month", "from_day": date(2025, month, 1),
                     "part": "total", "to_day": date(2025, month, 30), "newcomers": 20.0, **_ends(2900.0),
                     "actual": Decimal("3100.00"), "naive": Decimal("2500.00")})  # fmt: skip
    return rows


def _ends(revenue: float) -> Row:
    return {
        f"{name}{end}": cents(revenue * rate * factor)
        for name, rate in (("revenue", 1.0), ("margin", 0.45))
        for end, factor in (("", 1.0), ("_low", 0.8), ("_high", 1.2))
    }


def _equity() -> list[Row]:
    moves = {"opening": (560, "41000.00"), "acquired": (40, "2400.50"), "won_back": (12, "310.25"),
             "developed_up": (150, "2100.00"), "developed_down": (338, "-3150.75"), "lost": (60, "-1460.00"),
             "closing": (600, "41200.00")}  # fmt: skip
    return [
        {"segmentation": "all", "segment": "all", "component": name, "position": place, "compared_with": "month",
         "from_day": AS_OF - timedelta(days=30), "to_day": AS_OF, "customers": customers, "amount": Decimal(amount),
         "low": Decimal("35000.00") if name == "closing" else None,
         "high": Decimal("48000.00") if name == "closing" else None, "basis": "margin"}
        for place, (name, (customers, amount)) in enumerate(moves.items(), start=1)
    ]  # fmt: skip


def _acquisition_value() -> list[Row]:
    rows = [("all", 300, 112.0, 30.0, 40.0), ("search", 180, 95.0, 52.0, 140.0), ("unknown", 40, 90.0, None, None),
            ("referral", 80, 175.0, 15.0, 0.0)]  # fmt: skip
    return [
        {"channel": channel, "horizon_days": 365, "customers": customers, "own_value": value, "value": value,
         "value_low": value * 0.7, "value_high": value * 1.3, "weight": 0.8, "conversion": None, "prospect_value": None,
         "allowable_cost": value / 3, "cost": cost, "payback_days": days, "basis": "margin"}
        for channel, customers, value, cost, days in rows
    ]  # fmt: skip


_CREDITS = {"paid_social": (300.0, 60.0, 290.0), "brand_search": (420.0, 510.0, 110.0), "direct": (280.0, 430.0, 280.0),
            "none": (200.0, 200.0, 200.0), "baseline": (0.0, 0.0, 320.0)}  # fmt: skip


def _attribution() -> list[Row]:
    places = {"markov": 0, "last": 1, "markov calibrated": 2}
    cells = {("all", "all"): 1.0, ("customer", "new"): 0.3, ("customer", "repeat"): 0.7}
    return [
        {"model": model, "segmentation": segmentation, "segment": segment, "channel": channel, "customers": 180,
         "touched": round(400 * part), "orders": parts[place] * part, "share": parts[place] / 1200,
         **{name: Decimal(round(parts[place] * part * 40)) for name in ("revenue", "margin", "predicted_value")},
         **({"ratio": 0.26, "ratio_low": 0.1, "ratio_high": 0.5, "tests": "Name hold-out"}
            if (channel, place) == ("brand_search", 2) else {}),
         "from_day": date(2024, 11, 1), "to_day": AS_OF}
        for model, place in places.items() for (segmentation, segment), part in cells.items()
        for channel, parts in _CREDITS.items() if parts[place]
    ]  # fmt: skip


def _channel_lifts() -> list[Row]:
    tested = {"channel": "brand_search", "model": "markov", "tests": "Name hold-out", "status": "calibrated",
              "customers": 90, "measured": 20.0, "measured_low": 5.0, "measured_high": 35.0, "attributed": 84.0,
              "raw": 0.24, "ratio": 0.26, "ratio_low": 0.1, "ratio_high": 0.5, "unplaced": 3.0}  # fmt: skip
    return [tested, {"channel": "display", "model": "markov", "tests": "Nothing", "status": "unknown", "customers": 90}]


def _order_credits() -> list[Row]:
    return [
        {
            "order_id": "O1",
            "customer_id": "C000001",
            "channel": "direct",
            "ordered_on": AS_OF,
            "first_order": True,
            "model": "markov",
            "credit": 1.0,
            "calibrated": 1.0,
            "revenue": Decimal(9),
            "margin": Decimal(4),
        }
    ]


# channel: won, spend, kept, margin, ltv, days until the money is back, cost status
CHANNELS = {
    "paid_search": (120, 4_800, 40.5, 9_200.0, 92.0, 41.0, "read"),
    "paid_social": (80, 4_400, 6.5, 1_900.0, 48.0, None, "read"),
    "email": (0, 300, 60.0, 5_500.0, None, None, "nobody_won"),
    "referral": (60, None, 12.0, 3_300.0, 130.0, None, "no_spend"),
    "display": (3, 100, 0.5, 40.0, 60.0, 20.0, "read"),
    "none": (40, None, 30.5, 2_100.0, 85.0, None, "no_spend"),
}


def _channels() -> list[Row]:
    rows = [
        {"channel": channel, "people": max(won, round(kept)), "won": float(won), "spend": None if spend is None else cents(spend),
         "kept": kept, "grown": kept / 3, "orders": 2 * kept + won, "revenue": cents(2.2 * margin), "margin": cents(margin),
         "roas": 2.2 * margin / spend if spend else None, "roi": margin / spend - 1 if spend else None,
         "evidence": None if not spend else "measured" if channel == "paid_search" else "assumed",
         "incremental_roi": None if not spend else margin * (0.4 if channel == "paid_search" else 1) / spend - 1,
         "incremental_low": margin * 0.2 / spend - 1 if spend and channel == "paid_search" else None,
         "incremental_high": margin * 0.6 / spend - 1 if spend and channel == "paid_search" else None,
         "cac": spend / won if spend and won else None, "ltv_cac": None, "status": status}
        for channel, (won, spend, kept, margin, _, _, status) in CHANNELS.items()
    ]  # fmt: skip
    whole = {"channel": "all", "people": 303, "won": 303.0, "spend": cents(9_600), "kept": 150.0, "grown": 50.0,
             "orders": 603.0, "revenue": cents(48_488), "margin": cents(22_040), "roas": 5.0, "roi": 1.3,
             "cac": 9_600 / 303, "ltv_cac": 2.6, "status": "read"}  # fmt: skip
    return [
        {"period": "latest", "segmentation": "all", "segment": "all", "from_day": AS_OF - timedelta(days=364),
         "to_day": AS_OF, "credit_status": "credited"} | row
        for row in (*rows, whole)
    ]  # fmt: skip


def _acquisition() -> list[Row]:
    found = []
    whole = (303, 9_600, 150.0, 22_040.0, 84.0, 25.0, "read")
    for channel, (won, spend, _, _, ltv, days, status) in (CHANNELS | {"all": whole}).items():
        cac = spend / won if spend and won else None
        rate = 0.5 if won else None
        found.append({
            "channel": channel, "cohort": "all", "segmentation": "all", "segment": "all", "known_by": "told",
            "people": won, "won": float(won), "spend": None if spend is None else cents(spend), "cac": cac,
            "cac_low": cac and cac * 0.8, "cac_high": cac and cac * 1.3, "margin": cents((ltv or 0) * won * 0.6),
            "predicted": cents((ltv or 0) * won * 0.4), "ltv": ltv, "ltv_low": ltv and ltv * 0.8,
            "ltv_high": ltv and ltv * 1.2, "ltv_cac": cac and ltv / cac, "ltv_cac_low": cac and ltv / cac * 0.7,
            "ltv_cac_high": cac and ltv / cac * 1.05, "payback_days": days, "payback_low": days and days / 2,
            "payback_high": None, "watched": won * 0.6, "return_days": 180, "return_rate": rate,
            "return_low": rate and 0.4, "return_high": rate and 0.6, "basis": "margin", "status": status,
        })  # fmt: skip
    return found


def _payback() -> list[Row]:
    found = []
    for channel, (won, spend, _, _, ltv, days, status) in CHANNELS.items():
        if not won:
            continue
        cac = spend / won if spend else None
        for month in range(13):
            margin = ltv * (0.3 + 0.05 * month)
            found.append({
                "channel": channel, "cohort": "all", "began_with": "all", "item": "all", "month": month, "people": won,
                "won": float(won), "watched": float(won) if month < 9 else 0.0, "margin": margin,
                "margin_low": margin * 0.8, "margin_high": margin * 1.25, "cac": cac,
                "returned": cac and margin / cac, "returned_low": cac and margin / cac * 0.75,
                "returned_high": cac and margin / cac * 1.3,
                "status": status if status != "read" else "paid_back" if days else "not_within_horizon",
            })  # fmt: skip
    return found


def _comebacks() -> list[Row]:
    items = [("channel", "referral", 60, 0.62, 0.14, True), ("channel", "paid_social", 80, 0.41, -0.09, False),
             ("campaign", f"Spring_2025 {HOSTILE}", 75, 0.50, 0.02, False)]  # fmt: skip
    return [
        {"kind": kind, "item": item, "horizon_days": 180, "customers": customers, "again": round(customers * rate),
         "rate_again": rate, "difference": gap, "low": gap - 0.1, "high": gap + 0.1, "shrunk": gap / 2,
         "p_value": 0.01, "q_value": 0.05 if found else 0.8, "found": found, "sentence": f"{customers} came so."}
        for kind, item, customers, rate, gap, found in items
    ]  # fmt: skip


def _habits() -> list[Row]:
    rules = [("second_order", 60, 400, 120, 0.72, 0.40, True), ("email_click", 14, 500, 90, 0.58, 0.44, True),
             ("email_click", 30, 480, 130, 0.55, 0.44, False), ("ticket", 30, 480, 60, 0.30, 0.50, True),
             ("review", 30, 480, 70, 0.50, 0.48, False)]  # fmt: skip
    return [
        {"anchor": "first_order", "deed": deed, "within_days": within, "outcome": "order", "horizon_days": 180,
         "customers": customers, "doers": doers, "rate_doers": did, "rate_others": did_not,
         "risk_ratio": did / did_not, "low": did / did_not * 0.9, "high": did / did_not * 1.12,
         "p_value": 0.0001 if found else 0.4, "q_value": 0.001 if found else 1.0, "found": found, "strongest": found,
         "customers_needed": 4_000, "sentence": f"Of {doers} customers who {deed}.", "experiment": "Draw at random."}
        for deed, within, customers, doers, did, did_not, found in rules
    ]  # fmt: skip


def _critical_days() -> list[Row]:
    days = [("first_order", 0.2, 150, 131, 172), ("first_order", 0.1, 260, 214, None),
            ("first_category:Tea & cups", 0.2, None, 190, None)]  # fmt: skip
    return [
        {"anchor": anchor, "outcome": "order", "threshold": threshold, "horizon_days": 180, "customers": 300,
         "silent": 80 if day else 0, "chance_at_once": 0.41, "day": day, "low": low, "high": high,
         "sentence": f"Who is silent for {day} days."}
        for anchor, threshold, day, low, high in days
    ]  # fmt: skip


def _gateways() -> list[Row]:
    items = [("basket", "8-15", 120, 0.62, 0.14, True), ("category", "Tea & cups", 90, 0.55, 0.03, False),
             ("channel", "web", 200, 0.49, -0.02, False), ("product", "p1", 60, 0.58, 0.06, False)]  # fmt: skip
    return [
        {"kind": kind, "item": item, "name": item.title(), "horizon_days": 180, "customers": customers,
         "again": round(customers * rate), "rate_again": rate, "difference": gap, "low": gap - 0.06, "high": gap + 0.06,
         "shrunk": gap / 2, "value_after": 90.0, "value_difference": 300 * gap, "value_low": 300 * gap - 20,
         "value_high": 300 * gap + 20, "p_value": 0.01, "q_value": 0.05 if found else 0.8, "found": found,
         "sentence": f"{customers} customers began so."}
        for kind, item, customers, rate, gap, found in items
    ]  # fmt: skip


@cache
def _journeys() -> tuple[list[Row], list[Row]]:
    """Return the map of made-up visits, for everybody and for one segment; one step has a hostile name."""
    planted = planted_journeys(customers=150, seed=1).events
    drawn = journey_map(planted).edges.to_pylist()
    paths = frequent_paths(planted).to_pylist()
    names = {"payment_error": HOSTILE}
    edges = [row | {end: names.get(row[end], row[end]) for end in ("from_step", "to_step")} for row in drawn]
    own = [row | {"segmentation": "rfm", "segment": "champions"} for row in edges]
    return [*edges, *own], [row | {"path": row["path"].replace("payment_error", HOSTILE)} for row in paths]


def _micro_axes() -> list[Row]:
    axes = [("rfm", "segmentation", 9, True, None), ("country", "profile", 3, True, None),
            ("stage", "segmentation", 0, False, "no_members")]  # fmt: skip
    return [
        {"axis": axis, "position": place, "kind": kind, "values": values, "customers": 600 if values else 0,
         "used": used, "reason": reason}
        for place, (axis, kind, values, used, reason) in enumerate(axes, start=1)
    ]  # fmt: skip


def _micro_segments() -> list[Row]:
    cells = [("at_risk/DE", 220, None, 1, 30.0, False), ("loyal/*", 210, None, 2, 12.0, False),
             ("champions/DE", 200, None, None, -60.0, True), ("loyal/AT", 20, "loyal/*", None, None, None)]  # fmt: skip
    return [
        {"cell": cell, "title": cell.replace("/", ", "), "parent": "*", "level": 1 + (not cell.endswith("*")),
         "merged_into": merged, "reason": "too_few" if merged else None, "customers": customers,
         "customer_share": customers / 630, "margin": cents(40 * customers), "margin_last": cents(9 * customers),
         "predicted_value": cents(20 * customers), "from_day": AS_OF, "watched_days": 30, "watched": customers,
         "stability": 0.8, "ordered": customers // 4, "order_rate": 0.25, "order_rate_low": 0.2,
         "order_rate_high": 0.3, "at_risk": customers, "lapsed": customers // 10, "lapse_rate": 0.1,
         "lapse_rate_low": 0.07, "lapse_rate_high": 0.14, "margin_since": cents(5 * customers),
         "average_margin": 5.0, "average_margin_low": 4.0, "average_margin_high": 6.0, "holdout": 0.2,
         "smallest_rate": 0.21, "smallest_margin": 3.0, "peers_by": gap and "rfm", "peers": 400 if gap else 0,
         "gap": gap, "gap_shrunk": gap, "gap_low": gap and gap - 5, "gap_high": gap and gap + 5,
         "value_at_stake": gap and max(gap, 0) * customers, "value_low": gap and max(gap - 5, 0) * customers,
         "evidence": "assumed", "rank": rank, "ahead": gap and -gap / 4, "better_p": 0.001 if better else 0.9,
         "better_q": 0.01 if better else 1.0, "better": better}
        for cell, customers, merged, rank, gap, better in cells
    ]  # fmt: skip


def _lookalike_card() -> list[Row]:
    lifts = (2.8, 1.7, 1.3, 1.1, 0.8, 0.7, 0.6, 0.5, 0.3, 0.2)
    whole = {"name": "status", "place": 0, "customers": 600, "ideal": 120}
    return [
        {**whole, "part": "status", "text": "learned from home, town"},
        {**whole, "part": "auc", "name": "auc", "customers": 300, "value": 0.71, "low": 0.64, "high": 0.78},
        *({"part": "lift", "name": "lift", "place": place, "customers": 30, "ideal": round(6 * lift),
           "expected": 6 * lift, "value": lift, "low": lift * 0.6, "high": lift * 1.4}
          for place, lift in enumerate(lifts, start=1)),
        {"part": "trait", "name": "home", "place": 1, "customers": 260, "value": 0.7, "text": "flat"},
        {"part": "trait", "name": "home", "place": 2, "customers": 240, "value": 1.5, "text": "house"},
        {"part": "shift", "name": "home", "place": 0, "customers": 600, "value": 0.12},
    ]  # fmt: skip


THEMES = {
    "late-parcel": ("late, parcel, weeks", 60, 2.1, -40.0, 9000.0),
    "quality-fabric": (f"quality, fabric {HOSTILE}", 90, 4.7, 60.0, 12000.0),
    "price-bargain": ("price, bargain", 45, None, None, 4000.0),
    "seldom-said": ("seldom, said", 3, 1.0, None, 700.0),
    "other": ("", 12, 3.0, None, 900.0),
}


def _themes() -> list[Row]:
    rows = [_theme("all", "all", name, *facts) for name, facts in THEMES.items()]
    some = _theme("stage", "at_risk", "late-parcel", "late, parcel, weeks", 30, 1.9, -50.0, 5000.0, writers=60)
    tested = {"lift": 2.33, "lift_low": 1.6, "lift_high": 3.4, "p_value": 0.0001, "q_value": 0.01, "found": True}
    return [*rows, some | tested]


def _theme(
    segmentation: str, segment: str, theme: str, words: str, customers: int, rating: float | None, nps: float | None,
    value: float, writers: int = 200,
) -> Row:  # fmt: skip
    low, high = wilson(float(customers), float(writers))
    place = None if theme == "other" else 0.1 * len(theme) - 1
    return {
        "segmentation": segmentation, "segment": segment, "theme": theme, "words": words, "texts": customers + 5,
        "customers": customers, "writers": writers, "share": customers / writers, "share_low": low, "share_high": high,
        "found": False, "rating": rating, "nps": nps, "value": cents(value), "x": place, "y": place and -place,
    }  # fmt: skip


def _theme_texts() -> list[Row]:
    quotes = {
        "late-parcel": "The parcel came weeks late",
        "quality-fabric": f"Lovely {HOSTILE}",
        "seldom-said": "Never",
    }
    return [
        {"text_id": f"reviews:{place}", "customer_id": f"x{place}", "source": "reviews", "theme": theme,
         "said_on": AS_OF, "closeness": 0.9, "quote": quote}
        for place, (theme, quote) in enumerate(quotes.items())
    ]  # fmt: skip


def _personas() -> list[Row]:
    silent = {part: [{"statement": "silent", "people": 0, "of": 0}] for part in PARTS}
    mine = {
        "who": [_stated("apart", "trait:leisure", "garden"), _stated("common", "country", "GB", share=0.7, lift=1.0)],
        "goal": [_stated("apart", "category", HOSTILE)],
        "emotion": [_stated("complains", "theme", "late parcel")],
        "pain": [
            {**_stated("return", "return", None, share_others=None, lift=None), "value": cents(812.5), "basis": "sent_back"},
            {**_stated("ticket", "ticket", "delivery", share_others=None, lift=None), "value": cents(90), "value_low": cents(20), "basis": "gap"},
        ],
        "service": [{**_stated("serve_return", "return", None, share_others=None, lift=None), "value": cents(812.5), "basis": "sent_back"}],
        "message": [_stated("full_price", "discount", "none")],
    }  # fmt: skip
    keys = {("ideal", "ideal"): silent, ("behaviour", "b1"): silent | mine, ("behaviour", "b2"): silent}
    return [
        {"segmentation": key[0], "segment": key[1], "part": part, "rank": rank, **row}
        for key, parts in keys.items() for part, rows in parts.items() for rank, row in enumerate(rows, start=1)
    ]  # fmt: skip


def _stated(statement: str, attribute: str, item: str | None, **changes: Any) -> Row:
    known = {"people": 40, "of": 100, "share": 0.4, "share_others": 0.2, "lift": 2.0}
    return {"statement": statement, "attribute": attribute, "item": item, **known, **changes}


def _department_cards() -> list[Row]:
    silent = [(name, {"act": "do", "statement": "silent", "people": 0, "of": 0}) for name in DEPARTMENTS]
    mine = [
        ("sales_service", {"act": "do", **_stated("solve_ticket", "ticket", "delivery")}),
        ("sales_service", {"act": "dont", **_stated("no_discount_to_keep", "discount", "none")}),
        ("ecommerce", {"act": "do", **_stated("send_on", "weekday", "monday")}),
        ("merchandising", {"act": "do", **_stated("keep_in_stock", "category", "Tea")}),
    ]
    keys = {("ideal", "ideal"): silent, ("behaviour", "b1"): mine, ("behaviour", "b2"): silent}
    return [
        {"segmentation": key[0], "segment": key[1], "department": name, "rank": rank, **row}
        for key, lines in keys.items() for rank, (name, row) in enumerate(lines, start=1)
    ]  # fmt: skip


def _channel_evidence() -> list[Row]:
    """Two channels of which several sources speak, one of them by segments too; and one of which a mix model alone does."""
    days = {"from_day": AS_OF - timedelta(days=363), "to_day": AS_OF, "segmentation": "all", "segment": "all"}
    said = [
        ("paid_search", "experiment", "Search test", 8_000, 1_500, 10_000, "measured", "reference"),
        ("paid_search", "calibrated", "Search test", 9_000, 2_000, 10_000, "modelled", None),
        ("paid_search", "mix_model", "mix", 21_000, 3_000, 10_000, "modelled", "no"),
        ("paid_search", "attribution", "markov", 24_000, None, 10_000, "assumed", "no"),
        ("paid_social", "mix_model", "mix", 30_000, 6_000, 8_000, "modelled", "reference"),
        ("paid_social", "attribution", "markov", 12_000, None, 8_000, "assumed", "no"),
        (f"tv {HOSTILE}", "mix_model", "mix", 5_000, 4_000, None, "modelled", "reference"),
    ]
    rows = []
    for channel, who, model, amount, half, spend, evidence, agrees in said:
        ends = {
            name: None if half is None else cents(amount + side * half) for name, side in (("low", -1), ("high", 1))
        }
        money = {"roi": amount, "roi_low": ends["low"], "roi_high": ends["high"]}
        roi = {
            name: None if spend is None or one is None else float(one) * 0.5 / spend - 1 for name, one in money.items()
        }
        rows.append({
            "channel": channel, "source": who, "model": model, **days, "customers": 400, "contribution": cents(amount),
            "spend": None if spend is None else cents(spend), **ends, **roi,
            "roas": None if spend is None else amount / spend, "evidence": evidence, "agrees": agrees,
        })  # fmt: skip
    part = rows[2] | {"segmentation": "customer", "contribution": cents(10_500), "low": None, "high": None}
    return [*rows, *(part | {"segment": name, "customers": many} for name, many in (("new", 120), ("repeat", 330)))]


def _channel_verdicts() -> list[Row]:
    days = {"from_day": AS_OF - timedelta(days=363), "to_day": AS_OF, "customers": 400}
    test = {"difference": 40.0, "spread": 90.0, "weeks": 8, "customers_needed": 320, "test_status": "enough"}
    none = {"test_status": "not_needed"}
    return [
        {"channel": "paid_search", "sources": 3, "verdict": "settled", "reference": "experiment", "least": cents(8_000),
         "most": cents(24_000), "at_stake": 8_000.0, "pays": "no", "unit": "customers", **none, **days,
         "sentence": "Lift tests settle it. What the mix model says is 2.6 times what the lift test says."},
        {"channel": "paid_social", "sources": 2, "verdict": "disagree", "reference": "mix_model", "least": cents(12_000),
         "most": cents(30_000), "at_stake": 9_000.0, "pays": "yes", "unit": "regions", **test, **days,
         "sentence": "The sources disagree. To settle it, keep one half from the channel."},
        {"channel": f"tv {HOSTILE}", "sources": 1, "verdict": "one_source", "reference": "mix_model", "least": cents(5_000),
         "most": cents(5_000), "at_stake": 0.0, "pays": None, "unit": "customers", **test, **days,
         "sentence": "Only the mix model speaks of it."},
    ]  # fmt: skip


def _market_size() -> list[Row]:
    segments = [("town: city", 50_000, 120, 0.004, 900.0), ("town: village", 20_000, 160, 0.012, 0.0)]
    return [
        {"segment": name, "people": people, "source": "census", "dated": AS_OF, "known": known,
         "customers": known * 1.25, "share": share, "share_low": share * 0.8, "share_high": share * 1.2,
         "ideal_share": 0.2, "compared_with": "town: village" if value else "town: city", "reachable": value / 20,
         "reachable_ideal": value / 100, "value_each": 20.0, "value": value, "cost": None, "cost_basis": None,
         "rank": rank, "horizon_days": 365}
        for rank, (name, people, known, share, value) in enumerate(segments, start=1)
    ]  # fmt: skip


def _experience(forecasts: list[Row]) -> list[Row]:
    """Every second customer answered: a half of them promoters, a quarter passives, a quarter detractors."""
    said = [(10.0, "promoter"), (7.0, "passive"), (9.0, "promoter"), (3.0, "detractor")]
    rows: list[Row] = []
    for place, forecast in enumerate(forecasts):
        score, group = said[place // 2 % 4] if place % 2 == 0 else (None, None)
        rows.append({
            "customer_id": forecast["customer_id"], "nps_score": score, "nps_group": group, "nps_on": AS_OF,
            "rating": 4.0, "reviews": 1, "tickets": 2, "return_rate": 0.1,
        })  # fmt: skip
    return rows


def _chances() -> list[Row]:
    """Tests of two propensities, each of a day of its own, later than that of the forecasts."""
    rows: list[Row] = []
    for target, horizon, share in (("buys", 90, 0.3), ("buys", 30, 0.12), ("lapses", 90, 0.2)):
        for model, area in (("lightgbm", 0.82), ("rfm_logistic", 0.79), ("naive", 0.65)):
            key = {"origin": AS_OF - timedelta(days=horizon), "horizon_days": horizon, "model": model, "target": target}
            whole = {"decile": 0, "customers": 400, "predicted": share, "actual": share}
            rows += [
                {**key, **whole, "metric": "auc", "value": area, "low": area - 0.02, "high": area + 0.02},
                {**key, **whole, "metric": "ece", "value": 0.021, "low": 0.014, "high": None},
                {**key, **whole, "metric": "brier", "value": 0.1, "low": None, "high": None},
            ]
            for tenth in range(1, 11):
                came = share * (2.6 - 0.29 * tenth)
                figures = {"decile": tenth, "customers": 40, "predicted": came * 0.97, "actual": came}
                rows += [
                    {**key, **figures, "metric": "calibration", "value": 1.03, "low": came * 0.8, "high": came * 1.2},
                    {**key, **figures, "metric": "decile_lift", "value": came / share, "low": None, "high": None},
                ]
    return rows


ROLES = {"margin": "primary", "complaints": "guardrail"}


def _effects() -> list[Row]:
    shapes = [
        ("Autumn win-back", "margin", 820, 6.1, 4.2, 0.6, "read"), ("Autumn win-back", "complaints", 820, 0.09, 0.04, 0.01, "read"),
        ("Autumn win-back", "orders", 820, 0.21, 0.16, 0.02, "read"), ("Spring catalogue", "margin", 400, 5.2, 5.6, 0.9, "read"),
        ("New arrivals", "margin", 60, None, None, 0.0, "too_early"),
    ]  # fmt: skip
    tiers = [("top", 200, 9.1, 8.8, 1.8), ("middle", 260, 8.2, 4.1, 0.9), ("bottom", 360, 2.0, 1.9, 0.4)]
    everybody = ("all", "all")
    rows = [_effect(*shape[:2], everybody, *shape[2:]) for shape in shapes]
    rows += [_effect("Autumn win-back", "margin", ("value_tier", tier), *rest, "read") for tier, *rest in tiers]
    return rows


def _effect(
    experiment: str, metric: str, place: tuple[str, str], n: int, mean: float | None, control: float | None,
    error: float, status: str,
) -> Row:  # fmt: skip
    effect = None if mean is None or control is None else mean - control
    ends = (None, None) if effect is None else (effect - 1.96 * error, effect + 1.96 * error)
    p_value = None if effect is None else (0.0002 if abs(effect) > 3 * error else 0.6)
    return {
        "experiment": experiment, "metric": metric, "arm": "treated", "segmentation": place[0], "segment": place[1],
        "control": "control", "role": ROLES.get(metric, "secondary"), "method": "frequentist",
        "from_day": date(2025, 9, 1), "to_day": AS_OF, "segments_as_of": None, "unit": "customer", "n": n, "units": n,
        "mean": mean, "n_control": n // 9, "units_control": n // 9, "mean_control": control, "effect": effect,
        "effect_low": ends[0], "effect_high": ends[1],
        "relative": None if effect is None or not control else effect / control, "p_value": p_value, "q_value": p_value,
        "total": None if effect is None else effect * n, "total_low": None if ends[0] is None else ends[0] * n,
        "total_high": None if ends[1] is None else ends[1] * n, "contaminated": 0, "sample_ratio_p": 0.6,
        "warning": "harm" if metric == "complaints" else None, "status": status,
    }  # fmt: skip


def _signal_states() -> list[Row]:
    """Return the state of each signal: one fires for many, one for few, one has no data, the others are silent."""
    fires = {
        "cart_abandoned": (120, 30, "4810.00", 1.0),
        "win_back": (40, 0, "9120.50", 0.6),
        "birthday": (3, 1, "90.00", 1.0),
    }
    rows = []
    for name, (family, subject, days) in LIBRARY.items():
        customers, today, value, strength = fires.get(name, (0, 0, None, None))
        status = "fires" if customers else "no_data" if name == "back_in_stock" else "silent"
        rows.append({
            "signal": name, "family": family, "subject_kind": subject, "own": False, "status": status,
            "needs": "restocks" if status == "no_data" else "", "fresh_days": days, "customers": customers,
            "today": today, "rows": customers, "value": None if value is None else Decimal(value), "strength": strength,
        })  # fmt: skip
    return rows


def _ledger() -> list[Row]:
    shapes = [
        ("Autumn win-back", "campaign", "measured", "random_arms", 820, 91, 410.0, 1558.0, 490.0, 900.0, "fades", "read"),
        ("Spring catalogue", "campaign", "measured", "random_arms", 400, 44, 600.0, -160.0, 350.0, 40.0, "cannot_tell", "read"),
        ("New arrivals", "campaign", "measured", "random_arms", 60, 6, None, None, None, None, None, "too_early"),
        ("loyalty", "loyalty", "modelled", "matched_change", 310, 900, None, 700.0, 500.0, None, None, "read"),
        ("referral", "referral", "assumed", "acquired_customers", 75, None, 300.0, 4200.0, None, None, None, "claimed"),
        ("clicks: Newsletter", "campaign", "assumed", "last_click", 120, None, None, 2100.0, None, None, None, "claimed"),
    ]  # fmt: skip
    rows = []
    for entry, kind, evidence, rests, customers, control, cost, effect, error, shrunk, decay, status in shapes:
        reach = None if effect is None or error is None else 1.96 * error
        net = None if effect is None or cost is None else effect - cost
        rows.append({
            "entry": entry, "kind": kind, "evidence": evidence, "rests_on": rests, "counted": effect is not None,
            "from_day": date(2025, 9, 1), "to_day": AS_OF, "customers": customers, "control": control, "cost": cost,
            "cost_source": "unknown" if cost is None else "settings", "effect": effect,
            "effect_low": None if reach is None else effect - reach, "effect_high": None if reach is None else effect + reach,
            "early": None if error is None else effect * 0.8, "early_low": None if error is None else effect * 0.8 - error,
            "early_high": None if error is None else effect * 0.8 + error,
            "q_value": None if error is None else 0.002 if effect > 2 * error else 0.6,
             "net": net, "net_low": None if reach is None or net is None else net - reach,
            "net_high": None if reach is None or net is None else net + reach, "shrunk": shrunk,
            "return_on_cost": None if net is None else net / cost, "decay": decay, "status": status,
            "return_status": "no_effect" if effect is None else "unknown_cost" if cost is None else "known",
            "last_click": 5200.0 if entry == "Autumn win-back" else None,
            "half_life_days": 11.0 if decay == "fades" else None, "half_life_low": 6.0 if decay == "fades" else None,
            "half_life_high": 24.0 if decay == "fades" else None,
        })  # fmt: skip
    return rows


def _ledger_totals() -> list[Row]:
    shapes = [
        ("measured", 2, 1220, 1010.0, 0, 1398.0, 600.0, "read"), ("modelled", 1, 310, None, 1, 700.0, 500.0, "read"),
        ("measured_and_modelled", 3, 1530, 1010.0, 1, 2098.0, 780.0, "read"),
        ("assumed", 2, 195, 300.0, 1, 6300.0, None, "read"), ("claims", 2, 1220, 1010.0, 0, 1398.0, 600.0, "read"),
        ("holdout", 0, 60, None, 0, -900.0, 700.0, "read"), ("gap", 2, 60, None, 0, 2298.0, 800.0, "differ"),
    ]  # fmt: skip
    return [
        {"scope": "all", "part": part, "entries": entries, "customers": customers, "cost": cost, "unknown_costs": unknown,
         "effect": effect, "effect_low": None if error is None else effect - 1.96 * error,
         "effect_high": None if error is None else effect + 1.96 * error,
         "net": None if cost is None or unknown else effect - cost, "winners": 1 if part == "measured" else None,
         "false_winners": 0.05 if part == "measured" else None, "found": 1 if part == "measured" else None, "status": status}
        for part, entries, customers, cost, unknown, effect, error, status in shapes
    ]  # fmt: skip


def _triggers() -> list[Row]:
    """One that pays, one that nobody can read yet, and one that was given up."""
    read = {
        "customers": 900, "treated": 800, "control": 100, "mean_treated": 9.0, "mean_control": 7.0, "effect": 2.0,
        "effect_low": 0.5, "effect_high": 3.5, "sent_each": 0.9, "cost": 0.2, "expected": 1.8, "expected_low": 0.5,
        "expected_high": 3.1, "chance_pays": 0.99, "reading": "read",
    }  # fmt: skip
    early = dict.fromkeys(read) | {"customers": 0, "treated": 0, "control": 0, "reading": "too_early"}
    lost = read | {"expected": -0.4, "expected_low": -0.9, "expected_high": 0.1, "chance_pays": 0.02}
    shapes = [
        ("cart", "cart_abandoned", "remind", "scaled", "fires", 40, read, "pays", "measured"),
        ("second_order", "second_order_window", "second_order", "pilot", "silent", 0, early, "open", "assumed"),
        ("gift", "high_value_quiet", "gift", "retired", "retired", 0, lost, "does_not_pay", "measured"),
    ]
    return [
        {"trigger": name, "form": "trigger", "kind": "promotion", "signal": signal, "action": action, "channels": "email",
         "metric": "margin", "goal_days": 30, "holdout": 0.1, "pilot": 0.2, "state": state, "since": date(2025, 11, 3),
         "iteration": 1, "finding": finding, "fired": fired, **figures, "verdict": verdict, "evidence": evidence,
         "sentence": f"What the hold-out of {name} says."}
        for name, signal, action, state, finding, fired, figures, verdict, evidence in shapes
    ]  # fmt: skip


def _trigger_iterations() -> list[Row]:
    return [
        {name: row.get(name) for name in TABLES["trigger_iterations"].names}
        | {"started_on": date(2025, 9, 1), "ended_on": row["since"] if row["state"] == "retired" else None,
           "believed": "A gift brings them back.", "saw": row["sentence"], "keep": "It does not pay."}
        for row in _triggers()
    ]  # fmt: skip


def _quality() -> list[Row]:
    shapes = [
        ("read", "read", "info", 10_420, "10,420 rows were read from 2 files.", None),
        ("kept", "kept", "info", 9_880, "9,880 rows were kept.", None),
        ("customer_missing", "rejected", "warning", 410, "410 rows name no customer.", "Ask the shop to record guests by e-mail."),
        ("after_as_of", "later", "info", 100, "100 rows are later than the run's day.", None),
        ("duplicate_file", "removed", "info", 30, "30 rows stood in two files.", None),
        ("price_zero", "flagged", "warning", 52, "52 rows have a price of nothing.", "Check whether they are gifts."),
    ]  # fmt: skip
    return [
        {"source": "order_lines", "check": check, "outcome": outcome, "severity": severity, "rows": rows,
         "share": rows / 10_420, "message": message, "advice": advice}
        for check, outcome, severity, rows, message, advice in shapes
    ]  # fmt: skip


def _memberships(people: list[Row]) -> list[Row]:
    return [
        {"customer_id": one["customer_id"], "segmentation": "rfm", "segment": one["rfm"], "detail": None}
        for one in people
    ]


def _sessions(people: list[Row], rng: np.random.Generator) -> list[Row]:
    """Give everybody but every fourth a few visits in the last year, and nobody known one more."""
    who = [one["customer_id"] for place, one in enumerate(people) if place % 4 for _ in range(1 + place % 3)]
    rows = []
    for place, one in enumerate([*who, None]):
        start = datetime.combine(AS_OF - timedelta(days=int(rng.integers(0, 360))), NOON)
        ordered = bool(rng.random() < 0.3)
        rows.append({
            "session_id": f"{place:032d}", "customer_id": one, "own": True, "started_at": start, "ended_at": start + timedelta(minutes=5),
            "seconds": 300, "channel": "web", "events": 3, "product_views": 1, "products": 1, "searches": 0, "carts": int(ordered),
            "ordered": ordered, "order_id": None, "depth": "ordered" if ordered else "looked", "engagement": 0.9 if ordered else 0.4,
        })  # fmt: skip
    return rows


def _responses(people: list[Row]) -> list[Row]:
    count = Counter(one["rfm"] for one in people)
    cells = [("all", "all", "all", "all", "all", len(people)), ("all", "all", "email", "all", "all", len(people))]
    cells += [
        ("all", "all", "email", "We miss you", "all", 200),
        ("all", "all", "email", HOSTILE, "all", 150),
        ("all", "all", "email", "Small", "all", 30),
        ("all", "all", "email", "Too few", "all", 4),
    ]
    cells += [("all", "all", "email", HOSTILE, "a", 75), ("all", "all", "email", HOSTILE, "b", 75)]
    cells += [("rfm", segment, "all", "all", "all", many) for segment, many in count.items()]
    names = ("segmentation", "segment", "channel", "message", "variant", "customers")
    rates = {f"{name}{end}": value for name, value in (("opened", 0.4), ("clicked", 0.1), ("ordered", 0.06), ("unsubscribed", 0.002))
             for end in ("", "_low", "_high")}  # fmt: skip
    return [
        dict(zip(names, cell, strict=True))
        | {
            "sent": 12 * cell[-1],
            "delivered": 11 * cell[-1],
            "bounced": cell[-1],
            "watched": 10 * cell[-1],
            "within_days": 7,
            "ordered_before": 0.05,
        }
        | rates
        for cell in cells
    ]


def _budget_frontier() -> list[Row]:
    kept = [(0, 0, 0.0, 9.0), (1, 500, 2_400.0, 3.1), (2, 1_000, 3_500.0, 1.4), (3, 2_000, 4_300.0, 0.5)]
    rows = [
        {"side": "retention", "channel": "all", "place": place + 1, "now": place == 2, "budget": float(budget),
         "spent": float(budget), "value": value, "customers": budget / 4 + 40, "price": price, "evidence": "modelled"}
        for place, budget, value, price in kept
    ]  # fmt: skip
    ads = {"side": "acquisition", "channel": HOSTILE, "place": 1, "now": True, "budget": 900.0, "spent": 900.0,
           "value": 600.0, "customers": 45.0, "price": 0.4, "evidence": "assumed"}  # fmt: skip
    return [*rows, ads]


def _budget_prices() -> list[Row]:
    whole = {"customers": 290, "status": "solved"}
    return [
        {**whole, "part": "plan", "name": "all", "limit": 1_000.0, "used": 998.5, "value": 3_500.0, "low": -200.0,
         "high": 7_100.0, "gap": 0.0004, "evidence": "modelled"},
        {**whole, "part": "limit", "name": "budget", "limit": 1_000.0, "used": 998.5, "price": 1.4},
        {**whole, "part": "limit", "name": f"capacity:{HOSTILE}", "limit": 40.0, "used": 40.0, "price": 3.2},
        {**whole, "part": "limit", "name": "stock:p1", "limit": 10.0, "used": 4.0, "price": 0.0},
        {**whole, "part": "limit", "name": "share:tier.bottom", "limit": 0.0, "used": 0.0, "price": 2.5},
        {**whole, "part": "next", "name": "budget", "limit": 100.0, "price": 1.3, "value": 130.0,
         "evidence": "modelled"},
    ]  # fmt: skip


def _budget_trials() -> list[Row]:
    return [
        {"experiment": "spring", "in_trial": 900, "planned": 200, "customers": 96, "value": 0.9, "low": 0.2,
         "high": 1.6, "expected": 1.1, "status": "read"},
        {"experiment": "autumn", "in_trial": 300, "planned": 20, "customers": 40, "expected": 0.3,
         "status": "too_few"},
    ]  # fmt: skip


def _season_plan() -> list[Row]:
    days = {"from_day": AS_OF, "to_day": AS_OF, "season": 1.1}
    return [
        {**days, "side": "retention", "channel": "all", "customers": 290, "spend_now": 3_000.0, "value_now": 10_500.0,
         "return_now": 1.4, "spend_next": 3_400.0, "value_next": 11_900.0, "return_next": 1.2, "change": 400.0,
         "evidence": "modelled", "reason": "more_pays"},
        {**days, "side": "acquisition", "channel": HOSTILE, "customers": 45, "spend_now": 900.0, "value_now": 600.0,
         "return_now": 0.4, "spend_next": 500.0, "value_next": 480.0, "return_next": 1.2, "change": -400.0,
         "bend": 0.6, "evidence": "assumed", "reason": "less_pays"},
    ]  # fmt: skip
