"""Uplift coefficients of scikit-uplift and causalml on small samples, which the tests compare with.

    PYTHON benchmarks/references/uplift_peers.py tests/stats/uplift_peers.csv

PYTHON is one with scikit-uplift 0.5.1 and causalml 0.18.0 (benchmarks/peers/uplift.txt). The samples are drawn by a
congruential generator, so that the tests can draw the same ones without a file of them. causalml breaks ties by the
order of rows, so it is asked only where there are none.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np


def sample(seed: int, people: int, ties: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return score, treated and outcome; with `ties` the scores are that many classes."""
    state, drawn = seed, []
    for _ in range(3 * people):
        state = (6364136223846793005 * state + 1442695040888963407) % 2**64
        drawn.append((state >> 11) / 2**53)
    first, second, third = np.array(drawn).reshape(3, people)
    score = np.floor(first * ties) / ties if ties else first
    treated = (second < 0.4).astype(int)
    return score, treated, (third < 0.15 + treated * (0.25 * first - 0.05)).astype(int)


def main() -> None:
    import pandas as pd
    from causalml.metrics import auuc_score, qini_score
    from sklift.metrics import qini_auc_score, uplift_at_k, uplift_auc_score

    rows: list[tuple[object, ...]] = []
    for seed, people, ties in ((1, 400, 0), (2, 3000, 0), (3, 400, 7), (4, 3000, 40), (8, 90, 0)):
        score, treated, outcome = sample(seed, people, ties)
        figures = {
            "scikit_uplift_qini": qini_auc_score(outcome, score, treated),
            "radcliffe_surry_q0": qini_auc_score(outcome, score, treated, negative_effect=False),
            "scikit_uplift_auuc": uplift_auc_score(outcome, score, treated),
        }
        if not ties:
            figures["overall 0.3"] = uplift_at_k(outcome, score, treated, strategy="overall", k=0.3)
            figures["by_group 0.3"] = uplift_at_k(outcome, score, treated, strategy="by_group", k=0.3)
            table = pd.DataFrame({"y": outcome, "w": treated, "model": score})
            figures["causalml_qini"] = qini_score(table)["model"]
            figures["causalml_auuc"] = auuc_score(table)["model"]
        rows += [(seed, people, ties, name, repr(float(value))) for name, value in figures.items()]
    with Path(sys.argv[1]).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("seed", "people", "ties", "figure", "value"), *rows])


if __name__ == "__main__":
    main()
