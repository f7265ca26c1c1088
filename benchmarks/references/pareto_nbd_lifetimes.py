"""The figures of `tests/models/test_pareto_nbd.py` that a peer computed: lifetimes on the CDNOW summary.

Run in the peer's environment (`benchmarks/peers/lifetimes.txt`)::

    python benchmarks/references/pareto_nbd_lifetimes.py \
        ../shared/data/cdnow/cdnow_customers_summary_with_transactions.csv
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

PROBES = [(0, 0, 38.86), (1, 2, 38.86), (4, 35, 38.86), (10, 30, 38.86), (26, 30.857, 31.0)]
WEEKS = 39


def main(path: str) -> None:
    from lifetimes import ParetoNBDFitter

    table = pd.read_csv(path)
    x, t_x, age = (table.iloc[:, place].to_numpy(dtype=float) for place in (1, 2, 3))
    model = ParetoNBDFitter()
    model.fit(x, t_x, age, tol=1e-10, maxiter=20_000)
    print("parameters", model.params_.to_dict())
    for probe in PROBES:
        columns = [np.array([float(value)]) for value in probe]
        purchases = model.conditional_expected_number_of_purchases_up_to_time(WEEKS, *columns)
        print(probe, float(np.ravel(purchases)[0]), float(np.ravel(model.conditional_probability_alive(*columns))[0]))
    print("sum", float(model.conditional_expected_number_of_purchases_up_to_time(WEEKS, x, t_x, age).sum()))


if __name__ == "__main__":
    main(sys.argv[1])
