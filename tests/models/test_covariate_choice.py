"""Whether how customers began is told to the model, and what it is then worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from patron.models import BgNbd, Lookback, MbgCnbd, WithCovariates, fit_value_model
from patron.models.covariate_choice import LEAST_SHARE, choose_covariates
from patron.models.log_score import log_chance, what_came
from patron.models.patterns import read_patterns
from patron.models.purchase_choice import Choice, choose_purchases
from patron.models.purchase_model import COLUMNS
from patron.simulate import bg_nbd, levels

SHOP = {"r": 0.6, "a": 1.2, "b": 2.0}
CHANNELS = {"search": 0.5, "social": 0.3, "referral": 0.2}
HORIZON = 180


def shop(customers: int = 8_000, *, effect: float, seed: int = 1) -> pa.Table:
    """Customers in whole days whose channel multiplies how often they buy: referral by exp(effect)."""
    T = np.random.default_rng(seed).integers(30, 500, customers).astype(float)
    channel = levels(customers, CHANNELS, seed=seed)
    alpha = np.where(np.array(channel.to_pylist()) == "referral", 30 * np.exp(-effect), 30.0)
    drawn = bg_nbd(customers, **SHOP, alpha=alpha, T=T, seed=seed, horizon=float(HORIZON))
    return pa.table({
        "customer_id": [f"c{number:05d}" for number in range(customers)], "frequency": drawn["frequency"],
        "recency": np.minimum(np.ceil(drawn["recency"].to_numpy()), T), "T": T,
        "monetary_value": np.where(drawn["frequency"].to_numpy() > 0, 20.0 + T % 7, np.nan),
        "acquisition_channel": channel, "after": drawn["purchases_after"],
    })  # fmt: skip


def looked_back(table: pa.Table) -> Lookback:
    came = table.select(["customer_id", "after"]).rename_columns(["customer_id", "orders"])
    came = came.append_column("value", pc.multiply(came["orders"].cast(pa.float64()), 10.0))
    history = ibis.memtable(table.drop_columns(["after"]))
    return Lookback(
        orders=history, history=history, outcome=ibis.memtable(came.filter(pc.greater(came["orders"], 0))),
        origin=date(2024, 6, 30), horizon_days=HORIZON,
    )  # fmt: skip


def chosen(table: pa.Table) -> Choice:
    back = looked_back(table)
    plain = choose_purchases(read_patterns(back.history, COLUMNS), back)
    return choose_covariates(plain, back.history, back)


def test_a_channel_that_moves_the_purchases_is_told_apart() -> None:
    table = shop(effect=1.0)
    choice = chosen(table)
    assert isinstance(choice.model, WithCovariates)
    assert choice.model.short_name == "bg_nbd+covariates"
    assert choice.log_scores["bg_nbd+covariates"] > choice.log_scores["bg_nbd"]
    low, high = choice.model.confidence_intervals_["gamma1[acquisition_channel=referral]"]
    assert low < 1.0 < high


def test_one_that_moves_nothing_is_scored_and_left() -> None:
    choice = chosen(shop(effect=0.0))
    assert type(choice.model) is BgNbd
    assert "bg_nbd+covariates" in choice.log_scores


def test_who_has_no_repeat_is_foretold_as_others_of_the_channel() -> None:
    """The fallback from the customer to the segment: their mean comes true, where that of all customers is far off."""
    table = shop(20_000, effect=1.2, seed=2)
    back = looked_back(table)
    model = fit_value_model(back.history, lookback=back)
    plain = fit_value_model(back.history.drop("acquisition_channel"), lookback=replace(
        back, history=back.history.drop("acquisition_channel")
    ))  # fmt: skip
    assert model is not None and plain is not None  # noqa: PT018
    new = table.filter(pc.and_(pc.equal(table["frequency"], 0), pc.equal(table["acquisition_channel"], "referral")))
    came = float(pc.mean(new["after"]).as_py())
    told, all_alike = (
        float(np.mean(one.purchases_.expected_purchases(new, horizon=HORIZON))) for one in (model, plain)
    )
    assert told == pytest.approx(came, rel=0.1)
    assert abs(all_alike / came - 1) > 0.15
    again = type(model).from_json(model.to_json())
    assert (again.predict(new, horizon=HORIZON) == model.predict(new, horizon=HORIZON)).all()


def test_the_score_of_cells_is_that_of_each_customer() -> None:
    table = shop(3_000, effect=1.0)
    back = looked_back(table)
    model = WithCovariates(BgNbd, "acquisition_channel").fit(back.history)
    came = what_came(model.prepared(back.history), back, by=model.pattern_columns)
    mean = float(came.patterns.customers @ log_chance(model, came, float(HORIZON))) / 3_000
    after = table["after"].to_numpy()
    each = model.cdf(table, after, horizon=HORIZON) - model.cdf(table, after - 1, horizon=HORIZON)
    assert mean == pytest.approx(float(np.log(each).mean()), rel=1e-9)


@pytest.mark.parametrize(
    "values",
    [
        [None],  # nobody's is known
        ["web"],
        ["web", None],  # one and none are two levels, but none has too few
        [f"campaign {number}" for number in range(8_000)],  # everybody's own
    ],
    ids=["unknown", "all alike", "hardly known", "all different"],
)
def test_a_column_that_tells_nobody_apart_is_left(values: list[str | None]) -> None:
    table = shop(effect=1.0)
    size = table.num_rows
    column = pa.array([values[0]] * (size - 5) + (values * size)[:5] if len(values) < 9 else values, pa.string())
    told = table.set_column(table.column_names.index("acquisition_channel"), "acquisition_channel", column)
    choice = chosen(told)
    assert type(choice.model) is BgNbd
    assert "bg_nbd+covariates" not in choice.log_scores


def test_of_two_that_say_the_same_one_is_used() -> None:
    table = shop(effect=1.0)
    choice = chosen(table.append_column("first_category", table["acquisition_channel"]))
    assert isinstance(choice.model, WithCovariates)
    assert choice.model.purchases == ("acquisition_channel",)


def test_rare_levels_are_pooled() -> None:
    table = shop(effect=1.0)
    rare = pa.array([f"rare {i // 100}" if i < 1_500 else one for i, one in
                     enumerate(table["acquisition_channel"].to_pylist())])  # fmt: skip
    choice = chosen(table.set_column(table.column_names.index("acquisition_channel"), "acquisition_channel", rare))
    assert isinstance(choice.model, WithCovariates)
    assert choice.model.pooled_.to_pylist() == [{"covariate": "acquisition_channel", "levels": 15, "customers": 1_500}]
    assert LEAST_SHARE * 8_000 > 100


def test_models_that_take_none_and_shops_without_a_past_stay_as_they_are() -> None:
    back = looked_back(shop(effect=1.0))
    regular = Choice(model=MbgCnbd(k=2).fit(back.history), log_scores={"mbg_cnbd": -1.0})
    assert choose_covariates(regular, back.history, back) is regular
    untested = Choice(model=BgNbd().fit(back.history))
    assert choose_covariates(untested, back.history, back) is untested
    assert choose_covariates(regular, back.history, None) is regular


def test_row_order_does_not_matter() -> None:
    table = shop(3_000, effect=1.0)
    one, other = (chosen(rows) for rows in (table, table.take(np.random.default_rng(3).permutation(3_000))))
    assert one.log_scores == other.log_scores
    assert one.model.params_ == other.model.params_
