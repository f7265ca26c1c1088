"""How far is the credit of each attribution model from what the channels caused?

Repeats the whole way on shops that differ by chance alone: simulate, write files, run to the step `attribution`. The
truth says of every order which channel it would not have come without, if any. A model's error is the sum over the paid
channels of the distance between its credit and the orders that the channel caused, as a share of all that they caused.

    python benchmarks/references/credit_truth.py 10

About 20 seconds of one processor each. A test repeats it on one shop.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from patron.contracts.touch import CALIBRATED
from patron.pipeline import open_project
from patron.pipeline.leavable import LEAVABLE
from patron.simulate import Shop, shop
from patron.simulate.marketing.plans import PAID, TESTS

SOURCES = ("order_lines", "customers", "products", "spend", "events", "assignments")
SETTINGS = (
    "name: Shop\ncurrency: EUR\nsources:\n"
    + "".join(f"  {name}: {{path: data/{name}.parquet}}\n" for name in SOURCES)
    + "attribution:\n  lift_tests:\n"
    + "".join(f"    {test.channel}: {test.experiment}\n" for test in TESTS)
    + f"leave_out: [{', '.join(step for step in LEAVABLE if step != 'attribution')}]\n"
)

Errors = dict[str, float]


def repeat(repetitions: int, *, customers: int = 5000, seed: int = 1) -> list[Errors]:
    """Return the error of each model on as many shops."""
    found = []
    for number in range(repetitions):
        with tempfile.TemporaryDirectory() as folder:
            made = shop(customers=customers, seed=seed + number, mess=False, marketing=True)
            made.write(folder)
            (Path(folder) / "patron.yaml").write_text(SETTINGS, encoding="utf-8")
            project = open_project(Path(folder))
            run = project.run(today=made.last_day, only="attribution")
            found.append(errors(made, run.table("attribution", project.connection).to_pyarrow().to_pylist()))
    return found


def errors(made: Shop, rows: list[dict[str, object]]) -> Errors:
    """Return the error of each model; `rows` are those of the table `attribution`."""
    whole = [row for row in rows if row["segmentation"] == "all"]
    days = whole[0]["from_day"], whole[0]["to_day"]
    causes = made.truth["order_causes"].select(["ordered_on", "cause"]).to_pylist()
    true = Counter(row["cause"] for row in causes if days[0] <= row["ordered_on"] <= days[1])
    credit: dict[str, dict[str, float]] = defaultdict(dict)
    for row in whole:
        credit[str(row["model"])][str(row["channel"])] = float(str(row["orders"]))
    caused = sum(true[name] for name in PAID)
    return {
        model: sum(abs(given.get(name, 0.0) - true[name]) for name in PAID) / caused for model, given in credit.items()
    }


def main() -> None:
    """Print the mean error of each model, and how often calibration mended it and beat every path model."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    started, worked = time.perf_counter(), time.process_time()
    every = repeat(repetitions)
    plain = [model for model in every[0] if not model.endswith(CALIBRATED)]
    for model in plain:
        before, after = (np.array([one[name] for one in every]) for name in (model, model + CALIBRATED))
        best = np.array([min(one[name] for name in plain) for one in every])
        print(
            f"{model:16} {before.mean():6.1%}   calibrated {after.mean():6.1%}   nearer: {(after < before).mean():.0%}"
            f" of shops; nearer than every path model: {(after < best).mean():.0%}"
        )
    took = time.perf_counter() - started, time.process_time() - worked
    print(f"{repetitions} shops, {took[0]:.0f} s, {took[1]:.0f} s of a processor")


if __name__ == "__main__":
    main()
