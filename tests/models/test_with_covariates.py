"""Covariates by formula: simulated truth, laws, the customers of CDNOW, and what cannot be fitted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from covariate_shops import SHOP, column, shop
from scipy import optimize, special

from patron.errors import ArgumentError, ContractError, FitError
from patron.models import BgNbd, GammaGamma, LifetimeValue, Lookback, MbgNbd, WithCovariates, forecasts
from patron.models.covariate_effects import cell_by_cell, of_chances
from patron.models.dropout_likelihood import log_likelihood, tabulate
from patron.models.patterns import Patterns, read_patterns
from patron.models.purchase_model import COLUMNS, PurchaseModel
from patron.models.value_model import recalibrate
from patron.simulate import bg_nbd, gamma_gamma, levels, mbg_nbd
from patron.stats.pit import distance_from_uniform, randomised_pit

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "cdnow"
Draw = Callable[..., pa.Table]
KINDS = [(BgNbd, bg_nbd), (MbgNbd, mbg_nbd)]


@pytest.fixture(scope="module")
def history() -> pa.Table:
    return shop(6_000, seed=11, gamma1={"shop": 0.6}, gamma2={"shop": -0.3}, horizon=26.0)


@pytest.fixture(scope="module")
def model(history: pa.Table) -> WithCovariates:
    return WithCovariates(BgNbd, "channel + age", dropout="channel").fit(history)


# Simulated truth


@pytest.mark.parametrize(("kind", "draw"), KINDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_parameters_and_coefficients_are_recovered_within_three_standard_errors(
    kind: type[PurchaseModel], draw: Draw, seed: int
) -> None:
    truth = {
        "gamma1": {"shop": 0.5, "mail": -0.4},
        "gamma2": {"shop": 0.3, "mail": -0.2},
        "gamma3": {"shop": -0.3, "mail": 0.4},
    }
    table = shop(30_000, seed=seed, draw=draw, of_age=0.02, **truth)
    model = WithCovariates(kind, "channel + age", dropout="channel").fit(table)
    expected = {f"{name}[channel={level}]": size for name, of in truth.items() for level, size in of.items()}
    # The baseline is a customer of mean age, not of age 40.
    at_mean = {"alpha": SHOP["alpha"] * np.exp(-0.02 * (column(table, "age").mean() - 40))}
    expected |= SHOP | at_mean | {"gamma1[age]": 0.02}
    assert set(expected) == set(model.params_)
    for name, value in expected.items():
        assert abs(model.params_[name] - value) < 3 * model.standard_errors_[name], name
    assert model.likelihood_ratio_.p_value < 1e-12
    assert model.likelihood_ratio_.degrees == 7


def test_without_effects_the_intervals_hold_zero_and_the_test_is_uniform() -> None:
    held, chances = [], []
    for seed in range(40):
        fitted = WithCovariates(BgNbd, "channel + age").fit(shop(1_200, seed=100 + seed))
        ends = [ends for name, ends in fitted.confidence_intervals_.items() if "[" in name]
        held += [low < 0 < high for low, high in ends]
        chances.append(fitted.likelihood_ratio_.p_value)
    # 120 intervals: 95 % less three standard errors of 2 points.
    assert np.mean(held) >= 0.89
    assert distance_from_uniform(np.array(chances)) < 1.63 / np.sqrt(40)  # Kolmogorov's 1 % point


def test_forecasts_are_right_as_distributions_in_each_cell(history: pa.Table, model: WithCovariates) -> None:
    after = column(history, "purchases_after")
    below, at = (model.cdf(history, counts, horizon=26) for counts in (after - 1, after))
    assert distance_from_uniform(randomised_pit(below, at, rng=np.random.default_rng(1))) < 1.63 / np.sqrt(6_000)
    expected = model.expected_purchases(history, horizon=26)
    plain = BgNbd().fit(history).expected_purchases(history, horizon=26)
    new = column(history, "frequency") == 0
    for level in ("web", "shop"):
        chosen = new & (column(history, "channel") == level)
        assert expected[chosen].mean() == pytest.approx(after[chosen].mean(), rel=0.12)
        # Who has bought once only is expected to do as others of the channel, not as everybody.
        off = (abs(guess[chosen].mean() - after[chosen].mean()) for guess in (expected, plain))
        assert next(off) < next(off)


@pytest.mark.slow
def test_intervals_of_what_is_expected_hold_the_truth() -> None:
    asked = pa.table({
        "frequency": [0, 4, 1], "recency": [0.0, 20.0, 3.0], "T": [30.0] * 3, "channel": ["shop", "shop", "web"],
    })  # fmt: skip
    fast = BgNbd.from_params(**{**SHOP, "alpha": SHOP["alpha"] * np.exp(-0.5)})
    usual = BgNbd.from_params(**SHOP)
    cases = {
        "expected_purchases": [
            kind.expected_purchases(asked, horizon=26)[row] for kind, row in ((fast, 0), (fast, 1), (usual, 2))
        ],
        "probability_alive": [kind.probability_alive(asked)[row] for kind, row in ((fast, 0), (fast, 1), (usual, 2))],
    }
    held: dict[str, list[np.ndarray]] = {name: [] for name in cases}
    for seed in range(80):
        model = WithCovariates(BgNbd, "channel").fit(shop(3_000, seed=300 + seed, gamma1={"shop": 0.5}))
        for name, ends in (
            ("expected_purchases", model.expected_purchases_interval(asked, horizon=26)),
            ("probability_alive", model.probability_alive_interval(asked)),
        ):
            held[name].append((ends[:, 0] <= cases[name]) & (cases[name] <= ends[:, 1]))
    for name, hits in held.items():
        share = np.mean(hits, axis=0)
        assert (share >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 80)).all(), name


# The likelihood


def row_log_likelihood(table: pa.Table, alpha: Any, *, r: float, a: float, b: float) -> float:
    """Fader, Hardie & Lee (2005), equation 6, customer by customer."""
    x, t_x, T = (column(table, name).astype(float) for name in COLUMNS)
    rate = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
    stayed = special.betaln(a, b + x) - special.betaln(a, b) - (r + x) * np.log(alpha + T)
    left = special.betaln(a + 1, b + np.maximum(x, 1) - 1) - special.betaln(a, b) - (r + x) * np.log(alpha + t_x)
    return float((rate + np.where(x > 0, np.logaddexp(stayed, left), stayed)).sum())


def test_a_direct_search_on_all_customers_ends_at_the_same_top(history: pa.Table) -> None:
    """Derivative-free on rows, against the analytic gradient on tabulated cells."""
    table = history.slice(0, 800)
    model = WithCovariates(BgNbd, "age").fit(table)
    age = column(table, "age") - column(table, "age").mean()

    def height(point: np.ndarray) -> float:
        r, alpha, a, b = np.exp(point[:4])
        return -row_log_likelihood(table, alpha * np.exp(-point[4] * age / 10), r=r, a=a, b=b)

    start = np.log(list(BgNbd().fit(table).params_.values()))
    found = optimize.minimize(
        height, [*start, 0.0], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9, "maxiter": 4_000}
    )
    assert model.log_likelihood_ == pytest.approx(-found.fun, abs=1e-6)
    assert model.params_["gamma1[age]"] == pytest.approx(found.x[4] / 10, abs=1e-5)


def test_slow_customers_of_one_channel_are_fast_ones_seen_in_days() -> None:
    """One channel is the other with its times seven-fold: then all that differs is alpha, exactly."""
    one = bg_nbd(2_000, **SHOP, T=np.random.default_rng(1).integers(20, 60, 2_000).astype(float), seed=1)
    slow = pa.table({
        "frequency": one["frequency"], "recency": column(one, "recency") * 7, "T": column(one, "T") * 7,
    })  # fmt: skip
    both = pa.concat_tables([
        one.select(list(COLUMNS)).append_column("channel", pa.array(["a"] * 2_000)),
        slow.append_column("channel", pa.array(["b"] * 2_000)),
    ])  # fmt: skip
    model = WithCovariates(BgNbd, "channel", dropout="channel").fit(both)
    apart = [BgNbd().fit(table) for table in (one, slow)]
    assert model.log_likelihood_ == pytest.approx(sum(part.log_likelihood_ for part in apart), rel=1e-12)
    for name, value in apart[0].params_.items():
        assert model.params_[name] == pytest.approx(value, rel=1e-6)
    assert model.params_["gamma1[channel=b]"] == pytest.approx(-np.log(7), rel=1e-6)
    assert model.params_["gamma2[channel=b]"] == pytest.approx(0, abs=1e-5)
    assert model.expected_purchases(both, horizon=70)[2_000:] == pytest.approx(
        apart[1].expected_purchases(slow, horizon=70), rel=1e-6
    )


@pytest.mark.parametrize("kind", [BgNbd, MbgNbd])
def test_it_stands_between_one_fit_for_all_and_one_for_each_channel(
    kind: type[PurchaseModel], history: pa.Table
) -> None:
    """Fits of each channel have a shape r of their own, which the covariates leave common."""
    for_all = kind().fit(history).log_likelihood_
    of_purchases = WithCovariates(kind, "channel").fit(history).log_likelihood_
    of_both = WithCovariates(kind, "channel", dropout="channel").fit(history).log_likelihood_
    parts = [history.filter(pa.array(column(history, "channel") == level)) for level in ("web", "shop", "mail")]
    for_each = sum(kind().fit(part).log_likelihood_ for part in parts)
    assert for_all < of_purchases < of_both < for_each
    assert for_each - of_both < 6  # two shapes more


def test_the_likelihood_ratio_is_against_the_model_without(history: pa.Table, model: WithCovariates) -> None:
    plain = BgNbd().fit(history)
    assert model.without_.params_ == plain.params_
    test = model.likelihood_ratio_
    assert test.statistic == pytest.approx(2 * (model.log_likelihood_ - plain.log_likelihood_), rel=1e-9)
    assert test.degrees == 2 + 1 + 4
    assert 0 <= test.p_value == pytest.approx(special.gammaincc(test.degrees / 2, test.statistic / 2))


def test_nobody_who_leaves_has_covariates_of_the_purchases_alone() -> None:
    rng = np.random.default_rng(4)
    channel = levels(4_000, {"web": 0.5, "shop": 0.5}, seed=4)
    alpha = 10 * np.where(np.array(channel.to_pylist()) == "web", np.exp(0.5), 1)
    x = rng.poisson(rng.gamma(0.8, 1 / alpha, 4_000) * 52)
    table = pa.table({
        "frequency": x, "recency": np.where(x > 0, 52 * rng.random(4_000) ** (1 / np.maximum(x, 1)), 0),
        "T": np.full(4_000, 52.0), "channel": channel,
    })  # fmt: skip
    model = WithCovariates(BgNbd(dropout=False), "channel").fit(table)
    assert not model.has_dropout_
    assert (model.params_["a"], model.params_["b"]) == (0, 1)
    gap = next(value for name, value in model.params_.items() if "[" in name)
    assert abs(abs(gap) - 0.5) < 3 * next(v for name, v in model.standard_errors_.items() if "[" in name)
    assert WithCovariates.from_json(model.to_json()).expected_purchases(table, horizon=9).sum() > 0
    with pytest.raises(ArgumentError, match="nothing to move"):
        WithCovariates(BgNbd(dropout=False), "channel", dropout="channel").fit(table)


# Laws


def test_the_unit_of_time_changes_nothing(history: pa.Table, model: WithCovariates) -> None:
    days = pa.table({
        "frequency": history["frequency"], "recency": column(history, "recency") * 7, "T": column(history, "T") * 7,
        "channel": history["channel"], "age": history["age"],
    })  # fmt: skip
    other = WithCovariates(BgNbd, "channel + age", dropout="channel").fit(days)
    for name, value in model.params_.items():
        assert other.params_[name] == pytest.approx(value * (7 if name == "alpha" else 1), rel=1e-6, abs=1e-9)
    assert other.likelihood_ratio_.statistic == pytest.approx(model.likelihood_ratio_.statistic, rel=1e-7)
    assert other.expected_purchases(days, horizon=70) == pytest.approx(
        model.expected_purchases(history, horizon=10), rel=1e-6
    )


def test_the_unit_of_a_number_changes_its_coefficient_alone(history: pa.Table, model: WithCovariates) -> None:
    months = history.set_column(history.column_names.index("age"), "age", pa.array(column(history, "age") * 12 - 100))
    other = WithCovariates(BgNbd, "channel + age", dropout="channel").fit(months)
    for name, value in model.params_.items():
        factor = 1 / 12 if name == "gamma1[age]" else 1
        assert other.params_[name] == pytest.approx(value * factor, rel=1e-6)
        assert other.standard_errors_[name] == pytest.approx(model.standard_errors_[name] * factor, rel=1e-4)


def test_levels_are_only_names(history: pa.Table, model: WithCovariates) -> None:
    names = {"web": "Ω", "shop": "shop + café", "mail": ""}
    renamed = pa.array([names[level] for level in history["channel"].to_pylist()])
    table = history.set_column(history.column_names.index("channel"), "channel", renamed)
    other = WithCovariates(BgNbd, "channel + age", dropout="channel").fit(table)
    assert other.params_["gamma1[channel=shop + café]"] == pytest.approx(
        model.params_["gamma1[channel=shop]"], rel=1e-6
    )
    assert other.log_likelihood_ == pytest.approx(model.log_likelihood_, rel=1e-12)


def test_a_covariate_of_yes_and_no_is_a_category(history: pa.Table) -> None:
    online = pa.array(column(history, "channel") == "web")
    word = pa.array(["true" if yes else "false" for yes in online.to_pylist()])
    whole, text = (
        WithCovariates(BgNbd, "online").fit(history.append_column("online", value)) for value in (online, word)
    )
    assert whole.params_ == text.params_
    assert any(name.startswith("gamma1[online=") for name in whole.params_)


def test_many_cells_are_scored_together_as_they_are_one_by_one(history: pa.Table) -> None:
    """Numbers of the purchases are on a common scale of time; the same customers are asked a cell at a time."""
    amount = pa.array(np.random.default_rng(3).lognormal(3, 1, history.num_rows).round(2))
    table = history.append_column("amount", amount)
    model = WithCovariates(BgNbd, "amount + channel", dropout="channel").fit(table)
    rows = [0, 1, 2, 57, 400, 5_999]
    expected, alive = model.expected_purchases(table, horizon=26), model.probability_alive(table)
    ends = model.purchase_interval(table, horizon=26)
    for row in rows:
        one = table.slice(row, 1)
        assert expected[row] == pytest.approx(model.expected_purchases(one, horizon=26)[0], rel=1e-11)
        assert alive[row] == pytest.approx(model.probability_alive(one)[0], rel=1e-11)
        assert (ends[row] == model.purchase_interval(one, horizon=26)[0]).all()
        assert model.cdf(table, np.full(history.num_rows, 2), horizon=26)[row] == pytest.approx(
            model.cdf(one, [2], horizon=26)[0], rel=1e-9
        )


def test_a_cell_is_the_model_with_its_parameters(history: pa.Table, model: WithCovariates) -> None:
    age = column(history, "age").mean()
    one = pa.table({"frequency": [3], "recency": [20.0], "T": [30.0], "channel": ["shop"], "age": [age + 5]})
    p = model.params_
    known = BgNbd.from_params(
        r=p["r"], alpha=p["alpha"] * np.exp(-p["gamma1[channel=shop]"] - 5 * p["gamma1[age]"]),
        a=p["a"] * np.exp(p["gamma2[channel=shop]"]), b=p["b"] * np.exp(p["gamma3[channel=shop]"]),
    )  # fmt: skip
    assert model.expected_purchases(one, horizon=26) == pytest.approx(known.expected_purchases(one, horizon=26))
    assert model.probability_alive(one) == pytest.approx(known.probability_alive(one))
    assert (model.purchase_interval(one, horizon=26) == known.purchase_interval(one, horizon=26)).all()
    described = model.expected_purchases_of_new([9.0, 52.0], like={"channel": "shop", "age": age + 5})
    assert described == pytest.approx(known.expected_purchases_of_new([9.0, 52.0]))


def test_influence_foretells_the_fit_without_a_customer() -> None:
    table = shop(1_500, seed=5)
    busy = pa.table({"frequency": [900], "recency": [50.0], "T": [50.0], "channel": ["mail"]})
    columns = ["frequency", "recency", "T", "channel"]
    both = pa.concat_tables([table.select(columns), busy])
    model, without = (WithCovariates(BgNbd, "channel").fit(part) for part in (both, table))
    first = model.influence(both, top=1).to_pylist()[0]
    assert first["frequency"] == 900
    assert first["displacement"] > 1
    name = "gamma1[channel=mail]"
    assert np.sign(np.log(first[name])) == np.sign(without.params_[name] - model.params_[name])
    gradient = model._slopes(read_patterns(model.prepared(both), model.pattern_columns))
    patterns = read_patterns(model.prepared(both), model.pattern_columns)
    assert patterns.customers @ gradient == pytest.approx(np.zeros(gradient.shape[1]), abs=1e-5 * len(both))


def test_a_model_takes_covariates_by_saying_what_they_move(history: pa.Table) -> None:
    """Any likelihood of patterns will do: it is asked a cell at a time."""

    class Declared(BgNbd):
        covariate_effects = of_chances(
            cell_by_cell(lambda *columns: partial(log_likelihood, tabulate(*columns, extra=0)))
        )

    declared, known = (WithCovariates(kind, "channel", dropout="channel").fit(history) for kind in (Declared, BgNbd))
    assert declared.log_likelihood_ == pytest.approx(known.log_likelihood_, rel=1e-12)
    assert declared.params_ == pytest.approx(known.params_, rel=1e-6)
    assert declared.standard_errors_ == pytest.approx(known.standard_errors_, rel=1e-4)


# New customers


def test_a_new_customer_is_as_those_of_the_fit_or_as_described(history: pa.Table, model: WithCovariates) -> None:
    channels = column(history, "channel")
    plain = WithCovariates(BgNbd, "channel", dropout="channel").fit(history)
    by_channel = {level: plain.expected_purchases_of_new(52.0, like={"channel": level}) for level in ("web", "shop")}
    shares = {level: (channels == level).mean() for level in ("web", "shop", "mail")}
    mean = sum(share * plain.expected_purchases_of_new(52.0, like={"channel": k}) for k, share in shares.items())
    assert by_channel["shop"] > 1.3 * by_channel["web"]
    assert plain.expected_purchases_of_new(52.0) == pytest.approx(mean)
    assert model.expected_purchases_of_new(52.0) == pytest.approx(mean, rel=0.01)  # ages by the means of their tenths
    assert model.expected_purchases_of_new(52.0, like={"channel": "telex", "age": None}) == pytest.approx(
        model.expected_purchases_of_new(52.0, like={"channel": "web", "age": column(history, "age").mean()})
    )
    with pytest.raises(ArgumentError, match="Did you mean 'channel'"):
        model.expected_purchases_of_new(52.0, like={"chanel": "web"})
    with pytest.raises(ArgumentError, match="numbers are allowed"):
        model.expected_purchases_of_new(52.0, like={"age": "old"})
    with pytest.raises(ArgumentError, match="numbers are allowed"):
        model.expected_purchases_of_new(52.0, like={"age": object()})


# Levels of few customers, unknown ones, and none


def test_rare_levels_are_one_and_unknown_ones_are_as_they() -> None:
    shares = {"web": 0.6, "shop": 0.35, "fax": 0.01, "telex": 0.01, "pigeon": 0.01, None: 0.02}
    table = shop(2_000, seed=3, shares=shares, gamma1={"fax": 1.0, "telex": 1.0, "pigeon": 1.0})
    model = WithCovariates(BgNbd, "channel").fit(table)
    assert [name for name in model.params_ if "[" in name] == [
        "gamma1[channel=(missing)]", "gamma1[channel=(other)]", "gamma1[channel=shop]"
    ]  # fmt: skip
    rare = int(np.isin(column(table, "channel"), ["fax", "telex", "pigeon"]).sum())
    assert model.pooled_.to_pylist() == [{"covariate": "channel", "levels": 3, "customers": rare}]
    assert model.strange(table) == {"channel": rare}
    row = {"frequency": [1] * 5, "recency": [9.0] * 5, "T": [30.0] * 5}
    seen = pa.table({**row, "channel": ["fax", "carrier", "(other)", None, "web"]})
    fax, carrier, other, missing, web = model.expected_purchases(seen, horizon=30)
    assert fax == carrier == other
    assert len({other, missing, web}) == 3
    assert np.isfinite([other, missing, web]).all()
    assert model.params_["gamma1[channel=(other)]"] > 0.3
    assert model.strange(seen) == {"channel": 2}
    assert model.strange(ibis.memtable(seen)) == {"channel": 2}


def test_too_few_for_a_level_together_count_as_the_most_frequent() -> None:
    table = shop(1_500, seed=3, shares={"web": 0.6, "shop": 0.394, "fax": 0.003, None: 0.003})
    model = WithCovariates(BgNbd, "channel").fit(table)
    assert [name for name in model.params_ if "[" in name] == ["gamma1[channel=shop]"]
    row = {"frequency": [1] * 4, "recency": [9.0] * 4, "T": [30.0] * 4}
    seen = pa.table({**row, "channel": ["fax", None, "carrier", "web"]})
    assert len(set(model.expected_purchases(seen, horizon=30).tolist())) == 1


def test_a_level_of_whom_nobody_came_back_is_pooled_not_infinitely_bad() -> None:
    table = shop(1_500, seed=6)
    gone = pa.table({"frequency": [0] * 60, "recency": [0.0] * 60, "T": [40.0] * 60, "channel": ["once"] * 60})
    both = pa.concat_tables([table.select(gone.column_names), gone])
    model = WithCovariates(BgNbd, "channel").fit(both)
    assert all("once" not in name for name in model.params_)
    assert model.pooled_.to_pylist() == [{"covariate": "channel", "levels": 1, "customers": 60}]


def test_equally_frequent_levels_take_the_first_by_name_as_reference() -> None:
    table = shop(1_000, seed=8).append_column("side", pa.array(["right", "left"] * 500))
    model = WithCovariates(BgNbd, "side").fit(table)
    assert "gamma1[side=right]" in model.params_


def test_numbers_that_are_missing_or_beyond_are_never_nan(history: pa.Table) -> None:
    age = column(history, "age").copy()
    age[:500] = np.nan
    table = history.set_column(history.column_names.index("age"), "age", pa.array(age, from_pandas=True))
    model = WithCovariates(BgNbd, "age").fit(table)
    assert "gamma1[age=(missing)]" in model.params_
    row = {"frequency": [1] * 5, "recency": [9.0] * 5, "T": [30.0] * 5}
    seen = pa.table({**row, "age": [None, np.nan, 1e9, np.inf, np.nanmax(age)]})
    none, nan, beyond, infinite, most = model.expected_purchases(seen, horizon=30)
    assert none == nan
    assert beyond == infinite == most
    assert model.strange(seen) == {"age": 2}
    known = WithCovariates(BgNbd, "age").fit(history)
    assert known.expected_purchases(seen.slice(0, 1), horizon=30) == known.expected_purchases(
        pa.table({**{k: v[:1] for k, v in row.items()}, "age": [column(history, "age").mean()]}), horizon=30
    )


# What cannot be fitted


def with_column(table: pa.Table, **columns: Any) -> pa.Table:
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values))
    return table


@pytest.mark.parametrize(
    ("formula", "match"),
    [
        ("", "place without a name"),
        ("channel +", "place without a name"),
        ("channel + channel", "more than once"),
        ("channel + frequency", "no covariate"),
        (7, "text is allowed"),
        (None, "No covariate is named"),
    ],
)
def test_a_formula_that_is_none(formula: Any, match: str) -> None:
    with pytest.raises(ArgumentError, match=match):
        WithCovariates(BgNbd, formula)


@pytest.mark.parametrize("kind", ["arrow", "ibis"])
def test_columns_that_are_no_covariates_are_named(history: pa.Table, kind: str) -> None:
    n = history.num_rows
    table = with_column(
        history,
        same=["x"] * n,
        five=[5.0] * n,
        ids=[f"c{i}" for i in range(n)],
        day=[date(2024, 1, 1)] * n,
        online=(column(history, "channel") == "web"),
        double=column(history, "age") * 2 + 1,
        endless=[np.inf, *[1.0] * (n - 1)],
    )
    given = ibis.memtable(table) if kind == "ibis" else table
    for formula, match in (
        ("same", "no two levels"), ("five", "same number"), ("ids", "no two levels"), ("day", "text, booleans and"),
        ("endless", "infinite for 1"), ("channel + online", "'online' .* says what channel"),
        ("age + channel + double", "'double' .* says what age already"),
    ):  # fmt: skip
        with pytest.raises(ArgumentError, match=match) as caught:
            WithCovariates(BgNbd, formula).fit(given)
        assert caught.value.data["column"] in formula
        assert "c17" not in str(caught.value)  # values of customers stay out of the text
    with pytest.raises(ContractError, match="Did you mean 'channel'"):
        WithCovariates(BgNbd, "chanel").fit(given)


def test_another_type_than_at_the_fit_is_refused(history: pa.Table, model: WithCovariates) -> None:
    codes = history.set_column(history.column_names.index("channel"), "channel", pa.array([1] * history.num_rows))
    words = history.set_column(history.column_names.index("age"), "age", pa.array(["old"] * history.num_rows))
    for table in (codes, words, ibis.memtable(codes), ibis.memtable(words)):
        with pytest.raises(ArgumentError, match="allowed for a covariate"):
            model.expected_purchases(table, horizon=30)


def test_what_the_data_do_not_tell_is_named_by_its_coefficient() -> None:
    """Of a level with one repeat nobody can tell how soon its customers leave."""
    table = shop(1_500, seed=6).select(["frequency", "recency", "T", "channel"])
    rare = pa.table({
        "frequency": [1, *[0] * 39], "recency": [39.9, *[0.0] * 39], "T": [40.0] * 40, "channel": ["once"] * 40,
    })  # fmt: skip
    both = pa.concat_tables([table, rare])
    with pytest.raises(FitError, match=r"gamma[23]\[channel=once\]") as caught:
        WithCovariates(BgNbd, "channel", dropout="channel").fit(both)
    assert "formula" in caught.value.remedy
    assert WithCovariates(BgNbd, "channel").fit(both).params_


def test_models_without_covariates_and_arrays_without_cells_are_refused(model: WithCovariates) -> None:
    class Plain(BgNbd):
        covariate_effects = None

    with pytest.raises(ArgumentError, match="takes no covariates"):
        WithCovariates(Plain, "channel")
    nothing = np.zeros(1)
    for ask in (model.alive, model.scores):
        with pytest.raises(ArgumentError, match="without its covariates"):
            ask(nothing, nothing, nothing)
    for ask_ahead in (model.ahead, model.outlook):
        with pytest.raises(ArgumentError, match="without its covariates"):
            ask_ahead(nothing, nothing, nothing, 30.0)


# Engines


def test_the_engine_and_memory_see_the_same_cells() -> None:
    shares = {"web": 0.6, "it's": 0.3, "fax": 0.01, None: 0.09}
    table = shop(2_000, seed=9, shares=shares)
    age = column(table, "age").copy()
    age[::7] = np.nan
    table = table.set_column(table.column_names.index("age"), "age", pa.array(age))
    table = with_column(table, club=[None, True, False, True] * 500, visits=[1, 2, None, 9] * 500)
    model, other = (
        WithCovariates(BgNbd, "channel + age + visits", dropout="club").fit(given)
        for given in (table, ibis.memtable(table))
    )
    assert model.params_ == other.params_
    here = model.prepared(table).select(list(model.pattern_columns)).to_pydict()
    there = model.prepared(ibis.memtable(table)).to_pyarrow().select(list(model.pattern_columns)).to_pydict()
    assert here == there


def test_the_cells_compile_for_spark(model: WithCovariates) -> None:
    ibis.pyspark  # noqa: B018 - registers its options
    columns = {"frequency": "int64", "recency": "float64", "T": "float64", "channel": "string", "age": "float64"}
    made = model.prepared(ibis.table(columns, name="history"))
    assert "CASE" in ibis.to_sql(made, dialect="pyspark")


# Inside the value model


@pytest.fixture(scope="module")
def valued(history: pa.Table) -> pa.Table:
    amounts = gamma_gamma(column(history, "frequency"), p=4.0, q=4.0, gamma=20.0, seed=1)
    ids = pa.array([f"c{i:05d}" for i in range(history.num_rows)])
    return history.append_column("monetary_value", amounts).append_column("customer_id", ids)


def test_the_value_of_a_customer_knows_its_channel(valued: pa.Table) -> None:
    purchases = WithCovariates(BgNbd, "channel", dropout="channel")
    model = LifetimeValue(purchases=purchases, discount_rate=0.0).fit(valued)
    value = model.predict(valued, horizon=365)
    orders = model.purchases_.expected_purchases(valued, horizon=365)
    spend = GammaGamma().fit(valued).expected_spend(valued)
    assert value == pytest.approx(orders * spend, rel=1e-9)
    assert model.predict(ibis.memtable(valued), horizon=365).columns == (*valued.column_names, "predicted_value")
    scored = model.predict(ibis.memtable(valued), horizon=365).order_by("customer_id").to_pyarrow()
    assert scored["predicted_value"].to_numpy() == pytest.approx(value, rel=1e-12)
    again = LifetimeValue.from_json(model.to_json())
    assert (again.predict(valued, horizon=365) == value).all()
    ends = again.value_interval(valued, horizon=365)
    assert (ends[:, 0] <= ends[:, 1]).all()
    assert np.isfinite(ends).all()


def test_forecasts_take_it_and_say_so(valued: pa.Table) -> None:
    purchases = WithCovariates(BgNbd, "channel").fit(valued)
    model = LifetimeValue.of(purchases, GammaGamma().fit(valued))
    money = "decimal(18, 2)"
    contribution = ibis.memtable(valued).select(
        "customer_id", net_revenue=ibis.literal(10).cast(money), margin=ibis.literal(4).cast(money),
        basis=ibis.literal("margin"),
    )  # fmt: skip
    table = forecasts(ibis.memtable(valued), contribution, model=model, horizon_days=30).to_pyarrow()
    assert set(table["model"].to_pylist()) == {"bg_nbd+covariates+gamma_gamma"}
    orders = dict(zip(table["customer_id"].to_pylist(), table["expected_orders"].to_pylist(), strict=True))
    expected = purchases.expected_purchases(valued, horizon=30)
    assert [orders[who] for who in valued["customer_id"].to_pylist()] == pytest.approx(expected, rel=1e-12)


def test_it_is_put_right_by_what_came_of_each_cell(valued: pa.Table) -> None:
    purchases = WithCovariates(BgNbd, "channel").fit(valued)
    model = LifetimeValue.of(purchases, GammaGamma().fit(valued))
    came = ibis.memtable(valued).mutate(
        orders=ibis._.purchases_after.cast("float64"), value=ibis._.purchases_after * 10.0
    )
    lookback = Lookback(
        orders=came, history=ibis.memtable(valued), outcome=came.select("customer_id", "orders", "value"),
        origin=date(2024, 1, 1), horizon_days=26,
    )  # fmt: skip
    learned = recalibrate(model, lookback)
    assert learned is not None
    model.recalibration_ = learned
    patterns = model.count(valued)
    orders, _ = model.expected(patterns, horizon=26)
    total = orders @ patterns.customers
    assert total == pytest.approx(column(valued, "purchases_after").sum(), rel=0.03)
    assert isinstance(patterns, Patterns)


# CDNOW


@pytest.fixture(scope="module")
def first_amounts(cdnow: Any) -> pa.Table:
    """The customers in weeks, with the money of the first day."""
    spent: dict[str, dict[date, float]] = {}
    for line in (DATA / "CDNOW_sample.txt").read_text().splitlines():
        _, who, day, _, dollars = line.split()
        of = spent.setdefault(who, {})
        when = datetime.strptime(day, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
        of[when] = of.get(when, 0.0) + float(dollars)
    first = [spent[who][min(spent[who])] for who in cdnow.days["customer_id"].to_pylist()]
    return cdnow.weeks.append_column("first_amount", pa.array(np.round(first, 2)))


@pytest.mark.real_data
def test_cdnow_customers_who_spent_more_at_first_buy_more_often(first_amounts: pa.Table) -> None:
    model = WithCovariates(BgNbd, "first_amount").fit(first_amounts)
    assert model.without_.log_likelihood_ == pytest.approx(-9582.4292, abs=5e-4)  # Fader, Hardie & Lee (2005)
    assert model.likelihood_ratio_.statistic == pytest.approx(39.43, abs=0.01)
    assert model.likelihood_ratio_.p_value < 1e-9
    low, high = model.confidence_intervals_["gamma1[first_amount]"]
    assert (low, high) == pytest.approx((0.0058, 0.0123), abs=1e-4)  # a dollar more: 0.6 to 1.2 % more often
    amount = column(first_amounts, "first_amount")
    p = model.params_
    alpha = p["alpha"] * np.exp(-p["gamma1[first_amount]"] * (amount - amount.mean()))
    height = row_log_likelihood(first_amounts, alpha, r=p["r"], a=p["a"], b=p["b"])
    assert model.log_likelihood_ == pytest.approx(height, rel=1e-10)
