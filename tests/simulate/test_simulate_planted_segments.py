"""Planted segments: the same seed the same shop, kinds as they were meant, and a difficulty that means something."""

from __future__ import annotations

from collections import Counter

import ibis
import numpy as np
import pyarrow.compute as pc
import pytest

from patron.contracts.raw import RAW_ORDER_LINES
from patron.errors import ArgumentError
from patron.simulate import planted_segments
from patron.simulate.planted_segments import KINDS


def test_lines_keep_the_contract_and_a_seed_gives_the_same_ones() -> None:
    planted = planted_segments(customers=60, seed=4)
    RAW_ORDER_LINES.check(ibis.memtable(planted.lines))
    again = planted_segments(customers=60, seed=4)
    assert again.lines.equals(planted.lines)
    assert again.truth.equals(planted.truth)
    assert not planted_segments(customers=60, seed=5).lines.equals(planted.lines)
    assert (
        pc.max(planted.lines.filter(pc.equal(planted.lines["kind"], "sale"))["ordered_at"]).as_py().date()
        <= planted.as_of
    )


def test_kinds_are_as_they_are_meant() -> None:
    planted = planted_segments(customers=1_500, seed=4, difficulty=0.5)
    counts = Counter(planted.truth["segment"].to_pylist())
    for kind in KINDS:
        assert counts[kind.name] / 1_500 == pytest.approx(kind.share, abs=0.04)
    lines = planted.lines.join(planted.truth, "customer_id").to_pandas()
    sales = lines[lines.kind == "sale"]
    off = sales.groupby("segment").discount.sum().astype(float) / sales.groupby("segment").amount.sum().astype(float)
    assert off["discount hunter"] == pytest.approx(0.45, abs=0.05)
    assert off.drop("discount hunter").max() < 0.15
    stores = sales.assign(store=sales.channel == "store").groupby("segment").store.mean()
    assert stores.idxmax() == "saturday visitor"


def test_difficulty_spreads_customers_around_their_kind() -> None:
    def spread(difficulty: float) -> float:
        planted = planted_segments(customers=400, seed=4, difficulty=difficulty)
        lines = planted.lines.filter(pc.equal(planted.lines["kind"], "sale")).to_pandas()
        hunters = planted.truth.filter(pc.equal(planted.truth["segment"], "discount hunter"))["customer_id"].to_pylist()
        own = lines[lines.customer_id.isin(hunters)].groupby("customer_id")
        return float(np.std(own.discount.sum().astype(float) / own.amount.sum().astype(float)))

    assert spread(3.0) > 1.5 * spread(0.5)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ArgumentError, match="difficulty"):
        planted_segments(customers=10, seed=1, difficulty=-1)
    with pytest.raises(ArgumentError, match="days"):
        planted_segments(customers=10, seed=1, days=10)
