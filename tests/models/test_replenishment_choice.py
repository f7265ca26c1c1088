"""Why lognormal with a chance to stop: it foretells the next purchase better than a gamma-Poisson rate per product.

Judged by the log score (Gneiting & Raftery 2007, JASA 102): the logarithm of the chance of what came, the day of the
next purchase or that none came by the last day. The gamma-Poisson is the usual one, fitted to each product by maximum
likelihood.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special, stats

from patron.models import Replenishment
from patron.models.replenishment_lines import UNIT, cycles_of, purchase_days, read_lines
from patron.models.replenishment_rows import tempered
from patron.simulate import replenishment

pytestmark = pytest.mark.slow

Survival = Callable[[np.ndarray], np.ndarray]
KEYS = ["customer_id", "product_id"]


def online_retail(folder: Path) -> pd.DataFrame:
    rows = pd.concat([pd.read_csv(file, dtype=str) for file in sorted(folder.glob("*.csv.gz"))]).drop_duplicates()
    rows = rows[rows["Customer ID"].notna() & ~rows["Invoice"].str.startswith("C")]
    return pd.DataFrame({
        "customer_id": rows["Customer ID"], "product_id": rows["StockCode"].str.upper(),
        "ordered_at": pd.to_datetime(rows["InvoiceDate"]).dt.normalize(), "quantity": rows["Quantity"].astype(float),
    }).query("quantity > 0")  # fmt: skip


def judged(lines: pd.DataFrame, model: Replenishment, as_of: date) -> pd.DataFrame:
    """Customers x products with a date, what they are known by, and the days to the next purchase, if one came."""
    known = read_lines(lines)
    cycles = cycles_of(purchase_days(known, as_of=as_of), as_of=as_of).to_pandas()
    state = model._fitted("values")
    values = {one: value for one, value in zip(state.product_id, state.values, strict=True) if value is not None}
    fitted = pd.DataFrame.from_dict(values, orient="index", columns=["mu", "beta", "S", "T", "p", "q", "error"])
    day = lines["ordered_at"].dt.date
    first = lines[day <= as_of].groupby(KEYS)["ordered_at"].min().rename("first").reset_index()
    later = lines[day > as_of].groupby(KEYS)["ordered_at"].min().rename("came_on").reset_index()
    both = cycles.merge(model.due().to_pandas()[[*KEYS, "chance"]], on=KEYS)
    both = both.merge(fitted, left_on="product_id", right_index=True).merge(first, on=KEYS)
    both = both.merge(later, how="left", on=KEYS)
    return both.assign(
        took=(both["came_on"] - pd.Timestamp(as_of)).dt.days, seen=(pd.Timestamp(as_of) - both["first"]).dt.days + 0.5
    )


def by_rate(rows: pd.DataFrame) -> Survival:
    """No purchase so far ahead, by a gamma-Poisson rate per product."""
    n, seen = rows["intervals"].to_numpy(float), rows["seen"].to_numpy(float)
    r, alpha = np.empty(len(rows)), np.empty(len(rows))
    for place in rows.reset_index(drop=True).groupby("product_id").indices.values():
        mine, time = n[place], seen[place]

        def loss(logs: np.ndarray, mine: np.ndarray = mine, time: np.ndarray = time) -> float:
            a, b = np.exp(logs)
            return -float(
                (special.gammaln(a + mine) - special.gammaln(a) + a * np.log(b) - (a + mine) * np.log(b + time)).sum()
            )

        start = [0.0, np.log(time.mean() / max(mine.mean(), 0.01))]
        top = optimize.minimize(loss, start, method="Nelder-Mead", options={"maxiter": 120}).x
        r[place], alpha[place] = np.exp(np.clip(top, -8, 12))
    return lambda days: ((alpha + seen) / (alpha + seen + days)) ** (r + n)


def by_cycle(rows: pd.DataFrame) -> Survival:
    """The same by the model."""
    share = tempered(rows["intervals"].to_numpy(float))
    k, S, T = rows["intervals"].to_numpy(float) * share, rows["S"].to_numpy(), rows["T"].to_numpy()
    D = S + k * T
    r = (rows["log_gap"] - rows["beta"] * rows["log_packs"]).to_numpy() * share / UNIT - k * rows["mu"].to_numpy()
    middle = (rows["mu"] + rows["beta"] * rows["last_packs"] / UNIT).to_numpy() + T * r / D
    spread = np.sqrt(S + T * S / D + (S / D) ** 2 * rows["error"].to_numpy())
    silent, chance = rows["silent_days"].to_numpy() + 0.5, rows["chance"].to_numpy()

    def stays(days: np.ndarray) -> np.ndarray:
        ahead, now = (stats.norm.logsf((np.log(silent + more) - middle) / spread) for more in (days, 0.0))
        return 1 - chance + chance * np.exp(ahead - now)

    return stays


def log_score(stays: Survival, took: np.ndarray, horizon: int) -> float:
    came = ~np.isnan(took)
    days = np.where(came, took, horizon)
    likely = np.where(came, stays(days - 1) - stays(days), stays(days))
    return float(np.log(np.maximum(likely, 1e-12)).mean())


@pytest.mark.parametrize(("name", "as_of"), [("simulated", date(2024, 12, 31)), ("online_retail_ii", date(2011, 6, 9))])
def test_it_foretells_better_than_a_gamma_poisson(name: str, as_of: date, shared_data: Callable[[str], Path]) -> None:
    if name == "simulated":
        drawn = replenishment(6_000, 40, seed=3, days=900)
        lines, end = drawn.order_lines.to_pandas(), drawn.last_day
        lines["ordered_at"] = pd.to_datetime(lines["ordered_at"])
    else:
        lines, end = online_retail(shared_data(name)), date(2011, 12, 9)
    rows = judged(lines, Replenishment().fit(lines, as_of=as_of), as_of)
    took, horizon = rows["took"].to_numpy(float), (end - as_of).days
    cycle, rate = by_cycle(rows), by_rate(rows)
    scores = [log_score(stays, took, horizon) for stays in (cycle, rate)]
    came, expected = float((~np.isnan(took)).mean()), [float(1 - s(np.array(horizon)).mean()) for s in (cycle, rate)]
    print(name, as_of, len(rows), "log scores", scores, "came", came, "expected", expected)  # noqa: T201
    assert scores[0] > scores[1] + 0.2
    assert expected[0] == pytest.approx(came, abs=0.01)
    assert abs(expected[1] - came) > 0.05
