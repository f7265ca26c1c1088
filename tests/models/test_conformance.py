"""One suite that every estimator passes, on data whose answer is obvious."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from patron.errors import ArgumentError, ContractError, NotEnoughData, NotFitted
from patron.models import BgNbd, GammaGamma, LifetimeValue, MbgNbd, MeanSpend
from patron.simulate import bg_nbd, gamma_gamma

Make = Callable[[], Any]


@dataclass(frozen=True)
class Case:
    """An estimator, how to ask it for each of its scores, and the columns it needs."""

    make: Make
    scores: dict[str, Callable[[Any, Any], Any]]
    columns: tuple[str, ...]


PURCHASES = ("frequency", "recency", "T")
SPEND = ("frequency", "monetary_value")
CASES = {
    **{
        kind.__name__: Case(
            kind,
            {
                "expected_purchases": lambda model, table: model.expected_purchases(table, horizon=30),
                "probability_alive": lambda model, table: model.probability_alive(table),
            },
            PURCHASES,
        )
        for kind in (BgNbd, MbgNbd)
    },
    "GammaGamma": Case(GammaGamma, {"expected_spend": lambda model, table: model.expected_spend(table)}, SPEND),
    "MeanSpend": Case(MeanSpend, {"expected_spend": lambda model, table: model.expected_spend(table)}, SPEND),
    "LifetimeValue": Case(
        LifetimeValue,
        {"predicted_value": lambda model, table: model.predict(table, horizon=30)},
        (*PURCHASES, "monetary_value"),
    ),
}
KINDS: dict[str, Callable[[pa.Table], Any]] = {
    "arrow": lambda table: table,
    "pandas": lambda table: table.to_pandas(),
    "polars": pl.from_arrow,
    "ibis": ibis.memtable,
}


def history(customers: int = 1_500, seed: int = 1) -> pa.Table:
    T = np.random.default_rng(seed).integers(20, 120, customers).astype(float)
    drawn = bg_nbd(customers, r=0.8, alpha=20.0, a=0.9, b=4.0, T=T, seed=seed)
    x = drawn["frequency"].to_numpy()
    recency = np.minimum(np.ceil(drawn["recency"].to_numpy()), T).astype(np.int64)
    return pa.table({
        "customer_id": [f"c{i:05d}" for i in range(customers)],
        "frequency": x,
        "recency": recency,
        "T": T.astype(np.int64),
        "monetary_value": gamma_gamma(x, p=4.0, q=4.0, gamma=20.0, seed=seed),
    })  # fmt: skip


HISTORY = history()


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@cache
def fitted(make: Make) -> Any:
    return make().fit(HISTORY)


@pytest.fixture
def model(case: Case) -> Any:
    return fitted(case.make)


def every_score(case: Case, model: Any, table: Any) -> dict[str, np.ndarray]:
    """All scores as arrays in the order of customer_id."""
    results = {}
    for name, score in case.scores.items():
        result = score(model, table)
        if isinstance(result, ir.Table):
            result = result.order_by("customer_id").to_pyarrow()[name].to_numpy()
        results[name] = result
    return results


def test_fit_returns_itself_and_shows_parameters_with_errors(case: Case, model: Any) -> None:
    fresh = case.make()
    assert fresh.fit(HISTORY) is fresh
    assert all(np.isfinite(value) and value > 0 for value in model.params_.values())
    assert set(model.standard_errors_) == set(model.params_) == set(model.confidence_intervals_)
    for name, (low, high) in model.confidence_intervals_.items():
        assert 0 < low < model.params_[name] < high
        assert model.standard_errors_[name] > 0
    assert model.customers_ + model.left_out_ >= model.customers_ > 0
    assert type(model).__name__ in repr(model)


def test_scores_are_numbers_one_a_row(case: Case, model: Any) -> None:
    for result in every_score(case, model, HISTORY).values():
        assert result.shape == (HISTORY.num_rows,)
        assert np.isfinite(result).all()
        assert (result >= 0).all()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "arrow"])
def test_all_kinds_of_table_give_the_same(case: Case, model: Any, kind: str) -> None:
    table = KINDS[kind](HISTORY)
    other = case.make().fit(table)
    assert other.params_ == pytest.approx(model.params_, rel=1e-12)
    for name, result in every_score(case, model, table).items():
        assert result == pytest.approx(every_score(case, model, HISTORY)[name], rel=1e-12)


def test_refit_forgets_and_a_subset_is_fitted_as_itself(case: Case, model: Any) -> None:
    part = HISTORY.slice(0, 900)
    again = case.make().fit(HISTORY).fit(part)
    assert again.params_ == case.make().fit(part).params_
    assert again.params_ != model.params_
    for name, result in every_score(case, model, part).items():
        assert (result == every_score(case, model, HISTORY)[name][:900]).all()


def test_row_order_does_not_matter(case: Case, model: Any) -> None:
    order = np.random.default_rng(2).permutation(HISTORY.num_rows)
    mixed = HISTORY.take(pa.array(order))
    assert case.make().fit(mixed).params_ == model.params_
    for name, result in every_score(case, model, mixed).items():
        assert (result == every_score(case, model, HISTORY)[name][order]).all()


def test_a_customer_twice_counts_twice(case: Case, model: Any) -> None:
    twice = case.make().fit(pa.concat_tables([HISTORY, HISTORY]))
    assert twice.params_ == pytest.approx(model.params_, rel=1e-7)
    assert twice.customers_ == 2 * model.customers_
    for name, error in twice.standard_errors_.items():
        assert error == pytest.approx(model.standard_errors_[name] / np.sqrt(2), rel=1e-5)


def test_what_is_saved_predicts_the_same(case: Case, model: Any) -> None:
    text = model.to_json()
    loaded = case.make().from_json(text)
    assert json.loads(text)["model"] == type(model).__name__
    assert loaded.params_ == model.params_
    assert loaded.confidence_intervals_ == model.confidence_intervals_
    assert loaded.to_json() == text
    for name, result in every_score(case, loaded, HISTORY).items():
        assert (result == every_score(case, model, HISTORY)[name]).all()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"model": "Other"}', '{"model": "MODEL"}', '{"model": "MODEL", "x": 1}']
)
def test_a_broken_save_is_refused(case: Case, text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        case.make().from_json(text.replace("MODEL", case.make.__name__))
    assert caught.value.remedy


def test_asking_before_the_fit_is_an_error(case: Case) -> None:
    for asked in ("params_", "standard_errors_", "confidence_intervals_", "log_likelihood_", "customers_", "left_out_"):
        with pytest.raises(NotFitted, match="fit"):
            getattr(case.make(), asked)
    for score in case.scores.values():
        with pytest.raises(NotFitted):
            score(case.make(), HISTORY)
    with pytest.raises(NotFitted):
        case.make().to_json()


def test_too_little_data_is_said(case: Case) -> None:
    few = HISTORY.slice(0, 0 if case.make is MeanSpend else 12)
    with pytest.raises((NotEnoughData, ArgumentError)) as caught:
        case.make().fit(few)
    assert caught.value.problem
    assert caught.value.remedy


@pytest.mark.parametrize("kind", ["arrow", "ibis"])
def test_a_missing_column_is_named(case: Case, model: Any, kind: str) -> None:
    for column in case.columns:
        lacking = KINDS[kind](HISTORY.drop_columns([column]))
        with pytest.raises(ContractError) as caught:
            case.make().fit(lacking)
        assert caught.value.data["column"] == column


def changed(column: str, value: float | None, *, row: int = 3) -> pa.Table:
    values = HISTORY[column].to_pylist()
    values[row] = value
    kind = pa.float64() if isinstance(value, float) else HISTORY[column].type
    return HISTORY.set_column(HISTORY.column_names.index(column), column, pa.array(values, kind))


BAD = {
    "missing": ("frequency", None),
    "not a number": ("frequency", float("nan")),
    "negative": ("frequency", -1.0),
    "infinite": ("frequency", float("inf")),
    "not whole": ("frequency", 1.5),
    "T missing": ("T", None),
    "recency after T": ("recency", 1e6),
    "recency negative": ("recency", -1.0),
    "amount infinite": ("monetary_value", float("inf")),
}


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize(
    ("case", "fault"),
    [(name, fault) for name, case in CASES.items() for fault, (column, _) in BAD.items() if column in case.columns],
    indirect=["case"],
)
def test_impossible_histories_are_refused_with_their_number(case: Case, model: Any, kind: str, fault: str) -> None:
    column, value = BAD[fault]
    table = KINDS[kind](changed(column, value))
    for act in (lambda: case.make().fit(table), *(lambda s=s: s(model, table) for s in case.scores.values())):
        with pytest.raises(ArgumentError) as caught:
            act()
        assert caught.value.data["column"] == column
        assert caught.value.data["came"] == 1
        assert caught.value.data["customers"] == HISTORY.num_rows
        assert caught.value.remedy


@pytest.mark.parametrize("case", ["BgNbd", "MbgNbd", "LifetimeValue"], indirect=True)
def test_a_recency_without_a_repeat_is_refused(case: Case) -> None:
    row = HISTORY["frequency"].to_pylist().index(0)
    with pytest.raises(ArgumentError, match="frequency 0"):
        case.make().fit(changed("recency", 2.0, row=row))


@pytest.mark.parametrize("kind", list(KINDS))
def test_an_unknown_amount_is_allowed_and_never_becomes_nan(case: Case, model: Any, kind: str) -> None:
    row = HISTORY["frequency"].to_pylist().index(2)
    for amount in (None, float("nan"), 0.0, -5.0):
        table = KINDS[kind](changed("monetary_value", amount, row=row))
        assert case.make().fit(table).params_
        for result in every_score(case, model, table).values():
            assert np.isfinite(result).all()


@pytest.mark.parametrize("kind", list(KINDS))
def test_no_customers_is_an_error_not_an_empty_answer(case: Case, model: Any, kind: str) -> None:
    empty = KINDS[kind](HISTORY.slice(0, 0))
    with pytest.raises(ArgumentError, match="no customers"):
        case.make().fit(empty)
    for score in case.scores.values():
        with pytest.raises(ArgumentError, match="no customers"):
            score(model, empty)


@pytest.mark.parametrize("thing", [None, 7, [1, 2], {"frequency": [1]}, np.zeros((3, 3))])
def test_what_is_no_table_is_refused(case: Case, thing: Any) -> None:
    with pytest.raises(ArgumentError, match="Ibis, Arrow, pandas or Polars"):
        case.make().fit(thing)


def test_text_is_no_number(case: Case) -> None:
    words = HISTORY.set_column(1, "frequency", pa.array(["many"] * HISTORY.num_rows))
    for table in (words, ibis.memtable(words)):
        with pytest.raises(ArgumentError, match="numbers are allowed"):
            case.make().fit(table)


@pytest.mark.parametrize("horizon", [-1, float("nan"), float("inf")])
def test_a_horizon_that_cannot_be(horizon: float) -> None:
    with pytest.raises(ArgumentError, match="horizon"):
        BgNbd().fit(HISTORY).expected_purchases(HISTORY, horizon=horizon)
    with pytest.raises(ArgumentError, match="horizon"):
        LifetimeValue().fit(HISTORY).predict(HISTORY, horizon=horizon)


def test_ibis_keeps_its_columns_and_adds_one(case: Case, model: Any) -> None:
    table = ibis.memtable(HISTORY)
    for name, score in case.scores.items():
        result = score(model, table)
        assert result.columns == (*table.columns, name)
        again = score(model, result)  # a column of that name is replaced
        assert again.columns == result.columns
        assert again.count().execute() == HISTORY.num_rows


def test_one_engine_call_a_result(case: Case, model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    execute = ir.Table.to_pyarrow
    monkeypatch.setattr(ir.Table, "to_pyarrow", lambda self, **kwargs: calls.append(1) or execute(self, **kwargs))
    table = ibis.memtable(HISTORY)
    for score in case.scores.values():
        calls.clear()
        score(model, table)
        assert len(calls) == 1
    calls.clear()
    case.make().fit(table)
    assert len(calls) == (2 if case.make is LifetimeValue else 1)  # purchases, and amounts
