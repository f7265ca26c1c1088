"""The simulated cycles: the same seed gives the same purchases, and the truth says what the lines were made of."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import pytest

from patron.errors import ArgumentError
from patron.simulate import replenishment


def test_the_same_seed_gives_the_same_purchases() -> None:
    one, same, other = (replenishment(200, 5, seed=seed) for seed in (1, 1, 2))
    assert one.order_lines == same.order_lines
    assert one.truth == same.truth
    assert one.order_lines != other.order_lines


def test_lines_lie_in_the_days_and_the_next_purchase_after_them() -> None:
    drawn = replenishment(500, 5, seed=1, days=200)
    days = drawn.order_lines["ordered_at"]
    assert (drawn.last_day - drawn.first_day).days == 199
    assert pc.min(days).as_py() >= drawn.first_day
    assert pc.max(days).as_py() <= drawn.last_day
    came = drawn.truth["next_on"].drop_null()
    assert pc.min(came).as_py() > drawn.last_day
    assert drawn.truth["next_on"].null_count == pc.sum(drawn.truth["stopped"]).as_py() > 0


def test_every_pair_of_the_truth_has_bought() -> None:
    drawn = replenishment(500, 5, seed=1)
    keys = ["customer_id", "product_id"]
    bought = drawn.order_lines.group_by(keys).aggregate([("quantity", "sum")])
    assert bought.num_rows == drawn.truth.num_rows == bought.join(drawn.truth, keys, join_type="inner").num_rows


def test_without_noise_the_intervals_are_the_cycle_times_the_packs() -> None:
    drawn = replenishment(50, 1, seed=1, each=1, within=0.0, stop=0.0, stop_first=0.0)
    cycle = dict(zip(drawn.truth["customer_id"].to_pylist(), drawn.truth["cycle_days"].to_pylist(), strict=True))
    last: dict[str, tuple[int, float]] = {}
    rows = (drawn.order_lines[name].to_pylist() for name in ("customer_id", "ordered_at", "quantity"))
    for who, day, packs in zip(*rows, strict=True):
        if who in last:
            assert abs(day.toordinal() - last[who][0] - cycle[who] * last[who][1]) <= 1
        last[who] = day.toordinal(), packs


def test_a_product_that_all_leave_at_once_is_bought_once() -> None:
    drawn = replenishment(300, 2, seed=1, stop_first=np.array([1.0, 0.0]))
    counts = drawn.order_lines.group_by(["customer_id", "product_id"]).aggregate([("quantity", "count")])
    first = counts.filter(pc.equal(counts["product_id"], "P00001"))["quantity_count"]
    assert pc.max(first).as_py() == 1


@pytest.mark.parametrize(
    "options",
    [
        {"customers": 0}, {"products": 0}, {"seed": -1}, {"cycle_days": 0.0}, {"within": np.ones(3)}, {"within": -1.0},
        {"stop": -0.1}, {"days": 0},
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ArgumentError):
        replenishment(**{"customers": 10, "products": 2, "seed": 1, **options})
