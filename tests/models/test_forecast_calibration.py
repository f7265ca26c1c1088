"""A shop that no model describes: is each decile's forecast what the next year really brought?

A decile holds when the forecast is off by at most 10 %, or by no more than chance: 1.96 standard errors of what came. A
forecast that knew each pattern's true mean would miss one decile in twenty to twenty-five by that chance alone.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from patron.models import Lookback, fit_value_model, outcome, seen_by
from patron.pipeline import open_project
from patron.profile import known_by, purchase_history
from patron.simulate import shop
from patron.simulate.calendar import Calendar
from patron.simulate.people import people
from patron.simulate.visits import visits

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
CUSTOMERS = 100_000
FIRST_DAY, LAST_DAY = date(2022, 1, 1), date(2024, 12, 31)
YEAR = timedelta(days=365)


def whole_run(folder: Path, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each customer's forecast of a run, and the truth."""
    shop(customers=CUSTOMERS, seed=seed).write(folder)
    (folder / "patron.yaml").write_text(SETTINGS)
    project = open_project(folder)
    made = project.run(only="forecasts", today=date(2025, 1, 15))
    table = made.table("forecasts", project.connection).to_pyarrow()
    [model] = set(table["model"].to_pylist())
    assert model.endswith("+gamma_gamma+recalibrated")
    truth = pq.read_table(folder / "truth" / "customers.parquet").to_pydict()
    came = dict(zip(truth["customer_id"], truth["orders_next_year"], strict=True))
    actual = np.array([came[who] for who in table["customer_id"].to_pylist()], dtype=float)
    return table["expected_orders"].to_numpy(), actual


def models_alone(*, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the same of the purchase days of a shop, without its baskets and faults: a matter of seconds."""
    rng = np.random.default_rng(seed)
    calendar = Calendar(first_day=FIRST_DAY, days=(LAST_DAY - FIRST_DAY).days + 1)
    days = visits(rng, people=people(rng, customers=CUSTOMERS, calendar=calendar), calendar=calendar)
    ever = pa.table({
        "customer_id": pa.array(days.customer).cast(pa.string()),
        "ordered_at": calendar.dates[days.day].astype("datetime64[us]"),
        "amount": np.ones(len(days.day)),
    })  # fmt: skip
    orders = ibis.memtable(ever)
    known, before = (known_by(orders, as_of=day) for day in (LAST_DAY, LAST_DAY - YEAR))
    history = purchase_history(known, as_of=LAST_DAY)
    model = fit_value_model(history, lookback=looked(before, known, origin=LAST_DAY - YEAR))
    assert model is not None
    assert model.recalibration_ is not None
    patterns = model.count(seen_by(model, history, known, as_of=LAST_DAY))
    forecast = patterns.restore(expected=model.expected(patterns, horizon=365)[0])
    came = outcome(history, known, orders, origin=LAST_DAY, horizon_days=365).select("customer_id", "orders")
    both = forecast.join(came, "customer_id").order_by("customer_id").to_pyarrow()
    return both["expected"].to_numpy(), both["orders"].to_numpy().astype(float)


def looked(before: ir.Table, known: ir.Table, *, origin: date) -> Lookback:
    history = purchase_history(before, as_of=origin)
    came = outcome(history, before, known, origin=origin, horizon_days=365)
    return Lookback(orders=before, history=history, outcome=came, origin=origin, horizon_days=365)


def missed(predicted: np.ndarray, actual: np.ndarray) -> dict[int, tuple[float, float, float]]:
    """Return of each decile that does not hold the mean, how far the forecast is off, and how far it may be."""
    order = np.argsort(-predicted, kind="stable")
    found = {}
    for decile, rows in enumerate(np.array_split(order, 10), start=1):
        mean = float(actual[rows].mean())
        chance = 1.96 * float(actual[rows].std()) / np.sqrt(len(rows))
        off, allowed = float(predicted[rows].mean()) / mean - 1, max(0.10, chance / mean)
        if abs(off) > allowed:
            found[decile] = (mean, off, allowed)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", [31, 2718])
def test_deciles_of_a_run_are_what_came(tmp_path: Path, seed: int) -> None:
    predicted, actual = whole_run(tmp_path, seed=seed)
    assert predicted.sum() / actual.sum() == pytest.approx(1, abs=0.04)
    wrong = missed(predicted, actual)
    assert not set(wrong) & {1, 2, 3, 4}, wrong
    assert len(wrong) <= 2, wrong  # one in nine is missed, see below; here those of less than .1 orders a year


@pytest.mark.slow
def test_deciles_of_many_shops_are_what_came() -> None:
    """One decile in nine is missed, most often the sixth (.3 orders); none of the four that bring the most."""
    wrong = [missed(*models_alone(seed=seed)) for seed in range(501, 507)]
    assert not {1, 2, 3, 4} & {decile for one in wrong for decile in one}, wrong
    assert sum(map(len, wrong)) <= 10, wrong  # of 60
