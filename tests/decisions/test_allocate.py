"""Allocations against the exact optimum, the laws that every plan keeps, and bad input."""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, vstack

from patron.decisions import allocate
from patron.decisions.budget import exact, repair
from patron.decisions.budget.candidates import Limits, read
from patron.decisions.budget.silent import silent
from patron.errors import ArgumentError, ContractError

NAMES = ("customer_id", "action", "value", "cost")


def offers(customers: int, actions: int, seed: int) -> pa.Table:
    """Customers who differ in what they bring, actions that differ in depth: the deeper, the dearer and the better."""
    lot = np.random.default_rng(seed)
    cost = np.round(lot.uniform(0.2, 8, actions) * lot.uniform(0.5, 1.5, (customers, actions)), 2)
    value = lot.gamma(1.2, 4, (customers, 1)) * lot.uniform(0.2, 1.5, (customers, actions)) + 0.5 * np.sqrt(cost)
    return pa.table({
        "customer_id": np.repeat([f"c{place:06d}" for place in range(customers)], actions),
        "action": np.tile([f"a{place}" for place in range(actions)], customers),
        "value": value.ravel(), "cost": cost.ravel(),
    })  # fmt: skip


def best(table: pa.Table, budget: float, capacity: dict[str, float]) -> float:
    """The exact optimum by HiGHS."""
    value, cost = table["value"].to_numpy(), table["cost"].to_numpy()
    _, owner = np.unique(table["customer_id"].to_numpy(), return_inverse=True)
    action = np.array(table["action"].to_pylist())
    once = csr_array((np.ones(len(value)), (owner, np.arange(len(value)))))
    takes = [csr_array(cost[None])] + [csr_array(1.0 * (action == name)[None]) for name in capacity]
    limits = np.concatenate([[budget], list(capacity.values()), np.ones(owner.max() + 1)])
    with silent():
        answer = milp(
            -value, integrality=np.ones(len(value)), bounds=Bounds(0, 1), options={"mip_rel_gap": 1e-5},
            constraints=LinearConstraint(vstack([*takes, once]), ub=limits),
        )  # fmt: skip
    return float(-answer.fun)


@pytest.mark.parametrize(("customers", "seed"), [(200, 1), (1_000, 1)])
def test_within_a_thousandth_of_the_exact_optimum(customers: int, seed: int) -> None:
    table, limits = offers(customers, 4, seed), {"a0": 0.05 * customers, "a1": 0.04 * customers}
    plan = allocate(table, budget=0.8 * customers, capacity=limits)
    optimum = best(table, 0.8 * customers, limits)
    assert plan.value >= (1 - 1e-3) * optimum
    assert plan.bound >= (1 - 1e-6) * optimum  # the certificate holds
    assert plan.value >= (1 - plan.gap - 1e-9) * plan.bound
    if customers < 1_000:
        assert plan.value == pytest.approx(optimum, rel=1e-5)


def test_the_margin_alone_is_decided_exactly_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    solve = exact.solved

    def counted(choices: Any, room: Any) -> Any:
        asked.append(choices.customers)
        return solve(choices, room)

    monkeypatch.setattr(import_module("patron.decisions.budget.allocate"), "solved", counted)
    allocate(offers(1_200, 3, 1), budget=500)
    allocate(offers(300, 3, 1), budget=100)
    assert asked == [120, 300]


def test_many_customers_who_are_alike_are_parted_where_the_money_ends() -> None:
    alike = pa.table({
        "customer_id": np.repeat(np.arange(20_000), 2), "action": ["deep", "shallow"] * 20_000,
        "value": [5.0, 3.0] * 20_000, "cost": [2.0, 1.0] * 20_000,
    })  # fmt: skip
    plan = allocate(alike, budget=24_000)
    assert plan.value == pytest.approx(68_000)  # 4,000 deep, 16,000 shallow
    assert plan.cost == 24_000
    assert plan.shadow_prices["budget"] == pytest.approx(2.0, rel=0.01)


amounts = st.integers(0, 400).map(lambda cents: cents / 100)
option = st.tuples(st.integers(0, 12), st.sampled_from("ab"), amounts, amounts, st.sampled_from(["x", "y", None]))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(option, min_size=1, max_size=40), st.integers(0, 900), st.none() | st.integers(0, 6),
    st.integers(0, 3), st.sampled_from([0.0, 0.3, 0.6]),
)  # fmt: skip
def test_no_limit_is_ever_passed(
    rows: list[tuple[int, str, float, float, str | None]], cents: int, contacts: int | None, goods: int, share: float
) -> None:
    names = ("customer_id", "action", "value", "cost", "product")
    table = pd.DataFrame(rows, columns=list(names)).assign(customer_id=lambda t: t.customer_id.astype(str))
    table["group"] = np.where(table.customer_id.astype(int) % 3 == 0, "young", "old")
    stock = {"x": goods} if (table["product"] == "x").any() else None
    least = {"young": share} if share and (table.group == "young").any() else None
    plan = allocate(table, budget=cents / 100, capacity=contacts, stock=stock, least_share=least)
    chosen = plan.chosen.to_pandas()
    assert chosen.customer_id.is_unique
    assert round(chosen.cost.sum() * 100) <= cents
    assert plan.cost == pytest.approx(chosen.cost.sum())
    assert plan.value == pytest.approx(chosen.value.sum())
    assert contacts is None or len(chosen) <= contacts
    assert (chosen["product"] == "x").sum() <= goods or stock is None
    assert least is None or (chosen.group == "young").sum() >= share * len(chosen) - 1e-9
    assert (chosen.value > 0).all()
    assert plan.value <= plan.bound * (1 + 1e-9) + 1e-9
    assert all(price >= 0 for price in plan.shadow_prices.values())
    asked = set(zip(table.customer_id, table.action, table.value, table.cost, strict=True))
    assert set(zip(chosen.customer_id, chosen.action, chosen.value, chosen.cost, strict=True)) <= asked


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 3.0), st.floats(0.1, 0.9))
def test_repair_keeps_the_limits_from_any_start(seed: int, budget: float, share: float) -> None:
    lot = np.random.default_rng(seed)
    table = offers(150, 3, seed).append_column("group", pa.array(np.repeat(lot.choice(["g", "h"], 150), 3)))
    told = read(table, Limits(budget=150 * budget, capacity={"a0": 9}, share={"g": share}))
    picks, _ = told.choices.best(np.zeros(len(told.names)))
    prices = lot.uniform(0, 2, len(told.names))
    kept = repair.repaired(told.choices, prices, picks, told.room)
    assert (told.choices.used(kept) <= told.room).all()


def test_the_order_of_the_rows_and_the_kind_of_table_do_not_matter() -> None:
    table = offers(400, 3, 5)
    mixed = table.take(np.random.default_rng(1).permutation(table.num_rows))
    plans = [allocate(one, budget=300) for one in (table, mixed, table.to_pandas(), ibis.memtable(mixed))]
    chosen = [plan.chosen.select(NAMES).to_pylist() for plan in plans]
    assert chosen[0] == chosen[1] == chosen[2] == chosen[3]


def test_decimal_costs_are_kept_to_the_last_digit() -> None:
    cost = pa.array([Decimal("0.10")] * 4, pa.decimal128(18, 2))
    table = pa.table({"customer_id": list("abcd"), "action": ["m"] * 4, "value": [5.0, 3.0, 2.0, 1.0], "cost": cost})
    assert allocate(table, budget=Decimal("0.30")).chosen.num_rows == 3
    assert allocate(table, budget=Decimal("0.29")).chosen.num_rows == 2


def test_the_shadow_price_is_what_one_more_brings() -> None:
    table = offers(1_200, 3, 7)
    plan = allocate(table, budget=900, capacity={"a1": 60})
    richer = allocate(table, budget=930, capacity={"a1": 60})
    wider = allocate(table, budget=900, capacity={"a1": 66})
    assert (richer.value - plan.value) / 30 == pytest.approx(plan.shadow_prices["budget"], rel=0.05)
    assert (wider.value - plan.value) / 6 == pytest.approx(plan.shadow_prices["capacity:a1"], rel=0.1)


def test_the_frontier_is_concave_goes_through_the_plan_and_tells_what_the_next_money_earns() -> None:
    table = offers(1_200, 3, 8)
    plan = allocate(table, budget=600)
    curve = plan.frontier.to_pandas()
    slopes = np.diff(curve.value) / np.diff(curve.budget)
    assert (np.diff(slopes) <= 1e-6).all()
    assert (np.diff(curve.price) <= 1e-6).all()
    now = curve[curve.now].iloc[0]
    assert now.budget == pytest.approx(600)
    assert now.value == pytest.approx(plan.value, rel=1e-3)
    assert plan.next_earns(60) == pytest.approx(allocate(table, budget=660).value - plan.value, rel=0.05)
    assert plan.next_earns(-60) < 0


def test_who_is_dropped_first_is_dropped_when_the_budget_shrinks() -> None:
    table = offers(1_000, 1, 9)
    plan = allocate(table, budget=400)
    less = allocate(table, budget=360)
    rows = plan.chosen.to_pandas().sort_values("drop_rank")
    kept = rows.customer_id.isin(less.chosen["customer_id"].to_pylist())
    gone = (~kept).sum()
    assert gone > 5
    assert (~kept).iloc[:gone].mean() > 0.8
    assert (rows.dropped_at >= plan.shadow_prices["budget"] * 0.9).all()


def test_a_budget_of_nought_chooses_what_is_free_and_says_so() -> None:
    table = pa.table({
        "customer_id": ["a", "b", "b"], "action": ["mail", "call", "mail"], "value": [2.0, 9.0, 1.0],
        "cost": [0.0, 3.0, 0.0],
    })  # fmt: skip
    plan = allocate(table, budget=0)
    assert plan.status == "no_budget"
    assert plan.chosen["action"].to_pylist() == ["mail", "mail"]
    first = plan.frontier.to_pylist()[0]
    assert first["now"]
    assert first["price"] == pytest.approx(3.0)
    assert plan.next_earns(3) == pytest.approx(8.0, rel=0.01)  # the call instead of the mail


def test_where_nothing_pays_nothing_is_done() -> None:
    table = pa.table({"customer_id": ["a"], "action": ["mail"], "value": [-1.0], "cost": [0.0]})
    for one in (table, table.slice(0, 0)):
        plan = allocate(one, budget=10)
        assert (plan.status, plan.value, plan.gap, plan.chosen.num_rows) == ("nothing_pays", 0.0, 0.0, 0)


def test_without_a_budget_only_the_other_limits_bind() -> None:
    plan = allocate(offers(300, 2, 3), budget=None, capacity=40)
    assert plan.chosen.num_rows == 40
    assert plan.shadow_prices["budget"] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("column", "values", "word"),
    [("cost", [1.0, None], "missing"), ("cost", [1.0, -2.0], "negative"), ("value", [float("nan"), 1.0], "missing"),
     ("cost", ["a", "b"], "numbers"), ("customer_id", ["a", None], "missing")],
)  # fmt: skip
def test_what_is_missing_or_negative_is_named(column: str, values: list[Any], word: str) -> None:
    rows = {"customer_id": ["a", "b"], "action": ["m", "m"], "value": [1.0, 1.0], "cost": [1.0, 1.0]}
    with pytest.raises(ArgumentError, match=word):
        allocate(pa.table(rows | {column: values}), budget=1)


@pytest.mark.parametrize(
    ("options", "word"),
    [({"budget": -1}, "budget"), ({"budget": float("nan")}, "budget"), ({"budget": "ten"}, "budget"),
     ({"budget": 1, "capacity": -3}, "capacity"), ({"budget": 1, "capacity": {"cal": 3}}, "cal"),
     ({"budget": 1, "least_share": {"g": 0.7, "h": 0.6}}, "add up")],
)  # fmt: skip
def test_limits_that_cannot_be_are_named(options: dict[str, Any], word: str) -> None:
    table = offers(4, 2, 1).append_column("group", pa.array(["g", "g", "h", "h"] * 2))
    with pytest.raises(ArgumentError, match=word):
        allocate(table, **options)


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(ContractError, match="cost"):
        allocate(offers(3, 2, 1).drop_columns(["cost"]), budget=1)
    with pytest.raises(ArgumentError, match="dict"):
        allocate({"customer_id": ["a"]}, budget=1)


def test_the_solver_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    for seed in range(3):
        allocate(offers(300, 8, seed), budget=240, capacity={"a0": 15, "a1": 12})
    assert capfd.readouterr().out == ""
