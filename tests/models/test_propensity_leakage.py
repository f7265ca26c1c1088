"""A feature that knows the answer is named and refused (Kaufman, Rosset & Perlich 2012)."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.errors import LeakError
from patron.models import Propensity
from patron.models.feature_table import Feature
from patron.models.leakage import check_point_in_time, rank_alone

DAY = date(2024, 6, 30)
RNG = np.random.default_rng(1)
CAME = (RNG.random(2_000) < 0.3).astype(int)
HONEST = pa.table({
    "customer_id": [f"c{place}" for place in range(2_000)],
    "as_of": pa.array([DAY] * 2_000),
    "days_since_last": RNG.exponential(60, 2_000) + 40 * (1 - CAME),
})  # fmt: skip

LEAKS = {
    "the outcome under another name": CAME,
    "the outcome turned over": 1 - CAME,
    "what was spent afterwards": np.where(CAME, RNG.gamma(2, 50, 2_000), 0.0),
    "missing for those who did not": pa.array(RNG.random(2_000), mask=CAME == 0),
    "in words": pa.array(np.where(CAME, "active", "silent")),
    "with a little noise": CAME + RNG.normal(0, 0.2, 2_000),
}


@pytest.mark.parametrize("leak", LEAKS, ids=list(LEAKS))
def test_it_is_named_with_how_well_it_ranks_and_what_to_do(leak: str) -> None:
    table = HONEST.append_column("suspicious", pa.array(LEAKS[leak]))
    with pytest.raises(LeakError) as caught:
        Propensity("buys", horizon=90).fit(table, CAME)
    assert caught.value.data["feature"] == "suspicious"
    assert caught.value.data["auc"] >= 0.99
    assert "'suspicious'" in caught.value.problem
    assert "Leave it out" in caught.value.remedy


def test_a_strong_feature_is_no_leak() -> None:
    strong = CAME + RNG.normal(0, 0.5, 2_000)
    assert 0.85 < rank_alone(strong, CAME.astype(float), Feature(name="strong")) < 0.95
    model = Propensity("buys", horizon=90).fit(HONEST.append_column("strong", pa.array(strong)), CAME)
    assert next(iter(model.importance_)) == "strong"


def test_days_after_the_rows_own_day_are_refused() -> None:
    days = [DAY - timedelta(days=int(ago)) for ago in RNG.integers(0, 300, 2_000)]
    early = HONEST.append_column("last_order_on", pa.array(days))
    assert "last_order_on" in Propensity("buys", horizon=90).fit(early, CAME).features_
    late = HONEST.append_column("last_order_on", pa.array([*days[:-3], *[DAY + timedelta(days=1)] * 3]))
    with pytest.raises(LeakError, match="3 of 2000 rows") as caught:
        Propensity("buys", horizon=90).fit(late, CAME)
    assert caught.value.data["feature"] == "last_order_on"


def test_a_feature_that_changes_when_later_rows_go_is_named() -> None:
    channel = HONEST.append_column("channel", pa.array(["web", "shop"] * 1_000))
    check_point_in_time(channel, channel.take(pa.array(RNG.permutation(2_000))))
    changed = np.asarray(HONEST["days_since_last"]).copy()
    changed[:7] -= 5
    with pytest.raises(LeakError, match="7 of 2000 rows") as caught:
        check_point_in_time(channel.set_column(2, "days_since_last", pa.array(changed)), channel)
    assert caught.value.data["feature"] == "days_since_last"
    with pytest.raises(LeakError) as caught:
        check_point_in_time(channel.set_column(3, "channel", pa.array(["web", "app"] * 1_000)), channel)
    assert (caught.value.data["feature"], caught.value.data["came"]) == ("channel", 1_000)
    with pytest.raises(LeakError, match="customers themselves"):
        check_point_in_time(channel, channel.slice(1))


@given(st.lists(st.tuples(st.none() | st.integers(-3, 3), st.booleans()), min_size=2, max_size=30))
def test_the_rank_of_one_feature_lies_between_a_half_and_one(pairs: list[tuple[int | None, bool]]) -> None:
    values = np.array([np.nan if value is None else value for value, _ in pairs], dtype=float)
    came = np.array([did for _, did in pairs], dtype=float)
    if came.min() < came.max():
        assert 0.5 <= rank_alone(values, came, Feature(name="x")) <= 1
