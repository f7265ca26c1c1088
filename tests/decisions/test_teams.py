"""Teams: goals, sums over hold-outs, pace, second orders and stages nobody speaks to."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages_shop import AS_OF, rows

from patron.contracts.segment import STAGE_NAMES
from patron.contracts.team import TEAM_STAGES
from patron.decisions.teams import Goal, brought, pace, second_order_rate, spoken_to, stands
from patron.decisions.teams.spoken_to import of_teams

SINCE = date(2024, 1, 1)
SHARES = st.floats(0, 1)


def standing(began: float | None, now: float | None, *, days_over: int, **goal: Any) -> str:
    one = Goal(since=SINCE, days=100, **goal)
    return stands(one, began_at=began, stands_at=now, as_of=SINCE + timedelta(days=days_over)).standing


@pytest.mark.parametrize(
    ("began", "now", "over", "goal", "expected"),
    [
        (0.2, 0.3, 10, {"target": 0.3}, "reached"),
        (0.2, 0.25, 50, {"target": 0.3}, "on_way"),
        (0.2, 0.24, 50, {"target": 0.3}, "behind"),
        (0.2, 0.15, 1, {"target": 0.3}, "behind"),
        (0.2, 0.1, 50, {"target": 0.1, "better": "down"}, "reached"),
        (0.2, 0.16, 30, {"target": 0.1, "better": "down"}, "on_way"),
        (0.2, 0.25, 90, {"target": 0.1, "better": "down"}, "behind"),
        (0.2, 0.19, 100, {"change": -0.1, "better": "up"}, "behind"),
        (0.2, 0.17, 100, {"change": -0.1, "better": "up"}, "reached"),
        (0.4, 0.35, 50, {"target": 0.3}, "reached"),  # it was better than wanted already
        (None, 0.2, 50, {"target": 0.3}, "no_data"),
        (None, 0.3, 50, {"target": 0.3}, "reached"),
        (0.2, None, 50, {"target": 0.3}, "no_data"),
        (None, 0.3, 50, {"change": 0.1}, "no_data"),
    ],
)
def test_a_goal_is_reached_on_its_way_or_behind(
    began: float | None, now: float | None, over: int, goal: dict[str, Any], expected: str
) -> None:
    assert standing(began, now, days_over=over, **goal) == expected


@given(SHARES, SHARES, SHARES, st.integers(-5, 200))
def test_progress_is_the_share_of_the_way(began: float, target: float, now: float, over: int) -> None:
    found = stands(
        Goal(since=SINCE, days=100, target=target), began_at=began, stands_at=now, as_of=SINCE + timedelta(days=over)
    )
    assert 0 <= found.time_passed <= 1
    assert (found.progress is None) == (began == target)
    if found.standing == "on_way":
        assert found.progress is not None
        assert found.progress >= found.time_passed


def iteration(**changes: Any) -> dict[str, Any]:
    return {"reading": "read", "treated": 400, "control": 50, "effect": 2.0, "effect_low": 0.0, "effect_high": 4.0,
            "cost": 0.1, **changes}  # fmt: skip


def test_what_is_not_read_brings_nothing_that_is_told() -> None:
    assert brought([]).effect is None
    assert brought([iteration(reading="too_early", effect=None)]).effect is None
    only = brought([iteration(), iteration(reading="no_holdout", treated=10_000)])
    assert (only.customers, only.least, only.effect, only.low, only.high, only.cost) == (
        400,
        50,
        800.0,
        0.0,
        1600.0,
        40.0,
    )
    assert brought([iteration(), iteration(cost=None)]).cost is None


def test_the_interval_of_a_sum_covers_the_sum_of_the_truths() -> None:
    rng = np.random.default_rng(5)
    truths, errors, treated = (
        np.array([3.0, -1.0, 0.5, 2.0]),
        np.array([1.0, 2.0, 0.2, 0.7]),
        np.array([100, 60, 900, 10]),
    )
    covered = 0
    for _ in range(400):
        seen = rng.normal(truths, errors)
        found = brought([
            iteration(effect=one, effect_low=one - 1.959964 * error, effect_high=one + 1.959964 * error, treated=many)
            for one, error, many in zip(seen, errors, treated.tolist(), strict=True)
        ])  # fmt: skip
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= float(truths @ treated) <= found.high
    assert 365 <= covered <= 395  # 380 of 400 are expected; three standard deviations


def test_the_pace_is_of_what_had_begun_by_the_day() -> None:
    told = [{"trigger": name, "started_on": day} for name, day in
            [("a", date(2024, 6, 3)), ("a", date(2024, 6, 28)), ("b", None), ("c", date(2024, 7, 2))]]  # fmt: skip
    found = pace(told, as_of=AS_OF)
    assert (found.shipped_per_week, found.iterations_per_trigger) == (0.5, 2.0)
    old = pace([*told, {"trigger": "d", "started_on": date(2020, 1, 1)}], as_of=AS_OF)
    assert (old.weeks, old.shipped_per_week) == (12.0, 2 / 12)
    assert pace(told, as_of=date(2024, 1, 1)).shipped_per_week is None


def orders(*told: tuple[str, date]) -> Any:
    return ibis.memtable({"customer_id": [who for who, _ in told],
                          "ordered_at": [datetime(day.year, day.month, day.day, 9) for _, day in told]})  # fmt: skip  # noqa: DTZ001


def test_second_orders_are_counted_of_those_whose_time_is_over() -> None:
    first, again = date(2024, 2, 1), date(2024, 3, 1)
    told = [(f"c{n}", first) for n in range(40)] + [(f"c{n}", again) for n in range(10)]
    told += [(f"c{n}", first) for n in range(5)]  # twice on one day is one purchase
    told += [("late", first), ("late", date(2024, 6, 20)), *((f"new{n}", date(2024, 6, 1)) for n in range(50))]
    told += [(f"old{n}", date(2022, 1, 1)) for n in range(50)]
    assert second_order_rate(orders(*told), within_days=90, as_of=AS_OF) == pytest.approx(10 / 41)


def test_second_orders_know_nothing_of_later_days_and_need_some_customers() -> None:
    told = [(f"c{n}", date(2024, 2, 1)) for n in range(30)]
    known = second_order_rate(orders(*told), within_days=30, as_of=date(2024, 3, 15))
    later = [
        *told,
        *((f"c{n}", date(2024, 2, 20)) for n in range(6)),
        *((f"c{n}", date(2024, 3, 20)) for n in range(30)),
    ]
    assert known == 0.0
    assert second_order_rate(orders(*later), within_days=30, as_of=date(2024, 3, 15)) == pytest.approx(0.2)
    assert second_order_rate(orders(*told[:19]), within_days=30, as_of=date(2024, 3, 15)) is None


def test_stages_without_a_play_are_found_whatever_was_decided() -> None:
    stages = rows("stages", *({"customer_id": f"c{n}", "stage": stage} for n, stage in
                              enumerate(["loyal", "loyal", "at_risk", "lapsed", "first_time"])))  # fmt: skip
    forecasts = rows(
        "forecasts", {"customer_id": "c0", "predicted_value": 10.0}, {"customer_id": "c1", "predicted_value": 2.5}
    )
    decided = rows(
        "decisions", {"customer_id": "c0", "trigger": "a", "kind": "promotion", "outcome": "sent"},
        {"customer_id": "c0", "trigger": "b", "kind": "promotion", "outcome": "queued"},
        {"customer_id": "c2", "trigger": "a", "kind": "service", "outcome": "held_out"},
        {"customer_id": "c3", "trigger": "t", "kind": "transactional", "outcome": "sent"},
    )  # fmt: skip
    table = spoken_to(stages, forecasts, decided)
    TEAM_STAGES.check(ibis.memtable(table))
    told = {row["stage"]: row for row in table.to_pylist()}
    assert list(told) == list(STAGE_NAMES)
    loyal = told["loyal"]
    assert (loyal["customers"], loyal["value"], loyal["triggers"], loyal["fired"], loyal["sent"]) == (2, 12.5, 2, 1, 1)
    assert (told["at_risk"]["spoken_to"], told["at_risk"]["sent"]) == (True, 0)
    assert not told["lapsed"]["spoken_to"]  # a receipt is no play
    assert not told["first_time"]["spoken_to"]


def test_what_is_sent_today_is_the_teams_whose_trigger_it_is() -> None:
    at = datetime(2024, 6, 30, 12)  # noqa: DTZ001
    decided = rows(
        "decisions", *(
            {"customer_id": who, "trigger": name, "kind": "promotion", "outcome": outcome, "value": 5.0, "cost": 1.0,
             "fired_on": date(2024, 6, day), "send_at": at if day == 30 else None, "send_on": AS_OF}
            for who, name, outcome, day in [("a", "x", "sent", 30), ("b", "x", "sent", 29), ("c", "y", "sent", 30),
                                            ("d", "x", "queued", 30), ("e", "z", "sent", 30)]
        )
    )  # fmt: skip
    told = {row["team"]: row for row in of_teams(decided, [("x", "growth"), ("y", "care")])}
    assert {name: (row["expected"], row["customers"], row["hours"]) for name, row in told.items()} == {
        "growth": (8.0, 2, 18.0), "care": (4.0, 1, 12.0),
    }  # fmt: skip
    assert of_teams(decided, []) == []
