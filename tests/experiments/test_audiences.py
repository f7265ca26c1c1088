"""Frozen audiences as tables."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from patron.contracts.experiment import ASSIGNMENTS
from patron.engines.state import FrozenAudience, State
from patron.experiments import assignments_table, audiences_table
from patron.experiments.audiences import AUDIENCES

SPRING = FrozenAudience(
    name="spring", segmentation="rfm", segment="champions", purpose="marketing", assigned_on=date(2024, 3, 1),
    run_id="r1", salt="s", holdout=0.5,
)  # fmt: skip


@pytest.fixture
def state(tmp_path):
    with State.open(tmp_path / "state.db") as opened:
        opened.remember_audience(
            SPRING, [pa.record_batch({"customer_id": ["ann", "bob"], "arm": ["treated", "control"]})]
        )
        yield opened


def test_published_audiences_keep_their_contract(state):
    state.publish_audience("spring")
    assert ASSIGNMENTS.check(assignments_table(state)).order_by("customer_id").to_pyarrow().to_pylist() == [
        {"experiment": "spring", "customer_id": who, "arm": arm, "segment": "rfm.champions",
         "assigned_on": date(2024, 3, 1), "purpose": "marketing", "unit": None, "propensity": 0.5, "stratum": None,
         "contaminated": False}
        for who, arm in [("ann", "treated"), ("bob", "control")]
    ]  # fmt: skip
    assert audiences_table(state).to_pyarrow().to_pylist() == [
        {"experiment": "spring", "segment": "rfm.champions", "purpose": "marketing", "assigned_on": date(2024, 3, 1),
         "run_id": "r1", "holdout": 0.5, "unit": "customer", "treated": 1, "control": 1, "programme": None}
    ]  # fmt: skip


def test_unfinished_audiences_are_left_out(state):
    assert assignments_table(state).count().to_pyarrow().as_py() == 0
    assert audiences_table(state).schema() == AUDIENCES
    assert audiences_table(state).count().to_pyarrow().as_py() == 0
