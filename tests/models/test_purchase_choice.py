"""The model of the purchases that a shop's own past chooses."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from patron.models import BgNbd, Lookback, MbgCnbd, MbgNbd
from patron.models.log_score import Came, log_chance
from patron.models.patterns import read_patterns
from patron.models.purchase_choice import MANY, RICHER, SIMPLEST, choose_purchases
from patron.models.purchase_model import COLUMNS
from patron.simulate import bg_nbd, mbg_cnbd, mbg_nbd

SHOP = {"r": 0.6, "alpha": 30.0, "a": 1.2, "b": 2.0}
HORIZON = 180


def shop(draw: Any, customers: int = 20_000, *, seed: int = 1) -> tuple[pa.Table, np.ndarray]:
    """Histories in whole days, and the purchases of the half year after."""
    T = np.random.default_rng(seed).integers(30, 500, customers).astype(float)
    drawn = draw(customers, **SHOP, T=T, seed=seed, horizon=float(HORIZON))
    recency = np.minimum(np.ceil(drawn["recency"].to_numpy()), T)
    ids = pa.array([f"c{i:05d}" for i in range(customers)])
    columns = {"customer_id": ids, "frequency": drawn["frequency"], "recency": recency, "T": T}
    return pa.table(columns), drawn["purchases_after"].to_numpy()


def looked_back(history: pa.Table, after: np.ndarray) -> Lookback:
    came = pa.table({"customer_id": history["customer_id"], "orders": after, "value": after * 10.0})
    table = ibis.memtable(history)
    return Lookback(
        orders=table, history=table, outcome=ibis.memtable(came.filter(pa.compute.greater(came["orders"], 0))),
        origin=date(2024, 6, 30), horizon_days=HORIZON,
    )  # fmt: skip


@pytest.mark.parametrize(("draw", "kind"), [(bg_nbd, BgNbd), (mbg_nbd, MbgNbd), (partial(mbg_cnbd, k=3), MbgCnbd)])
def test_the_model_that_made_the_customers_is_chosen(draw: Any, kind: type) -> None:
    history, after = shop(draw)
    choice = choose_purchases(read_patterns(history, COLUMNS), looked_back(history, after))
    assert type(choice.model) is kind
    simplest = {model.short_name for model in SIMPLEST}
    assert simplest <= set(choice.log_scores) <= simplest | {model.short_name for model in RICHER}
    regular = {"bg_cnbd", "mbg_cnbd"}
    # With k = 1 they are what the simplest are, and not asked again.
    assert bool(regular & set(choice.log_scores)) == (kind.short_name in regular)
    assert max(choice.log_scores, key=lambda name: choice.log_scores[name]) == kind.short_name


def test_what_came_may_overrule_the_likelihood() -> None:
    likelier, _ = shop(bg_nbd)
    history, after = shop(mbg_nbd, seed=2)
    without = choose_purchases(read_patterns(likelier, COLUMNS))
    assert type(without.model) is BgNbd
    assert without.log_scores == {}
    told = choose_purchases(read_patterns(likelier, COLUMNS), looked_back(history, after))
    assert type(told.model) is MbgNbd


def test_few_customers_are_not_asked() -> None:
    history, after = shop(mbg_nbd, MANY - 1)
    choice = choose_purchases(read_patterns(history, COLUMNS), looked_back(history, after))
    assert choice.log_scores == {}


def test_the_score_is_the_log_of_the_chance_of_what_came() -> None:
    model = BgNbd.from_params(**SHOP)
    table = pa.table({"frequency": [2.0, 0.0], "recency": [30.0, 0.0], "T": [60.0, 10.0]})
    orders = np.array([0.0, 3.0])
    chance = model.cdf(table, orders, horizon=90) - model.cdf(table, orders - 1, horizon=90)
    came = Came(patterns=read_patterns(table, COLUMNS, counted=False), orders=orders)
    assert log_chance(model, came, 90.0) == pytest.approx(np.log(chance))


def test_row_order_does_not_matter() -> None:
    history, after = shop(mbg_nbd, 3_000)
    mixed = np.random.default_rng(3).permutation(3_000)
    one, other = (
        choose_purchases(read_patterns(table, COLUMNS), looked_back(table, came))
        for table, came in ((history, after), (history.take(pa.array(mixed)), after[mixed]))
    )
    assert one.log_scores == other.log_scores
    assert one.model.params_ == other.model.params_
