"""The laws of every model, for a propensity: tables of all kinds, order, saving, too little; truth recovered."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy import special

from patron.errors import ArgumentError, ContractError, NotEnoughData, NotFitted, SettingsError
from patron.models import Propensity
from patron.models.outlook import with_outlook
from patron.simulate import bg_nbd
from patron.stats.auc import auc
from patron.stats.calibration_error import calibration_error, perfect_calibration_error

DAYS = [date(2024, 1, 31), date(2024, 4, 30), date(2024, 7, 31)]
KINDS: dict[str, Callable[[pa.Table], Any]] = {
    "arrow": lambda table: table,
    "pandas": lambda table: table.to_pandas(),
    "polars": pl.from_arrow,
    "ibis": ibis.memtable,
}


def rows(customers: int = 1_500, *, seed: int = 1, days: list[date] = DAYS) -> tuple[pa.Table, np.ndarray]:
    """Customers whose true chance is known: a logistic function of three of their five columns."""
    rng = np.random.default_rng(seed)
    count = customers * len(days)
    since, often = rng.exponential(60, count).round(), rng.poisson(3, count)
    channel = rng.choice(np.array(["web", "shop", "app"]), count)
    score = 0.5 - 0.03 * since + 0.25 * often + 0.8 * (channel == "app")
    table = pa.table({
        "customer_id": np.tile([f"c{place:05d}" for place in range(customers)], len(days)),
        "as_of": pa.array(np.repeat(np.array(days, dtype="datetime64[D]"), customers)),
        "days_since_last": since, "purchase_days": often, "channel": channel,
        "own": pa.array(rng.random(count), mask=rng.random(count) < 0.1),
    })  # fmt: skip
    return table, (rng.random(count) < special.expit(score)).astype(np.int64)


TABLE, CAME = rows()
ONE_DAY = TABLE.slice(0, 1_500).drop_columns(["as_of"])


def made() -> Propensity:
    return Propensity("buys", horizon=90)


@cache
def fitted() -> Propensity:
    return made().fit(TABLE, CAME)


def test_fit_returns_itself_and_says_what_it_learned() -> None:
    model = made()
    assert model.fit(TABLE, CAME) is model
    fit = model.params_
    assert (fit.customers, fit.rows, fit.outcomes) == (1_500, 4_500, int(CAME.sum()))
    assert (fit.first_day, fit.last_day, fit.calibrated_on) == ("2024-01-31", "2024-07-31", "later days")
    assert model.features_ == ("days_since_last", "purchase_days", "channel", "own")
    assert sum(model.importance_.values()) == pytest.approx(1)
    assert next(iter(model.importance_)) == "days_since_last"
    assert "1500 customers" in repr(model)


def test_one_day_is_calibrated_on_other_customers() -> None:
    assert made().fit(ONE_DAY, CAME[:1_500]).params_.calibrated_on == "other customers"


def test_probabilities_are_inside_and_one_a_row() -> None:
    chances = fitted().predict(TABLE)
    assert chances.shape == (4_500,)
    assert (chances > 0).all()
    assert (chances < 1).all()
    assert chances.mean() == pytest.approx(CAME.mean(), abs=0.02)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "arrow"])
def test_all_kinds_of_table_give_the_same(kind: str) -> None:
    table = KINDS[kind](TABLE)
    again = made().fit(table, CAME)
    assert again.to_json() == fitted().to_json()
    chances = again.predict(table)
    if isinstance(chances, ir.Table):
        chances = chances.to_pyarrow().sort_by([("as_of", "ascending"), ("customer_id", "ascending")])["probability"]
    assert np.asarray(chances) == pytest.approx(fitted().predict(TABLE), abs=0)


@pytest.mark.parametrize("kind", list(KINDS))
def test_an_outcome_may_be_a_table_in_any_order(kind: str) -> None:
    outcome = TABLE.select(["customer_id", "as_of"]).append_column("outcome", pa.array(CAME))
    mixed = outcome.take(pa.array(np.random.default_rng(3).permutation(outcome.num_rows)))
    assert made().fit(TABLE, KINDS[kind](mixed)).to_json() == fitted().to_json()


def test_row_order_does_not_matter() -> None:
    order = np.random.default_rng(2).permutation(TABLE.num_rows)
    mixed = TABLE.take(pa.array(order))
    again = made().fit(mixed, CAME[order])
    assert again.to_json() == fitted().to_json()
    assert (again.predict(mixed) == fitted().predict(TABLE)[order]).all()
    assert (again.reasons(mixed) == fitted().reasons(TABLE)[order]).all()


def test_the_number_of_threads_and_other_columns_do_not_matter() -> None:
    assert Propensity("buys", horizon=90, threads=1).fit(TABLE, CAME).to_json() == fitted().to_json()
    more = TABLE.append_column("later", pa.nulls(TABLE.num_rows, pa.float64()))
    assert (fitted().predict(more) == fitted().predict(TABLE)).all()


def test_threads_do_not_matter_where_there_is_work_for_two() -> None:
    from patron.models.trees import ROWS_A_THREAD, fit_trees

    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(2 * ROWS_A_THREAD, 3)).astype(np.float32)
    came = (matrix[:, 0] > rng.normal(size=len(matrix))).astype(np.float64)
    one, two = (fit_trees(matrix, came, words=[], seed=1, threads=threads) for threads in (1, 2))
    without_threads = [text.partition("\nparameters:")[0] for text in (one.text, two.text)]
    assert without_threads[0] == without_threads[1]


def test_refit_forgets() -> None:
    other, came = rows(700, seed=5)
    assert made().fit(TABLE, CAME).fit(other, came).to_json() == made().fit(other, came).to_json()


def test_an_earlier_model_spares_a_fit_and_changes_nothing() -> None:
    first = pc.less(TABLE["as_of"], pa.scalar(DAYS[2]))
    earlier = made().fit(TABLE.filter(first), CAME[np.asarray(first)])
    assert made().fit(TABLE, CAME, earlier=earlier).to_json() == fitted().to_json()
    with pytest.raises(ArgumentError, match="earlier model"):
        Propensity("buys", horizon=30).fit(TABLE, CAME, earlier=earlier)


def test_an_earlier_model_may_not_know_a_new_word() -> None:
    """A channel that opened in the last weeks stands in no row that an earlier model learned from."""
    last = np.asarray(pc.equal(TABLE["as_of"], pa.scalar(DAYS[2])))
    channel = np.where(last & (np.arange(len(last)) % 5 == 0), "an advertisement", TABLE["channel"].to_pylist())
    opened = TABLE.set_column(TABLE.column_names.index("channel"), "channel", pa.array(channel))
    earlier = made().fit(opened.filter(pa.array(~last)), CAME[~last])
    told, fitted_twice = made().fit(opened, CAME, earlier=earlier), made().fit(opened, CAME)
    assert told.params_.calibrated_on == "later days"
    assert told.params_.trees == fitted_twice.params_.trees
    np.testing.assert_allclose(told.predict(opened), fitted_twice.predict(opened), atol=0.05)


def test_what_is_saved_predicts_the_same_and_is_text() -> None:
    text = fitted().to_json()
    loaded = Propensity.from_json(text)
    assert json.loads(text)["trees"].startswith("tree\n")
    assert loaded.to_json() == text
    assert (loaded.predict(TABLE) == fitted().predict(TABLE)).all()
    assert (loaded.reasons(TABLE) == fitted().reasons(TABLE)).all()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"model": "BgNbd"}', '{"model": "Propensity"}', '{"model": "Propensity", "x": 1}']
)
def test_a_broken_save_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        Propensity.from_json(text)
    assert caught.value.remedy


def test_asking_before_the_fit_is_an_error() -> None:
    for ask in ("predict", "reasons", "contributions", "raw_score"):
        with pytest.raises(NotFitted, match="fit"):
            getattr(made(), ask)(TABLE)
    for ask in ("params_", "features_", "importance_", "customers_"):
        with pytest.raises(NotFitted):
            getattr(made(), ask)
    with pytest.raises(NotFitted):
        made().to_json()


@pytest.mark.parametrize("few", [0, 99])
def test_too_few_of_either_outcome_is_said(few: int) -> None:
    for came in (np.arange(1_500) < few, np.arange(1_500) >= few):
        with pytest.raises(NotEnoughData) as caught:
            made().fit(ONE_DAY, came.astype(int))
        assert caught.value.data["came"] == int(came.sum())
        assert caught.value.remedy


@pytest.mark.parametrize("kind", ["arrow", "ibis"])
def test_a_missing_column_is_named(kind: str) -> None:
    for column in ("customer_id", "own"):
        lacking = KINDS[kind](TABLE.drop_columns([column]))
        with pytest.raises(ContractError) as caught:
            fitted().predict(lacking)
        assert caught.value.data["column"] == column


CASES = {
    "no table": ([1, 2], CAME, ArgumentError, "Arrow"),
    "no rows": (TABLE.slice(0, 0), [], ArgumentError, "no customers"),
    "no feature": (TABLE.select(["customer_id", "as_of"]), CAME, ArgumentError, "no feature"),
    "infinite": (TABLE.append_column("x", pa.array(np.full(4_500, np.inf))), CAME, ArgumentError, "infinite in 4500"),
    "a list": (TABLE.append_column("x", pa.array([[1]] * 4_500)), CAME, ArgumentError, "'x'"),
    "twice": (pa.concat_tables([TABLE, TABLE]), np.tile(CAME, 2), ContractError, "twice"),
    "nobody": (TABLE.set_column(0, "customer_id", pa.nulls(4_500, pa.string())), CAME, ContractError, "about nobody"),
    "outcome too short": (TABLE, CAME[:10], ArgumentError, "10 values for 4500"),
    "outcome of two": (TABLE, CAME * 2, ArgumentError, "neither 0 nor 1"),
    "outcome missing": (TABLE, ONE_DAY.select(["customer_id"]).append_column("outcome", pa.nulls(1_500, pa.int64())),
                        ArgumentError, "4500 of 4500"),
    "a day without as_of": (ONE_DAY.append_column("x", pa.array([date(2024, 1, 1)] * 1_500)), CAME[:1_500],
                            ArgumentError, "as of which day"),
    "a protected attribute": (TABLE.append_column("religion", pa.array(["x"] * 4_500)), CAME, SettingsError, "relig"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=list(CASES))
def test_what_cannot_be_is_refused_with_what_to_do(case: str) -> None:
    table, outcome, kind, words = CASES[case]
    with pytest.raises(kind, match=words) as caught:
        made().fit(table, outcome)
    assert caught.value.remedy


def test_a_protected_attribute_is_used_where_the_settings_allow_it() -> None:
    table = TABLE.append_column("religion", pa.array(["x"] * 4_500))
    assert "religion" in Propensity("buys", horizon=90, allowed=("religion",)).fit(table, CAME).features_


@pytest.mark.parametrize("target", ["", "Buys", "two words", 3, None])
def test_a_target_is_one_small_word(target: Any) -> None:
    with pytest.raises(ArgumentError, match="target"):
        Propensity(target, horizon=90)


@pytest.mark.parametrize("horizon", [0, -1, 1.5, True, None])
def test_a_horizon_is_whole_days(horizon: Any) -> None:
    with pytest.raises(ArgumentError, match="horizon"):
        Propensity("buys", horizon=horizon)


def test_ibis_keeps_its_columns_and_adds_its_own() -> None:
    table = ibis.memtable(TABLE)
    scored = fitted().predict(table)
    assert scored.columns == (*table.columns, "probability")
    assert fitted().predict(scored).columns == scored.columns
    told = fitted().reasons(table, top=2)
    assert told.columns == (*table.columns, "reason_1", "reason_2")
    assert told.count().to_pyarrow().as_py() == TABLE.num_rows


def test_one_engine_call_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    execute = ir.Table.to_pyarrow
    monkeypatch.setattr(ir.Table, "to_pyarrow", lambda self, **kwargs: calls.append(1) or execute(self, **kwargs))
    table = ibis.memtable(TABLE)
    for ask in (lambda: made().fit(table, CAME), lambda: fitted().predict(table), lambda: fitted().reasons(table)):
        calls.clear()
        ask()
        assert len(calls) == 1


def test_a_word_that_was_never_seen_counts_as_missing() -> None:
    new = TABLE.set_column(4, "channel", pa.array(["phone"] * TABLE.num_rows))
    unknown = TABLE.set_column(4, "channel", pa.nulls(TABLE.num_rows, pa.string()))
    assert (fitted().predict(new) == fitted().predict(unknown)).all()


# Truth recovered


def test_on_bg_nbd_customers_it_is_calibrated_and_ranks_as_well_as_the_true_model() -> None:
    """The best that anybody can know is the chance under the true parameters, given x, t_x and T."""
    r, alpha, a, b, horizon = 0.8, 25.0, 0.6, 4.0, 60
    ages = np.random.default_rng(5).integers(90, 500, 24_000)
    drawn = bg_nbd(24_000, r=r, alpha=alpha, a=a, b=b, T=ages, seed=6, horizon=horizon)
    x, recency, T = (drawn[name].to_numpy().astype(float) for name in ("frequency", "recency", "T"))
    came = (drawn["purchases_after"].to_numpy() > 0).astype(int)
    odds = np.where(x > 0, a / (b + np.maximum(x, 1) - 1) * ((alpha + T) / (alpha + recency)) ** (r + x), 0.0)
    best = (1 - ((alpha + T) / (alpha + T + horizon)) ** (r + x)) / (1 + odds)
    table = pa.table({
        "customer_id": [f"c{place:05d}" for place in range(len(x))], "as_of": [DAYS[0]] * len(x),
        "days_since_last": np.ceil(T - recency).astype(int), "tenure_days": ages,
        "purchase_days": x.astype(int) + 1, "repeat_value": np.where(x > 0, 10.0, np.nan),
    })  # fmt: skip
    table = with_outlook(table.append_column("lateness", pa.array((T - recency) / (T + 60) * (x + 1))))
    learned, judged = slice(0, 16_000), slice(16_000, None)
    model = Propensity("buys", horizon=horizon).fit(table.slice(0, 16_000), came[learned])
    chances = model.predict(table.slice(16_000))
    ours, theirs = auc(chances, came[judged]).value, auc(best[judged], came[judged]).value
    assert theirs - 0.008 < ours < theirs + 0.004
    assert calibration_error(chances, came[judged]) < perfect_calibration_error(chances, seed=1) + 0.01
    assert calibration_error(best[judged], came[judged]) < perfect_calibration_error(best[judged], seed=1) + 0.01
