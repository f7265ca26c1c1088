"""Effects as gbstats reads them, one metric of one segment at a time, from sums that the engine has made.

python with_gbstats.py effects SUMS METRICS
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from laps import Laps


def effects(laps: Laps, file: str, metrics: str) -> None:
    """Read sums with a covariate."""
    with laps.lap("import"):
        from gbstats.frequentist.tests import FrequentistConfig, TwoSidedTTest
        from gbstats.models.statistics import RegressionAdjustedStatistic, SampleMeanStatistic
    rows = {(row[0], row[1]): row[2:] for row in json.loads(Path(file).read_text(encoding="utf-8"))}
    segments = sorted({segment for _, segment in rows})

    def arm(row: list[Any], number: int) -> Any:
        n, before, before_squares = row[:3]
        total, squares, cross = row[3 + 3 * number : 6 + 3 * number]
        return RegressionAdjustedStatistic(
            n=n, post_statistic=SampleMeanStatistic(n=n, sum=total, sum_squares=squares),
            pre_statistic=SampleMeanStatistic(n=n, sum=before, sum_squares=before_squares),
            post_pre_sum_of_products=cross, theta=0.0,
        )  # fmt: skip

    config, low = FrequentistConfig(difference_type="absolute"), {}
    with laps.lap("work"):
        for number in range(int(metrics)):
            for segment in segments:
                one, other = (arm(rows[name, segment], number) for name in ("mail", "control"))
                low[f"m{number} {segment}"] = TwoSidedTTest(other, one, config).compute_result().ci[0]
    laps.facts["low"] = low


def main() -> None:
    """Do one task."""
    laps = Laps()
    {"effects": effects}[sys.argv[1]](laps, *sys.argv[2:])
    laps.tell()


if __name__ == "__main__":
    main()
