"""Reference values of tests/stats/test_contrast.py: pip install gbstats==0.8.0 spotify-confidence==4.1.0."""

from __future__ import annotations

from typing import Any

MEANS = (10_000, 120_000.0, 2_440_000.0), (10_100, 124_230.0, 2_560_000.0)  # control, treated: n, sum, squares
BEFORE = (100_000.0, 1_900_000.0, 1_800_000.0), (101_500.0, 1_930_000.0, 1_850_000.0)  # sum, squares, products
SHARES = (10_000, 1_000), (10_100, 1_090)


def with_gbstats() -> None:
    """Print means, shares, CUPED, sequential and Bayesian readings."""
    from gbstats.bayesian.tests import EffectBayesianABTest, EffectBayesianConfig
    from gbstats.frequentist.tests import FrequentistConfig, SequentialConfig, SequentialTwoSidedTTest, TwoSidedTTest
    from gbstats.models.statistics import ProportionStatistic, RegressionAdjustedStatistic, SampleMeanStatistic

    means = [SampleMeanStatistic(n=n, sum=total, sum_squares=squares) for n, total, squares in MEANS]
    shares = [ProportionStatistic(n=n, sum=total) for n, total in SHARES]
    adjusted = [
        RegressionAdjustedStatistic(
            n=mean.n, post_statistic=mean, theta=0.0, post_pre_sum_of_products=cross,
            pre_statistic=SampleMeanStatistic(n=mean.n, sum=total, sum_squares=squares),
        )
        for mean, (total, squares, cross) in zip(means, BEFORE, strict=True)
    ]  # fmt: skip
    for name, arms in (("mean", means), ("share", shares), ("CUPED", adjusted)):
        for kind in ("absolute", "relative"):
            told(f"{name}, {kind}", TwoSidedTTest(*arms, FrequentistConfig(difference_type=kind)).compute_result())
    for kind in ("absolute", "relative"):
        found = SequentialTwoSidedTTest(*means, SequentialConfig(difference_type=kind)).compute_result()
        told(f"mean, {kind}, sequential", found)
    found = EffectBayesianABTest(*means, EffectBayesianConfig(difference_type="relative")).compute_result()
    told("mean, relative, Bayes", found)
    print(f"    chance to win {found.chance_to_win:.10f}")


def told(name: str, found: Any) -> None:
    """Print one reading."""
    p = getattr(found, "p_value", float("nan"))
    print(f"{name:<28}{found.expected:.12f} [{found.ci[0]:.12f}, {found.ci[1]:.12f}] p {p:.10f}")


def with_confidence() -> None:
    """Print the mean and the share."""
    import pandas as pd
    import spotify_confidence

    means = pd.DataFrame(
        {"arm": ["control", "treated"], "total": [arm[1] for arm in MEANS], "squares": [arm[2] for arm in MEANS],
         "n": [arm[0] for arm in MEANS]}
    )  # fmt: skip
    shares = pd.DataFrame({"arm": ["control", "treated"], "total": [a[1] for a in SHARES], "n": [a[0] for a in SHARES]})
    tests = (
        spotify_confidence.StudentsTTest(
            means, numerator_column="total", numerator_sum_squares_column="squares", denominator_column="n",
            categorical_group_columns="arm",
        ),
        spotify_confidence.ZTest(
            shares, numerator_column="total", numerator_sum_squares_column=None, denominator_column="n",
            categorical_group_columns="arm",
        ),
    )  # fmt: skip
    for name, test in zip(("mean", "share"), tests, strict=True):
        row = test.difference(level_1="control", level_2="treated").iloc[0]
        print(f"{name} (confidence)  {row['difference']:.12f} [{row['ci_lower']:.12f}, {row['ci_upper']:.12f}]"
              f" p {row['p-value']:.10f}")  # fmt: skip


def main() -> None:
    """Print the table."""
    with_gbstats()
    with_confidence()


if __name__ == "__main__":
    main()
