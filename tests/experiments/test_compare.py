"""Comparisons of arms: laws, known truth, what cannot be read, and what is refused."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import patron.experiments.summed as summing
from patron.errors import ArgumentError
from patron.experiments import Metric, Prior, compare

ROOT = Path(__file__).resolve().parents[2]


def _units(n: int = 4_000, seed: int = 1, **more: Any) -> pa.Table:
    """A mail and a control arm; the mail brings .5 on a level that the past tells."""
    rng = np.random.default_rng(seed)
    arm = rng.choice(["mail", "control"], n)
    past, keen = rng.gamma(2.0, 5.0, n), rng.normal(0, 1, n)
    orders = 1 + rng.poisson(1 + 0.1 * past)
    revenue = past + 2 * keen + rng.exponential(3.0, n) + 0.5 * (arm == "mail")
    told = {
        "id": np.arange(n), "arm": arm, "revenue": revenue, "orders": orders, "past": past, "keen": keen,
        "bought": rng.random(n) < 0.2 + 0.1 * (arm == "mail"), "tier": rng.choice(["low", "mid", "top"], n),
        "channel": rng.choice(["mail", "web"], n),
    }  # fmt: skip
    return pa.table(told | more)


def _row(table: pa.Table, **where: object) -> dict[str, Any]:
    rows = [row for row in table.to_pylist() if all(row[name] == value for name, value in where.items())]
    assert len(rows) == 1, (len(rows), where)
    return rows[0]


def _parts(units: pa.Table, column: str = "revenue") -> tuple[np.ndarray, np.ndarray]:
    values, mailed = units[column].to_numpy(), np.array(units["arm"].to_pylist()) == "mail"
    return values[mailed], values[~mailed]


def test_a_mean_is_read_as_welch_reads_it() -> None:
    units = _units()
    one, other = _parts(units)
    found, known = _row(compare(units, metric="revenue")), stats.ttest_ind(one, other, equal_var=False)
    low, high = known.confidence_interval()
    assert (found["effect"], found["p_value"]) == pytest.approx((one.mean() - other.mean(), known.pvalue), rel=1e-9)
    assert (found["effect_low"], found["effect_high"]) == pytest.approx((low, high), rel=1e-9)
    assert (found["n"], found["n_control"], found["status"]) == (len(one), len(other), "read")
    assert found["relative"] == pytest.approx(one.mean() / other.mean() - 1)


def test_arms_that_spread_alike_are_read_as_student_reads_them() -> None:
    rng = np.random.default_rng(8)
    treated, control = rng.gamma(1.0, 30.0, 400) + 3.0, rng.gamma(1.0, 30.0, 50)
    units = pa.table({"arm": ["mail"] * 400 + ["control"] * 50, "spend": np.concatenate([treated, control])})
    (row,) = compare(units, metric="spend", spread="alike").to_pylist()
    asked = stats.ttest_ind(treated, control, equal_var=True)
    low, high = asked.confidence_interval(0.95)
    assert row["effect_low"] == pytest.approx(low, rel=1e-9)
    assert row["effect_high"] == pytest.approx(high, rel=1e-9)
    assert row["p_value"] == pytest.approx(asked.pvalue, rel=1e-9)


def test_any_table_and_any_name_of_the_arms_will_do() -> None:
    units = _units()
    mailed = [arm == "mail" for arm in units["arm"].to_pylist()]
    first = _row(compare(units, metric="revenue"))
    for other in (
        compare(ibis.memtable(units), metric="revenue"),
        compare(units.to_pandas(), metric="revenue"),
        compare(units.append_column("sent", [mailed]), metric="revenue", arm="sent", control=False),
    ):
        assert _row(other)["effect"] == pytest.approx(first["effect"], rel=1e-12)


def test_covariates_take_off_what_they_tell_and_keep_the_effect() -> None:
    units = _units(20_000)
    plain, less = (_row(compare(units, metric="revenue", covariates=own)) for own in ((), ("past", "keen")))
    assert less["standard_error"] < 0.45 * plain["standard_error"]
    assert 0.8 < less["explained"] < 0.95
    assert less["effect_low"] < 0.5 < less["effect_high"]
    values = np.column_stack([units[name].to_numpy() for name in ("past", "keen")])
    revenue, mailed = units["revenue"].to_numpy(), np.array(units["arm"].to_pylist()) == "mail"
    weights = np.linalg.lstsq(values - values.mean(axis=0), revenue - revenue.mean(), rcond=None)[0]
    rest = revenue - values @ weights
    assert less["effect"] == pytest.approx(rest[mailed].mean() - rest[~mailed].mean(), rel=1e-9)
    known = stats.ttest_ind(rest[mailed], rest[~mailed], equal_var=False)
    assert less["p_value"] == pytest.approx(known.pvalue, rel=1e-6)
    assert less["mean"] == pytest.approx(revenue[mailed].mean())


def test_covariates_that_say_the_same_or_nothing_do_no_harm() -> None:
    units = _units()
    units = units.append_column("twice", pa.array(2 * units["past"].to_numpy()))
    units = units.append_column("flat", pa.array(np.full(len(units), 7.0)))
    alone = _row(compare(units, metric="revenue", covariates="past"))
    more = _row(compare(units, metric="revenue", covariates=["past", "twice", "flat"]))
    assert more["effect"] == pytest.approx(alone["effect"], rel=1e-9)
    assert more["standard_error"] == pytest.approx(alone["standard_error"], rel=1e-9)


def test_a_ratio_is_that_of_the_sums_and_is_as_unsure_as_resampling_says() -> None:
    units = _units(3_000)
    found = _row(compare(units, metric="revenue / orders"))
    (one, other), (orders, orders_other) = _parts(units), _parts(units, "orders")
    assert found["mean"] == pytest.approx(one.sum() / orders.sum())
    rng = np.random.default_rng(2)
    draws = [rng.integers(0, len(one), (2_000, len(one))), rng.integers(0, len(other), (2_000, len(other)))]
    again = one[draws[0]].sum(axis=1) / orders[draws[0]].sum(axis=1)
    again_other = other[draws[1]].sum(axis=1) / orders_other[draws[1]].sum(axis=1)
    assert found["standard_error"] == pytest.approx((again - again_other).std(), rel=0.06)
    less = _row(compare(units, metric="revenue / orders", covariates=["keen", "past"]))
    assert less["standard_error"] < 0.95 * found["standard_error"]


def test_fifty_metrics_arms_and_segments_are_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    once = summing.unit_sums
    monkeypatch.setattr(summing, "unit_sums", lambda *args, **named: asked.append(1) or once(*args, **named))
    rng, units = np.random.default_rng(1), _units(600)
    for number in range(50):
        units = units.append_column(f"m{number}", pa.array(rng.normal(0, 1, len(units))))
    table = compare(
        units, metric=[f"m{number}" for number in range(50)], covariates="past",
        by=["all", "tier", "channel x tier"],
    )  # fmt: skip
    assert len(asked) == 1
    assert table.num_rows == 50 * (1 + 3 + 6)
    assert (
        sum(row["n"] for row in table.to_pylist() if row["metric"] == "m7" and row["segmentation"] == "tier")
        == (_row(table, metric="m7", segment="all")["n"])
    )


def test_ways_of_dividing_that_cross_into_too_many_cells_take_a_pass_each(monkeypatch: pytest.MonkeyPatch) -> None:
    units, ways = _units(), ["all", "tier", "channel x tier"]
    once = compare(units, metric="revenue", covariates="past", by=ways)
    monkeypatch.setattr(summing, "FINEST", 5)
    for one, other in zip(
        once.to_pylist(), compare(units, metric="revenue", covariates="past", by=ways).to_pylist(), strict=True
    ):
        assert one["effect_low"] == pytest.approx(other["effect_low"], rel=1e-9)
        assert one["segment"] == other["segment"]
    monkeypatch.setattr(summing, "MOST", 5)
    with pytest.raises(ArgumentError) as refused:
        compare(units, metric="revenue", by="channel x tier")
    assert refused.value.data["by"] == "channel x tier"


def test_segments_are_what_comparing_them_alone_says() -> None:
    units = _units()
    table = compare(units, metric=["revenue", "bought"], covariates="past", by=["tier", "channel x tier"])
    own = ibis.memtable(units).filter((ibis._.tier == "top") & (ibis._.channel == "web"))
    alone = compare(own, metric=["revenue", "bought"], covariates="past")
    for metric in ("revenue", "bought"):
        segment = _row(table, metric=metric, segment="web x top")
        for name in ("n", "mean", "effect", "effect_low", "relative_high", "p_value"):
            assert segment[name] == pytest.approx(_row(alone, metric=metric)[name], rel=1e-9)


def test_a_segments_noise_is_drawn_to_the_others_and_its_p_value_allows_for_them() -> None:
    units = _units(6_000, tier=np.random.default_rng(5).choice([f"s{n}" for n in range(30)], 6_000))
    rows = compare(units, metric="revenue", by="tier").to_pylist()
    plain, shrunk = (np.array([row[name] for row in rows]) for name in ("effect", "shrunk"))
    assert shrunk.std() < 0.5 * plain.std()
    assert (np.abs(shrunk - 0.5) < 1).all()
    assert all(row["q_value"] >= row["p_value"] for row in rows)
    holm = compare(units, metric="revenue", by="tier", correction="holm").to_pylist()
    assert all(a["q_value"] >= b["q_value"] - 1e-12 for a, b in zip(holm, rows, strict=True))
    assert {row["correction"] for row in holm} == {"holm"}


def test_several_arms_are_corrected_together() -> None:
    arms = np.random.default_rng(3).choice(["control", "a", "b", "c"], 4_000)
    rows = compare(_units(arm=arms), metric="revenue", correction="holm").to_pylist()
    assert [row["arm"] for row in rows] == ["a", "b", "c"]
    p = sorted(row["p_value"] for row in rows)
    assert min(row["q_value"] for row in rows) == pytest.approx(min(1.0, 3 * p[0]))


def test_members_of_a_household_are_not_counted_as_if_they_were_alone() -> None:
    rng = np.random.default_rng(4)
    homes = np.repeat(np.arange(600), 4)
    arm = np.where(homes % 2 == 0, "mail", "control")
    units = pa.table({"home": homes, "arm": arm, "spend": np.exp(rng.normal(0, 1, 600))[homes]})
    clustered, alone = compare(units, metric="spend", cluster="home"), compare(units, metric="spend")
    found, wrong = _row(clustered), _row(alone)
    assert (found["units"], found["n"], found["effect"]) == (300, 1200, pytest.approx(wrong["effect"]))
    assert found["standard_error"] == pytest.approx(2 * wrong["standard_error"], rel=0.01)


def test_clusters_of_one_and_weights_of_one_change_nothing() -> None:
    units = _units(1_000).append_column("one", pa.array(np.full(1_000, 2.5)))
    for metric in ("revenue", "revenue / orders"):
        plain = _row(compare(units, metric=metric, covariates="past"))
        for other in ({"cluster": "id"}, {"weight": "one"}):
            found = _row(compare(units, metric=metric, covariates="past", **other))
            for name in ("mean", "effect", "effect_low", "relative_high", "p_value", "n"):
                assert found[name] == pytest.approx(plain[name], rel=1e-8), (metric, other, name)


def test_weights_undo_chances_that_differ() -> None:
    rng = np.random.default_rng(8)
    rich = rng.random(20_000) < 0.5
    chance = np.where(rich, 0.8, 0.2)  # the rich were mailed more often
    mailed = rng.random(20_000) < chance
    units = pa.table({
        "arm": np.where(mailed, "mail", "control"), "spend": 10.0 * rich + rng.normal(0, 1, 20_000) + mailed,
        "weight": 1 / np.where(mailed, chance, 1 - chance),
    })  # fmt: skip
    assert _row(compare(units, metric="spend"))["effect"] > 5
    found = _row(compare(units, metric="spend", weight="weight"))
    assert found["effect_low"] < 1 < found["effect_high"]


def test_values_are_capped_at_a_quantile_of_all_arms_together() -> None:
    units = _units()
    revenue = units["revenue"].to_numpy()
    low, high = np.quantile(revenue, [0.05, 0.99])
    table = compare(
        units, metric=[Metric("revenue", winsorise=0.99), Metric("revenue", winsorise=(0.05, 0.99), name="both")]
    )
    mailed = np.array(units["arm"].to_pylist()) == "mail"
    assert _row(table, metric="both")["mean"] == pytest.approx(np.clip(revenue, low, high)[mailed].mean())
    found = _row(table, metric="revenue (winsorised 0.99)")
    assert found["mean"] == pytest.approx(np.minimum(revenue, high)[mailed].mean())


def test_a_cap_of_a_metric_does_not_cut_the_covariate_of_the_same_name() -> None:
    units = _units()
    named = (Metric("revenue", winsorise=0.6, name=name) for name in ("past", "other"))
    one, other = (_row(compare(units, metric=each, covariates="past")) for each in named)
    assert one["effect"] == pytest.approx(other["effect"], rel=1e-12)


def test_a_quantile_is_exact_and_as_unsure_as_resampling_says() -> None:
    units = _units()
    one, other = _parts(units)
    for share in (0.5, 0.9):
        found = _row(compare(units, metric=Metric("revenue", quantile=share)))
        assert found["mean"] == pytest.approx(np.quantile(one, share))
        assert found["mean_control"] == pytest.approx(np.quantile(other, share))
        rng = np.random.default_rng(1)
        again = [np.quantile(arm[rng.integers(0, len(arm), (1_000, len(arm)))], share, axis=1) for arm in (one, other)]
        assert found["standard_error"] == pytest.approx((again[0] - again[1]).std(), rel=0.15)


def test_a_quantiles_bounds_are_those_of_its_segment() -> None:
    units = _units()
    table = compare(units, metric=Metric("revenue", quantile=0.8), by=["all", "tier"])
    top = compare(ibis.memtable(units).filter(ibis._.tier == "top"), metric=Metric("revenue", quantile=0.8))
    assert _row(table, segment="top")["effect_low"] == pytest.approx(_row(top)["effect_low"])
    few = compare(_units(80), metric=Metric("revenue", quantile=0.99))
    assert (_row(few)["status"], _row(few)["effect"]) == ("no_spread", None)


def test_a_prior_draws_the_effect_to_itself() -> None:
    units = _units()
    flat, near = (
        _row(compare(units, metric="revenue", method="bayesian", prior=prior)) for prior in (None, Prior(0.0, 0.005))
    )
    assert flat["effect"] == pytest.approx(_row(compare(units, metric="revenue"))["effect"])
    assert abs(near["effect"]) < 0.3 * abs(flat["effect"])
    assert near["relative"] == pytest.approx(near["effect"] / near["mean_control"], rel=0.1)
    assert flat["chance_to_win"] > near["chance_to_win"] > 0.5
    assert flat["expected_loss_control"] - flat["expected_loss"] == pytest.approx(flat["effect"])
    assert flat["p_value"] is None
    own = _row(compare(units, metric="revenue", method="bayesian", prior=Prior(0.5, 1e-6, relative=False)))
    assert own["effect"] == pytest.approx(0.5, abs=1e-4)


def test_what_is_unknown_is_left_out_and_counted() -> None:
    rng, units = np.random.default_rng(6), _units()
    hole = rng.random(len(units)) < 0.3
    units = units.append_column("answer", pa.array(units["revenue"].to_numpy(), mask=hole))
    known = ibis.memtable(units).filter(ibis._.answer.notnull())
    for more in ({}, {"cluster": "id"}, {"covariates": "past"}, {"covariates": "past", "cluster": "id"}):
        found = _row(compare(units, metric=["answer", "revenue"], **more), metric="answer")
        alone = _row(compare(known, metric="answer", **more))
        assert (found["missing"], found["n"] + found["n_control"]) == (int(hole.sum()), int((~hole).sum()))
        for name in ("mean", "effect", "p_value"):
            assert found[name] == pytest.approx(alone[name], rel=1e-9), (name, more)
    every = compare(units, metric="answer / orders", by="tier")
    assert sum(row["missing"] for row in every.to_pylist()) == int(hole.sum())


def test_an_unknown_covariate_counts_as_the_mean_of_all() -> None:
    units, rng = _units(), np.random.default_rng(7)
    hole = rng.random(len(units)) < 0.4
    past = units["past"].to_numpy()
    units = units.append_column("holed", pa.array(past, mask=hole))
    units = units.append_column("filled", pa.array(np.where(hole, past[~hole].mean(), past)))
    units = units.append_column("weight", pa.array(rng.random(len(units))))
    for more in ({}, {"cluster": "id"}, {"weight": "weight"}):
        a, b = (_row(compare(units, metric="revenue", covariates=name, **more)) for name in ("holed", "filled"))
        assert (a["effect"], a["standard_error"]) == pytest.approx((b["effect"], b["standard_error"]), rel=1e-9)


def test_a_large_mean_does_not_eat_a_small_spread() -> None:
    units = _units()
    far = units.append_column("far", pa.array(units["revenue"].to_numpy() + 1e9))
    table = compare(far, metric=["revenue", "far"], covariates="past")
    near, away = _row(table, metric="revenue"), _row(table, metric="far")
    assert away["effect"] == pytest.approx(near["effect"], rel=1e-4)
    assert away["standard_error"] == pytest.approx(near["standard_error"], rel=1e-4)
    for more in ({"cluster": "id"}, {"weight": "orders"}):
        near, away = (_row(compare(far, metric=name, **more)) for name in ("revenue", "far"))
        assert away["standard_error"] == pytest.approx(near["standard_error"], rel=1e-4), more


def test_what_cannot_be_read_says_why_and_holds_no_figure() -> None:
    units = _units(400)
    tier = np.where(np.arange(400) < 20, "tiny", np.where(np.array(units["arm"].to_pylist()) == "mail", "sent", "big"))
    units = units.set_column(units.column_names.index("tier"), "tier", pa.array(tier))
    units = units.append_column("flat", pa.array(np.full(400, 0.1)))
    table = compare(units, metric=["revenue", "flat"], by=["all", "tier"], arms=["mail", "letter"])
    told = {(row["metric"], row["arm"], row["segment"]): row for row in table.to_pylist()}
    assert told["revenue", "mail", "all"]["status"] == "read"
    assert told["flat", "mail", "all"]["status"] == "no_spread"
    assert told["revenue", "letter", "all"]["status"] == "empty_arm"
    assert told["revenue", "mail", "sent"]["status"] == "empty_arm"
    assert told["revenue", "mail", "tiny"]["status"] == "too_few"
    for row in told.values():
        if row["status"] != "read":
            assert all(
                row[name] is None for name in ("effect", "effect_low", "relative", "p_value", "q_value", "shrunk")
            )
    assert told["flat", "mail", "all"]["mean"] == pytest.approx(0.1)
    assert told["revenue", "letter", "all"]["mean"] is None


def test_nothing_is_said_in_per_cent_of_a_base_that_is_hardly_known() -> None:
    units = _units()
    centred = units["revenue"].to_numpy() - units["revenue"].to_numpy().mean()
    found = _row(compare(units.append_column("about_zero", pa.array(centred)), metric="about_zero"))
    assert (found["status"], found["relative"], found["relative_p_value"]) == ("read", None, None)
    assert found["effect"] is not None


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ({"metric": "revenu"}, "column"),
        ({"metric": []}, "came"),
        ({"metric": ["revenue", "revenue"]}, "came"),
        ({"metric": "revenue / orders / past"}, "metric"),
        ({"metric": "revenue", "covariates": "pasta"}, "column"),
        ({"metric": "revenue", "by": "channel x teer"}, "column"),
        ({"metric": "revenue", "control": "nobody"}, "control"),
        ({"metric": "revenue", "method": "guess"}, "came"),
        ({"metric": "revenue", "level": 95}, "came"),
        ({"metric": "revenue", "spread": "equal"}, "came"),
        ({"metric": "revenue", "correction": "bonferoni"}, "came"),
        ({"metric": "revenue", "weight": "keen"}, "came"),
        ({"metric": "revenue", "unit": "orders"}, "mixed"),
        ({"metric": "revenue", "cluster": "orders"}, "mixed"),
        ({"metric": Metric("revenue", quantile=0.5), "cluster": "id"}, "metric"),
        ({"metric": "revenue", "tightest_at": 0}, "argument"),
        ({"metric": "revenue", "prior": Prior(0.1, 0.0)}, "argument"),
        ({"metric": "broken"}, "column"),
        ({"metric": "revenue", "covariates": "broken"}, "column"),
    ],
)
def test_what_is_not_allowed_is_refused_with_its_reason(asked: dict[str, Any], key: str) -> None:
    units = _units(400)
    units = units.append_column("broken", pa.array(np.where(np.arange(400) == 9, np.inf, 1.0)))
    with pytest.raises(ArgumentError) as refused:
        compare(units, **asked)
    assert key in refused.value.data
    assert refused.value.remedy


def test_units_without_an_arm_or_a_cluster_are_refused() -> None:
    units = pa.table({"arm": ["mail", "control", None], "home": ["a", None, "c"], "spend": [1.0, 2.0, 3.0]})
    with pytest.raises(ArgumentError) as refused:
        compare(units, metric="spend")
    assert refused.value.data["came"] == 1
    with pytest.raises(ArgumentError):
        compare(units, metric="spend", cluster="home")
    with pytest.raises(ArgumentError):
        compare(units.slice(1, 1), metric="spend")
    with pytest.raises(ArgumentError):
        compare(units.slice(0, 0), metric="spend")


@pytest.mark.parametrize(
    "shares", [{"winsorise": 99}, {"quantile": 1.0}, {"winsorise": (0.9, 0.1)}, {"winsorise": 0.9, "quantile": 0.5}]
)
def test_shares_of_a_metric_are_shares(shares: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        Metric("revenue", **shares)


@settings(max_examples=15)
@given(
    scale=st.floats(0.01, 1e6), off=st.floats(-1e3, 1e3),
    method=st.sampled_from(["frequentist", "sequential", "bayesian"]),
)  # fmt: skip
def test_units_of_measure_and_the_side_one_looks_from_change_nothing(scale: float, off: float, method: str) -> None:
    units = _units(300)
    units = units.append_column("other", pa.array(units["revenue"].to_numpy() * scale))
    units = units.append_column("moved", pa.array(units["past"].to_numpy() * 3 + off))
    found = _row(compare(units, metric="revenue", covariates="past", method=method))
    scaled = _row(compare(units, metric="other", covariates="moved", method=method))
    turned = _row(compare(units, metric="revenue", covariates="past", method=method, control="mail"))
    for name in ("effect", "effect_low", "effect_high", "standard_error"):
        assert scaled[name] == pytest.approx(scale * found[name], rel=1e-6)
    assert scaled["relative_low"] == pytest.approx(found["relative_low"], rel=1e-6)
    assert (turned["effect_low"], turned["effect_high"]) == pytest.approx((-found["effect_high"], -found["effect_low"]))


@pytest.fixture(scope="module")
def simulations() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "coverage", ROOT / "benchmarks" / "references" / "compare_coverage.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_intervals_hold_as_often_as_they_say(simulations: ModuleType) -> None:
    for draw, n in ((simulations.normal, 300), (simulations.money, 2_000)):
        held = simulations.means(draw, n, n, 0.1, 4_000, 11)
        assert 0.94 < held["effect"] < 0.96, (draw, held)
        assert 0.94 < held["relative"] < 0.96, (draw, held)
    assert 0.935 < simulations.with_covariates(1_000, 4_000, 12)["effect"] < 0.96
    assert 0.935 < simulations.clusters(500, 4_000, 13)["effect"] < 0.96


@pytest.mark.slow
def test_looking_a_hundred_times_errs_no_more_often_than_allowed(simulations: ModuleType) -> None:
    wrong = simulations.looks(simulations.money, 100, 500, 14)
    assert wrong["always valid"] < 0.05 < 0.2 < wrong["fixed interval (wrong)"]


@pytest.mark.slow
def test_winners_among_segments_are_false_no_more_often_than_allowed(simulations: ModuleType) -> None:
    assert simulations.winners(simulations.money, 400, 0, 150, 15, segments=20)["bh: false"] < 0.15
    found = simulations.winners(simulations.money, 1_000, 8, 150, 16, segments=20)
    assert found["bh: false"] < 0.1 < found["none (wrong): false"] + 0.05
