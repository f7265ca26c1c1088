"""Whom first under a capacity or a budget."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
import pytest

from patron.errors import ArgumentError
from patron.experiments import most_responsive

GENERATOR = np.random.default_rng(1)
RESPONSES = pa.table(
    {
        "customer_id": np.repeat([f"c{place:03d}" for place in range(200)], 2),
        "action": ["call", "mail"] * 200,
        "effect": GENERATOR.normal(1, 2, 400),
        "cost": [2.0, 0.5] * 200,
        "group": ["cannot_tell"] * 400,
    }
)


def test_the_first_are_those_who_gain_most_each_with_her_best_action() -> None:
    found = most_responsive(RESPONSES, capacity=50).to_pandas()
    gains = (np.array(RESPONSES["effect"]) - np.array(RESPONSES["cost"])).reshape(200, 2)
    wanted = np.sort(gains.max(axis=1))[::-1][:50]
    assert found.gain.to_numpy() == pytest.approx(wanted)
    assert found.place.tolist() == list(range(1, 51))
    assert found.customer_id.is_unique
    assert found.total_gain.to_numpy() == pytest.approx(np.cumsum(wanted))
    assert found.total_cost.iloc[-1] == pytest.approx(found.cost.sum())
    assert set(found.group) == {"cannot_tell"}


def test_nobody_without_a_gain_is_there() -> None:
    everybody = most_responsive(ibis.memtable(RESPONSES)).to_pandas()
    assert everybody.gain.min() > 0
    gains = (np.array(RESPONSES["effect"]) - np.array(RESPONSES["cost"])).reshape(200, 2).max(axis=1)
    assert len(everybody) == int((gains > 0).sum())


def test_a_budget_goes_where_it_gains_most_for_each_unit() -> None:
    found = most_responsive(RESPONSES, budget=30.0).to_pandas()
    assert found.total_cost.iloc[-1] <= 30
    rates = (found.gain / found.cost).to_numpy()
    assert (np.diff(rates) <= 1e-12).all()
    same_cost = most_responsive(RESPONSES, capacity=len(found)).to_pandas()
    assert found.gain.sum() / found.cost.sum() >= same_cost.gain.sum() / same_cost.cost.sum()


@pytest.mark.parametrize("wrong", [{"capacity": 0}, {"budget": -1.0}, {"responses": RESPONSES.drop_columns(["cost"])}])
def test_what_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ArgumentError):
        most_responsive(**{"responses": RESPONSES} | wrong)  # type: ignore[arg-type]
