"""The test of the Gamma-Gamma's assumption: its size, its power, CDNOW, and what is done with the verdict."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from patron.errors import FitError, NotEnoughData
from patron.models import GammaGamma, MeanSpend, SpendByFrequency, fit_value_model, spend_independence
from patron.models.spend_independence import Independence, change_of_means, independence_of, sentence
from patron.models.spend_likelihood import Repeaters, read_repeaters
from patron.models.spend_model import fit_spend
from patron.models.value_model import model_name
from patron.simulate import bg_nbd, spend_by_frequency

AMOUNTS = {"p": 6.25, "q": 3.74, "gamma": 15.44}


def repeaters(customers: int, *, doubling: float, seed: int) -> Repeaters:
    x = np.random.default_rng(seed).geometric(0.35, customers).astype(float)
    mean = spend_by_frequency(x, **AMOUNTS, doubling=doubling, seed=seed).to_numpy()
    return Repeaters(x=x, mean=mean, customers=np.ones(customers))


def lognormal(customers: int, *, seed: int) -> Repeaters:
    """Amounts that are no Gamma-Gamma and do not depend on the frequency."""
    rng = np.random.default_rng(seed)
    x = rng.geometric(0.35, customers)
    amounts = np.exp(rng.normal(0, 0.7, x.sum()))
    mean = np.bincount(np.repeat(np.arange(customers), x), amounts) / x * np.exp(rng.normal(3, 0.5, customers))
    return Repeaters(x=x.astype(float), mean=mean, customers=np.ones(customers))


def history(*, doubling: float, seed: int = 1, customers: int = 4_000) -> pa.Table:
    T = np.random.default_rng(seed).integers(100, 700, customers).astype(float)
    people = bg_nbd(customers, r=0.8, alpha=60.0, a=0.8, b=2.5, T=T, seed=seed)
    x, recency = people["frequency"].to_numpy(), np.ceil(people["recency"].to_numpy()).astype(np.int64)
    return pa.table({
        "customer_id": [f"c{i:05d}" for i in range(customers)],
        "frequency": x,
        "recency": recency,
        "T": T.astype(np.int64),
        "monetary_value": spend_by_frequency(x, **AMOUNTS, doubling=doubling, seed=seed),
    })  # fmt: skip


def _rejections(found: list[Independence]) -> tuple[float, float, float]:
    """Return how often the likelihood-ratio test, the means, and the verdict say "dependent"."""
    return (
        float(np.mean([one.p_value < 0.05 for one in found])),
        float(np.mean([one.of_means.is_sure for one in found])),
        float(np.mean([one.verdict == "dependent" for one in found])),
    )


def _tried(draws: int, *, doubling: float = 1.0, customers: int = 1_000) -> list[Independence]:
    found = []
    for seed in range(draws):
        try:
            found.append(independence_of(repeaters(customers, doubling=doubling, seed=seed)))
        except FitError:  # of a few hundred customers one draw in some hundreds has no top
            assert customers < 1_000
    assert len(found) >= 0.99 * draws
    return found


@pytest.mark.slow
def test_two_thousand_draws_without_dependence_reject_five_in_a_hundred() -> None:
    found = _tried(2_000, customers=500)
    ratio, means, verdict = _rejections(found)
    assert ratio == pytest.approx(0.05, abs=0.015)
    assert means == pytest.approx(0.05, abs=0.03)
    assert verdict <= 0.03
    assert stats.kstest([one.p_value for one in found], "uniform").pvalue > 0.001


def test_sixty_draws_without_dependence_do_not_reject_more_than_chance_allows() -> None:
    ratio, _, verdict = _rejections(_tried(60))
    assert ratio <= 0.12
    assert verdict <= 0.04


def test_a_change_that_matters_is_found() -> None:
    found = _tried(40, doubling=1.2)
    ratio, means, verdict = _rejections(found)
    assert ratio == 1
    assert means > 0.9
    assert verdict > 0.85
    assert np.mean([one.likely.low <= 1.2 <= one.likely.high for one in found]) > 0.85
    assert np.mean([one.of_means.low <= 1.2 <= one.of_means.high for one in found]) > 0.85


def test_amounts_that_are_no_gamma_gamma_are_not_taken_for_dependence() -> None:
    found = [independence_of(lognormal(1_000, seed=seed)) for seed in range(60)]
    assert _rejections(found)[2] <= 0.05
    assert np.mean([np.log(one.of_means.factor) for one in found]) == pytest.approx(0, abs=0.015)


def test_logarithms_of_noisy_means_look_correlated_and_the_corrected_correlation_is_not_fooled() -> None:
    """Of amounts of great spread: the logarithm of a mean of few lies lower, so it seems to rise with the frequency."""
    x = np.random.default_rng(3).geometric(0.35, 5_000).astype(float)
    mean = spend_by_frequency(x, p=0.8, q=6.0, gamma=50.0, doubling=1.0, seed=53).to_numpy()
    found = independence_of(Repeaters(x=x, mean=mean, customers=np.ones(len(x))))
    assert np.corrcoef(np.log(x), np.log(mean))[0, 1] > 0.15
    assert abs(found.correlation) < 0.05
    assert found.verdict == "independent"


def test_the_corrected_correlation_is_that_of_the_true_means() -> None:
    rng = np.random.default_rng(4)
    x = rng.geometric(0.35, 30_000).astype(float)
    own = 1.2 ** np.log2(x) / rng.gamma(AMOUNTS["q"], 1 / AMOUNTS["gamma"], len(x))
    mean = rng.gamma(AMOUNTS["p"] * x) / x * own
    found = independence_of(Repeaters(x=x, mean=mean, customers=np.ones(len(x))))
    assert found.correlation == pytest.approx(np.corrcoef(np.log(x), np.log(own))[0, 1], abs=0.02)


@pytest.mark.real_data
def test_cdnow_is_weakly_correlated_as_the_paper_says(cdnow_summary: pa.Table) -> None:
    """Fader, Hardie & Lee (2005), Journal of Marketing Research 42(4): 946 repeaters, .06 without the one outlier."""
    found = spend_independence(cdnow_summary)
    assert found.customers == 946
    assert found.naive == pytest.approx(0.11, abs=0.005)
    whole = read_repeaters(cdnow_summary, model="test")
    rest = whole.mean < 299  # one customer with 21 repeats of 299.63 on average
    part = Repeaters(x=whole.x[rest], mean=whole.mean[rest], customers=whole.customers[rest])
    without = independence_of(part)
    assert without.customers == 945
    assert without.naive == pytest.approx(0.06, abs=0.005)
    for one in (found, without):
        assert one.verdict == "weak"
        assert 1.02 < one.of_means.factor < 1.10
        assert "too little" in one.sentence


def test_the_factor_of_the_means_is_right_whatever_the_customer_counts() -> None:
    one = repeaters(2_000, doubling=1.15, seed=5)
    twice = Repeaters(x=one.x, mean=one.mean, customers=one.customers * 2)
    params = GammaGamma.from_params(**AMOUNTS).parameters()
    single, double = change_of_means(one, params), change_of_means(twice, params)
    assert double.factor == pytest.approx(single.factor, rel=1e-9)
    width, wide = (np.log(change.high / change.low) for change in (double, single))
    assert width == pytest.approx(wide / np.sqrt(2), rel=1e-9)
    assert single.low < 1.15 < single.high


@pytest.mark.parametrize(("doubling", "kind"), [(1.0, GammaGamma), (1.3, SpendByFrequency), (0.75, SpendByFrequency)])
def test_the_model_of_the_amounts_follows_the_verdict(doubling: float, kind: type) -> None:
    # At 0.75 the plain model has no top: p runs away.
    model = fit_value_model(ibis.memtable(history(doubling=doubling)))
    assert model is not None
    assert type(model.spend_) is kind
    assert model.independence_ is not None
    assert (model.independence_.verdict == "dependent") == (kind is SpendByFrequency)
    assert ("spend_by_frequency" in model_name(model)) == (kind is SpendByFrequency)
    assert model.independence_.sentence == sentence(model.independence_.facts)


def test_what_cannot_be_tested_is_said_not_guessed() -> None:
    table = history(doubling=1.3)
    often = table.filter(pa.compute.equal(table["frequency"], 2))
    model, found = fit_spend(often)
    assert type(model) is GammaGamma
    assert found is None
    few, found = fit_spend(table.slice(0, 20))
    assert type(few) is MeanSpend
    assert found is None
    with pytest.raises(NotEnoughData):
        spend_independence(table.slice(0, 20))
    same = Repeaters(x=np.full(99, 2.0), mean=np.arange(1.0, 100.0), customers=np.ones(99))
    with pytest.raises(FitError, match="frequencies"):
        change_of_means(same, GammaGamma.from_params(**AMOUNTS).parameters())
