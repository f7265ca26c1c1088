"""Do the proposed prices earn what is said of them? Simulated shops whose elasticities are known.

For each product of a planted shop (`simulate.planted_prices`, in which the shop raises the price of what goes well) the
price within 15 per cent that is expected to earn most is picked by the fitted elasticity, and by that of a plain
regression. What it would really earn follows from the true one. Picking the best of several uncertain prices flatters
the pick, unless elasticities are drawn to each other enough: the script tells.

    python -m benchmarks.references.price_offers_coverage [SHOPS]
"""

from __future__ import annotations

import sys

import numpy as np

from patron.decisions.best_price import Sold, best_prices, ratios
from patron.models import PriceResponse
from patron.models.estimator import NORMAL_95
from patron.simulate import planted_prices

SHOPS, FLOOR, COST = 40, 0.10, 0.6
CHANGES = ratios(most_change=0.15, step=0.05)


def one_shop(seed: int) -> dict[str, list[float]]:
    """Return of each proposal of a shop: covered, said, true; and what a plain regression's picks say and earn."""
    planted = planted_prices(categories=4, products=10, weeks=104, follow=0.3, seed=seed)
    rows = planted.rows.group_by(["product_id", "category", "period", "price", "competitor_price"]).aggregate(
        [("units", "sum")]
    ).rename_columns(["product_id", "category", "period", "price", "competitor_price", "units"])  # fmt: skip
    model = PriceResponse(trees=False, cross=0).fit(rows, as_of=planted.as_of, prices=["competitor_price"])
    told = [row for row in model.elasticities_.to_pylist() if row["level"] == "product" and row["status"] == "learned"]
    names = [row["product_id"] for row in told]
    truth = np.array([planted.products[name] for name in names])
    units, price = rows["units"].to_numpy(), rows["price"].to_numpy()
    product = np.array(rows["product_id"].to_pylist())
    revenue = np.array([(units * price)[product == name].sum() for name in names])
    zero = np.zeros(len(names))

    def sold(elasticity: np.ndarray, error: np.ndarray) -> Sold:
        return Sold(
            revenue=revenue, cost=COST * revenue, elasticity=elasticity, error=error, price=np.arange(len(names))
        )

    fitted, error = (np.array([row[key] for row in told]) for key in ("elasticity", "high"))
    error = (error - np.array([row["low"] for row in told])) / (2 * NORMAL_95)
    best = best_prices(sold(fitted, error), CHANGES, floor=FLOOR)
    plain = best_prices(sold(np.array([row["naive"] for row in told]), zero), CHANGES, floor=FLOOR)

    def earned(ratio: np.ndarray) -> np.ndarray:
        return np.asarray(ratio**truth * (revenue * ratio - COST * revenue) - (1 - COST) * revenue)

    true, moved = earned(best.ratio), best.ratio != 1
    sure = moved & (best.low > 0)
    return {
        "covered": ((best.low <= true) & (true <= best.high))[moved].tolist(), "said": best.gain[moved].tolist(),
        "true": true[moved].tolist(), "sure_true": true[sure].tolist(), "plain_said": plain.gain.tolist(),
        "plain_true": earned(plain.ratio).tolist(), "base": ((1 - COST) * revenue).tolist(),
    }  # fmt: skip


def main() -> None:
    """Print coverage, and what is said against what is true."""
    shops = int(sys.argv[1]) if len(sys.argv) > 1 else SHOPS
    found: dict[str, list[float]] = {}
    for seed in range(shops):
        for name, values in one_shop(seed).items():
            found.setdefault(name, []).extend(values)
    margin = sum(found["base"])
    print(f"{shops} shops, {len(found['covered'])} proposals")
    print(f"95 % intervals of the gain that hold the true one: {np.mean(found['covered']):.1%}")
    for name in ("said", "true", "plain_said", "plain_true"):
        print(f"{name}: {sum(found[name]) / margin:+.2%} of the margin")
    sure = np.array(found["sure_true"])
    print(f"proposals called sure: {len(sure)}, of which lose money: {(sure < 0).mean():.1%}")


if __name__ == "__main__":
    main()
