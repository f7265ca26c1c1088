"""Two groups compared, and what each step is worth."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from patron.errors import ArgumentError
from patron.journeys import compare, journey_map, losses, step_values
from patron.simulate import planted_journeys
from patron.stats.two_shares import same_shares


def divided(customers: int, *, seed: int, planted: bool) -> pa.Table:
    """Return visits of two groups; where it is planted, half of the carts of group b are lost."""
    table = planted_journeys(customers=customers, seed=seed).events.to_pandas()
    number = table.customer_id.str[1:].astype(int)
    table["group"] = np.where(number % 2 == 0, "a", "b")
    if planted:
        gone = (table.group == "b") & (table.step == "cart") & (number % 4 == 1)
        lost = set(zip(table[gone].customer_id, table[gone].session_id, strict=True))
        hit = [key in lost for key in zip(table.customer_id, table.session_id, strict=True)]
        table = table[~(np.array(hit) & table.step.isin(["checkout", "payment_error", "order"]))]
    return pa.Table.from_pandas(table, preserve_index=False)


def test_a_planted_difference_is_found_and_where() -> None:
    drawn = journey_map(divided(1_200, seed=3, planted=True), by="group")
    rows = compare(drawn.of("group", "a"), drawn.of("group", "b")).to_pylist()
    assert {(row["from_step"], row["to_step"]) for row in rows if row["found"]} == {
        ("cart", "checkout"), ("cart", "drop_off"),
    }  # fmt: skip
    first = next(row for row in rows if row["to_step"] == "checkout")
    assert first["low"] < 0.35 < first["high"]
    assert first["more_times"] == pytest.approx(first["trials_a"] * first["difference"])


@pytest.mark.slow
def test_groups_that_are_alike_are_seldom_told_apart() -> None:
    """Of twelve comparisons without any difference at most one in ten, and so hardly four, finds one."""
    wrong, held, edges = 0, 0, 0
    for seed in range(12):
        drawn = journey_map(divided(200, seed=seed, planted=False), by="group")
        rows = compare(drawn.of("group", "a"), drawn.of("group", "b")).to_pylist()
        wrong += any(row["found"] for row in rows)
        held += sum(row["low"] <= 0 <= row["high"] for row in rows)
        edges += len(rows)
    assert wrong <= 3
    assert 0.90 <= held / edges <= 1.0


def test_a_map_compared_with_itself_differs_nowhere() -> None:
    drawn = journey_map(divided(100, seed=1, planted=False))
    for row in compare(drawn, drawn).to_pylist():
        assert row["difference"] == 0
        assert row["p_value"] == pytest.approx(1)
        assert not row["found"]


def test_compared_the_other_way_round_only_the_sign_changes() -> None:
    drawn = journey_map(divided(300, seed=4, planted=True), by="group")
    a, b = (drawn.of("group", name) for name in "ab")
    there, back = (
        {(row["from_step"], row["to_step"]): row for row in compare(*pair).to_pylist()} for pair in ((a, b), (b, a))
    )
    assert set(there) == set(back)
    for key, one in there.items():
        other = back[key]
        assert one["difference"] == pytest.approx(-other["difference"])
        assert (one["low"], one["q_value"]) == pytest.approx((-other["high"], other["q_value"]))


def test_maps_that_cannot_be_compared() -> None:
    table = divided(100, seed=1, planted=False)
    with pytest.raises(ArgumentError, match="None, 30"):
        compare(journey_map(table), journey_map(table.drop_columns(["session_id"]), within_days=30))
    with pytest.raises(ArgumentError, match="level"):
        compare(journey_map(table), journey_map(table), level=1)


def test_small_counts_are_tested_exactly() -> None:
    """Fisher's tea: 3 of 4 against 1 of 4 has the mid-p 2 x (16 / 70 / 2 + 1 / 70)."""
    assert same_shares([3], [4], [1], [4])[0] == pytest.approx(2 * (8 / 70 + 1 / 70))
    assert same_shares([0], [5], [0], [7])[0] == 1


def test_step_values_are_those_of_the_chain_that_made_the_journeys() -> None:
    drawn = journey_map(planted_journeys(customers=20_000, seed=1).events)
    rows = {row["step"]: row for row in step_values(drawn, goal="order").to_pylist()}
    edges = {(row["from_step"], row["to_step"]): row["share"] for row in drawn.edges.to_pylist()}
    straight = edges["checkout", "order"] + edges["checkout", "payment_error"] * edges["payment_error", "order"]
    assert rows["checkout"]["reach"] == pytest.approx(straight)
    assert rows["product"]["reach"] == pytest.approx(edges["product", "cart"] * edges["cart", "checkout"] * straight)
    assert rows["product"]["value"] == pytest.approx(60 * rows["product"]["reach"], rel=0.03)
    assert rows["product"]["value_low"] < rows["product"]["value"] < rows["product"]["value_high"]
    assert rows["product"]["reach_low"] < rows["product"]["reach"] < rows["product"]["reach_high"]
    assert rows["product"]["visits"] == pytest.approx(1)
    assert rows["cart"]["removal"] == pytest.approx(1)
    by_error = edges["checkout", "payment_error"] * edges["payment_error", "order"] / straight
    assert rows["payment_error"]["removal"] == pytest.approx(by_error)
    with pytest.raises(ArgumentError, match="Did you mean 'order'"):
        step_values(drawn, goal="orders")


def test_losses_of_a_step_are_the_sum_of_its_edges_with_an_interval_of_their_own() -> None:
    drawn = journey_map(planted_journeys(customers=1_500, seed=2).events)
    found = {row["step"]: row for row in losses(drawn).to_pylist()}
    edges = [row for row in drawn.edges.to_pylist() if row["value_at_stake"] is not None]
    for step, row in found.items():
        mine = [edge for edge in edges if edge["to_step"] == step]
        assert row["value_at_stake"] == pytest.approx(float(sum(edge["value_at_stake"] for edge in mine)), abs=0.05)
        assert row["times"] == sum(edge["times"] for edge in mine)
    one = next(edge for edge in edges if edge["to_step"] == "payment_error")  # by one edge alone: the same interval
    assert (found["payment_error"]["low"], found["payment_error"]["high"]) == pytest.approx(
        (float(one["stake_low"]), float(one["stake_high"])), abs=0.02
    )
    assert losses(journey_map(planted_journeys(customers=50, seed=1).events.drop_columns(["value"]))).num_rows == 0
