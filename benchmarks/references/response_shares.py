"""How much of what an oracle would get does acting by a response get, and do its groups keep their word?

python benchmarks/references/response_shares.py [--seeds 3] [--learner ensemble]

100,000 randomised customers of twenty features whose true effects are known (`response_data.py`), at three ratios of
signal to noise. Prints for each the share of the oracle's policy value where treating everybody is worth nothing
(`none`) and where it is worth half of the oracle's value (`half`), the error of the effect over its spread, how often
the interval holds the true effect, and of the groups `would_be_won` and `driven_away` how many there are and how many
of them truly have an effect of that sign. `held` is how often the interval of the held-out policy value holds the true
value of the model's rule.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parents[1]))

from response_data import OUTCOMES, SHAPES, Truth, randomised

from patron.models import Response

SIGNALS = (10, 18, 33)
HEADS = ("none", "half", "error", "cover", "won", "truly", "away", "truly", "held")


def main() -> None:
    """Print a line for each shape, outcome and signal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--learner", default="ensemble")
    chosen = parser.parse_args()
    print("signal outcome shape  " + "  ".join(f"{head:>5}" for head in HEADS))
    for signal in SIGNALS:
        means = []
        for outcome in OUTCOMES:
            for shape in SHAPES:
                found = [
                    _figures(randomised(seed, signal=signal, shape=shape, outcome=outcome), chosen.learner)
                    for seed in range(1, chosen.seeds + 1)
                ]
                means.append(np.nanmean(found, axis=0))
                print(f"{signal:6} {outcome:7} {shape:6} " + "  ".join(f"{one:5.3f}" for one in means[-1]), flush=True)
        print(f"{signal:6} mean           " + "  ".join(f"{one:5.3f}" for one in np.nanmean(means, axis=0)), flush=True)


def _figures(truth: Truth, learner: str) -> list[float]:
    table = pa.table({f"x{place:02d}": truth.features[:, place] for place in range(truth.features.shape[1])})
    cost = max(truth.cost, 0.0)
    model = Response(learner, costs=cost).fit(table, treatment=truth.treated, outcome=truth.outcome, propensity=0.5)
    said = model.predict(table)[:, 0]
    low, high = (end[:, 0] for end in model.interval(table))
    won, away = low > 0, high < 0
    held = model.held_out_.targeted
    true = float(((truth.effect - cost) * (said > cost)).mean())
    return [
        truth.share(said, truth.cost),
        truth.share(said, truth.half_cost),
        truth.error(said) / float(truth.effect.std()),
        float(((low <= truth.effect) & (truth.effect <= high)).mean()),
        float(won.mean()),
        float((truth.effect[won] > 0).mean()) if won.any() else np.nan,
        float(away.mean()),
        float((truth.effect[away] < 0).mean()) if away.any() else np.nan,
        float("nan") if held is None else float(held.low <= true <= held.high),
    ]


if __name__ == "__main__":
    main()
