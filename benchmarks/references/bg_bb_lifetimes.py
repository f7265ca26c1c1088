"""The figures of `tests/models/test_bg_bb.py` that a peer computed: lifetimes on the donations table.

Run in the peer's environment (`benchmarks/peers/lifetimes.txt`)::

    python benchmarks/references/bg_bb_lifetimes.py ../shared/data/cdnow/donations.csv
"""

from __future__ import annotations

import sys

import pandas as pd

PERIODS = 5


def main(path: str) -> None:
    from lifetimes import BetaGeoBetaBinomFitter

    table = pd.read_csv(path)
    columns = table["frequency"], table["recency"], table["periods"]
    model = BetaGeoBetaBinomFitter().fit(*columns, table["weights"], tol=1e-8)
    height = -float(model._negative_log_likelihood_) * table["weights"].sum()
    print({name: float(value) for name, value in model.params_.items()}, height)
    ahead = model.conditional_expected_number_of_purchases_up_to_time(PERIODS, *columns)
    alive = model.conditional_probability_alive(1, *columns)
    for *row, expected, chance in zip(*columns, ahead, alive, strict=True):
        print(*row, f"{expected:.10f} {chance:.10f}")
    print(f"{(ahead * table['weights']).sum():.6f}")


if __name__ == "__main__":
    main(sys.argv[1])
