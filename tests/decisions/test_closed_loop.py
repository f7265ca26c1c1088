"""The closed loop in a small world: the short version of benchmarks/references/closed_loop.py."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "references" / "closed_loop.py"
DAYS, WINDOW = 28, 7

pytestmark = pytest.mark.slow  # three weeks of decisions, each compiled anew


@pytest.fixture(scope="module")
def loop() -> Any:
    spec = importlib.util.spec_from_file_location("closed_loop", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["closed_loop"] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    module.CUSTOMERS, module.DAYS, module.BUDGET = 1_200, DAYS, module.BUDGETS["week"]
    return module


@pytest.fixture(scope="module")
def fleets(loop: Any) -> dict[str, Any]:
    made = {policy: loop.Fleet(policy, (3,)) for policy in ("auction", "propensity")}
    for number in range(DAYS):
        quota = made["auction"].day(number, None)
        made["propensity"].day(number, quota)
    return made


def test_no_customer_gets_more_than_the_budget_and_no_held_out_one_anything(loop: Any, fleets: dict[str, Any]) -> None:
    for fleet in fleets.values():
        shop = fleet.shops[0]
        messages = shop.world.known()["messages"].to_pandas()
        assert len(messages) > 100
        place = messages.customer_id.str[1:].astype(int).to_numpy() - 1
        assert not shop.arms["global"][place].any()
        for name, some in messages.groupby("campaign"):
            assert not shop.arms[f"trigger:{name}"][place[some.index]].any()
        messages["day"] = messages.sent_at.dt.normalize()
        apart = messages.sort_values("day").groupby("customer_id").day.diff().dropna()
        assert len(apart) > 20
        assert (apart.dt.days >= WINDOW).all()


def test_policies_are_compared_at_equal_contacts(fleets: dict[str, Any]) -> None:
    sent = {policy: fleet.shops[0].messages for policy, fleet in fleets.items()}
    assert 0 < sent["propensity"] <= sent["auction"]
    assert sent["propensity"] > 0.8 * sent["auction"]


def test_the_loop_learns_and_the_truth_says_what_it_brought(loop: Any, fleets: dict[str, Any]) -> None:
    shop = fleets["auction"].shops[0]
    assert len({round(one.effect, 6) for one in shop.readings.values()}) > 1  # some hold-outs have been read
    assert sum(len(one.iterations) for one in shop.learners.values()) > len(loop.NAMES)
    eve = loop.World(customers=loop.CUSTOMERS, seed=3, days=DAYS).state
    brought = loop.brought(shop, eve)
    assert brought.margin > 0
    assert brought.messages == shop.messages
    assert abs(brought.read - brought.truth) < 4 * brought.error
