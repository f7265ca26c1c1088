"""Stages on each customer's own rhythm: cases, laws, and nothing of later days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_shop import table

from patron.contracts.customer import RHYTHM
from patron.contracts.segment import STAGE_NAMES, STAGES, STUCK_POINTS
from patron.errors import ArgumentError
from patron.segments import stage_memberships, stages, stuck_points
from patron.segments.stuck import judged

BEGIN = date(2024, 1, 1)
AWAY = {"at_risk": 1, "lapsed": 2}
Row = dict[str, Any]


def orders(days: Mapping[str, Sequence[int]]) -> ibis.Table:
    rows = [
        {"customer_id": who, "ordered_at": datetime.combine(BEGIN + timedelta(days=day), datetime.min.time())}
        for who, own in days.items()
        for day in own
    ]
    schema = pa.schema([("customer_id", pa.string()), ("ordered_at", pa.timestamp("us"))])
    return ibis.memtable(pa.Table.from_pylist(rows, schema=schema))


def pace(intervals: Mapping[str, float]) -> ibis.Table:
    return table(RHYTHM, [
        {"customer_id": who, "intervals": 1, "median_interval_days": days, "weight": 1.0,
         "expected_interval_days": float(days), "lapse_after_days": 3.0 * days}
        for who, days in intervals.items()
    ])  # fmt: skip


def people(known: Mapping[str, int | None]) -> ibis.Table:
    since = [None if day is None else BEGIN + timedelta(days=day) for day in known.values()]
    return ibis.memtable(
        pa.table({"customer_id": pa.array(list(known), pa.string()), "known_since": pa.array(since, pa.date32())})
    )


def placed(
    days: Mapping[str, Sequence[int]], *, interval: float = 10, on: int, known: Mapping[str, int | None] | None = None
) -> dict[str, Row]:
    found = stages(
        orders(days), pace(dict.fromkeys(days, interval)), people(known or {}), as_of=BEGIN + timedelta(days=on)
    )
    return {row["customer_id"]: row for row in STAGES.check(found).to_pyarrow().to_pylist()}


CASES = {
    # days with an order, asked on day 100, ten days between orders: stage, and the day since when
    "once, just now": ([95], "first_time", 95),
    "once, a while ago": ([75], "at_risk", 96),
    "once, long ago": ([60], "lapsed", 91),
    "twice": ([88, 95], "second_order", 95),
    "three times": ([80, 90, 98], "developing", 98),
    "four times": ([70, 80, 90, 98], "developing", 90),
    "five times": ([60, 70, 80, 90, 98], "loyal", 98),
    "six times": ([50, 60, 70, 80, 90, 98], "loyal", 90),
    "six times, and late": ([20, 30, 40, 50, 60, 75], "at_risk", 96),
    "on time again after being late": ([50, 60, 70, 72, 74, 96], "loyal", 96),
    "back after a lapse": ([10, 20, 90], "won_back", 90),
    "back, and once more": ([10, 20, 80, 90], "won_back", 80),
    "back for good": ([10, 20, 70, 80, 90], "loyal", 90),
    "back, and lost again": ([10, 20, 60], "lapsed", 91),
}


def test_everybody_stands_where_her_own_rhythm_says() -> None:
    found = placed({name: days for name, (days, _, _) in CASES.items()}, on=100)
    seen = {name: (row["stage"], (row["since"] - BEGIN).days) for name, row in found.items()}
    assert seen == {name: (stage, since) for name, (_, stage, since) in CASES.items()}
    assert found["back, and lost again"]["times_lapsed"] == 2


def test_the_same_silence_is_late_for_one_and_early_for_another() -> None:
    both = stages(
        orders({"weekly": [0, 7, 14], "yearly": [0, 7, 14]}), pace({"weekly": 7, "yearly": 365}), people({}),
        as_of=BEGIN + timedelta(days=40),
    )  # fmt: skip
    assert dict(zip(*both.select("customer_id", "stage").to_pyarrow().to_pydict().values(), strict=True)) == {
        "weekly": "lapsed", "yearly": "developing",
    }  # fmt: skip


def test_who_is_known_without_an_order_is_a_prospect_from_the_day_she_is_known() -> None:
    found = placed({"buyer": [95]}, on=100, known={"buyer": 90, "reader": 50, "unknown day": None, "later": 101})
    assert {who: row["stage"] for who, row in found.items()} == {
        "buyer": "first_time", "reader": "prospect", "unknown day": "prospect",
    }  # fmt: skip
    assert found["reader"]["since"] == BEGIN + timedelta(days=50)
    assert found["unknown day"]["since"] is None
    assert found["reader"]["order_days"] == 0


own_days = st.lists(st.integers(0, 90), min_size=0, max_size=8, unique=True).map(sorted)
# Many customers in one example: to ask the engine once for each of them would take minutes.
shops = st.lists(own_days, min_size=20, max_size=40).map(
    lambda all_days: {f"c{n}": one for n, one in enumerate(all_days)}
)
few = settings(max_examples=3, deadline=None)


@few
@given(shop=shops, on=st.integers(0, 120), interval=st.integers(1, 40))
def test_everyone_is_in_exactly_one_stage_and_later_days_change_nothing(
    shop: dict[str, list[int]], on: int, interval: int
) -> None:
    known = dict.fromkeys(shop, 0)
    found = placed(shop, on=on, interval=interval, known=known)
    assert set(found) == set(shop)
    assert {row["stage"] for row in found.values()} <= set(STAGE_NAMES)
    assert all(row["since"] <= BEGIN + timedelta(days=on) for row in found.values())
    cut = {who: [day for day in days if day <= on] for who, days in shop.items()}
    assert placed(cut, on=on, interval=interval, known=known) == found


@few
@given(shop=shops, on=st.integers(91, 130), interval=st.integers(2, 30), wait=st.integers(0, 60))
def test_a_new_order_never_moves_towards_lapsed_and_silence_never_away_from_it(
    shop: dict[str, list[int]], on: int, interval: int, wait: int
) -> None:
    known = dict.fromkeys(shop, 0)
    before = placed(shop, on=on, interval=interval, known=known)
    later = placed(shop, on=on + wait, interval=interval, known=known)
    ordered = {who: [*days, on] for who, days in shop.items()}
    after = placed(ordered, on=on, interval=interval, known=known)
    for who in shop:
        assert after[who]["stage"] not in ("prospect", *AWAY)
        assert AWAY.get(later[who]["stage"], 0) >= AWAY.get(before[who]["stage"], 0)
        assert after[who]["order_days"] == before[who]["order_days"] + 1


def test_stages_are_memberships() -> None:
    found = stages(orders({"a": [95]}), pace({"a": 10}), people({}), as_of=BEGIN + timedelta(days=100))
    assert stage_memberships(found).to_pyarrow().to_pylist() == [
        {"customer_id": "a", "segmentation": "stage", "segment": "first_time", "detail": "2024-04-05"}
    ]


def test_bad_arguments_are_named() -> None:
    nothing = orders({"a": [1]}), pace({"a": 10}), people({})
    with pytest.raises(ArgumentError, match="'at_risk_factor' is 0"):
        stages(*nothing, as_of=BEGIN, at_risk_factor=0)
    with pytest.raises(ArgumentError, match="'loyal_from' is 3"):
        stages(*nothing, as_of=BEGIN, loyal_from=3)


def counted(shares: Sequence[float], customers: int = 4_000) -> list[Row]:
    """Customers of whom a share stops at each number of orders, from 1 on; the rest goes on for ever."""
    rows = []
    for place, share in enumerate(shares, start=1):
        stopped = round(customers * share)
        rows.append({"order_days": place, "lapsed": stopped, "waiting": 20, "value": 50.0})
        customers -= stopped + 20
    return [*rows, {"order_days": len(shares) + 1, "lapsed": 0, "waiting": customers, "value": None}]


def smooth(orders: int) -> list[float]:
    return [1.2 / (1.2 + 1.5 + n) for n in range(orders)]


def test_a_planted_stuck_point_is_found_and_no_other() -> None:
    shares = smooth(8)
    shares[2] += 0.10
    rows = judged(counted(shares))
    assert [row["orders"] for row in rows if row["found"]] == [3]
    [stuck] = [row for row in rows if row["found"]]
    assert stuck["extra"] == pytest.approx(0.10 * stuck["customers"], rel=0.15)
    assert stuck["worth"] == pytest.approx(50 * stuck["extra"])
    assert stuck["low"] < stuck["share"] < stuck["high"]


def test_customers_of_different_loyalty_alone_make_no_stuck_point() -> None:
    rows = judged(counted(smooth(8)))
    assert not any(row["found"] for row in rows)
    assert all(abs(row["share"] - row["expected"]) < 0.02 for row in rows[:6])


def test_two_points_tell_no_expectation() -> None:
    assert [row["expected"] for row in judged(counted([0.5, 0.3]))] == [None, None]
    assert judged([]) == []


def test_stuck_points_count_who_began_in_sight() -> None:
    days = (
        {f"a{n}": [40] for n in range(60)}
        | {f"b{n}": [40, 45] for n in range(60)}
        | {f"old{n}": [0] for n in range(99)}
    )
    bought = orders(days).mutate(amount=ibis.literal(20).cast("decimal(18, 2)"))
    found = stages(bought, pace(dict.fromkeys(days, 10)), people({}), as_of=BEGIN + timedelta(days=200))
    rows = STUCK_POINTS.check(stuck_points(found, bought, as_of=BEGIN + timedelta(days=200))).to_pyarrow().to_pylist()
    assert [(row["orders"], row["customers"], row["stopped"]) for row in rows] == [(1, 120, 60), (2, 60, 60)]
