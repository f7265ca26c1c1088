"""Real answers of 1,811 people to ten questions, with a silence of our making: what weighting mends, and what not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from answered import counted
from numpy.typing import NDArray

from patron.voice.bands import WIDTH
from patron.voice.estimates import Score, net_promoter_score

ASKED, KNOWN = "q9", ("q1", "q4", "q7")
"""The question whose score is wanted, and three others that stand for what is known of everybody."""

TIMES = 60

pytestmark = pytest.mark.real_data
Scores = tuple[float, list[Score], list[Score]]


@pytest.fixture(scope="module")
def people(shared_data: Callable[[str], Path]) -> pd.DataFrame:
    return pd.read_parquet(shared_data("survey") / "customerSat.parquet")


def _fifth(values: pd.Series) -> NDArray[np.int64]:
    return (values.rank(method="min").to_numpy() - 1).astype(np.int64) * WIDTH // len(values)


def _scores(people: pd.DataFrame, silent_by: str) -> Scores:
    """Let those keep silent who gave little to one question; return the true score, weighted ones and plain ones."""
    first, second, third = (_fifth(people[name]) for name in KNOWN)
    cell, score = first * 25 + second * 5 + third, people[ASKED].to_numpy().astype(float)
    chance = 1 / (1 + np.exp(2.2 - 0.3 * people[silent_by].to_numpy()))
    truth = 100 * float((score >= 9).mean() - (score < 7).mean())
    rng, weighted, plain = np.random.default_rng(8), [], []
    for _ in range(TIMES):
        found = counted(cell, score, rng.random(len(people)) < chance)
        for said, told in ((found["said"], weighted), (found["plain"], plain)):
            told.append(net_promoter_score(said, promoter=9, passive=7))
    return truth, weighted, plain


def test_silence_that_other_answers_tell_is_mended(people: pd.DataFrame) -> None:
    truth, weighted, plain = _scores(people, "q7")
    off, was = (np.mean([one.score - truth for one in some]) for some in (weighted, plain))
    assert was > 12
    assert abs(off) < 1.5
    assert np.mean([one.low <= truth <= one.high for one in weighted]) > 0.93
    assert np.mean([one.low <= truth <= one.high for one in plain]) < 0.4


def test_silence_that_only_the_answer_itself_tells_is_mended_in_part_at_most(people: pd.DataFrame) -> None:
    truth, weighted, plain = _scores(people, ASKED)
    off, was = (np.mean([one.score - truth for one in some]) for some in (weighted, plain))
    assert 0.4 * was < off < 0.9 * was
    assert np.mean([one.low <= truth <= one.high for one in weighted]) < 0.4
