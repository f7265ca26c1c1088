"""One suite that every estimator passes, on data whose answer is obvious."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from models.subscribers import DAY, subscriptions
from patron.errors import ArgumentError, ContractError, NotEnoughData, NotFitted
from patron.models import (
    BetaDiscreteWeibull,
    BgBb,
    BgCnbd,
    BgNbd,
    GammaGamma,
    LifetimeValue,
    MbgCnbd,
    MbgNbd,
    MeanSpend,
    ParetoNbd,
    ShiftedBetaGeometric,
    SpendByFrequency,
    WithCovariates,
)
from patron.simulate import bg_bb, bg_nbd, gamma_gamma, levels

Make = Callable[[], Any]


@dataclass(frozen=True)
class Case:
    """An estimator, how to ask it for each of its scores, and the columns it needs.

    A case may bring a table of its own, the columns that its scores need where these are others, and what `fit` asks
    for besides the table.
    """

    make: Make
    scores: dict[str, Callable[[Any, Any], Any]]
    columns: tuple[str, ...]
    chosen: tuple[str, ...] = ()  # parameters that are picked from a list, so that they have no standard error
    own: Callable[[], pa.Table] | None = None
    scored: tuple[str, ...] | None = None
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> pa.Table:
        return HISTORY if self.own is None else self.own()

    def fit(self, table: Any) -> Any:
        return self.make().fit(table, **self.options)


PURCHASES = ("frequency", "recency", "T")
SPEND = ("frequency", "monetary_value")


def with_channel() -> WithCovariates:
    return WithCovariates(MbgNbd, "channel", dropout="channel")


CASES = {
    **{
        kind.__name__: Case(
            kind,
            {
                "expected_purchases": lambda model, table: model.expected_purchases(table, horizon=30),
                "probability_alive": lambda model, table: model.probability_alive(table),
            },
            PURCHASES,
            ("k",) if kind in (BgCnbd, MbgCnbd) else (),
        )
        for kind in (BgNbd, MbgNbd, ParetoNbd, BgCnbd, MbgCnbd)
    },
    "WithCovariates": Case(
        with_channel,
        {
            "expected_purchases": lambda model, table: model.expected_purchases(table, horizon=30),
            "probability_alive": lambda model, table: model.probability_alive(table),
        },
        (*PURCHASES, "channel"),
    ),
    "GammaGamma": Case(GammaGamma, {"expected_spend": lambda model, table: model.expected_spend(table)}, SPEND),
    "SpendByFrequency": Case(
        SpendByFrequency, {"expected_spend": lambda model, table: model.expected_spend(table)}, SPEND
    ),
    "MeanSpend": Case(MeanSpend, {"expected_spend": lambda model, table: model.expected_spend(table)}, SPEND),
    "LifetimeValue": Case(
        LifetimeValue,
        {"predicted_value": lambda model, table: model.predict(table, horizon=30)},
        (*PURCHASES, "monetary_value"),
    ),
    "BgBb": Case(
        BgBb,
        {
            "expected_purchases": lambda model, table: model.expected_purchases(table, horizon=30),
            "probability_alive": lambda model, table: model.probability_alive(table),
            "residual_transactions": lambda model, table: model.residual_transactions(table, discount_rate=0.1),
        },
        PURCHASES,
        own=lambda: periods(),
    ),
    **{
        kind.__name__: Case(
            kind,
            {
                "expected_periods": lambda model, table: model.expected_periods(table, horizon=12),
                "probability_subscribed": lambda model, table: model.probability_subscribed(table, horizon=12),
                "discounted_residual_lifetime": lambda model, table: model.discounted_residual_lifetime(
                    table, discount_rate=0.1
                ),
            },
            ("started_on", "ended_on", "period_days"),
            own=lambda: subscribers(),
            scored=("tenure",),
            options={"as_of": DAY},
        )
        for kind in (ShiftedBetaGeometric, BetaDiscreteWeibull)
    },
}
KINDS: dict[str, Callable[[pa.Table], Any]] = {
    "arrow": lambda table: table,
    "pandas": lambda table: table.to_pandas(),
    "polars": pl.from_arrow,
    "ibis": ibis.memtable,
}


def history(customers: int = 1_500, seed: int = 1) -> pa.Table:
    T = np.random.default_rng(seed).integers(20, 120, customers).astype(float)
    drawn = bg_nbd(customers, r=0.8, alpha=10.0, a=0.3, b=0.6, T=T, seed=seed)
    x = drawn["frequency"].to_numpy()
    recency = np.minimum(np.ceil(drawn["recency"].to_numpy()), T).astype(np.int64)
    return pa.table({
        "customer_id": [f"c{i:05d}" for i in range(customers)],
        "frequency": x,
        "recency": recency,
        "T": T.astype(np.int64),
        "monetary_value": gamma_gamma(x, p=4.0, q=4.0, gamma=20.0, seed=seed),
        "channel": levels(customers, {"web": 0.6, "shop": 0.394, "fax": 0.003, None: 0.003}, seed=seed),
    })  # fmt: skip


HISTORY = history()


@cache
def periods(customers: int = 1_500) -> pa.Table:
    T = np.random.default_rng(1).integers(3, 20, customers)
    drawn = bg_bb(customers, alpha=1.2, beta=0.8, gamma=0.7, delta=2.8, T=T, seed=1)
    return drawn.append_column("customer_id", pa.array([f"c{i:05d}" for i in range(customers)]))


@cache
def subscribers() -> pa.Table:
    return subscriptions(1_500, seed=1)


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@cache
def fitted(make: Make) -> Any:
    case = next(case for case in CASES.values() if case.make is make)
    return case.fit(case.table)


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
    assert fresh.fit(case.table, **case.options) is fresh
    assert all(np.isfinite(value) and (value > 0 or "[" in name) for name, value in model.params_.items())
    assert set(model.standard_errors_) == set(model.params_) - set(case.chosen) == set(model.confidence_intervals_)
    for name, (low, high) in model.confidence_intervals_.items():
        assert low < model.params_[name] < high
        assert low > 0 or "[" in name  # a coefficient of a covariate may be negative
        assert model.standard_errors_[name] > 0
    assert model.customers_ + model.left_out_ >= model.customers_ > 0
    assert type(model).__name__ in repr(model)


def test_scores_are_numbers_one_a_row(case: Case, model: Any) -> None:
    for result in every_score(case, model, case.table).values():
        assert result.shape == (case.table.num_rows,)
        assert np.isfinite(result).all()
        assert (result >= 0).all()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "arrow"])
def test_all_kinds_of_table_give_the_same(case: Case, model: Any, kind: str) -> None:
    table = KINDS[kind](case.table)
    other = case.fit(table)
    assert other.params_ == pytest.approx(model.params_, rel=1e-12)
    for name, result in every_score(case, model, table).items():
        assert result == pytest.approx(every_score(case, model, case.table)[name], rel=1e-12)


def test_refit_forgets_and_a_subset_is_fitted_as_itself(case: Case, model: Any) -> None:
    part = case.table.slice(0, 900)
    again = case.fit(case.table).fit(part, **case.options)
    assert again.params_ == case.fit(part).params_
    assert again.params_ != model.params_
    for name, result in every_score(case, model, part).items():
        assert (result == every_score(case, model, case.table)[name][:900]).all()


def test_row_order_does_not_matter(case: Case, model: Any) -> None:
    order = np.random.default_rng(2).permutation(case.table.num_rows)
    mixed = case.table.take(pa.array(order))
    assert case.fit(mixed).params_ == model.params_
    for name, result in every_score(case, model, mixed).items():
        assert (result == every_score(case, model, case.table)[name][order]).all()


def test_a_customer_twice_counts_twice(case: Case, model: Any) -> None:
    twice = case.fit(pa.concat_tables([case.table, case.table]))
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
    for name, result in every_score(case, loaded, case.table).items():
        assert (result == every_score(case, model, case.table)[name]).all()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"model": "Other"}', '{"model": "MODEL"}', '{"model": "MODEL", "x": 1}']
)
def test_a_broken_save_is_refused(case: Case, text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        case.make().from_json(text.replace("MODEL", type(case.make()).__name__))
    assert caught.value.remedy


def test_asking_before_the_fit_is_an_error(case: Case) -> None:
    for asked in ("params_", "standard_errors_", "confidence_intervals_", "log_likelihood_", "customers_", "left_out_"):
        with pytest.raises(NotFitted, match="fit"):
            getattr(case.make(), asked)
    for score in case.scores.values():
        with pytest.raises(NotFitted):
            score(case.make(), case.table)
    with pytest.raises(NotFitted):
        case.make().to_json()


def test_too_little_data_is_said(case: Case) -> None:
    few = case.table.slice(0, 0 if case.make is MeanSpend else 12)
    with pytest.raises((NotEnoughData, ArgumentError)) as caught:
        case.fit(few)
    assert caught.value.problem
    assert caught.value.remedy


@pytest.mark.parametrize("kind", ["arrow", "ibis"])
def test_a_missing_column_is_named(case: Case, model: Any, kind: str) -> None:
    for column in case.columns:
        lacking = KINDS[kind](case.table.drop_columns([column]))
        with pytest.raises(ContractError) as caught:
            case.fit(lacking)
        assert caught.value.data["column"] == column


def changed(column: str, value: float | date | None, *, row: int = 3, table: pa.Table = HISTORY) -> pa.Table:
    values = table[column].to_pylist()
    values[row] = value
    kind = pa.float64() if isinstance(value, float) else table[column].type
    return table.set_column(table.column_names.index(column), column, pa.array(values, kind))


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
    "start missing": ("started_on", None),
    "end before the start": ("ended_on", date(1999, 1, 1)),
    "period missing": ("period_days", None),
    "period of no day": ("period_days", 0.0),
    "period of half a day": ("period_days", 30.5),
    "period without end": ("period_days", float("inf")),
    "tenure missing": ("tenure", None),
    "tenure not a number": ("tenure", float("nan")),
    "tenure negative": ("tenure", -1.0),
    "tenure not whole": ("tenure", 0.5),
}


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize(
    ("case", "fault"),
    [
        (name, fault)
        for name, case in CASES.items()
        for fault, (column, _) in BAD.items()
        if column in (*case.columns, *(case.scored or ()))
    ],
    indirect=["case"],
)
def test_impossible_histories_are_refused_with_their_number(case: Case, model: Any, kind: str, fault: str) -> None:
    column, value = BAD[fault]
    table = KINDS[kind](changed(column, value, table=case.table))
    fits = [lambda: case.fit(table)] if column in case.columns else []
    asks = case.scores.values() if column in (case.scored or case.columns) else ()
    for act in (*fits, *(lambda s=s: s(model, table) for s in asks)):
        with pytest.raises(ArgumentError) as caught:
            act()
        assert caught.value.data["column"] == column
        assert caught.value.data["came"] == 1
        assert caught.value.data["customers"] == case.table.num_rows
        assert caught.value.remedy


@pytest.mark.parametrize(
    "case", ["BgNbd", "MbgNbd", "ParetoNbd", "BgCnbd", "MbgCnbd", "WithCovariates", "LifetimeValue"], indirect=True
)
def test_a_recency_without_a_repeat_is_refused(case: Case) -> None:
    row = case.table["frequency"].to_pylist().index(0)
    with pytest.raises(ArgumentError, match="frequency 0"):
        case.fit(changed("recency", 2.0, row=row))


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("case", [name for name, case in CASES.items() if case.own is None], indirect=True)
def test_an_unknown_amount_is_allowed_and_never_becomes_nan(case: Case, model: Any, kind: str) -> None:
    row = case.table["frequency"].to_pylist().index(2)
    for amount in (None, float("nan"), 0.0, -5.0):
        table = KINDS[kind](changed("monetary_value", amount, row=row))
        assert case.fit(table).params_
        for result in every_score(case, model, table).values():
            assert np.isfinite(result).all()


@pytest.mark.parametrize("kind", list(KINDS))
def test_no_customers_is_an_error_not_an_empty_answer(case: Case, model: Any, kind: str) -> None:
    empty = KINDS[kind](case.table.slice(0, 0))
    with pytest.raises(ArgumentError, match="no customers"):
        case.fit(empty)
    for score in case.scores.values():
        with pytest.raises(ArgumentError, match="no customers"):
            score(model, empty)


@pytest.mark.parametrize("thing", [None, 7, [1, 2], {"frequency": [1]}, np.zeros((3, 3))])
def test_what_is_no_table_is_refused(case: Case, thing: Any) -> None:
    with pytest.raises(ArgumentError, match="Ibis, Arrow, pandas or Polars"):
        case.fit(thing)


def test_text_is_no_number(case: Case) -> None:
    column = next(name for name in case.columns if pa.types.is_integer(case.table[name].type))
    place = case.table.column_names.index(column)
    words = case.table.set_column(place, column, pa.array(["many"] * case.table.num_rows))
    for table in (words, ibis.memtable(words)):
        with pytest.raises(ArgumentError, match="numbers are allowed"):
            case.fit(table)


@pytest.mark.parametrize("horizon", [-1, float("nan"), float("inf")])
def test_a_horizon_that_cannot_be(horizon: float) -> None:
    with pytest.raises(ArgumentError, match="horizon"):
        BgNbd().fit(HISTORY).expected_purchases(HISTORY, horizon=horizon)
    with pytest.raises(ArgumentError, match="horizon"):
        LifetimeValue().fit(HISTORY).predict(HISTORY, horizon=horizon)


def test_ibis_keeps_its_columns_and_adds_one(case: Case, model: Any) -> None:
    table = ibis.memtable(case.table)
    for name, score in case.scores.items():
        result = score(model, table)
        assert result.columns == (*table.columns, name)
        again = score(model, result)  # a column of that name is replaced
        assert again.columns == result.columns
        assert again.count().execute() == case.table.num_rows


def test_one_engine_call_a_result(case: Case, model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    execute = ir.Table.to_pyarrow
    monkeypatch.setattr(ir.Table, "to_pyarrow", lambda self, **kwargs: calls.append(1) or execute(self, **kwargs))
    table = ibis.memtable(case.table)
    for score in case.scores.values():
        calls.clear()
        score(model, table)
        assert len(calls) == 1
    calls.clear()
    case.fit(table)
    # Purchases, and amounts; levels, and patterns by level.
    assert len(calls) == (2 if case.make in (LifetimeValue, with_channel) else 1)
