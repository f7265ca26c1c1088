"""Planted cells: the truth that is told is the truth that was drawn from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest

from patron.errors import ArgumentError
from patron.simulate import planted_cells


def test_what_came_is_as_often_as_the_truth_says() -> None:
    drawn = planted_cells(60_000, seed=1, behaviours=3, stages=2)
    names = drawn.before["segment"].to_pylist()
    cell = np.array([f"{a}/{b}" for a, b in zip(names[:60_000], names[60_000:], strict=True)])
    ids = drawn.profiles["customer_id"].to_pylist()
    ordered = set(drawn.orders["customer_id"].slice(60_000).to_pylist())
    came = np.array([one in ordered for one in ids])
    lapsed = drawn.profiles["lapsed"].to_numpy(zero_copy_only=False)
    for row in drawn.truth.to_pylist():
        inside = cell == f"{row['behaviour']}/{row['stage']}"
        if inside.sum() > 500:
            error = 4.5 * 0.5 / np.sqrt(inside.sum())
            assert came[inside].mean() == pytest.approx(row["order_rate"], abs=error)
            assert lapsed[inside].mean() == pytest.approx(row["lapse_rate"], abs=error)
    later = drawn.takings.slice(60_000)
    expected = sum(row["share"] * row["average_margin"] for row in drawn.truth.to_pylist())
    assert float(pc.sum(later["margin"]).as_py()) / 60_000 == pytest.approx(expected, rel=0.06)


def test_without_an_effect_all_cells_are_alike() -> None:
    truth = planted_cells(100, seed=2, effect=0.0).truth
    for name in ("order_rate", "lapse_rate", "average_margin", "predicted_value", "stays"):
        assert len(set(truth[name].to_pylist())) == 1


def test_a_seed_gives_the_same_customers() -> None:
    first, again = planted_cells(200, seed=3), planted_cells(200, seed=3)
    assert first == again
    assert planted_cells(200, seed=4).orders != first.orders


@pytest.mark.parametrize(
    "wrong", [{"customers": 0}, {"behaviours": 0}, {"stages": 1.5}, {"effect": -1.0}, {"seed": -1}]
)
def test_numbers_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        planted_cells(**{"customers": 5, "seed": 1, **wrong})
