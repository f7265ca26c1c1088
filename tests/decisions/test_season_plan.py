"""Curves of channels against planted ones, and how next season's money is moved."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.decisions.budget.acquisition import MOST, PRIOR, Curve, bend_of, curves
from patron.decisions.budget.season import Retention, Season, season_plan

SEASON = Season(from_day=date(2025, 1, 1), days=90)


def curve(channel: str = "search", **facts: Any) -> Curve:
    told: dict[str, Any] = {"spend": 1_000.0, "won": 40.0, "worth": 60.0, "bend": 0.5, "evidence": "modelled"}
    return Curve(channel=channel, **(told | facts))


def retention(best: float = 8.0) -> Retention:
    budget = np.linspace(0, 3_000, 31)
    price = best * np.exp(-budget / 700) - 0.3
    value = np.concatenate([[0.0], np.cumsum((price[1:] + price[:-1]) / 2 * 100)])
    return Retention(budget=budget, value=value, price=price, now=1_000.0, customers=400, evidence="modelled")


def months(bend: float, *, noise: float, seed: int, count: int = 24) -> list[dict[str, float]]:
    lot = np.random.default_rng(seed)
    spend = 500 * np.exp(lot.normal(0, 0.8, count))
    won = lot.poisson(200 * (spend / 500) ** bend * np.exp(lot.normal(0, noise, count)))
    return [{"spend": s, "won": float(w)} for s, w in zip(spend.tolist(), won.tolist(), strict=True)]


def test_a_planted_bend_is_found_where_spend_moves() -> None:
    for bend in (0.3, 0.6, 0.9):
        found = [bend_of(months(bend, noise=0.05, seed=seed)) for seed in range(10)]
        assert abs(np.mean([one for one, _ in found]) - bend) < 0.03
        assert min(weight for _, weight in found) > 0.8


def test_where_spend_hardly_moves_the_prior_speaks() -> None:
    still = [{"spend": 100.0 + place % 2, "won": 10.0 + place % 3} for place in range(24)]
    bend, weight = bend_of(still)
    assert weight < 0.05
    assert abs(bend - PRIOR) < 0.05
    assert bend_of(still[:3]) == (PRIOR, 0.0)
    assert bend_of([{"spend": None, "won": 3.0}] * 12) == (PRIOR, 0.0)


@given(st.floats(10, 1_900), st.floats(0.1, 0.9), st.floats(0.5, 2.0))
def test_the_price_is_the_slope_and_its_inverse_leads_back(spend: float, bend: float, season: float) -> None:
    one = curve(bend=bend)
    slope = (one.value(spend + 0.01, season=season) - one.value(spend - 0.01, season=season)) / 0.02
    price = one.price(spend, season=season)
    assert price == pytest.approx(slope, rel=1e-3, abs=1e-4)
    assert one.spend_at(price, season=season) == pytest.approx(spend, rel=1e-6)


def test_money_is_moved_until_its_last_unit_earns_the_same_everywhere() -> None:
    rows = season_plan(retention(), [curve(), curve("social", worth=25.0)], SEASON)
    inside = [row for row in rows if 0 < row["spend_next"] < MOST * row["spend_now"] * (1 - 1e-9)]
    assert len(inside) >= 2
    assert np.ptp([row["return_next"] for row in inside]) < 0.02
    assert sum(row["spend_next"] for row in rows) == pytest.approx(3_000, rel=1e-3)
    by = {row["channel"]: row for row in rows}
    assert by["social"]["change"] < 0
    assert by["social"]["reason"] == "less_pays"
    assert all(row["change"] == pytest.approx(row["spend_next"] - row["spend_now"]) for row in rows)
    before, after = (sum(row[name] for row in rows) for name in ("value_now", "value_next"))
    assert after > before


def test_nothing_is_spent_beyond_what_anybody_has_seen_nor_where_it_loses() -> None:
    rich, poor = curve("rich", worth=900.0), curve("poor", worth=5.0)
    rows = {row["channel"]: row for row in season_plan(None, [rich, poor], SEASON)}
    assert rows["rich"]["spend_next"] == pytest.approx(MOST * 1_000, rel=1e-3)
    assert rows["rich"]["reason"] == "at_the_edge"
    alone = season_plan(None, [poor], SEASON)[0]
    assert alone["spend_next"] < 50  # less than there is, for the last unit would lose
    assert alone["return_next"] == pytest.approx(0.0, abs=0.02)


def test_a_better_season_draws_money_and_says_so() -> None:
    two = [curve("one"), curve("two")]
    busy = Season(from_day=SEASON.from_day, days=90, newcomers=1.4)
    rows = season_plan(retention(1.5), two, busy)
    usual = season_plan(retention(1.5), two, SEASON)
    assert rows[1]["spend_next"] > usual[1]["spend_next"]
    assert rows[1]["reason"] == "season_up"


def test_curves_of_a_run() -> None:
    won = [{"channel": "search", "cohort": f"2024-{month:02}", "won": 10.0, "spend": 100, "ltv": 50.0}
           for month in range(1, 13)]  # fmt: skip
    every = {"channel": "search", "cohort": "all", "won": 120.0, "spend": 1_200, "ltv": 50.0}
    free = {"channel": "referral", "cohort": "all", "won": 9.0, "spend": None, "ltv": 80.0}
    lift = {"channel": "search", "roi": 1.0, "incremental_roi": 0.0, "evidence": "measured"}
    told = curves([*won, every, free], [lift], months=("2024-10", "2024-11", "2024-12"), season_days=90)
    (search,) = told  # of a channel without spend nothing can be told
    assert (search.spend, search.won, search.worth) == (300.0, 15.0, 50.0)  # half of the credit was caused
    assert search.evidence == "assumed"
    (all_of_it,) = curves([*won, every], [lift | {"evidence": "assumed"}], months=("2024-12",), season_days=90)
    assert (all_of_it.spend, all_of_it.won) == (300.0, 30.0)
