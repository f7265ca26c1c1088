"""Habits: planted ones are found, others are not; who waits long is no doer for that; the critical day is recovered."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import cache
from typing import Any

import ibis
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from patron.contracts.habit import CRITICAL_DAYS, HABITS
from patron.errors import ArgumentError, ContractError, NotEnoughData, NotFitted
from patron.models import Habits
from patron.models.critical_days import Silence, critical_day
from patron.models.habit_counts import Asked, habit_counts
from patron.models.habit_events import read_events
from patron.simulate import PlantedHabits, planted_habits
from patron.simulate.planted_habits import TRAP
from patron.stats.incidence import incidence_ratio
from patron.stats.survival import counted, survival

AS_OF = date(2024, 12, 31)
SECOND: dict[str, Any] = {"outcomes": ("second_order",)}


@cache
def planted(seed: int = 1, customers: int = 6_000, null_deeds: int = 40) -> PlantedHabits:
    return planted_habits(customers, seed=seed, null_deeds=null_deeds)


def mined(truth: PlantedHabits, **terms: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = Habits(**terms).fit(truth.events, as_of=truth.as_of).habits_.to_pylist()
    return rows


def false_share(truth: PlantedHabits) -> tuple[float, float]:
    """Return which share of the found rules is false, and which share of the planted deeds was found."""
    found = [row["deed"] for row in mined(truth, within_days=(0, 14, 30), **SECOND) if row["found"]]
    wrong = [deed for deed in found if deed in (*truth.null, TRAP)]
    return len(wrong) / max(len(found), 1), len(set(found) & set(truth.true)) / max(len(truth.true), 1)


def few_seeds(seeds: range, customers: int) -> tuple[float, float]:
    shares = np.array([false_share(planted_habits(customers, seed=seed)) for seed in seeds])
    return tuple(shares.mean(axis=0).tolist())


def test_planted_habits_are_found_and_hardly_any_other() -> None:
    false, found = few_seeds(range(4), 6_000)
    assert false < 0.10
    assert found > 0.9


@pytest.mark.slow
def test_false_discoveries_stay_below_a_tenth_over_many_seeds() -> None:
    false, found = few_seeds(range(100, 150), 4_000)
    assert false < 0.10
    assert found > 0.8


@pytest.mark.slow
def test_where_nothing_is_planted_hardly_a_shop_has_a_finding() -> None:
    shops = (planted_habits(2_000, seed=seed, effects=(), null_deeds=30) for seed in range(300, 350))
    assert np.mean([false_share(shop)[0] > 0 for shop in shops]) < 0.10


def test_p_values_of_deeds_that_mean_nothing_are_uniform() -> None:
    p = []
    for seed in range(5):
        truth = planted_habits(3_000, seed=200 + seed, null_deeds=60, effects=())
        rows = mined(truth, within_days=(0, 30), **SECOND)
        p += [row["p_value"] for row in rows if row["deed"] in truth.null]
    assert len(p) > 250
    assert kstest(p, "uniform").pvalue > 0.01


def test_who_waits_long_is_no_doer_for_that() -> None:
    """The trap: a deed that can only happen before the second order. Compared at a landmark it means nothing."""
    truth = planted_habits(8_000, seed=5, effects=())
    naive = naive_comparison(truth)
    assert naive.p_value < 1e-20
    assert float(naive.high) < 0.9  # who did it seems to come back less, because who came back soon could not do it
    rows = [row for row in mined(truth, within_days=(14, 30, 60, 90), **SECOND) if row["deed"] == TRAP]
    assert len(rows) == 4
    assert all(row["p_value"] > 0.01 and row["low"] < 1 < row["high"] for row in rows)
    assert not any(row["found"] for row in rows)


def naive_comparison(truth: PlantedHabits) -> Any:
    """Compare all who ever did it with all who never did, from the first order on."""
    table = truth.events.set_column(1, "at", truth.events["at"].cast(pa.timestamp("s"))).to_pandas()
    first, second, trap = (
        table[table.event == name].groupby("customer_id")["at"].min() for name in ("first_order", "second_order", TRAP)
    )
    wait = (second.reindex(first.index) - first).dt.days
    watched = (np.datetime64(truth.as_of) - first.to_numpy()).astype("timedelta64[D]").astype(int)
    time = np.minimum(wait.fillna(9_999).to_numpy(), watched)
    came = (wait.notna() & (time <= 180)).to_numpy()
    did = first.index.isin(trap.index)
    grid = np.zeros((2, 2, 181))
    np.add.at(grid, (did.astype(int), came.astype(int), np.minimum(time, 180).astype(int)), 1)
    curves = [survival(grid[group, 1, 1:], grid[group, 0, 1:]) for group in (1, 0)]
    return incidence_ratio(*curves)


def test_figures_are_those_of_counting_by_hand() -> None:
    """Twelve customers, all watched to the end: 3 of 4 doers come, 2 of 8 others."""
    rows = [("first_order", who, 0) for who in range(120)]
    rows += [("gift", who, 5) for who in range(40)] + [("gift", who, 11) for who in range(40, 60)]
    rows += [("order", who, 20) for who in range(30)] + [("order", who, 40) for who in range(100, 120)]
    rows += [("order", 99, 9)]  # before the landmark, which `order` as a first-time outcome takes out
    found = Habits(within_days=(10,), horizon_days=60, again=(), least=10).fit(events_of(rows), as_of=AS_OF)
    [row] = found.habits_.filter(pc.field("deed") == "gift").to_pylist()
    assert (row["customers"], row["doers"]) == (119, 40)
    assert row["rate_doers"] == pytest.approx(30 / 40)
    assert row["rate_others"] == pytest.approx(20 / 79)
    assert row["risk_ratio"] == pytest.approx(30 / 40 / (20 / 79))
    assert "75.0% order again in the 60 days that follow; of the 79 who do not, 25.3%" in row["sentence"]


def test_a_repeated_outcome_counts_anew_after_the_landmark() -> None:
    rows = [("first_order", who, 0) for who in range(100)] + [("order", who, 0) for who in range(100)]
    rows += [("order", who, 5) for who in range(50)] + [("order", who, 30) for who in range(25)]
    rows += [("order", who, 40) for who in range(50, 60)]
    [row] = Habits(within_days=(10,), horizon_days=60, least=10).fit(events_of(rows), as_of=AS_OF).habits_.to_pylist()
    assert (row["deed"], row["customers"], row["doers"]) == ("order", 100, 50)
    assert (row["rate_doers"], row["rate_others"]) == pytest.approx((0.5, 0.2))


def events_of(rows: list[tuple[str, int, int]], start: date = date(2024, 1, 1)) -> pa.Table:
    return pa.table({
        "customer_id": [f"c{who:04d}" for _, who, _ in rows],
        "at": pa.array([start + timedelta(days=day) for _, _, day in rows], pa.date32()),
        "event": [event for event, _, _ in rows],
    })  # fmt: skip


def test_all_rules_are_there_and_the_surest_first() -> None:
    model = Habits(**SECOND).fit(planted().events, as_of=planted().as_of)
    table = HABITS.check(ibis.memtable(model.habits_)).to_pyarrow()
    p, q = (table[name].to_numpy() for name in ("p_value", "q_value"))
    assert (np.diff(p) >= 0).all()
    assert (np.diff(q) >= -1e-15).all()
    ranks = np.arange(1, len(p) + 1)
    assert q[0] == pytest.approx(min(1.0, (p * len(p) * (1 / ranks).sum() / ranks).min()))
    named = list(zip(*(table[name].to_pylist() for name in ("anchor", "deed", "outcome", "strongest")), strict=True))
    strongest = [rule[:3] for rule in named if rule[3]]
    assert len(strongest) == len(set(strongest)) > 0
    assert not [row for row in table.to_pylist() if row["strongest"] and not row["found"]]


def test_the_experiment_says_whom_what_and_how_many() -> None:
    truth = planted()
    [row, *_] = [row for row in mined(truth, within_days=(30,), **SECOND) if row["deed"] in truth.true]
    assert f"two halves of {row['customers_needed']:,}" in row["experiment"]
    for words in (
        "at random",
        "Send one half, and not the other",
        f"do '{row['deed']}'",
        "After 210 days",
        "80% power",
    ):
        assert words in row["experiment"]
    assert "An association" in row["sentence"]


def test_nothing_later_is_used() -> None:
    truth, day = planted(), planted().as_of - timedelta(days=200)
    at = pc.field("at") <= pa.scalar(day)
    then = Habits(within_days=(0, 30)).fit(truth.events, as_of=day)
    cut = Habits(within_days=(0, 30)).fit(truth.events.filter(at), as_of=day)
    assert then.habits_ == cut.habits_
    assert then.critical_days() == cut.critical_days()


KINDS = {
    "pandas": lambda table: table.to_pandas(), "polars": pl.from_arrow, "ibis": ibis.memtable,
    "moments": lambda table: table.set_column(1, "at", table["at"].cast(pa.timestamp("us"))),
    "shuffled": lambda table: table.take(np.random.default_rng(1).permutation(table.num_rows)),
    "twice": lambda table: pa.concat_tables([table, table]),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_any_table_in_any_order_gives_the_same(kind: str) -> None:
    truth = planted(customers=2_000)
    plain = Habits(within_days=(0, 30)).fit(truth.events, as_of=truth.as_of)
    other = Habits(within_days=(0, 30)).fit(KINDS[kind](truth.events), as_of=truth.as_of)
    assert other.habits_ == plain.habits_
    assert other.critical_days() == plain.critical_days()


def test_saved_and_read_it_says_the_same() -> None:
    model = Habits(on_the_day=("deed_0",), silent_after=(TRAP,)).fit(planted().events, as_of=planted().as_of)
    again = Habits.from_json(model.to_json())
    assert again.habits_ == model.habits_
    assert again.critical_days(relative=(0.5,)) == model.critical_days(relative=(0.5,))
    assert json.loads(again.to_json()) == json.loads(model.to_json())
    assert repr(again) == repr(model)
    for broken in ("{", '{"model": "BgNbd"}', '{"model": "Habits"}'):
        with pytest.raises(ArgumentError):
            Habits.from_json(broken)


def test_parts_of_an_order_are_asked_about_on_the_anchors_day_alone() -> None:
    rows = mined(planted(), within_days=(0, 30), on_the_day=("deed_1",))
    assert {row["within_days"] for row in rows if row["deed"].startswith("deed_1")} == {0}
    assert {row["within_days"] for row in rows if row["deed"].startswith("deed_2")} == {0, 30}


@settings(max_examples=25)
@given(
    waits=st.lists(st.tuples(st.integers(0, 90), st.integers(1, 400)), min_size=1, max_size=40),
    within=st.integers(0, 60),
)
def test_nobody_is_lost_between_the_landmark_and_the_counts(waits: list[tuple[int, int]], within: int) -> None:
    """All who were watched to the landmark are counted once; doers are some of them."""
    rows = [(("first_order"), who, back) for who, (_, back) in enumerate(waits)]
    rows += [("gift", who, back + wait) for who, (wait, back) in enumerate(waits)]
    asked = Asked(
        anchors=("first_order",), deeds=("gift",), outcomes=("gift",), again=("gift",), within_days=(within,),
        horizon_days=30,
    )  # fmt: skip
    dated = read_events(events_of(rows, start=AS_OF - timedelta(days=400)), as_of=AS_OF)
    counts = habit_counts(dated, asked, as_of=AS_OF)
    watched = [(wait, 400 - back) for wait, back in waits if 400 - back >= within]
    everybody = counts.deed < 0
    assert counts.customers[everybody].sum() == len(watched)
    done = sum((wait == 0) if within == 0 else 0 < wait <= within for wait, _ in watched)
    assert counts.customers[~everybody].sum() == done
    came = sum(within < wait <= min(within + 30, longest) for wait, longest in watched)
    assert counts.customers[everybody & counts.came].sum() == came


def test_the_critical_day_is_recovered() -> None:
    inside, off = 0, []
    for seed in range(12):
        truth = planted_habits(4_000, seed=seed, null_deeds=0)
        model = Habits(deeds=("trap",), within_days=(30,), **SECOND).fit(truth.events, as_of=truth.as_of)
        for row in (
            CRITICAL_DAYS.check(ibis.memtable(model.critical_days(thresholds=(0.2, 0.1)))).to_pyarrow().to_pylist()
        ):
            day = truth.critical_day(threshold=row["threshold"], horizon_days=180)
            off.append(row["day"] / day - 1)
            inside += row["low"] <= day <= (row["high"] or np.inf)
    assert abs(np.mean(off)) < 0.05
    assert inside >= 20  # of 24, at 95 %


def test_the_day_on_which_the_chance_has_halved() -> None:
    truth = planted(customers=20_000, null_deeds=0)
    model = Habits(deeds=("trap",), within_days=(30,), **SECOND).fit(truth.events, as_of=truth.as_of)
    [row] = model.critical_days(thresholds=(), relative=(0.5,)).to_pylist()
    half = truth.returning * -np.expm1(-truth.rate * 180) / 2
    assert row["threshold"] == pytest.approx(half, rel=0.05)
    assert row["low"] <= truth.critical_day(threshold=half, horizon_days=180) <= row["high"]
    assert f"silent for {row['day']} days after the first order" in row["sentence"]


def test_a_chance_that_never_falls_so_low_has_no_day() -> None:
    steady = Silence(came=(10,) * 50, lost=(0,) * 49 + (500,), customers=1_000)
    found = critical_day(steady, threshold=0.01, horizon=10)
    assert (found.day, found.high) == (None, None)
    short = Silence(came=(1,), lost=(9,), customers=10)
    assert critical_day(short, threshold=0.5, horizon=10).at_once == 0


def test_freireichs_remissions_as_a_silence() -> None:
    weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    ended = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    steps, came, lost = counted(np.repeat(weeks, 10), np.repeat(ended, 10))
    wide = np.zeros((2, 35), dtype=int)
    wide[:, steps - 1] = came, lost
    quiet = Silence(came=tuple(wide[0].tolist()), lost=tuple(wide[1].tolist()), customers=210)
    found = critical_day(quiet, threshold=0.30, horizon=10)
    assert found.at_once == pytest.approx(1 - 0.7529, abs=1e-4)  # published: S(10)
    assert found.day == 0


BAD_TERMS: dict[str, dict[str, Any]] = {
    "no anchor": {"anchors": ()}, "a word for a list": {"outcomes": "order"}, "no days": {"within_days": ()},
    "a day before": {"within_days": (-1,)}, "half a day": {"within_days": (0.5,)}, "no horizon": {"horizon_days": 0},
    "few": {"least": 2}, "level": {"level": 0}, "empty name": {"deeds": ("",)},
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_TERMS)
def test_terms_that_cannot_be_are_refused(case: str) -> None:
    with pytest.raises(ArgumentError, match="allowed"):
        Habits(**BAD_TERMS[case])


def test_a_table_that_cannot_be_is_refused() -> None:
    table = planted(customers=2_000).events
    for column in table.column_names:
        with pytest.raises(ContractError, match=f"'{column}'"):
            Habits().fit(table.drop_columns([column]), as_of=AS_OF)
    with pytest.raises(ContractError, match="a day or a moment"):
        Habits().fit(table.set_column(1, "at", table["at"].cast(pa.string())), as_of=AS_OF)
    with pytest.raises(ContractError, match="missing in 1 rows"):
        Habits().fit(pa.table({"customer_id": [None, "a"], "at": [AS_OF] * 2, "event": ["order"] * 2}), as_of=AS_OF)
    with pytest.raises(ArgumentError):
        Habits().fit([1, 2], as_of=AS_OF)


def test_what_the_data_cannot_tell_is_said() -> None:
    table = planted(customers=2_000).events
    with pytest.raises(NotEnoughData, match="no event"):
        Habits().fit(table, as_of=date(2020, 1, 1))
    with pytest.raises(NotEnoughData, match="the events are first_order, order"):
        Habits(anchors=("birth",)).fit(table, as_of=AS_OF)
    with pytest.raises(NotEnoughData, match="Name an outcome"):
        Habits(outcomes=("rest",)).fit(table, as_of=AS_OF)
    with pytest.raises(NotEnoughData, match="was watched for 180 days"):
        Habits().fit(table, as_of=date(2023, 2, 1))
    with pytest.raises(NotFitted):
        Habits().habits_  # noqa: B018
    with pytest.raises(ArgumentError, match="threshold"):
        Habits().fit(table, as_of=AS_OF).critical_days(thresholds=(1.5,))
    with pytest.raises(ArgumentError, match="not asked for"):
        Habits().fit(table, as_of=AS_OF).silence("order", "trap")


def test_shops_in_which_nothing_can_be_compared_have_no_rules() -> None:
    everybody = [("first_order", who, 0) for who in range(200)]
    same = [*everybody, *[("gift", who, 3) for who in range(200)], *[("order", who, 20) for who in range(200)]]
    model = Habits(within_days=(10,), horizon_days=60).fit(events_of(same), as_of=AS_OF)
    assert model.habits_.num_rows == 0
    assert HABITS.check(ibis.memtable(model.habits_)).count().to_pyarrow().as_py() == 0


def test_one_customer_with_fifty_thousand_events_is_one_customer() -> None:
    truth = planted(customers=2_000)
    busy = pa.table({
        "customer_id": ["busy"] * 50_000, "at": pa.array([date(2023, 3, 1)] * 50_000, pa.date32()),
        "event": ["first_order"] * 10 + ["order"] * 49_990,
    })  # fmt: skip
    before = Habits(within_days=(30,)).fit(truth.events, as_of=truth.as_of)
    after = Habits(within_days=(30,)).fit(pa.concat_tables([truth.events, busy]), as_of=truth.as_of)
    assert after.customers_ == before.customers_ + 1
    assert set(after.habits_["deed"].to_pylist()) == set(before.habits_["deed"].to_pylist())


def test_the_counting_compiles_for_spark() -> None:
    assert ibis.pyspark
    asked = Asked(
        anchors=("first_order",), deeds=("gift",), outcomes=("order",), again=("order",), within_days=(0, 30),
        horizon_days=60, on_the_day=("gift",),
    )  # fmt: skip
    from patron.models import habit_counts as counting

    events = ibis.table({"customer_id": "string", "day": "date", "event": "string"}, name="events")
    after = counting._after_anchor(counting.coded_events(events, asked.names), asked, as_of=AS_OF)
    both = counting._done(after, asked).inner_join(
        counting._watched(after, asked), [("who", "whose"), ("anchor", "from_anchor"), ("within", "allowed")]
    )
    assert "first_order" not in ibis.to_sql(both, dialect="pyspark")  # names are data, not text of the query
