"""Reference values of tests/stats/test_survival.py, by lifelines 0.30.3: pip install lifelines."""

from __future__ import annotations

WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
ENDED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def main() -> None:
    """Print the table."""
    from lifelines import KaplanMeierFitter  # not among the dependencies, not of the tests either

    curve = KaplanMeierFitter().fit(WEEKS, ENDED)
    print(curve.survival_function_.join(curve.confidence_interval_).round(4).to_string())


if __name__ == "__main__":
    main()
