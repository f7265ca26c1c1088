"""How often do the intervals of elasticities hold the truth, and how far off is a plain regression?

Repeats shops of 40 products in four categories over two years, whose prices follow demand a little, not at all, or
much; small and large ones; with and without trees.

    python benchmarks/references/price_coverage.py 200

A test repeats it 25 times.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from typing import Any

import numpy as np

from patron.models import PriceResponse
from patron.simulate import PlantedPrices, planted_prices

SHOPS: dict[str, dict[str, Any]] = {
    "as planted": {}, "prices by lot alone": {"follow": 0.0}, "prices follow demand much": {"follow": 0.5},
    "3 units a week": {"units": 3.0}, "200 units a week": {"units": 200.0},
    "two categories of 4": {"categories": 2, "products": 4},
}  # fmt: skip


def tally(planted: PlantedPrices, *, trees: bool) -> dict[str, list[float]]:
    """Return what one shop tells: whether intervals hold, and how far off guesses are."""
    model = PriceResponse(trees=trees, cross=0).fit(
        planted.rows, as_of=planted.as_of, segments=["segment"], prices=["competitor_price"]
    )
    found: dict[str, list[float]] = defaultdict(list)
    for row in model.elasticities_.to_pylist():
        if row["status"] != "learned":
            continue
        if row["level"] == "product":
            true = planted.products[row["product_id"]]
            found["own rows"].append(abs(row["raw"] - true) <= 1.96 * row["raw_error"])
            found["off"].append(row["elasticity"] - true)
            found["naive"].append(row["naive"] - true)
            found["products"].append(row["low"] <= true <= row["high"])
        elif row["level"] == "category":
            true = planted.categories[row["category"]] + planted.segments.get(row["segment"], 0.0)
            kind = "categories" if row["segmentation"] == "all" else "segments"
            found[kind].append(row["low"] <= true <= row["high"])
    return found


def main() -> None:
    """Print a row for each kind of shop."""
    shops = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    columns = ("own rows", "products", "categories", "segments", "off", "naive")
    print("shop | trees |", " | ".join(columns), "| s a shop")
    for name, options in SHOPS.items():
        for trees in (False, True):
            began = time.process_time()
            told: dict[str, list[float]] = defaultdict(list)
            for seed in range(1_000, 1_000 + shops):
                for column, values in tally(planted_prices(seed=seed, **options), trees=trees).items():
                    told[column] += values
            seconds = (time.process_time() - began) / shops
            means = " | ".join(f"{np.mean(told[column]):.3f}" for column in columns)
            print(f"{name} | {'yes' if trees else 'no'} | {means} | {seconds:.2f}", flush=True)


if __name__ == "__main__":
    main()
