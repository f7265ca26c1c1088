"""Which opportunities come first, whom they are about, and what their hold-outs would show."""

from __future__ import annotations

import math

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from decisions.opportunity_tables import states, table
from patron.contracts import TABLES
from patron.decisions import opportunities
from patron.decisions.opportunity import launch_yaml
from patron.decisions.opportunity.ranked import ranked as in_order
from patron.decisions.opportunity.words import learned, opportunity_title, why
from patron.errors import ArgumentError
from patron.stats.experiment_power import Plan

FRESH = states(cart_abandoned=5, win_back=90)


def cell(**told):
    """One row of action_effects: by hand, .2 x .1 x 50 - .2 = .8 a customer."""
    row = {
        "signal": "cart_abandoned", "action": "remind", "channel": "email", "segmentation": "all", "segment": "all",
        "family": "abandonment", "customers": 1000, "reachable": 800, "window_days": 30, "probability": 0.2,
        "effect": 0.1, "effect_low": -0.05, "effect_high": 0.25, "value": 50.0, "cost": 0.2, "gain": 0.8,
        "gain_low": -0.7, "gain_high": 2.3, "chance_pays": 0.85, "stake": 40.0, "reach": 0.025, "basis": "margin",
        **{f"{name}_evidence": "assumed" for name in ("probability", "effect", "value", "cost")}, "evidence": "assumed",
        "effect_source": "prior",
    }  # fmt: skip
    return row | told


def ranked(*cells, fresh=FRESH, **options):
    found = opportunities(table("action_effects", cells), fresh, **options)
    return TABLES["opportunities"].check(found).order_by("rank").to_pyarrow().to_pylist()


def test_the_totals_by_hand():
    (row,) = ranked(cell())
    assert row["opportunity"] == "cart_abandoned:all.all:remind:email"
    assert (row["total_gain"], row["total_cost"]) == (pytest.approx(640), pytest.approx(160))
    assert (row["total_low"], row["total_high"]) == (pytest.approx(-560), pytest.approx(1840))
    assert row["value_at_stake"] == 40_000
    assert row["break_even"] == pytest.approx(0.02)
    assert row["weekly"] == pytest.approx(800 * 7 / 5)
    assert row["best"]


def test_the_largest_gain_comes_first_and_one_action_of_each_cell_is_best():
    rows = ranked(
        cell(action="discount", gain=0.5), cell(), cell(channel="sms", gain=-0.1),
        cell(signal="win_back", action="win_back", gain=-0.2),
    )  # fmt: skip
    assert [row["gain"] for row in rows] == [0.8, 0.5, -0.1, -0.2]
    assert [row["best"] for row in rows] == [True, False, False, False], "what loses is nobody's best"


def test_a_signal_is_divided_where_all_segments_are_large_enough():
    parts = [cell(segmentation="tier", segment=name, customers=500) for name in ("top", "bottom")]
    assert {row["segment"] for row in ranked(cell(), *parts)} == {"top", "bottom"}
    assert {row["segment"] for row in ranked(cell(), *parts, minimum=501)} == {"all"}
    assert {row["segment"] for row in ranked(cell(), *parts, segmentation="rfm")} == {"all"}
    assert {row["segment"] for row in ranked(cell(customers=1001), *parts)} == {"all"}, "one of them is in no segment"


def test_the_hold_out_is_the_smallest_that_shows_the_effect_in_time():
    (many,) = ranked(cell(customers=90_000, reachable=90_000))
    assert (many["holdout"], many["can_be_learned"]) == (0.1, "yes")
    (some,) = ranked(cell())
    assert some["holdout"] > 0.1
    assert some["can_be_learned"] == "yes"
    assert some["weeks"] <= 26
    (few,) = ranked(cell(customers=20, reachable=20))
    assert (few["holdout"], few["weeks"], few["can_be_learned"]) == (0.1, None, "never")
    (none,) = ranked(cell(effect=-0.1, gain=-1.2))
    assert (none["needed"], none["can_be_learned"]) == (None, "nothing_to_learn")
    (slow,) = ranked(cell(customers=150, reachable=150))
    assert (slow["can_be_learned"], slow["holdout"]) == ("slow", 0.5)


def test_as_many_customers_as_said_show_the_effect_in_eight_of_ten_tries():
    (row,) = ranked(cell(effect=0.3))
    rng, tries = np.random.default_rng(1), 4000
    held, treated = round(row["needed"] * row["holdout"]), round(row["needed"] * (1 - row["holdout"]))
    seen = rng.binomial(treated, 0.2 * 1.3, tries) / treated, rng.binomial(held, 0.2, tries) / held
    spread = np.sqrt(sum(share * (1 - share) / size for share, size in zip(seen, (treated, held), strict=True)))
    assert np.mean((seen[0] - seen[1]) / spread > 1.96) == pytest.approx(0.8, abs=0.04)
    chance = float(Plan(shares=(row["holdout"], 1 - row["holdout"])).chance(0.06, row["needed"], 0.4))
    assert chance == pytest.approx(0.8, abs=0.01)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(-0.5, 1), st.integers(0, 10**6), st.floats(-100, 100)),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_the_cells_ranks_are_by_gain_and_hold_outs_can_be(drawn):
    cells = [
        cell(probability=p, effect=e, customers=n, reachable=n, gain=g, action=f"a{i}")
        for i, (p, e, n, g) in enumerate(drawn)
    ]  # fmt: skip
    rows = in_order(cells, {"cart_abandoned": 5})
    assert [row["rank"] for row in rows] == list(range(1, len(drawn) + 1))
    gains = [row["total_gain"] for row in rows]
    assert gains == sorted(gains, reverse=True)
    assert sum(row["best"] for row in rows) == (1 if max(gains) > 0 else 0)
    for row in rows:
        assert 0.1 <= row["holdout"] <= 0.5
        assert row["weeks"] is None or 0 < row["weeks"] <= 104
        assert row["visible"] is None or math.isfinite(row["visible"])
        assert opportunity_title(row)
        assert why(row, str)
        assert learned(row)


def test_nothing_comes_of_nothing_and_of_a_bad_minimum():
    assert ranked() == []
    with pytest.raises(ArgumentError, match="'minimum' is 0"):
        ranked(cell(), minimum=0)


def test_the_lines_that_launch_it():
    parts = [cell(segmentation="tier", segment=name, customers=500) for name in ("top", "bottom")]
    told = yaml.safe_load(launch_yaml(ranked(cell(), *parts)[0]))["triggers"]
    assert list(told) == ["cart_abandoned_remind_bottom"]
    trigger = told["cart_abandoned_remind_bottom"]
    assert trigger["audience"] == "tier = 'bottom'"
    assert (trigger["signal"], trigger["action"], trigger["state"]) == ("cart_abandoned", "remind", "draft")
    assert trigger["holdout"].endswith("%")
    assert "audience" not in yaml.safe_load(launch_yaml(cell(holdout=0.1)))["triggers"]["cart_abandoned_remind"]
