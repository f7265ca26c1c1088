"""Who was a customer before the data begin."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from patron.models.began_before import began_before
from patron.models.patterns import read_patterns

COLUMNS = ("frequency", "recency", "T")
DAYS, WEEKLY = 730, 40.0


def shop(*, old: int, seed: int) -> tuple[pa.Table, np.ndarray]:
    """New customers at a steady pace, and old ones who show up for the first time as they happen to buy again."""
    rng = np.random.default_rng(seed)
    new = rng.integers(0, DAYS, int(WEEKLY * DAYS / 7))
    again = np.floor(rng.exponential(25.0, old)).astype(int)
    day = np.concatenate([new, again[again < DAYS]])
    truth = np.concatenate([np.zeros(len(new)), np.ones((again < DAYS).sum())])
    nothing = np.zeros(len(day))
    return pa.table({"frequency": nothing, "recency": nothing, "T": (DAYS - day).astype(float)}), truth


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_as_many_as_began_before_are_said_to_have(seed: int) -> None:
    table, truth = shop(old=2_500, seed=seed)
    patterns = read_patterns(table, COLUMNS)
    chance = began_before(patterns)[patterns.rows]
    assert chance.sum() == pytest.approx(truth.sum(), rel=0.1)
    early = table["T"].to_numpy() > DAYS - 14
    assert chance[early].mean() == pytest.approx(truth[early].mean(), abs=0.05)
    assert chance[table["T"].to_numpy() < DAYS - 365].max() == 0  # a year in, all are new


def test_a_shop_that_opens_has_only_new_customers() -> None:
    patterns = read_patterns(shop(old=0, seed=4)[0], COLUMNS)
    assert not began_before(patterns).any()


def test_a_short_history_does_not_tell() -> None:
    table = pa.table({name: np.full(200, 30.0 if name == "T" else 0.0) for name in COLUMNS})
    assert not began_before(read_patterns(table, COLUMNS)).any()
