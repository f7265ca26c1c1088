"""Qini coefficients as scikit-uplift and causalml compute them.

python with_uplift.py scikit_uplift FILE
python with_uplift.py causalml FILE
"""

from __future__ import annotations

import sys

from laps import Laps


def scikit_uplift(laps: Laps, file: str) -> None:
    """Curve and coefficient, without an interval."""
    with laps.lap("import"):
        import pyarrow.parquet as pq
        from sklift.metrics import qini_auc_score, qini_curve
    people = pq.read_table(file)
    score, treated, outcome = (people[name].to_numpy() for name in ("score", "treated", "outcome"))
    treated, outcome = treated.astype(int), outcome.astype(int)
    qini_auc_score(outcome, score, treated)  # the first call of a process waits for memory
    with laps.lap("curve"):
        qini_curve(outcome, score, treated)
    with laps.lap("coefficient"):
        found = qini_auc_score(outcome, score, treated)
    laps.facts |= {"value": float(found)}


def causalml(laps: Laps, file: str) -> None:
    """Coefficient; its interval is a bootstrap of 200 half samples."""
    with laps.lap("import"):
        import pyarrow.parquet as pq
        from causalml.metrics import qini_score
    people = pq.read_table(file).to_pandas()
    table = people.rename(columns={"outcome": "y", "treated": "w"}).astype({"w": int, "y": int})
    qini_score(table)
    with laps.lap("coefficient"):
        found = qini_score(table)
    laps.facts |= {"value": float(found["score"])}


if __name__ == "__main__":
    laps = Laps()
    {"scikit_uplift": scikit_uplift, "causalml": causalml}[sys.argv[1]](laps, *sys.argv[2:])
    laps.tell()
