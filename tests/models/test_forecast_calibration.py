"""A whole run on shops that no model describes: is each decile's forecast what the next year really brought?"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from patron.pipeline import open_project
from patron.simulate import shop

SETTINGS = """\
name: Shop
currency: EUR
timezone: Europe/Paris
horizon: 365d
sources:
  order_lines: {path: data/order_lines.parquet}
  customers: {path: data/customers.parquet}
  products: {path: data/products.parquet}
"""
ENOUGH = 0.05  # orders a customer: a decile below is worth nothing, whatever the factor


def forecast_and_truth(folder: Path, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    shop(customers=100_000, seed=seed).write(folder)
    (folder / "patron.yaml").write_text(SETTINGS)
    project = open_project(folder)
    project.run(today=date(2025, 1, 15))
    table = project.table("forecasts").to_pyarrow()
    assert set(table["model"].to_pylist()) == {"mbg_nbd+gamma_gamma+recalibrated"}
    truth = pq.read_table(folder / "truth" / "customers.parquet").to_pydict()
    came = dict(zip(truth["customer_id"], truth["orders_next_year"], strict=True))
    actual = np.array([came[who] for who in table["customer_id"].to_pylist()], dtype=float)
    return table["expected_orders"].to_numpy(), actual


def off_by(predicted: np.ndarray, actual: np.ndarray) -> dict[int, tuple[float, float, float]]:
    """Return of each decile the mean, how far the forecast is off, and how far it may be: 10 % or chance."""
    order = np.argsort(-predicted, kind="stable")
    found = {}
    for decile, rows in enumerate(np.array_split(order, 10), start=1):
        mean = actual[rows].mean()
        chance = 1.96 * actual[rows].std() / np.sqrt(len(rows))
        found[decile] = (mean, predicted[rows].mean() / mean - 1, max(0.10, chance / mean))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", [31, 2718])
def test_deciles_of_the_forecast_are_what_came(tmp_path: Path, seed: int) -> None:
    predicted, actual = forecast_and_truth(tmp_path, seed=seed)
    assert predicted.sum() / actual.sum() == pytest.approx(1, abs=0.03)
    deciles = off_by(predicted, actual)
    missed = {d: row for d, row in deciles.items() if row[0] >= ENOUGH and abs(row[1]) > row[2]}
    # Over six shops one such decile in ten misses: most often the fourth, 12 % too high, since heavy buyers who are
    # silent for months are counted on for too long; in the shop of seed 31 the seventh and eighth, 19 % too low. The
    # features were chosen on other seeds than these two.
    assert len(missed) <= 2, missed
    assert all(abs(off) < 0.25 for mean, off, _ in deciles.values() if mean >= ENOUGH), deciles
