"""The simulated shelf: the same seed gives the same lines, and the truth says what they were made of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from patron.errors import ArgumentError
from patron.simulate import shelf


def test_the_same_seed_gives_the_same_lines() -> None:
    one, same, other = (shelf(20, 20, seed=seed) for seed in (1, 1, 2))
    assert one.order_lines == same.order_lines
    assert one.truth == same.truth
    assert one.order_lines != other.order_lines


def test_lines_lie_in_the_weeks_and_sell_at_the_told_rate() -> None:
    drawn = shelf(40, 60, seed=1, pieces=3.0)
    table, truth = drawn.order_lines.to_pandas(), drawn.truth.to_pandas()
    days = pd.to_datetime(table.ordered_at).dt.date
    assert drawn.first_day <= days.min() <= days.max() <= drawn.last_day
    assert (drawn.last_day - drawn.first_day).days == 60 * 7 - 1
    assert table.quantity.mean() == pytest.approx(3.0, rel=0.03)
    assert len(table) == pytest.approx(60 * truth.rate.sum(), rel=0.05)
    assert truth.came.sum() == pytest.approx(truth.expected.sum(), rel=0.1)


def test_what_is_planted_goes_its_way_in_the_last_weeks() -> None:
    drawn = shelf(50, 40, seed=1, planted=0.1, times=4.0, purchases=30.0, between=0.0)
    table = drawn.order_lines.to_pandas().merge(drawn.truth.to_pandas(), on="product_id")
    late = pd.to_datetime(table.ordered_at) > pd.Timestamp(drawn.last_day) - pd.Timedelta(days=56)
    count = table.groupby([late.rename("late"), "kind"]).size().unstack(fill_value=0)
    share = (count.loc[True] / 8) / np.maximum(count.loc[False] / 32, 1e-9)
    assert share["steady"] == pytest.approx(1, rel=0.1)
    assert share["rising"] == pytest.approx(4, rel=0.15)
    assert share["falling"] == pytest.approx(0.25, rel=0.25)
    assert count.loc[False, "new"] == 0
    assert count.loc[True, "gone"] == 0


def test_what_cannot_be_is_refused() -> None:
    for wrong in ({"products": 0}, {"weeks": 8}, {"purchases": 0.0}, {"pieces": 0.5}, {"season": -1.0}, {"times": 0.0}):
        with pytest.raises(ArgumentError):
            shelf(**{"products": 3, "weeks": 20, "seed": 1, **wrong})  # type: ignore[arg-type]
