"""Intervals of what is expected: how far the estimated parameters can be trusted."""

from __future__ import annotations

from collections.abc import Callable

import ibis
import numpy as np
import pyarrow as pa
import pytest

from patron.models import BgNbd, MbgNbd
from patron.models.purchase_model import PurchaseModel
from patron.simulate import bg_nbd, mbg_nbd

SHOP = {"r": 0.8, "alpha": 20.0, "a": 0.9, "b": 4.0}
FEW = pa.table(
    {"frequency": [0, 0, 1, 6, 6], "recency": [0.0, 0.0, 10.0, 55.0, 20.0], "T": [5.0, 90.0, 60.0, 60.0, 60.0]}
)
TRUTH = {BgNbd: BgNbd.from_params(**SHOP), MbgNbd: MbgNbd.from_params(**SHOP)}
DRAWS = 160


@pytest.fixture(scope="module", params=[(BgNbd, bg_nbd), (MbgNbd, mbg_nbd)], ids=["BgNbd", "MbgNbd"])
def fits(request: pytest.FixtureRequest) -> list[PurchaseModel]:
    kind, draw = request.param
    T = np.random.default_rng(1).uniform(20, 100, 2_000)
    return [kind().fit(draw(2_000, **SHOP, T=T, seed=seed)) for seed in range(DRAWS)]


ASKED: dict[str, tuple[Callable[[PurchaseModel], np.ndarray], Callable[[PurchaseModel], np.ndarray]]] = {
    "expected purchases": (
        lambda model: model.expected_purchases_interval(FEW, horizon=50),
        lambda model: model.expected_purchases(FEW, horizon=50),
    ),
    "alive": (lambda model: model.probability_alive_interval(FEW), lambda model: model.probability_alive(FEW)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ASKED)
def test_intervals_hold_the_truth_95_times_in_100(fits: list[PurchaseModel], name: str) -> None:
    interval, value = ASKED[name]
    truth = value(TRUTH[type(fits[0])])
    ends = np.array([interval(model) for model in fits])
    assert (ends[:, :, 0] <= ends[:, :, 1]).all()
    held = ((ends[:, :, 0] <= truth) & (truth <= ends[:, :, 1])).mean(axis=0)
    sure = ends[0, :, 0] == ends[0, :, 1]  # BG/NBD: nobody leaves before a repeat
    assert (np.abs(held - 0.95)[~sure] < 0.06).all()  # 3.5 standard errors of 160 draws
    assert (truth[sure] == 1).all()
    assert not (sure.any() and name == "expected purchases")


def test_given_parameters_are_sure() -> None:
    model = TRUTH[BgNbd]
    low, high = model.expected_purchases_interval(FEW, horizon=50).T
    assert low.tolist() == high.tolist() == model.expected_purchases(FEW, horizon=50).tolist()


def test_no_horizon_and_another_unit() -> None:
    T = np.random.default_rng(1).uniform(20, 100, 2_000)
    drawn = bg_nbd(2_000, **SHOP, T=T, seed=1)
    assert not BgNbd().fit(drawn).expected_purchases_interval(FEW, horizon=0).any()
    hours = drawn.set_column(1, "recency", pa.array(drawn["recency"].to_numpy() * 24)).set_column(
        2, "T", pa.array(T * 24)
    )
    few = FEW.set_column(1, "recency", pa.array(FEW["recency"].to_numpy() * 24)).set_column(
        2, "T", pa.array(FEW["T"].to_numpy() * 24)
    )
    in_hours = BgNbd().fit(hours).expected_purchases_interval(few, horizon=50 * 24)
    assert in_hours == pytest.approx(BgNbd().fit(drawn).expected_purchases_interval(FEW, horizon=50), rel=1e-5)


@pytest.mark.parametrize(("kind", "draw"), [(BgNbd, bg_nbd), (MbgNbd, mbg_nbd)])
def test_an_ibis_history_gets_two_columns_by_one_call(kind: type[PurchaseModel], draw: Callable[..., pa.Table]) -> None:
    model = kind().fit(draw(500, **SHOP, T=np.full(500, 80.0), seed=1))
    table = model.probability_alive_interval(ibis.memtable(FEW))
    assert table.columns == (*FEW.column_names, "probability_alive_low", "probability_alive_high")
