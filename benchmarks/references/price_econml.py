"""How far off is double machine learning as it comes, econml's LinearDML, on shops whose prices follow demand?

    python benchmarks/references/price_econml.py write FOLDER          in Patron's environment
    python benchmarks/references/price_econml.py fit FOLDER            in one with econml and lightgbm

Shops of `planted_prices`, seeds 0 to 4. econml gets what an analyst would give it: log units (plus one) and log prices
about each product's mean, units one, two and four weeks ago, the competitor's price, the week and the week of the year,
trees for both sides, four folds, an elasticity for each category.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

SEEDS = range(5)
TREES = {"n_estimators": 100, "num_leaves": 15, "verbose": -1, "n_jobs": 1}


def write(folder: Path) -> None:
    """Write the shops, and print what `PriceResponse` says of their categories."""
    import pyarrow.parquet as pq

    from patron.models import PriceResponse
    from patron.simulate import planted_prices

    apart, inside, began = [], [], time.process_time()
    for seed in SEEDS:
        planted = planted_prices(seed=seed)
        pq.write_table(planted.rows, folder / f"{seed}.parquet")
        (folder / f"{seed}.json").write_text(json.dumps(planted.categories), encoding="utf-8")
        model = PriceResponse(cross=0).fit(planted.rows, as_of=planted.as_of, prices=["competitor_price"])
        for row in model.elasticities_.to_pylist():
            if row["level"] == "category" and row["status"] == "learned":
                true = planted.categories[row["category"]]
                apart.append(row["elasticity"] - true)
                inside.append(row["low"] <= true <= row["high"])
    _tell("Patron", apart, inside, time.process_time() - began)


def fit(folder: Path) -> None:
    """Print what econml says of them."""
    from econml.dml import LinearDML
    from lightgbm import LGBMRegressor

    apart, inside, began = [], [], time.process_time()
    for seed in SEEDS:
        truth = json.loads((folder / f"{seed}.json").read_text(encoding="utf-8"))
        rows = pd.read_parquet(folder / f"{seed}.parquet").groupby(["product_id", "category", "period"], as_index=False)
        weeks = rows.agg(units=("units", "sum"), price=("price", "mean"), competitor=("competitor_price", "mean"))
        logs = pd.DataFrame({
            "y": np.log1p(weeks.units), "d": np.log(weeks.price), "competitor": np.log(weeks.competitor),
        })  # fmt: skip
        logs -= logs.groupby(weeks.product_id).transform("mean")
        week = (pd.to_datetime(weeks.period) - pd.to_datetime(weeks.period).min()).dt.days // 7
        lags = [logs.y.groupby(weeks.product_id).shift(lag).fillna(0) for lag in (1, 2, 4)]
        groups = pd.get_dummies(weeks.category).astype(float)
        beside = np.column_stack([logs.competitor, *lags, week, week % 52, groups])
        model = LinearDML(
            model_y=LGBMRegressor(**TREES), model_t=LGBMRegressor(**TREES), cv=4, fit_cate_intercept=False,
            random_state=1,
        )  # fmt: skip
        model.fit(logs.y.to_numpy(), logs.d.to_numpy(), X=groups.to_numpy(), W=beside)
        said = model.effect_inference(np.eye(groups.shape[1]))
        low, high = said.conf_int()
        true = np.array([truth[name] for name in groups.columns])
        apart += (said.point_estimate.ravel() - true).tolist()
        inside += ((low.ravel() <= true) & (true <= high.ravel())).tolist()
    _tell("econml", apart, inside, time.process_time() - began)


def _tell(name: str, apart: list[float], inside: list[bool], seconds: float) -> None:
    print(
        f"{name}: off by {np.mean(apart):+.2f}, by {np.mean(np.abs(apart)):.2f} either way; "
        f"{np.mean(inside):.0%} inside; {seconds / len(SEEDS):.2f} s of a processor a shop"
    )


if __name__ == "__main__":
    {"write": write, "fit": fit}[sys.argv[1]](Path(sys.argv[2]))
