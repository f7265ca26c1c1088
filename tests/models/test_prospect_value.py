"""What a new customer is worth by channel: whole horizons count whole, parts in part, and few customers say little."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

from patron.contracts.outcome import ACQUISITION_VALUE
from patron.errors import ArgumentError
from patron.models import BgNbd, prospect_value
from patron.models.prospect_value import conversions, share_by_age, worth

AS_OF = date(2024, 12, 31)
FIRST = date(2022, 1, 1)
MODEL = BgNbd.from_params(r=1.2, alpha=60.0, a=0.5, b=3.0)
HORIZON = 365
TRUE = {"search": 60.0, "referral": 140.0, "rare": 100.0}


def shop(*, seed: int = 1, sizes: dict[str, int] | None = None, last: date = AS_OF) -> tuple[ir.Table, ir.Table]:
    """Draw customers who bring their channel's value over a year, spread as the model spreads purchases."""
    rng = np.random.default_rng(seed)
    curve = share_by_age(MODEL, np.arange(HORIZON + 1.0), horizon_days=HORIZON)
    people: list[dict[str, Any]] = []
    money: list[dict[str, Any]] = []
    for channel, size in (sizes or {"search": 900, "referral": 900, "rare": 12}).items():
        for number in range(size):
            start = FIRST + timedelta(days=int(rng.integers(0, (last - FIRST).days)))
            who = f"{channel}{number}"
            people.append({"customer_id": who, "first_order_on": start, "acquisition_channel": channel})
            whole = TRUE[channel] * float(rng.gamma(2.0, 0.5))
            for age in (0, 30, 100, 200, 300):
                until = {0: 30, 30: 100, 100: 200, 200: 300, 300: HORIZON}[age]
                part = float(curve[until] - (curve[age] if age else 0.0)) * whole
                if start + timedelta(days=age) <= last:
                    money.append({"customer_id": who, "day": start + timedelta(days=age), "margin": round(part, 2)})
    takings = pa.table({
        "customer_id": [row["customer_id"] for row in money],
        "day": [row["day"] for row in money],
        "margin": pa.array([Decimal(str(row["margin"])) for row in money], pa.decimal128(18, 2)),
        "basis": ["margin"] * len(money),
    })  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(people)), ibis.memtable(takings)


def spend(**amounts: float) -> ir.Table:
    return ibis.memtable(pa.table({
        "day": pa.array([AS_OF - timedelta(days=10)] * len(amounts), pa.date32()),
        "channel": pa.array(list(amounts), pa.string()),
        "amount": pa.array([Decimal(str(amount)) for amount in amounts.values()], pa.decimal128(18, 2)),
    }))  # fmt: skip


def valued(people: ir.Table, takings: ir.Table, paid: ir.Table, **more: Any) -> dict[str, dict[str, Any]]:
    table = prospect_value(people, takings, paid, model=MODEL, as_of=AS_OF, horizon_days=HORIZON, **more)
    return {row["channel"]: row for row in ACQUISITION_VALUE.check(table).to_pyarrow().to_pylist()}


def test_the_true_value_of_each_channel_is_found() -> None:
    found = valued(*shop(), spend())
    for channel in ("search", "referral"):
        row = found[channel]
        assert row["own_value"] == pytest.approx(TRUE[channel], rel=0.10)
        assert row["value_low"] - 5 <= TRUE[channel] <= row["value_high"] + 5
        assert row["weight"] > 0.9
    assert found["search"]["value"] < found["all"]["value"] < found["referral"]["value"]
    assert found["rare"]["weight"] < found["search"]["weight"]


def test_few_customers_are_drawn_to_the_mean_of_all() -> None:
    found = valued(*shop(sizes={"search": 600, "referral": 600, "rare": 5}), spend())
    rare, mean = found["rare"], found["all"]["value"]
    assert abs(rare["value"] - mean) < abs(rare["own_value"] - mean)


def test_the_interval_holds_the_truth() -> None:
    inside = []
    for seed in range(20):
        found = valued(*shop(seed=seed, sizes={"search": 200, "referral": 150}), spend())
        inside += [
            found[name]["value_low"] <= TRUE[name] <= found[name]["value_high"] for name in ("search", "referral")
        ]
    assert np.mean(inside) >= 0.85


def test_what_she_may_cost_and_when_it_is_paid_back() -> None:
    people, takings = shop()
    came = {row["acquisition_channel"]: row["n"] for row in people.filter(
        people.first_order_on > ibis.literal(AS_OF - timedelta(days=365))
    ).group_by("acquisition_channel").aggregate(n=lambda t: t.count()).to_pyarrow().to_pylist()}  # fmt: skip
    found = valued(people, takings, spend(search=20.0 * came["search"], rare=500.0 * came["rare"]), target_share=0.25)
    assert found["search"]["cost"] == pytest.approx(20.0)
    assert found["search"]["allowable_cost"] == pytest.approx(found["search"]["value"] * 0.25)
    assert 0 <= found["search"]["payback_days"] < HORIZON
    assert found["rare"]["payback_days"] is None, "it costs more than she brings"
    assert found["referral"]["cost"] is None
    assert found["referral"]["payback_days"] is None
    assert found["all"]["cost"] == pytest.approx((20.0 * came["search"] + 500.0 * came["rare"]) / sum(came.values()))


def test_a_prospect_is_worth_the_value_times_the_chance() -> None:
    rows = [
        {"first_seen_on": date(2024, 3, 1), "channel": channel, "converted_on": AS_OF if number < won else None}
        for channel, seen, won in (("search", 1000, 100), ("referral", 1000, 300))
        for number in range(seen)
    ]
    rows += [{"first_seen_on": AS_OF, "channel": "search", "converted_on": None}] * 500  # too young to tell
    rows += [{"first_seen_on": date(2024, 3, 1), "channel": "search", "converted_on": AS_OF + timedelta(days=1)}] * 5
    prospects = ibis.memtable(pa.Table.from_pylist(rows))
    chances = conversions(prospects, as_of=AS_OF)
    assert chances["search"] == pytest.approx(0.10, abs=0.005)
    assert chances["referral"] == pytest.approx(0.30, abs=0.005)
    found = valued(*shop(), spend(), prospects=prospects)
    assert found["search"]["prospect_value"] == pytest.approx(found["search"]["value"] * chances["search"])
    assert found["rare"]["prospect_value"] is None
    assert conversions(prospects.limit(0), as_of=AS_OF) == {}


def test_what_is_not_known_yet_does_not_count() -> None:
    people, takings = shop(last=AS_OF + timedelta(days=200))
    earlier = valued(people, takings, spend())
    until = valued(
        people.filter(people.first_order_on <= ibis.literal(AS_OF)), takings.filter(takings.day <= ibis.literal(AS_OF)),
        spend(),
    )  # fmt: skip
    assert earlier == until


def test_too_few_new_customers_give_no_numbers() -> None:
    assert not valued(*shop(sizes={"search": 20}), spend())


def test_a_share_that_is_none_is_refused() -> None:
    with pytest.raises(ArgumentError):
        valued(*shop(sizes={"search": 20}), spend(), target_share=1.5)


def test_channels_that_do_not_differ_are_one() -> None:
    sums = [np.array([50.0, 50.0])] + [np.array([v, v]) for v in (500.0, 6000.0, 500.0, 50.0)]
    found = worth(*sums)
    assert found.value == pytest.approx([10.0, 10.0])
