"""How often the intervals of geo tests hold: the table of docs/geo.md.

python benchmarks/references/geo_coverage.py
"""

from __future__ import annotations

import numpy as np

REPEATS, WEEKS, BEFORE, KEPT = 2_000, 26, 18, 0.6


def changes(generator: np.random.Generator, units: int) -> np.ndarray:
    """Return by how much each unit changed, in every repetition: normal noise that stays for weeks."""
    noise = generator.normal(0, 5, (REPEATS, units, WEEKS))
    for week in range(1, WEEKS):
        noise[:, :, week] += KEPT * noise[:, :, week - 1]
    return noise[:, :, BEFORE:].mean(axis=2) - noise[:, :, :BEFORE].mean(axis=2)


def main() -> None:
    """Print the table."""
    from patron.stats.few_units import UnitDifference, unit_difference

    generator = np.random.default_rng(1)
    for units, treated in ((8, 4), (12, 5), (20, 1), (20, 10)):
        arm = np.arange(units) < treated
        held, alarms = np.zeros(2), np.zeros(2)
        for change in changes(generator, units):
            found = unit_difference(change + 8 * arm, arm)
            null = unit_difference(change, arm)
            assert isinstance(found, UnitDifference)
            assert isinstance(null, UnitDifference)
            held += (found.low <= 8 <= found.high, found.t_low <= 8 <= found.t_high)
            alarms += (null.p_value <= 0.05, null.t_p_value <= 0.05)
        shares = [f"{100 * value / REPEATS:.1f} %" for value in (*held, *alarms)]
        print(f"| {units} | {treated} | {shares[0]} | {shares[1]} | {shares[2]}, {shares[3]} |")


if __name__ == "__main__":
    main()
