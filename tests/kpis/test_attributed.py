"""Orders and their money shared out: exact to the cent over channels and over segments, whatever the shares."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.touch import ATTRIBUTION, MODELS, ORDER_CREDITS
from patron.kpis.attributed import Corrected, attributed, cents, divided_cents, money, order_credits
from patron.kpis.calibrated_shares import calibrated_shares
from patron.kpis.order_shares import Shares, all_channels, order_shares, touched_pairs
from patron.kpis.touch_paths import DAY, Ways

DAYS = date(2024, 1, 1), date(2024, 3, 31)
Row = dict[str, Any]

AMOUNTS = st.integers(-5_000, 1_000_000)
PATHS = st.lists(st.tuples(st.lists(st.sampled_from("abd"), max_size=5), AMOUNTS), min_size=1, max_size=10)


def made(paths: list[tuple[list[str], int]]) -> Ways:
    """Return orders with the channels before each of them, a day apart; a customer has two of them."""
    names = tuple(sorted({name for path, _ in paths for name in path}))
    led = [place for place, (path, _) in enumerate(paths) if path]
    touches = [(number, code, step) for number, place in enumerate(led) for step, code in enumerate(paths[place][0])]
    size = len(paths)
    orders = pa.table({
        "order_id": [f"O{place}" for place in range(size)], "customer_id": [f"C{place // 2}" for place in range(size)],
        "ordered_on": pa.array([DAYS[0]] * size, pa.date32()), "first_order": [place % 2 == 0 for place in range(size)],
        "revenue": money(np.array([amount for _, amount in paths])),
        "margin": money(np.array([amount // 3 for _, amount in paths])),
        "tier": [None if place % 3 else "Best" for place in range(size)],
    }).cast(pa.schema([
        ("order_id", pa.string()), ("customer_id", pa.string()), ("ordered_on", pa.date32()),
        ("first_order", pa.bool_()), ("revenue", pa.decimal128(18, 2)), ("margin", pa.decimal128(18, 2)),
        ("tier", pa.string()),
    ]))  # fmt: skip
    return Ways(
        orders=orders, channels=names, channel=np.array([names.index(one[1]) for one in touches], dtype=np.int64),
        second=np.array([one[2] * DAY for one in touches], dtype=np.int64),
        path=np.array([one[0] for one in touches], dtype=np.int64), order_of=np.array(led, dtype=np.int64),
    )  # fmt: skip


def table(ways: Ways, models: dict[str, Shares]) -> list[Row]:
    value = np.arange(ways.orders.num_rows) * 101
    found = attributed(ways, models, segmentations=("tier",), value=value, days=DAYS, corrected={})
    rows: list[Row] = found.to_pylist()
    return rows


@settings(max_examples=20, deadline=None)
@given(PATHS, st.sampled_from(MODELS), st.floats(0, 3))
def test_everything_adds_up_over_channels_and_over_segments(
    paths: list[tuple[list[str], int]], model: str, ratio: float
) -> None:
    ways = made(paths)
    own = order_shares(ways, model=model, half_life_days=7)
    tested = dict.fromkeys(ways.channels[:1], ratio)
    rows = table(ways, {model: own, f"{model} calibrated": calibrated_shares(own, tested).shares})
    measures = ("orders", "revenue", "margin", "predicted_value")
    sums: dict[Any, Any] = defaultdict(lambda: [0, Decimal(0), Decimal(0), Decimal(0)])
    by_channel: dict[Any, Any] = defaultdict(lambda: [0, Decimal(0), Decimal(0), Decimal(0)])
    for row in rows:
        for place, name in enumerate(measures):
            sums[row["model"], row["segmentation"]][place] += row[name]
            by_channel[row["model"], row["segmentation"], row["channel"]][place] += row[name]
    whole = [len(paths), *(Decimal(sum(column)) / 100 for column in zip(
        *((amount, amount // 3, place * 101) for place, (_, amount) in enumerate(paths)), strict=True))]  # fmt: skip
    for total in sums.values():
        assert total[0] == pytest.approx(whole[0], abs=1e-9)
        assert total[1:] == whole[1:]
    for (name, _, channel), parts in by_channel.items():
        everybody = by_channel[name, "all", channel]
        assert parts[0] == pytest.approx(everybody[0], abs=1e-9)
        assert parts[1:] == everybody[1:]
    assert all(row["orders"] >= 0 for row in rows)


@settings(max_examples=15, deadline=None)
@given(PATHS)
def test_the_credits_of_an_order_are_one_and_its_money(paths: list[tuple[list[str], int]]) -> None:
    ways = made(paths)
    own = order_shares(ways, model="linear", half_life_days=7)
    corrected = calibrated_shares(own, dict.fromkeys(ways.channels[:1], 0.5)).shares
    found = order_credits(ways, "linear", own, corrected)
    each: dict[str, list[Any]] = defaultdict(lambda: [0.0, 0.0, Decimal(0)])
    for row in found.to_pylist():
        each[row["order_id"]][0] += row["credit"]
        each[row["order_id"]][1] += row["calibrated"]
        each[row["order_id"]][2] += row["revenue"]
    for place, (_, amount) in enumerate(paths):
        credit, calibrated, revenue = each[f"O{place}"]
        assert (credit, calibrated) == pytest.approx((1.0, 1.0), abs=1e-9)
        assert revenue == Decimal(amount) / 100


def test_both_tables_keep_their_contracts() -> None:
    ways = made([(["a", "b", "a"], 100), (["b"], 50), ([], 10), (["direct"], 7)])
    own = order_shares(ways, model="linear", half_life_days=7)
    corrected = calibrated_shares(own, {"a": 0.5}).shares
    models = {"linear": own, "linear calibrated": corrected}
    told = {"linear calibrated": {"a": Corrected(ratio=0.5, low=0.1, high=0.9, tests="Hold-out")}}
    value = np.zeros(4, dtype=np.int64)
    found = attributed(ways, models, segmentations=("tier",), value=value, days=DAYS, corrected=told)
    ATTRIBUTION.check(ibis.memtable(found))
    ORDER_CREDITS.check(ibis.memtable(order_credits(ways, "linear", own, corrected)))
    tested = {(row["model"], row["channel"]) for row in found.to_pylist() if row["ratio"] is not None}
    assert tested == {("linear calibrated", "a")}


def test_no_channel_is_more_than_a_cent_off() -> None:
    ways = made([(["a", "b", "d"], 100), (["a", "b"], 5)])
    own = order_shares(ways, model="linear", half_life_days=7)
    assert divided_cents(own, cents(ways.orders["revenue"])).tolist() == [33, 34, 33, 2, 3]


def test_customers_and_orders_that_a_channel_touched_are_counted_whatever_a_model_gives_it() -> None:
    ways = made([(["a", "b"], 100), (["a"], 100), ([], 100)])
    (row,) = [
        row for row in table(ways, {"last": order_shares(ways, model="last", half_life_days=7)})
        if (row["segmentation"], row["channel"]) == ("all", "a")
    ]  # fmt: skip
    assert (row["customers"], row["touched"], row["orders"]) == (1, 2, 1)
    assert all_channels(ways) == ("a", "b", "none", "baseline")
    assert touched_pairs(ways).totals().tolist() == [2, 1, 1, 0]


def test_no_touch_at_all_is_none() -> None:
    ways = made([([], 100), ([], 50)])
    found = order_shares(ways, model="markov", half_life_days=7)
    assert [found.channels[place] for place in found.channel] == ["none", "none"]
    assert found.share.tolist() == [1, 1]
