"""Equal rows have one number, different rows ascending ones; scores do not depend on how rows were found."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron import simulate
from patron.models import BgNbd, MbgNbd, purchase_model
from patron.models.distinct import distinct_rows

days = st.integers(0, 4).map(float)
anything = st.sampled_from([0.0, 0.5, 1e300, -7.0, 3.0, float("inf"), float(1 << 40)])


@pytest.mark.parametrize("values", [days, anything, st.one_of(days, anything)], ids=["days", "anything", "both"])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_numbers_are_those_of_sorting(values, data):
    rows = data.draw(st.lists(st.tuples(values, values, days), max_size=30))
    columns = np.array(rows, dtype=np.float64).reshape(-1, 3)
    number, shown_by = distinct_rows(list(columns.T))
    expected = np.unique(columns, axis=0, return_inverse=True)
    assert number.tolist() == expected[1].ravel().tolist()
    assert columns[shown_by].tolist() == expected[0].tolist()


def test_more_places_than_a_number_can_hold():
    """Four columns of a wide range: their product is beyond 64 bits, so the gaps are closed on the way."""
    rng = np.random.default_rng(3)
    columns = rng.integers(0, 1 << 20, (4, 50)).astype(np.float64)
    columns[:, 25:] = columns[:, :25]
    number, shown_by = distinct_rows(list(columns))
    assert len(shown_by) == 25
    assert number[:25].tolist() == number[25:].tolist()
    assert np.array_equal(columns[:, shown_by[number]], columns)
    assert shown_by.tolist() == (np.lexsort(columns[::-1, :25]) + 25).tolist()


@pytest.mark.parametrize("kind", [BgNbd, MbgNbd])
@pytest.mark.parametrize("whole_days", [True, False])
def test_scores_are_equal_in_blocks_and_in_the_engine(kind, whole_days, monkeypatch):
    drawn = simulate.bg_nbd(500, r=0.5, alpha=5.0, a=0.8, b=2.4, T=np.linspace(1, 50, 500), seed=9)
    columns = {name: drawn[name].to_numpy() for name in ("frequency", "recency", "T")}
    if whole_days:
        columns = {name: np.floor(values) for name, values in columns.items()}
    table = pa.table(columns)
    model = kind.from_params(r=0.5, alpha=5.0, a=0.8, b=2.4)
    engine = ibis.memtable(table.append_column("row", pa.array(range(500))))
    at_once = {
        "expected_purchases": model.expected_purchases(table, horizon=13),
        "probability_alive": model.probability_alive(table),
    }
    monkeypatch.setattr(purchase_model, "BLOCK", 7)
    counted = model.probability_alive(model.expected_purchases(engine, horizon=13)).order_by("row").to_pyarrow()
    assert model.expected_purchases(table, horizon=13).tolist() == at_once["expected_purchases"].tolist()
    for name, scores in at_once.items():
        assert counted[name].to_numpy() == pytest.approx(scores, rel=1e-13)
        assert len(set(scores)) > 100
